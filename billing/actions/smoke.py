"""A walk through all that is asked of Stripe, with a customer who is deleted at the end; nothing of ours changes.

It holds what we believe of Stripe against Stripe itself, so it belongs before going live and after each upgrade.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from billing import plans
from billing.facts import Subscription
from billing.gateway import catalog, checkout, customers, events, payments, setup, subscriptions, trying
from billing.gateway.errors import Missing, StripeError
from billing.standing import NOTHING, standing

EXPIRES_SECONDS = 31 * 60


class Wrong(Exception):
    """Stripe did something else than we believe."""


@dataclass
class Walk:
    """What was made on the way, by the steps that need it later."""

    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    customer: str = ""
    subscription: str = ""

    def key(self, step: str) -> str:
        return f"smoke-{self.mark}-{step}"

    def one(self) -> Subscription:
        """The subscription as it is now, the only one its customer has."""
        found = subscriptions.of_customer(self.customer)
        _hold(len(found) == 1, f"{len(found)} subscriptions instead of one")
        return found[0]


def walk() -> Iterator[tuple[str, str]]:
    """Each step's name, and what was wrong with it (empty: nothing). Ends at the first step that fails."""
    state = Walk()
    with _cleaning_up(state):
        for name, step in STEPS:
            try:
                step(state)
            except (Wrong, StripeError) as error:
                yield name, f"{type(error).__name__}: {error}"
                return
            yield name, ""


def _prices(_: Walk) -> None:
    wrong = setup.wrong_prices()
    _hold(not wrong, "; ".join(wrong))


def _portal_is_set_up(_: Walk) -> None:
    _hold(bool(checkout.portal_configuration()), "run manage.py stripe_setup")


def _customer(state: Walk) -> None:
    state.customer = trying.customer_with_card("smoke@example.com")
    customers.set_email(state.customer, "smoke2@example.com", key=state.key("email"))
    _hold(customers.exists(state.customer), "the customer is not there")


def _premium_page(state: Walk) -> None:
    expires_at = int(time.time()) + EXPIRES_SECONDS
    made = [
        checkout.premium(
            customer_id=state.customer,
            price_id=catalog.price_id(plans.YEAR),
            reference=state.key("premium"),
            expires_at=expires_at,
            done=f"{settings.SITE_URL}/premium/done?session_id={{CHECKOUT_SESSION_ID}}",
            back=f"{settings.SITE_URL}/premium",
        )
        for _ in range(2)
    ]
    _hold(made[0].id == made[1].id, "the same key made two sessions")
    _hold(made[0].url.startswith("http"), "the page has no address")
    checkout.expire(made[0].id)
    _hold(checkout.retrieve(made[0].id).status == "expired", "the session did not expire")


def _donation_page(state: Walk) -> None:
    session = checkout.once(
        checkout.Sale("donation", "Coffee", 500),
        reference=state.key("donation"),
        expires_at=int(time.time()) + EXPIRES_SECONDS,
        done=f"{settings.SITE_URL}/donate/thanks?session_id={{CHECKOUT_SESSION_ID}}",
        back=f"{settings.SITE_URL}/donate",
    )
    _hold((session.amount, session.currency) == (500, plans.CURRENCY), "another amount than asked for")
    checkout.expire(session.id)


def _subscribe(state: Walk) -> None:
    state.subscription = trying.subscribe(state.customer, catalog.price_id(plans.MONTH))
    one = state.one()
    _hold((one.status, one.price_key, one.is_ours) == ("active", "month", True), f"it reads as {one}")
    until = standing(one, before=NOTHING, suspended=False, now=timezone.now()).access_until
    _hold(until is not None and until > timezone.now(), "paid, and no premium")


def _switch(state: Walk) -> None:
    one, at, year = state.one(), int(time.time()), catalog.price_id(plans.YEAR)
    amount, currency = subscriptions.preview_switch(state.customer, one, price_id=year, at=at)
    _hold(0 < amount <= plans.YEAR.cents and currency == plans.CURRENCY, f"the preview says {amount} {currency}")
    changed = subscriptions.switch(one.id, item_id=one.item_id, price_id=year, at=at, key=state.key("switch"))
    after = state.one()
    _hold(changed and after.price_key == "year", "it did not become yearly")
    paid = after.latest_invoice.amount_due if after.latest_invoice else -1
    _hold(paid == amount, f"{amount} was shown, {paid} charged")


def _stop_and_resume(state: Walk) -> None:
    subscriptions.stop_renewal(state.subscription, key=state.key("stop"))
    stopped = state.one()
    _hold(stopped.ends_at == stopped.period_end, f"stopped, and it ends {stopped.ends_at}")
    subscriptions.resume(stopped, key=state.key("resume"))
    _hold(state.one().ends_at is None, "resumed, and it still ends")


def _portal(state: Walk) -> None:
    _hold(checkout.portal(state.customer, back=settings.SITE_URL).startswith("http"), "the portal has no address")


def _reads(state: Walk) -> None:
    """What no other step asks for: a restricted key must have the right to all of it."""
    now, day = timezone.now(), timedelta(days=1)
    bill = state.one().latest_invoice
    intents = subscriptions.payments_of_invoice(bill.id) if bill else []
    _hold(bill is not None and bool(intents), "a bill without a payment")
    _hold(payments.owner_of(intents[0]) is not None, "the payment has no owner")
    _hold(not payments.is_suspected(intents[0]), "a test payment is suspected")
    _hold(not subscriptions.needs_approval(bill.id if bill else ""), "a paid bill waits for its approval")
    _hold(subscriptions.next_amount(state.subscription) == (plans.YEAR.cents, plans.CURRENCY), "another renewal")
    _hold(catalog.price_id(plans.YEAR) in catalog.all_price_ids(), "the product has lost its price")
    subscriptions.page_of_price(catalog.price_id(plans.YEAR))
    customers.find(state.mark, email="smoke2@example.com")
    list(payments.charges_since(now - timedelta(minutes=10), until=now))
    list(events.since(now - day, ["invoice.paid"], until=now))
    trying.read_the_rest(state.subscription)


def _refund(state: Walk) -> None:
    bill = state.one().latest_invoice
    intents = subscriptions.payments_of_invoice(bill.id) if bill else []
    _hold(len(intents) == 1, f"a bill with {len(intents)} payments")
    found = subscriptions.invoice_of_payment(intents[0])
    _hold(found == bill, "the payment leads to another bill")
    payments.refund(intents[0], reason="requested_by_customer", key=state.key("refund"))
    charge = payments.charge_of_payment(intents[0])
    _hold(charge is not None and charge.amount_refunded == charge.amount, "it was not given back in full")
    _hold(state.one().status == "active", "a refund ended the subscription by itself")


def _cancel(state: Walk) -> None:
    subscriptions.cancel(state.subscription, key=state.key("cancel"))
    one = state.one()
    _hold(one.status == "canceled" and one.ended_at is not None, f"cancelled, and it is {one.status}")


def _delete(state: Walk) -> None:
    trying.delete_customer(state.customer)
    _hold(not customers.exists(state.customer), "the customer is still there")
    state.customer = ""


STEPS: tuple[tuple[str, Callable[[Walk], None]], ...] = (
    ("prices are those of the pages", _prices),
    ("the portal is set up", _portal_is_set_up),
    ("a customer with a card, and another address", _customer),
    ("a page to subscribe, the same for the same key, and its end", _premium_page),
    ("a page to donate, and its end", _donation_page),
    ("subscribing gives premium", _subscribe),
    ("month to year costs what was shown", _switch),
    ("stopping the renewal, and resuming", _stop_and_resume),
    ("the portal opens", _portal),
    ("everything else can be read", _reads),
    ("a refund leads back to its bill, and ends nothing by itself", _refund),
    ("cancelling", _cancel),
    ("deleting the customer", _delete),
)


@contextmanager
def _cleaning_up(state: Walk) -> Iterator[None]:
    try:
        yield
    finally:
        if state.customer:
            try:
                trying.delete_customer(state.customer)
            except Missing:
                state.customer = ""


def _hold(is_so: bool, else_: str) -> None:
    if not is_so:
        raise Wrong(else_)
