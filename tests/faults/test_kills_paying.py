"""Kill -9 everywhere between Stripe and a membership: it is granted once, and Stripe is asked for nothing twice."""

import pytest
from django.test import Client

from accounts.models import Letter, User
from billing.actions import outbox
from billing.entitlements import plan_for
from billing.models import CheckoutIntent, Gift, OutboxCall, Payment, WebhookEvent
from tests.accounts.signing import a_person
from tests.billing.ground import WEBHOOK, Money
from tests.faults import child
from tests.faults.harness import Errand, killed_everywhere
from tests.sandbox.wire import Json

pytestmark = pytest.mark.django_db(transaction=True)
PAID = "checkout.session.completed"
Action = OutboxCall.Action


def a_payer(money: Money, number: int) -> User:
    """Somebody who has just paid; no event of it has arrived."""
    user = a_person(f"payer{number}@example.com")
    money.stripe.pay(money.begin(user))
    return user


def a_gift(money: Money, number: int) -> CheckoutIntent:
    """A gift that a guest has just paid for."""
    Client().post("/gift", REMOTE_ADDR=f"10.0.{number // 250}.{number % 250}")
    intent = CheckoutIntent.objects.latest("created_at")
    money.stripe.pay(intent.session_id or "", email=f"giver{number}@example.org")
    return intent


def the_event(money: Money) -> Json:
    """The one that says that it was paid; Stripe has not sent it yet."""
    [event] = money.waiting(PAID)
    return event


def is_settled() -> bool:
    open_events = WebhookEvent.objects.filter(state=WebhookEvent.State.NEW).exists()
    return not open_events and not outbox.due().exists()


def is_a_member_once(money: Money, user: User) -> int:
    assert plan_for(user).name == "premium"
    account = money.account(user)
    assert Payment.objects.filter(account=account).count() == 1
    assert (
        sum(1 for one in money.stripe.store.all("subscription") if one["customer"] == account.stripe_customer_id) == 1
    )
    return 0


def test_a_webhook_whose_web_process_is_killed_anywhere_is_kept_once_when_stripe_repeats_it(money: Money) -> None:
    def begin(number: int) -> Errand:
        user = a_payer(money, number)
        event = the_event(money)
        body = money.stripe.events.body(event)
        headers = {"Stripe-Signature": money.stripe.events.signed(body)}

        def is_done() -> bool:
            money.rest()  # Stripe repeats what nobody answered, and goes on with the rest
            return is_settled()

        def check() -> int:
            assert WebhookEvent.objects.filter(event_id=event["id"]).count() == 1
            return is_a_member_once(money, user)

        return Errand(child.post, (WEBHOOK, body, headers), is_done, check)

    assert killed_everywhere(begin, "billing.sweep").kills


def test_an_event_whose_worker_is_killed_anywhere_makes_a_member_once(money: Money) -> None:
    def begin(number: int) -> Errand:
        user = a_payer(money, number)
        event = the_event(money)
        for one in money.waiting():
            money.post(one)
        return Errand.of(
            "billing.process_event", event["id"], is_done=is_settled, check=lambda: is_a_member_once(money, user)
        )

    assert killed_everywhere(begin, "billing.sweep").kills


def test_a_gift_whose_worker_is_killed_anywhere_is_mailed_once(money: Money) -> None:
    def begin(number: int) -> Errand:
        intent = a_gift(money, number)
        event = the_event(money)
        for one in money.waiting():
            money.post(one)

        def check() -> int:
            assert Gift.objects.filter(intent=intent).count() == 1
            assert Letter.objects.filter(name="gift_code", to=f"giver{number}@example.org").count() == 1
            return 0

        return Errand.of("billing.process_event", event["id"], is_done=is_settled, check=check)

    assert killed_everywhere(begin, "billing.sweep").kills


def test_what_is_to_be_done_at_stripe_is_done_once_wherever_its_worker_is_killed(money: Money) -> None:
    def begin(number: int) -> Errand:
        user = a_person(f"leaver{number}@example.com")
        account = money.subscribe(user)
        [payment] = Payment.objects.filter(account=account)
        intent = payment.payment_intent
        outbox.queue(Action.REFUND, f"refund-{number}", account=account, payment_intent=intent, reason="duplicate")
        outbox.queue(Action.CANCEL_ALL, f"cancel-{number}", account=account)

        def is_done() -> bool:
            money.deliver()
            return is_settled()

        def check() -> int:
            refunds = [one["amount"] for one in money.stripe.store.all("refund") if one["payment_intent"] == intent]
            assert refunds == [payment.amount]
            assert money.stripe.store.get("subscription", account.subscription_id)["status"] == "canceled"
            assert money.account(user).status == "canceled"
            return 0

        return Errand.alone("billing.outbox", is_done=is_done, check=check)

    assert killed_everywhere(begin, "billing.sweep").kills
