"""Stripe's own pages: paying (Checkout) and managing (the Customer Portal)."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from billing import plans
from billing.facts import Session
from billing.gateway import reading
from billing.gateway.client import asking, options


def premium(*, customer_id: str, price_id: str, reference: str, expires_at: int, done: str, back: str) -> Session:
    """A page to subscribe. `reference` is the intent's id and the idempotency key; addresses are absolute."""
    params: Any = {
        "mode": "subscription",
        "customer": customer_id,
        "client_reference_id": reference,
        "line_items": [{"price": price_id, "quantity": 1}],
        "metadata": {"intent": reference, "kind": "premium"},
        "subscription_data": {"metadata": {"intent": reference}},
        "allow_promotion_codes": True,
        "expires_at": expires_at,
        "success_url": done,
        "cancel_url": back,
    }
    if settings.STRIPE_AUTOMATIC_TAX:
        params |= {"automatic_tax": {"enabled": True}, "customer_update": {"address": "auto", "name": "auto"}}
    with asking() as api:
        return reading.session(api.v1.checkout.sessions.create(params=params, options=options(reference)))


@dataclass(frozen=True, slots=True)
class Sale:
    """Something that is paid for once."""

    kind: str
    name: str
    cents: int
    customer_id: str = ""
    email: str = ""
    """Where the receipt goes; empty: Stripe asks."""


def once(sale: Sale, *, reference: str, expires_at: int, done: str, back: str) -> Session:
    """A page to pay once."""
    facts = {"intent": reference, "kind": sale.kind}
    params: Any = {
        "mode": "payment",
        "submit_type": "donate" if sale.kind == "donation" else "pay",
        "client_reference_id": reference,
        "line_items": [
            {
                "price_data": {
                    "currency": plans.CURRENCY,
                    "unit_amount": sale.cents,
                    "product_data": {"name": sale.name},
                },
                "quantity": 1,
            }
        ],
        "metadata": facts,
        "payment_intent_data": {"metadata": facts} | ({"receipt_email": sale.email} if sale.email else {}),
        "expires_at": expires_at,
        "success_url": done,
        "cancel_url": back,
    }
    if sale.customer_id:
        params["customer"] = sale.customer_id
    elif sale.email:
        params["customer_email"] = sale.email
    with asking() as api:
        return reading.session(api.v1.checkout.sessions.create(params=params, options=options(reference)))


def retrieve(session_id: str) -> Session:
    """Raises Missing."""
    with asking() as api:
        return reading.session(api.v1.checkout.sessions.retrieve(session_id))


def expire(session_id: str) -> None:
    """Close a payment page. Raises Refused when it is paid or expired already."""
    with asking() as api:
        api.v1.checkout.sessions.expire(session_id)


def portal(customer_id: str, *, back: str, flow: dict[str, Any] | None = None) -> str:
    """The address of the portal, which is a way in: never kept, never logged. `flow` opens one page of it."""
    params: Any = {"customer": customer_id, "return_url": back}
    configuration = portal_configuration()
    if configuration:
        params["configuration"] = configuration
    if flow:
        params["flow_data"] = flow
    with asking() as api:
        return str(api.v1.billing_portal.sessions.create(params=params).url)


def portal_configuration() -> str:
    """The id of the configuration that `manage.py stripe_setup` made; empty when it did not run."""
    with asking() as api:
        found = api.v1.billing_portal.configurations.list(params={"active": True, "limit": 100})
        return next((each.id for each in found.auto_paging_iter() if _is_ours(each)), "")


def _is_ours(configuration: Any) -> bool:
    return bool(reading.get(reading.get(configuration, "metadata"), "unroller") == "portal")
