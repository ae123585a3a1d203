"""What must be there at Stripe before anything can be sold: the product, its prices, the portal, the webhook endpoint.

Each function looks first and changes only what differs, so all of it may run as often as one likes.
"""

from dataclasses import dataclass
from typing import Any, Literal

from billing import plans
from billing.gateway.checkout import portal_configuration
from billing.gateway.client import API_VERSION, asking
from billing.gateway.errors import Missing
from billing.gateway.reading import get, id_of, number, text

Done = Literal["made", "changed", "kept"]
REASONS = [
    "too_expensive",
    "missing_features",
    "switched_service",
    "unused",
    "customer_service",
    "too_complex",
    "low_quality",
    "other",
]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook endpoint. Stripe tells `secret` once, when it is made."""

    id: str
    done: Done
    secret: str = ""


def product(name: str, description: str) -> Done:
    """The product that all our prices belong to, under an id of our own."""
    facts: Any = {"name": name, "description": description, "active": True}
    try:
        with asking() as api:
            found = api.v1.products.retrieve(plans.PRODUCT)
    except Missing:
        with asking() as api:
            api.v1.products.create(params=facts | {"id": plans.PRODUCT})
        return "made"
    if all(get(found, field) == value for field, value in facts.items()):
        return "kept"
    with asking() as api:
        api.v1.products.update(plans.PRODUCT, params=facts)
    return "changed"


def price(wanted: plans.Price, *, with_tax: bool) -> Done:
    """The price under its lookup key. An amount cannot change: a new price takes the key over, the old one is archived.

    Whoever subscribed to the old one keeps paying the old amount. What a death left active is archived by the next run.
    """
    found = _price(wanted)
    if found is None or _faults(wanted, found):
        made = _make_price(wanted, with_tax=with_tax)
        _archive({*_replaced(wanted, made), *([found.id] if found is not None else [])})
        return "changed" if found is not None else "made"
    left = _replaced(wanted, found)
    _archive(left)
    if with_tax and get(found, "tax_behavior") == "unspecified":
        with asking() as api:
            api.v1.prices.update(found.id, params={"tax_behavior": "inclusive"})
        return "changed"
    return "changed" if left else "kept"


def wrong_prices() -> list[str]:
    """One sentence for each price that is missing at Stripe, or that is not what the pricing page says."""
    found = [(wanted, _price(wanted)) for wanted in plans.PRICES.values()]
    return [
        f"{wanted.lookup_key} {fault}"
        for wanted, given in found
        for fault in (_faults(wanted, given) if given is not None else ["is not there"])
    ]


def portal(*, price_ids: list[str], back: str) -> Done:
    """How the Customer Portal is set up: it cancels at the period's end, and it cannot change the e-mail address.

    A longer interval is paid at once, a shorter one begins with the next period.
    """
    params: Any = {
        "default_return_url": back,
        "metadata": {"unroller": "portal"},
        "features": {
            "customer_update": {"enabled": True, "allowed_updates": ["name", "address", "tax_id"]},
            "invoice_history": {"enabled": True},
            "payment_method_update": {"enabled": True},
            "subscription_cancel": {
                "enabled": True,
                "mode": "at_period_end",
                "cancellation_reason": {"enabled": True, "options": REASONS},
            },
            "subscription_update": {
                "enabled": True,
                "default_allowed_updates": ["price"],
                "products": [{"product": plans.PRODUCT, "prices": price_ids}],
                "proration_behavior": "always_invoice",
                "schedule_at_period_end": {"conditions": [{"type": "shortening_interval"}]},
            },
        },
    }
    known = portal_configuration()
    with asking() as api:
        if known:
            api.v1.billing_portal.configurations.update(known, params=params)
            return "kept"
        api.v1.billing_portal.configurations.create(params=params)
        return "made"


def endpoint(url: str, types: list[str]) -> Endpoint:
    """The webhook endpoint at `url` in the pinned version. One of another version stays beside it for the while."""
    known = next((each for each in _endpoints(url) if text(get(each, "api_version")) == API_VERSION), None)
    if known is None:
        params: Any = {"url": url, "enabled_events": types, "api_version": API_VERSION}
        with asking() as api:
            made = api.v1.webhook_endpoints.create(params=params)
        return Endpoint(made.id, "made", text(get(made, "secret")))
    if set(known.enabled_events) == set(types) and known.status == "enabled":
        return Endpoint(known.id, "kept")
    change: Any = {"enabled_events": types, "disabled": False}
    with asking() as api:
        api.v1.webhook_endpoints.update(known.id, params=change)
    return Endpoint(known.id, "changed")


def endpoint_state(url: str) -> str:
    """How the endpoint at `url` in the pinned version stands: `enabled`, `disabled`, or empty where there is none."""
    known = (each for each in _endpoints(url) if text(get(each, "api_version")) == API_VERSION)
    return next((text(get(each, "status")) for each in known), "")


def old_endpoints(url: str) -> list[str]:
    """The ids of endpoints at `url` that speak another version."""
    return [each.id for each in _endpoints(url) if text(get(each, "api_version")) != API_VERSION]


def remove_endpoint(endpoint_id: str) -> None:
    with asking() as api:
        api.v1.webhook_endpoints.delete(endpoint_id)


def _price(wanted: plans.Price) -> Any:
    with asking() as api:
        params: Any = {"lookup_keys": [wanted.lookup_key], "active": True, "limit": 1}
        return next(iter(api.v1.prices.list(params=params).data), None)


def _faults(wanted: plans.Price, found: Any) -> list[str]:
    """What is wrong with a price, in words that follow its name."""
    recurring = get(found, "recurring")
    interval = text(get(recurring, "interval"))
    faults = []
    if (get(found, "unit_amount"), text(get(found, "currency"))) != (wanted.cents, plans.CURRENCY):
        amount = f"{number(get(found, 'unit_amount'))} {text(get(found, 'currency'))}"
        faults.append(f"is {amount} in the smallest unit at Stripe, not {wanted.cents} {plans.CURRENCY}")
    if interval != wanted.key or get(recurring, "interval_count") != 1:
        faults.append(f"is not paid every {wanted.key} at Stripe")
    if id_of(get(found, "product")) != plans.PRODUCT:
        faults.append(f"belongs to another product than {plans.PRODUCT} at Stripe")
    return faults


def _make_price(wanted: plans.Price, *, with_tax: bool) -> Any:
    """A new price, which takes the key from whichever has it: an archived one keeps its key, and nobody sees it."""
    params: Any = {
        "product": plans.PRODUCT,
        "currency": plans.CURRENCY,
        "unit_amount": wanted.cents,
        "recurring": {"interval": wanted.key},
        "lookup_key": wanted.lookup_key,
        "transfer_lookup_key": True,
    }
    if with_tax:
        params["tax_behavior"] = "inclusive"
    with asking() as api:
        return api.v1.prices.create(params=params)


def _replaced(wanted: plans.Price, current: Any) -> set[str]:
    """Ids of prices that `current` took the key from and that are active still: older ones of ours, without a key."""
    params: Any = {"product": plans.PRODUCT, "active": True, "limit": 100}
    with asking() as api:
        return {
            each.id
            for each in api.v1.prices.list(params=params).auto_paging_iter()
            if each.id != current.id
            and not text(get(each, "lookup_key"))
            and text(get(get(each, "recurring"), "interval")) == wanted.key
            and number(get(each, "created")) <= number(get(current, "created"))
        }


def _archive(price_ids: set[str]) -> None:
    with asking() as api:
        for price_id in sorted(price_ids):
            api.v1.prices.update(price_id, params={"active": False})


def _endpoints(url: str) -> list[Any]:
    with asking() as api:
        return [
            each for each in api.v1.webhook_endpoints.list(params={"limit": 100}).auto_paging_iter() if each.url == url
        ]
