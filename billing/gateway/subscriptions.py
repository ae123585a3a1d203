"""Subscriptions, their bills, and changing or ending them."""

from typing import Any

from billing.facts import Invoice, Subscription
from billing.gateway import reading
from billing.gateway.client import asking, options
from billing.gateway.errors import Refused
from billing.gateway.reading import get, id_of

EXPANDED = ["latest_invoice", "schedule.phases.items.price"]
EXPANDED_IN_LIST = ["data.latest_invoice"]
"""Stripe goes four levels deep, so a list cannot hold the prices of a schedule."""


def of_customer(customer_id: str) -> list[Subscription]:
    """All of a customer's subscriptions, also those that ended. Raises Missing for a customer that is deleted."""
    with asking() as api:
        params = {"customer": customer_id, "status": "all", "limit": 100, "expand": EXPANDED_IN_LIST}
        found = api.v1.subscriptions.list(params=params)  # type: ignore[arg-type]
        return [_whole(each) for each in found.auto_paging_iter()]


def page_of_price(price_id: str, *, after: str = "") -> tuple[list[Subscription], bool]:
    """At most a hundred subscriptions to a price that have not ended, and whether there are more.

    `after`: the last one of the page before.
    """
    params: Any = {"price": price_id, "limit": 100, "expand": EXPANDED_IN_LIST}
    if after:
        params["starting_after"] = after
    with asking() as api:
        found = api.v1.subscriptions.list(params=params)
        return [_whole(each) for each in found.data], found.has_more


def retrieve(subscription_id: str) -> Subscription:
    with asking() as api:
        return _whole(api.v1.subscriptions.retrieve(subscription_id, params={"expand": EXPANDED}))


def cancel(subscription_id: str, *, key: str) -> None:
    """Now, without proration. Raises Missing when it has ended already."""
    with asking() as api:
        params = {"prorate": False, "invoice_now": False}
        api.v1.subscriptions.cancel(subscription_id, params=params, options=options(key))  # type: ignore[arg-type]


def stop_renewal(subscription_id: str, *, key: str) -> None:
    with asking() as api:
        api.v1.subscriptions.update(subscription_id, params={"cancel_at_period_end": True}, options=options(key))


def resume(one: Subscription, *, key: str) -> None:
    """Undo the end that is set: by a date (flexible billing) or by the flag, never both in one call."""
    with asking() as api:
        params: Any = {"cancel_at": ""} if one.cancel_at and not one.cancel_at_period_end else {}
        params = params or {"cancel_at_period_end": False}
        api.v1.subscriptions.update(one.id, params=params, options=options(key))


def release_schedule(schedule_id: str, *, key: str) -> None:
    """The subscription goes on as it is; what was planned for it is dropped."""
    with asking() as api:
        api.v1.subscription_schedules.release(schedule_id, options=options(key))


def use_card(subscription_id: str, card: str, *, key: str) -> None:
    """Charge another payment method. A subscription has one of its own from Checkout, and it cannot be unset."""
    with asking() as api:
        api.v1.subscriptions.update(subscription_id, params={"default_payment_method": card}, options=options(key))


def preview_switch(customer_id: str, one: Subscription, *, price_id: str, at: int) -> tuple[int, str]:
    """What a switch at `at` (seconds since 1970) would cost now: minor units and currency."""
    details = {
        "items": [{"id": one.item_id, "price": price_id}],
        "proration_behavior": "always_invoice",
        "proration_date": at,
    }
    with asking() as api:
        params = {"customer": customer_id, "subscription": one.id, "subscription_details": details}
        bill = api.v1.invoices.create_preview(params=params)  # type: ignore[arg-type]
        return bill.amount_due, bill.currency


def switch(subscription_id: str, *, item_id: str, price_id: str, at: int, key: str) -> bool:
    """Change the price at once, for what `preview_switch` said. False when the card was not charged: all is as before.

    Raises Declined where Stripe says so at once.
    """
    with asking() as api:
        params: Any = {
            "items": [{"id": item_id, "price": price_id}],
            "proration_behavior": "always_invoice",
            "proration_date": at,
            "payment_behavior": "pending_if_incomplete",
        }
        changed = api.v1.subscriptions.update(subscription_id, params=params, options=options(key))
        return get(changed, "pending_update") is None


def invoice(invoice_id: str) -> Invoice:
    """Raises Missing."""
    with asking() as api:
        return reading.invoice(api.v1.invoices.retrieve(invoice_id))


def invoice_of_payment(payment_intent: str) -> Invoice | None:
    """The bill that a payment paid; None for payments of no bill."""
    with asking() as api:
        params: Any = {"payment": {"type": "payment_intent", "payment_intent": payment_intent}, "limit": 1}
        found = api.v1.invoice_payments.list(params=params).data
        return reading.invoice(api.v1.invoices.retrieve(id_of(found[0].invoice))) if found else None


def payments_of_invoice(invoice_id: str) -> list[str]:
    """The payment intents that paid a bill."""
    with asking() as api:
        params: Any = {"invoice": invoice_id, "status": "paid"}
        found = api.v1.invoice_payments.list(params=params).data
        return [intent for each in found if (intent := id_of(get(each.payment, "payment_intent")))]


def needs_approval(invoice_id: str) -> bool | None:
    """Whether an open bill waits for the card's owner to approve (3-D Secure), and not for another card.

    None where Stripe does not say.
    """
    params: Any = {"invoice": invoice_id, "status": "open", "expand": ["data.payment.payment_intent"]}
    try:
        with asking() as api:
            found = api.v1.invoice_payments.list(params=params).data
    except Refused:
        return None
    statuses = [status for each in found if (status := get(get(each.payment, "payment_intent"), "status"))]
    return "requires_action" in statuses if statuses else None


def next_amount(subscription_id: str) -> tuple[int, str]:
    """What the next renewal will cost: minor units and currency."""
    with asking() as api:
        bill = api.v1.invoices.create_preview(params={"subscription": subscription_id})
        return bill.amount_due, bill.currency


def _whole(given: Any) -> Subscription:
    """With all its items, what a schedule plans, and its latest bill."""
    with asking() as api:
        if isinstance(get(given, "schedule"), str):
            given = api.v1.subscriptions.retrieve(given.id, params={"expand": EXPANDED})
        items = None
        if get(get(given, "items"), "has_more"):
            params: Any = {"subscription": given.id, "limit": 100}
            items = list(api.v1.subscription_items.list(params=params).auto_paging_iter())
    return reading.subscription(given, items=items)
