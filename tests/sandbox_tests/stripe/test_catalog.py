"""Products, prices, coupons and codes, by the official client."""

from typing import Any

import pytest
from stripe import InvalidRequestError, StripeClient

from tests.sandbox.stripe.state import Stripe

from .shop import told


def price(client: StripeClient, product: str, key: str, **more: Any) -> Any:
    params: Any = {
        "product": product,
        "currency": "usd",
        "unit_amount": 300,
        "recurring": {"interval": "month"},
        "lookup_key": key,
        **more,
    }
    return client.v1.prices.create(params)


def test_a_product_may_choose_its_id_once(client: StripeClient) -> None:
    made = client.v1.products.create({"id": "unroller_premium", "name": "Premium", "metadata": {"a": "1"}})
    assert (made.id, made.active, made.name) == ("unroller_premium", True, "Premium")
    with pytest.raises(InvalidRequestError) as refused:
        client.v1.products.create({"id": "unroller_premium", "name": "Premium"})
    assert refused.value.code == "resource_already_exists"


def test_a_product_changes_and_says_so(client: StripeClient, stripe: Stripe) -> None:
    made = client.v1.products.create({"name": "Premium", "metadata": {"a": "1", "b": "2"}})
    changed = client.v1.products.update(made.id, {"name": "More", "metadata": {"a": "", "c": "3"}})
    assert (changed.name, changed.metadata.to_dict()) == ("More", {"b": "2", "c": "3"})
    event = stripe.events.all("product.updated")[-1]
    assert event["data"]["previous_attributes"]["name"] == "Premium"
    client.v1.products.update(made.id, {"name": "More"})
    assert told(stripe, made.id) == ["product.created", "product.updated"]


def test_a_product_with_prices_cannot_be_deleted(client: StripeClient) -> None:
    lonely = client.v1.products.create({"name": "a"}).id
    assert client.v1.products.delete(lonely).deleted is True
    product = client.v1.products.create({"name": "a"}).id
    price(client, product, "k")
    with pytest.raises(InvalidRequestError, match="cannot be deleted"):
        client.v1.products.delete(product)


def test_a_lookup_key_finds_one_price_and_can_be_taken_over(client: StripeClient) -> None:
    product = client.v1.products.create({"name": "Premium"}).id
    old = price(client, product, "month")
    with pytest.raises(InvalidRequestError, match="already uses that lookup key"):
        price(client, product, "month")
    new = price(client, product, "month", unit_amount=400, transfer_lookup_key=True)
    assert [each.id for each in client.v1.prices.list({"lookup_keys": ["month"]}).data] == [new.id]
    assert client.v1.prices.retrieve(old.id).lookup_key is None
    assert new.recurring is not None
    assert (new.type, new.unit_amount, new.recurring.interval) == ("recurring", 400, "month")


def test_prices_are_found_by_product_state_and_kind(client: StripeClient) -> None:
    product = client.v1.products.create({"name": "Premium"}).id
    month = price(client, product, "m")
    year = price(client, product, "y", recurring={"interval": "year"})
    once = client.v1.prices.create({"product": product, "currency": "usd", "unit_amount": 3000})
    client.v1.prices.update(year.id, {"active": False})

    def ids(**by: Any) -> set[str]:
        params: Any = by
        return {each.id for each in client.v1.prices.list(params).data}

    assert ids(product=product) == {month.id, year.id, once.id}
    assert ids(active=True, type="recurring") == {month.id}
    assert ids(recurring={"interval": "year"}) == {year.id}


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"currency": "usd"}, "unit_amount"),
        ({"currency": "usd", "unit_amount": -1}, "unit_amount"),
        ({"currency": "dollars", "unit_amount": 1}, "currency"),
        ({"currency": "usd", "unit_amount": 1, "product": "prod_none"}, "product"),
    ],
)
def test_a_price_that_cannot_be_is_refused(client: StripeClient, params: Any, param: str) -> None:
    whole: Any = {"product": client.v1.products.create({"name": "Premium"}).id, **params}
    with pytest.raises(InvalidRequestError) as refused:
        client.v1.prices.create(whole)
    assert refused.value.param == param


def test_a_code_names_its_coupon_and_is_active_once(client: StripeClient) -> None:
    coupon = client.v1.coupons.create({"percent_off": 100, "duration": "forever"})
    promotion: Any = {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "FRIENDS"}
    made = client.v1.promotion_codes.create(promotion)
    assert (made.promotion.coupon, made.active, made.times_redeemed) == (coupon.id, True, 0)
    with pytest.raises(InvalidRequestError, match="already exists"):
        client.v1.promotion_codes.create(promotion)
    client.v1.promotion_codes.update(made.id, {"active": False})
    again = client.v1.promotion_codes.create(promotion)
    assert [each.id for each in client.v1.promotion_codes.list({"code": "friends", "active": True}).data] == [again.id]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"percent_off": 10, "amount_off": 100, "currency": "usd"},
        {"amount_off": 100},
        {"percent_off": 101},
        {"percent_off": 10, "duration": "repeating"},
        {"percent_off": 10, "duration": "once", "duration_in_months": 3},
    ],
)
def test_a_coupon_that_cannot_be_is_refused(client: StripeClient, params: Any) -> None:
    with pytest.raises(InvalidRequestError):
        client.v1.coupons.create(params)
