"""Checkout sessions over the API: what is refused, and what stands in them."""

from typing import Any

import pytest
from stripe import InvalidRequestError, StripeClient

from tests.sandbox.stripe.state import Stripe

from .shop import BACK, SUCCESS, Shop, open_shop


@pytest.fixture
def shop(client: StripeClient) -> Shop:
    return open_shop(client)


def test_a_new_session_is_open_and_knows_what_it_sells(shop: Shop, stripe: Stripe) -> None:
    customer = shop.customer()
    session = shop.begin(
        customer=customer, client_reference_id="intent-1", metadata={"a": "1"}, allow_promotion_codes=True
    )
    assert session.id.startswith("cs_test_")
    assert (session.status, session.payment_status, session.mode) == ("open", "unpaid", "subscription")
    assert (session.amount_subtotal, session.amount_total, session.currency) == (300, 300, "usd")
    assert session.url == f"{stripe.url}/pay/{session.id}"
    assert (session.customer, session.client_reference_id) == (customer, "intent-1")
    assert session.metadata is not None
    assert session.metadata["a"] == "1"
    assert (session.success_url, session.cancel_url, session.ui_mode) == (SUCCESS, BACK, "hosted_page")
    assert session.expires_at == session.created + 24 * 3600
    assert (session.subscription, session.invoice, session.payment_intent) == (None, None, None)
    assert session.customer_details is not None
    assert session.customer_details.email == "alice@example.org"


def test_line_items_come_on_request_and_as_a_list_of_their_own(shop: Shop, client: StripeClient) -> None:
    session = shop.begin()
    assert "line_items" not in session
    expanded: Any = shop.again(session, "line_items").line_items
    listed: Any = client.v1.checkout.sessions.line_items.list(session.id)
    for lines in (expanded, listed):
        assert [(line.price.id, line.quantity, line.amount_total) for line in lines.data] == [(shop.month, 1, 300)]


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"mode": "payment"}, "line_items[0][price]", None),
        ({"mode": "gift"}, "mode", None),
        ({"success_url": "shop.example/done"}, "success_url", "url_invalid"),
        ({"customer": "cus_nobody"}, "customer", "resource_missing"),
        ({"customer_email": "nobody"}, "customer_email", "email_invalid"),
        ({"customer_creation": "always"}, "customer_creation", None),
        ({"payment_intent_data": {"metadata": {"a": "1"}}}, "payment_intent_data", None),
        ({"line_items": [{"price": "price_none", "quantity": 1}]}, "line_items[0][price]", "resource_missing"),
        ({"line_items": []}, "line_items", "parameter_missing"),
        ({"ui_mode": "hosted"}, "ui_mode", None),
        ({"return_url": "https://shop.example/"}, "return_url", None),
        ({"client_reference_id": "x" * 201}, "client_reference_id", None),
        ({"payment_method_types": ["card"]}, "payment_method_types", "payment_method_types_no_longer_supported"),
        ({"subscription_data": {"coupon": "x"}}, "subscription_data[coupon]", "parameter_unknown"),
        ({"discounts": [{"coupon": "none"}]}, "discounts[0][coupon]", "resource_missing"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    shop: Shop, stripe: Stripe, params: dict[str, Any], param: str, code: str | None
) -> None:
    stripe.requests.expect_problems()
    with pytest.raises(InvalidRequestError) as refused:
        shop.begin(**params)
    assert (refused.value.http_status, refused.value.param) == (400, param)
    assert refused.value.code == code


def test_codes_and_discounts_exclude_each_other_as_do_customer_and_address(shop: Shop, client: StripeClient) -> None:
    coupon = client.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    with pytest.raises(InvalidRequestError, match="only specify one of these parameters"):
        shop.begin(allow_promotion_codes=True, discounts=[{"coupon": coupon}])
    with pytest.raises(InvalidRequestError, match="only specify one of these parameters"):
        shop.begin(customer=shop.customer(), customer_email="alice@example.org")


def test_a_subscription_cannot_be_sold_without_a_price_that_recurs(shop: Shop) -> None:
    data = {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Coffee"}}
    with pytest.raises(InvalidRequestError, match="at least one recurring price"):
        shop.begin(line_items=[{"price_data": data, "quantity": 1}])


def test_an_archived_price_cannot_be_sold(shop: Shop, client: StripeClient) -> None:
    client.v1.prices.update(shop.month, {"active": False})
    with pytest.raises(InvalidRequestError, match="inactive"):
        shop.begin()


@pytest.mark.parametrize(("seconds", "fits"), [(29 * 60, False), (31 * 60, True), (86_000, True), (25 * 3600, False)])
def test_a_session_lives_between_thirty_minutes_and_a_day(shop: Shop, stripe: Stripe, seconds: int, fits: bool) -> None:
    ends = stripe.now() + seconds
    if fits:
        assert shop.begin(expires_at=ends).expires_at == ends
        return
    with pytest.raises(InvalidRequestError) as refused:
        shop.begin(expires_at=ends)
    assert refused.value.param == "expires_at"


@pytest.mark.parametrize(("cents", "code"), [(49, "amount_too_small"), (100_000_000, "amount_too_large")])
def test_a_payment_is_neither_too_small_nor_too_large(shop: Shop, cents: int, code: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        shop.donate(cents)
    assert refused.value.code == code
