"""Which prices at Stripe are ours."""

import pytest

from billing.gateway import catalog
from billing.gateway.client import client
from tests.billing.ground import Money
from tests.sandbox.world import World

pytestmark = pytest.mark.django_db


def move_prices(money: Money, *keys: str) -> None:
    """Prices belong to a product that somebody made by hand."""
    product = client().v1.products.create(params={"name": "Premium"})
    for key in keys:
        money.stripe.change("price", money.prices[key], product=product.id)


@pytest.mark.parametrize("moved", [(), ("year",), ("month", "year")])
def test_prices_of_another_product_are_ours_by_their_lookup_key(money: Money, moved: tuple[str, ...]) -> None:
    move_prices(money, *moved)
    assert sorted(catalog.all_price_ids()) == sorted(money.prices.values())


def test_prices_are_found_where_stripe_does_not_know_our_product(money: Money, world: World) -> None:
    move_prices(money, "month", "year")
    world.faults.add("stripe", "error", status=404, path="v1/prices")
    assert sorted(catalog.all_price_ids()) == sorted(money.prices.values())
