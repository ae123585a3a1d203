"""Events come in any order, late, of old versions, and while Stripe changes: what counts is what Stripe says now."""

import logging
from itertools import permutations
from typing import Any

import pytest

from accounts.models import User
from billing import inbox
from billing.entitlements import plan_for
from billing.models import BillingAccount, CheckoutIntent, Payment, WebhookEvent
from billing.standing import LEEWAY
from tests.billing.ground import Money
from tests.billing.webhooks import letter, newest, row_of, send
from tests.meeting import at_once
from tests.processes import until
from tests.sandbox.world import World

State = WebhookEvent.State

pytestmark = pytest.mark.django_db


def test_s02_an_old_active_that_comes_after_the_end_changes_nothing(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    money.stripe.change("subscription", account.subscription_id, metadata={"colour": "blue"})
    old = newest(money, "customer.subscription.updated")
    assert old["data"]["object"]["status"] == "active"
    money.stripe.cancel(account.subscription_id)
    money.deliver("customer.subscription.deleted")
    money.bring(old)
    assert money.account(alice).status == "canceled"
    assert plan_for(alice).name == "free"


FIRST_THREE = ("customer.subscription.created", "invoice.paid", "checkout.session.completed")


@pytest.mark.parametrize("order", list(permutations(FIRST_THREE)), ids=" ".join)
def test_s03_whatever_comes_first_the_end_is_the_same(money: Money, alice: User, order: tuple[str, ...]) -> None:
    money.stripe.pay(money.begin(alice))
    for each in order:
        assert money.deliver(each) == 1
    assert_is_a_member(money.account(alice))
    money.deliver()
    assert_is_a_member(money.account(alice))


def assert_is_a_member(account: BillingAccount) -> None:
    assert (account.status, account.price_key, account.duplicate_count) == ("active", "month", 0)
    assert account.ends_at is None
    assert account.past_due_since is None
    assert account.current_period_end is not None
    assert account.access_until == account.current_period_end + LEEWAY
    assert CheckoutIntent.objects.get().state == CheckoutIntent.State.COMPLETE
    payment = Payment.objects.get()
    assert (payment.amount, payment.currency, payment.account) == (300, "usd", account)
    assert payment.subscription_id == account.subscription_id


@pytest.mark.django_db(transaction=True)
def test_s04_of_two_workers_that_look_while_stripe_changes_the_later_look_counts(
    money: Money, world: World, alice: User
) -> None:
    account = money.subscribe(alice)
    money.stripe.change("subscription", account.subscription_id, metadata={"colour": "blue"})
    before = newest(money, "customer.subscription.updated")
    assert send(*letter(money, before)) == 200
    looks = len(world.log.of("stripe", "/v1/subscriptions$"))
    world.faults.add("stripe", "drip", path="/v1/subscriptions$", seconds=2)

    def slow() -> None:
        """Is answered "active", and hears it slowly."""
        inbox.process(before["id"])

    def quick() -> None:
        """Meanwhile it ends, and that is known too."""
        until(lambda: len(world.log.of("stripe", "/v1/subscriptions$")) > looks, what="the slow look")
        money.stripe.cancel(account.subscription_id)
        after = newest(money, "customer.subscription.deleted")
        assert send(*letter(money, after)) == 200
        inbox.process(after["id"])

    at_once(slow, quick)
    assert set(WebhookEvent.objects.values_list("state", flat=True)) <= {State.DONE, State.IGNORED}
    assert len(world.log.of("stripe", "/v1/subscriptions$")) == looks + 2
    assert money.account(alice).status == "canceled"


OLD_SHAPES: dict[str, dict[str, Any]] = {
    "2020-08-27": {"current_period_end": 1, "plan": {"id": "gold", "amount": 1}, "status": "active", "items": None},
    "2025-03-31.basil": {"cancel_at_period_end": False, "status": "active", "items": {"data": []}},
}


@pytest.mark.parametrize("version", OLD_SHAPES)
def test_s11_an_event_of_an_old_version_is_processed_by_looking_again_and_logged(
    money: Money, alice: User, version: str, caplog: pytest.LogCaptureFixture
) -> None:
    account = money.subscribe(alice)
    money.stripe.cancel(account.subscription_id)
    shape = {"id": account.subscription_id, "object": "subscription", "customer": account.stripe_customer_id}
    event = money.stripe.events.emit(
        "customer.subscription.updated", {**shape, **OLD_SHAPES[version]}, api_version=version
    )
    with caplog.at_level(logging.ERROR, "billing.inbox"):
        money.bring(event)
    assert row_of(event).state == State.DONE
    assert version in caplog.text
    assert money.account(alice).status == "canceled"


def test_s11_an_old_invoice_and_an_old_charge_are_enough_to_find_what_they_are_about(money: Money, alice: User) -> None:
    money.stripe.pay(money.begin(alice))
    account = money.account(alice)
    invoice, charge = money.stripe.store.all("invoice")[-1], money.stripe.store.all("charge")[-1]
    old = {"id": invoice["id"], "object": "invoice", "customer": account.stripe_customer_id, "paid": True}
    money.bring(money.stripe.events.emit("invoice.paid", {**old, "charge": charge["id"]}, api_version="2020-08-27"))
    payment = Payment.objects.get()
    assert (payment.charge_id, payment.amount_refunded) == (charge["id"], 0)
    money.stripe.refund(charge["id"], 100)
    old = {"id": charge["id"], "object": "charge", "payment_intent": charge["payment_intent"], "invoice": invoice["id"]}
    money.bring(money.stripe.events.emit("charge.refunded", old, api_version="2020-08-27"))
    payment.refresh_from_db()
    assert payment.amount_refunded == 100
    assert plan_for(alice).name == "premium"


def test_what_an_event_says_is_not_believed(money: Money, alice: User) -> None:
    account = money.a_customer(alice)
    claim = {"id": "sub_1", "object": "subscription", "customer": account.stripe_customer_id, "status": "active"}
    money.bring(money.stripe.events.emit("customer.subscription.created", claim))
    assert money.account(alice).last_synced_at is not None
    assert plan_for(alice).name == "free"
