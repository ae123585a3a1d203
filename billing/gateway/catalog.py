"""Our prices at Stripe, found by lookup key."""

from collections.abc import Mapping
from typing import Any

from billing import plans
from billing.gateway.client import asking
from billing.gateway.errors import Missing


def price_id(price: plans.Price) -> str:
    """The price's id at Stripe. Raises Missing before `manage.py stripe_setup` has run."""
    with asking() as api:
        found = api.v1.prices.list(params={"lookup_keys": [price.lookup_key], "active": True, "limit": 1}).data
    if not found:
        raise Missing(f"Stripe has no price {price.lookup_key}: run manage.py stripe_setup")
    return str(found[0].id)


def all_price_ids() -> list[str]:
    """Every price that our product ever had, and those with our lookup keys, if somebody gave them another product."""
    keys = [price.lookup_key for price in plans.PRICES.values()]
    try:
        found = _ids({"product": plans.PRODUCT})
    except Missing:
        found = []
    return list(dict.fromkeys(found + _ids({"lookup_keys": keys})))


def _ids(wanted: Mapping[str, Any]) -> list[str]:
    params: Any = {**wanted, "limit": 100}
    with asking() as api:
        return [each.id for each in api.v1.prices.list(params=params).auto_paging_iter()]
