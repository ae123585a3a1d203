"""Stripe's own pages: paying (Checkout) and managing (the Customer Portal)."""

import logging
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from billing import plans
from billing.facts import Session
from billing.gateway import reading
from billing.gateway.client import asking, options
from billing.gateway.errors import Denied, Misused, Refused

logger = logging.getLogger(__name__)


def premium(*, customer_id: str, price_id: str, reference: str, expires_at: int, done: str, back: str) -> Session:
    """A page to subscribe. `reference` is the intent's id and the idempotency key; addresses are absolute.

    `expires_at` is a wish: the session says when the page closes.
    """
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
    return _made(params, key=reference)


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
    """A page to pay once. `reference` and `expires_at` as for `premium`."""
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
    return _made(params, key=reference)


def _made(params: dict[str, Any], *, key: str) -> Session:
    """Where the clocks disagree about `expires_at` Stripe closes the page after a day.

    A call that was wrong leaves nothing under its key; one key for two things is such a page, made by a call that died.
    """
    try:
        return _created(params, key=key)
    except Refused as error:
        if error.param != "expires_at" and not isinstance(error, Misused):
            raise
        return _created({name: value for name, value in params.items() if name != "expires_at"}, key=key)


def _created(params: dict[str, Any], *, key: str) -> Session:
    given: Any = params
    with asking() as api:
        return reading.session(api.v1.checkout.sessions.create(params=given, options=options(key)))


def retrieve(session_id: str) -> Session:
    """Raises Missing."""
    with asking() as api:
        return reading.session(api.v1.checkout.sessions.retrieve(session_id))


def expire(session_id: str) -> None:
    """Close a payment page. Raises Refused when it is paid or expired already."""
    with asking() as api:
        api.v1.checkout.sessions.expire(session_id)


def portal(customer_id: str, *, back: str, flow: dict[str, Any] | None = None) -> str:
    """The address of the portal, which is a way in: never kept, never logged. `flow` opens one page of it.

    Whoever is a member must be able to cancel: where the configurations cannot be read, Stripe's own opens.
    """
    params: Any = {"customer": customer_id, "return_url": back}
    try:
        configuration = portal_configuration()
    except (Refused, Denied) as error:
        logger.warning("the portal opens without its configuration: %s", error)
        configuration = ""
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
