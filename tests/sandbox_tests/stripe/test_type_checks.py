"""The checks against the package's types find what is wrong, and only that."""

from typing import Any

import pytest

from tests.stripe_types import parameters_type, problems_in_event, problems_in_object, problems_in_request

COUPON = {
    "amount_off": None,
    "created": 1_234_567_890,
    "currency": "usd",
    "duration": "repeating",
    "duration_in_months": 3,
    "id": "co_1",
    "livemode": False,
    "max_redemptions": None,
    "metadata": {"a": "b"},
    "name": None,
    "object": "coupon",
    "percent_off": 25.5,
    "redeem_by": None,
    "times_redeemed": 0,
    "valid": True,
}
PROMOTION_CODE = {
    "active": True,
    "code": "FRIENDS",
    "created": 1_234_567_890,
    "customer": "cus_1",
    "customer_account": None,
    "expires_at": None,
    "id": "promo_1",
    "livemode": False,
    "max_redemptions": None,
    "metadata": None,
    "object": "promotion_code",
    "promotion": {"coupon": COUPON, "type": "coupon"},
    "restrictions": {
        "currency_options": {"usd": {"minimum_amount": 5}},
        "first_time_transaction": False,
        "minimum_amount": None,
        "minimum_amount_currency": None,
    },
    "times_redeemed": 0,
}
EVENT = {
    "account": None,
    "api_version": "2026-10-28.endive",
    "context": None,
    "created": 1_234_567_890,
    "data": {"object": COUPON},
    "id": "evt_1",
    "livemode": False,
    "object": "event",
    "pending_webhooks": 0,
    "request": {"id": None, "idempotency_key": None},
    "type": "coupon.created",
}


def test_whole_objects_have_no_problems() -> None:
    assert problems_in_object(COUPON) == []
    assert problems_in_object(PROMOTION_CODE) == []
    assert problems_in_object({**PROMOTION_CODE, "promotion": {"coupon": "co_1", "type": "coupon"}}) == []
    assert problems_in_object({"id": "co_1", "object": "coupon", "deleted": True}) == []
    assert problems_in_event(EVENT) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"object": "voucher"}, "'voucher' is no kind of object"),
        ({"created": "yesterday"}, "coupon.created is 'yesterday'"),
        ({"created": True}, "coupon.created is True"),
        ({"valid": 1}, "coupon.valid is 1"),
        ({"livemode": None}, "coupon.livemode is None"),
        ({"metadata": {"a": 1}}, "coupon.metadata[a] is 1"),
        ({"metadata": []}, "coupon.metadata is no dictionary"),
        ({"colour": "red"}, "coupon.colour is no field"),
        ({"deleted": True}, "coupon.valid of a deleted object"),
    ],
)
def test_what_is_wrong_with_an_object_is_named(changes: dict[str, Any], problem: str) -> None:
    assert problem in problems_in_object({**COUPON, **changes})


def test_a_field_that_is_not_there_is_named_also_deep_inside() -> None:
    assert problems_in_object({name: COUPON[name] for name in COUPON if name != "valid"}) == ["coupon.valid is missing"]
    (problem,) = problems_in_object({**PROMOTION_CODE, "promotion": {"coupon": None, "type": "friend"}})
    assert problem == "promotion_code.promotion.type is 'friend', which is none of coupon"
    promotion = {"coupon": {**COUPON, "times_redeemed": "never"}, "type": "coupon"}
    (problem,) = problems_in_object({**PROMOTION_CODE, "promotion": promotion})
    assert problem == "promotion_code.promotion.coupon.times_redeemed is 'never'"


def test_an_event_is_checked_with_what_it_carries() -> None:
    (problem,) = problems_in_event({**EVENT, "data": {"object": {**COUPON, "valid": "yes"}}})
    assert problem == "coupon.created: coupon.valid is 'yes'"
    data = {"object": COUPON, "previous_attributes": {"nickname": None}}
    assert problems_in_event({**EVENT, "data": data, "type": "coupon.updated"}) == [
        "coupon.updated: no previous nickname"
    ]
    assert any("none of" in each for each in problems_in_event({**EVENT, "type": "coupon.eaten"}))


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "/v1/events?types[0]=invoice.paid&created[gte]=3&limit=100", ""),
        ("POST", "/v1/checkout/sessions", "mode=payment&line_items[0][price]=p&line_items[0][quantity]=1"),
        ("POST", "/v1/subscriptions/sub_1", "cancel_at=&metadata[gone]=&proration_behavior=none"),
        ("POST", "/v1/subscriptions/sub_1", "discounts="),
        ("DELETE", "/v1/subscriptions/sub_1", "prorate=false"),
        ("POST", "/v1/invoices/create_preview", "subscription=s&subscription_details[items][0][id]=si"),
        ("GET", "/v1/invoice_payments?payment[type]=payment_intent&payment[payment_intent]=pi_1&expand[]=data", ""),
    ],
)
def test_calls_as_the_package_declares_them_have_no_problems(method: str, target: str, body: str) -> None:
    assert problems_in_request(method, target, body) == []


@pytest.mark.parametrize(
    ("method", "target", "body", "problem"),
    [
        ("GET", "/v1/customers/cus_1/orders", "", "the package has no GET /v1/customers/cus_1/orders"),
        ("POST", "/v1/customers", "mail=a", "POST /v1/customers: unknown parameter mail"),
        ("POST", "/v1/customers", "address[town]=x", "POST /v1/customers: address: unknown parameter town"),
        (
            "POST",
            "/v1/billing_portal/sessions",
            "flow_data[a]=1",
            "POST /v1/billing_portal/sessions: flow_data: type is missing",
        ),
        ("POST", "/v1/coupons", "percent_off=half", "POST /v1/coupons: percent_off is 'half'"),
        ("POST", "/v1/coupons", "amount_off=1.5", "POST /v1/coupons: amount_off is '1.5'"),
        ("POST", "/v1/prices", "active=yes&currency=usd", "POST /v1/prices: active is 'yes'"),
        ("POST", "/v1/coupons", "name=", "POST /v1/coupons: name is ''"),
        ("POST", "/v1/coupons", "metadata=x", "POST /v1/coupons: metadata is 'x'"),
        (
            "POST",
            "/v1/payment_intents",
            "amount=1&currency=usd&payment_method_types[0]=card",
            "POST /v1/payment_intents: unknown parameter payment_method_types",
        ),
    ],
)
def test_what_is_wrong_with_a_call_is_named(method: str, target: str, body: str, problem: str) -> None:
    assert problem in problems_in_request(method, target, body)


def test_fixed_paths_are_not_taken_for_ids() -> None:
    assert parameters_type("POST", "/v1/invoices/create_preview") == (
        "stripe.params._invoice_create_preview_params.InvoiceCreatePreviewParams"
    )
    assert parameters_type("GET", "/v1/checkout/sessions/cs_1/line_items") is not None
    assert parameters_type("PATCH", "/v1/customers") is None
