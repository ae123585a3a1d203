"""From an event to the action that looks at Stripe again: an event says where to look, and nothing else counts."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from billing.actions import checkout, dunning, particulars, payments, syncing
from billing.actions.alerts import alert
from billing.gateway import payments as charges
from billing.gateway import subscriptions
from billing.gateway.reading import get, id_of, word

NEW_CARD = "invoice_settings.default_payment_method"
"""What changes when a customer gives another card in the portal."""
MOST_DEEP = 10
"""Levels of fields within fields that are looked at."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Ids out of an event of any API version; empty where it has none."""

    id: str
    type: str
    object_id: str
    customer_id: str
    payment_intent: str
    changed: frozenset[str]
    """Names of fields, those within others after a dot; empty where the event tells of no change."""
    charge: str = ""

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self:
        """`event` is an event as its JSON says."""
        about = get(get(event, "data"), "object")
        own_id = word(get(about, "id"))
        is_customer = get(about, "object") == "customer"
        return cls(
            id=event["id"],
            type=event["type"],
            object_id=own_id,
            customer_id=own_id if is_customer else word(id_of(get(about, "customer"))),
            payment_intent=word(id_of(get(about, "payment_intent"))),
            changed=frozenset(_names(get(get(event, "data"), "previous_attributes"))),
            charge=word(id_of(get(about, "charge"))),
        )


def _names(changed: Any, above: str = "", *, deep: int = MOST_DEEP) -> Iterator[str]:
    for name, value in changed.items() if deep and isinstance(changed, Mapping) else ():
        yield above + name
        yield from _names(value, f"{above}{name}.", deep=deep - 1)


Handler = Callable[[Hint], bool]
"""Whether the event was about somebody or something that is known here. Raises what the gateway raises."""


def handle(hint: Hint) -> bool:
    """Do what an event of a type in HANDLERS asks for; any number of times, in any order."""
    return HANDLERS[hint.type](hint)


def _paid_or_not_yet(hint: Hint) -> bool:
    return checkout.settle(hint.object_id) is not None


def _checkout_failed(hint: Hint) -> bool:
    checkout.failed(hint.object_id)
    return True


def _checkout_expired(hint: Hint) -> bool:
    checkout.expired(hint.object_id)
    return True


def _subscription_changed(hint: Hint) -> bool:
    return syncing.sync_customer(hint.customer_id)


def _bill_paid(hint: Hint) -> bool:
    if not syncing.sync_customer(hint.customer_id):
        return False
    for payment_intent in subscriptions.payments_of_invoice(hint.object_id):
        payments.sync_payment(payment_intent)
    return True


def _bill_not_paid(hint: Hint) -> bool:
    return dunning.tell(hint.customer_id)


def _bill_to_approve(hint: Hint) -> bool:
    return dunning.tell(hint.customer_id, to_approve=True)


def _bill_not_made(hint: Hint) -> bool:
    """Stripe cannot make a bill out of a draft, mostly for want of an address for the tax."""
    if not syncing.sync_customer(hint.customer_id):
        return False
    sentence = f"Stripe could not finalize invoice {hint.object_id} of {hint.customer_id}: look at it in its Dashboard."
    alert("finalization_failed", hint.object_id, sentence)
    return True


def _bill_to_come(hint: Hint) -> bool:
    return dunning.renews(hint.customer_id)


def _money_moved(hint: Hint) -> bool:
    return bool(hint.payment_intent) and payments.sync_payment(hint.payment_intent) is not None


def _fraud_suspected(hint: Hint) -> bool:
    payment_intent = hint.payment_intent or charges.payment_of_charge(hint.charge)
    return bool(payment_intent) and payments.warned(payment_intent)


def _customer_changed(hint: Hint) -> bool:
    known = particulars.refresh(hint.customer_id)
    if known and NEW_CARD in hint.changed:
        particulars.use_card(hint.customer_id, hint.id)
    return known


HANDLERS: Mapping[str, Handler] = {
    "checkout.session.completed": _paid_or_not_yet,
    "checkout.session.async_payment_succeeded": _paid_or_not_yet,
    "checkout.session.async_payment_failed": _checkout_failed,
    "checkout.session.expired": _checkout_expired,
    "customer.subscription.created": _subscription_changed,
    "customer.subscription.updated": _subscription_changed,
    "customer.subscription.deleted": _subscription_changed,
    "customer.subscription.paused": _subscription_changed,
    "customer.subscription.resumed": _subscription_changed,
    "customer.subscription.pending_update_applied": _subscription_changed,
    "customer.subscription.pending_update_expired": _subscription_changed,
    "subscription_schedule.created": _subscription_changed,
    "subscription_schedule.updated": _subscription_changed,
    "subscription_schedule.released": _subscription_changed,
    "subscription_schedule.canceled": _subscription_changed,
    "invoice.paid": _bill_paid,
    "invoice.payment_failed": _bill_not_paid,
    "invoice.payment_action_required": _bill_to_approve,
    "invoice.finalization_failed": _bill_not_made,
    "invoice.upcoming": _bill_to_come,
    "charge.refunded": _money_moved,
    "refund.created": _money_moved,
    "refund.updated": _money_moved,
    "refund.failed": _money_moved,
    "charge.dispute.created": _money_moved,
    "charge.dispute.updated": _money_moved,
    "charge.dispute.closed": _money_moved,
    "charge.dispute.funds_withdrawn": _money_moved,
    "charge.dispute.funds_reinstated": _money_moved,
    "radar.early_fraud_warning.created": _fraud_suspected,
    "customer.updated": _customer_changed,
    "customer.deleted": _subscription_changed,
}
"""The types that the webhook endpoint asks Stripe for (manage.py stripe_setup), and what each makes us look at."""
