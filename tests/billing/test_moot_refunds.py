"""Refunds that are no longer ours to make: a bank has the money, had it, or somebody gave it back before us."""

import pytest

from accounts.models import User
from billing import disputes
from billing.actions import alerts, outbox, performing, refunding
from billing.entitlements import plan_for
from billing.facts import Dispute
from billing.models import Alert, OutboxCall, Payment
from tests.accounts.signing import a_person
from tests.billing.ground import Money
from tests.sandbox.world import World

pytestmark = pytest.mark.django_db


def refund_call() -> OutboxCall:
    return OutboxCall.objects.get(action__in=[OutboxCall.Action.REFUND, OutboxCall.Action.REFUND_INVOICE])


def given_back(money: Money) -> int:
    return sum(refund["amount"] for refund in money.stripe.store.all("refund"))


def suspected(money: Money, user: User) -> Payment:
    """A member whose payment is to be given back because a bank warned, when nothing was done about it yet."""
    money.subscribe(user)
    payment = Payment.objects.get()
    money.stripe.warn_of_fraud(payment.charge_id)
    money.deliver()
    assert refund_call().done_at is None
    return payment


def test_a_dispute_that_overtakes_the_warning_is_won_and_nothing_goes_back(money: Money, alice: User) -> None:
    dispute = money.stripe.dispute(suspected(money, alice).charge_id)
    money.rest()
    call = refund_call()
    assert call.done_at is not None
    assert "dispute" in call.last_error
    money.stripe.change_dispute(dispute["id"], "won")
    money.rest()
    assert plan_for(alice).name == "premium"
    assert money.account(alice).ends_at is None
    assert given_back(money) == 0
    assert not Alert.objects.filter(kind="outbox").exists()


@pytest.mark.parametrize("status", ["won", "warning_needs_response"])
def test_what_was_suspected_is_left_to_whatever_dispute_there_is(money: Money, alice: User, status: str) -> None:
    money.stripe.dispute(suspected(money, alice).charge_id, status)
    money.rest()
    assert given_back(money) == 0
    assert refund_call().done_at is not None
    assert plan_for(alice).name == "premium"


@pytest.mark.parametrize("status", ["warning_needs_response", "won"])
def test_a_suspicion_about_what_was_disputed_before_is_no_news(
    money: Money, alice: User, world: World, status: str
) -> None:
    """Also where Stripe does not say whether anything can be done about it: then it counts as if."""
    money.subscribe(alice)
    charge = Payment.objects.get().charge_id
    money.stripe.dispute(charge, status)
    money.rest()
    money.stripe.warn_of_fraud(charge)
    world.faults.add("stripe", "error", status=404, path="/v1/radar/", times=-1)
    money.rest()
    assert not OutboxCall.objects.filter(action=OutboxCall.Action.REFUND).exists()
    assert not Alert.objects.filter(kind="fraud").exists()


@pytest.mark.parametrize("status", ["needs_response", "appeal_under_review", "lost"])
def test_an_operators_refund_is_done_when_a_bank_has_the_money(money: Money, alice: User, status: str) -> None:
    money.subscribe(alice)
    payment = Payment.objects.get()
    refunding.refund(payment, "They asked", a_person("boss@example.com"))
    money.stripe.dispute(payment.charge_id, status)
    money.rest()
    assert refund_call().done_at is not None
    assert given_back(money) == 0
    assert not Alert.objects.filter(kind="outbox").exists()


def test_an_operators_refund_is_made_while_a_bank_only_asks(money: Money, alice: User) -> None:
    money.subscribe(alice)
    payment = Payment.objects.get()
    refunding.refund(payment, "They asked", a_person("boss@example.com"))
    money.stripe.dispute(payment.charge_id, "warning_needs_response")
    money.rest()
    assert given_back(money) == 300
    assert refund_call().last_error == ""


def test_the_second_of_two_payments_that_is_disputed_is_not_tried_for_ever(money: Money, alice: User) -> None:
    money.two_paid_pages(alice)
    money.deliver()
    money.stripe.dispute(Payment.objects.get(amount=3000).charge_id)
    money.rest()
    assert refund_call().done_at is not None
    assert given_back(money) == 0


def test_a_dispute_that_is_seen_by_stripe_before_us_is_an_end_too(money: Money, alice: User) -> None:
    """Between our look at the charge and our call: here it is hidden from the look."""
    account = money.subscribe(alice)
    payment = Payment.objects.get()
    money.stripe.dispute(payment.charge_id)
    money.stripe.store.get("charge", payment.charge_id)["disputed"] = False
    about = {"payment_intent": payment.payment_intent, "reason": "requested_by_customer"}
    outbox.queue(OutboxCall.Action.REFUND, "test", account=account, **about)
    assert performing.work_due() == 1
    assert len(money.stripe.requests.of("POST", "/v1/refunds")) == 1
    assert "charged back" in refund_call().last_error
    assert not Alert.objects.filter(kind="outbox").exists()


def test_a_call_is_told_once_also_after_its_alert_was_settled(money: Money, alice: User, world: World) -> None:
    account = money.subscribe(alice)
    world.faults.add("stripe", "error", status=400, path="/v1/subscriptions/sub_", times=-1)
    subscription = account.subscription_id
    outbox.queue(OutboxCall.Action.CANCEL_SUBSCRIPTION, "test", account=account, subscription=subscription)
    for _ in range(3):
        OutboxCall.objects.update(not_before=None)
        assert performing.work_due() == 0
        alerts.settle(list(Alert.objects.values_list("id", flat=True)))
    assert OutboxCall.objects.get().attempts == 3
    assert Alert.objects.filter(kind="outbox").count() == 1


def test_of_several_disputes_the_worst_counts() -> None:
    order = ["lost", "needs_response", "appeal_under_review", "warning_needs_response", "warning_under_review", "won"]
    for place, status in enumerate(order):
        found = tuple(Dispute(f"du_{each}", each) for each in reversed(order[place:]))
        assert disputes.worst(found) == Dispute(f"du_{status}", status)
    assert disputes.worst(()) is None
