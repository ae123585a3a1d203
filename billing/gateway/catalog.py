"""Our prices at Stripe, found by lookup key."""

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
    """Every price that our product ever had."""
    with asking() as api:
        return [
            each.id for each in api.v1.prices.list(params={"product": plans.PRODUCT, "limit": 100}).auto_paging_iter()
        ]
