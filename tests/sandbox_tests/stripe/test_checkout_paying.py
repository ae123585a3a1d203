"""Paying a Checkout session: each way to pay, codes, ends, and what comes of it."""

from datetime import timedelta
from typing import Any

import pytest
from stripe import InvalidRequestError, StripeClient

from tests.sandbox.stripe.errors import ApiError, Declined
from tests.sandbox.stripe.state import Stripe

from .shop import SUCCESS, Shop, open_shop, told


@pytest.fixture
def shop(client: StripeClient) -> Shop:
    return open_shop(client)


def test_the_subscription_exists_only_after_payment(shop: Shop, stripe: Stripe, client: StripeClient) -> None:
    customer = shop.customer()
    session = shop.begin(customer=customer, subscription_data={"metadata": {"intent": "1"}})
    assert client.v1.subscriptions.list({"customer": customer, "status": "all"}).data == []
    assert stripe.pay(session.id) == SUCCESS.replace("{CHECKOUT_SESSION_ID}", session.id)
    after = shop.again(session, "subscription", "invoice")
    subscription, invoice = after.subscription, after.invoice
    assert not isinstance(subscription, str | None)
    assert not isinstance(invoice, str | None)
    assert (after.status, after.payment_status, after.url) == ("complete", "paid", None)
    assert (subscription.status, subscription.metadata["intent"]) == ("active", "1")
    assert subscription.billing_mode.type == "flexible"
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 300, "subscription_create")
    assert told(stripe, session.id) == ["checkout.session.completed"]


def test_a_session_without_customer_makes_one_with_the_address_from_the_page(shop: Shop, stripe: Stripe) -> None:
    session = shop.begin()
    stripe.pay(session.id, email="dora@example.org")
    after = shop.again(session, "customer")
    assert not isinstance(after.customer, str | None)
    assert after.customer.email == "dora@example.org"
    assert after.customer_details is not None
    assert after.customer_details.email == "dora@example.org"


def test_a_declined_card_leaves_the_session_open_and_no_subscription(
    shop: Shop, stripe: Stripe, client: StripeClient
) -> None:
    customer = shop.customer()
    session = shop.begin(customer=customer)
    with pytest.raises(Declined):
        stripe.pay(session.id, card="declined")
    assert shop.again(session).status == "open"
    assert client.v1.subscriptions.list({"customer": customer, "status": "all"}).data == []
    assert "invoice.payment_failed" not in told(stripe)
    stripe.pay(session.id)
    assert shop.again(session).payment_status == "paid"


def test_3d_secure_is_paid_only_when_the_bank_is_answered(shop: Shop, stripe: Stripe) -> None:
    subscribing, giving = shop.begin(), shop.donate()
    for session in (subscribing, giving):
        assert stripe.pay(session.id, card="3ds") == f"{stripe.url}/3ds/{session.id}"
        assert shop.again(session).status == "open"
        assert stripe.refuse_3ds(session.id) == f"{stripe.url}/pay/{session.id}"
        with pytest.raises(ApiError):
            stripe.approve_3ds(session.id)
        stripe.pay(session.id, card="3ds")
        assert session.id in stripe.approve_3ds(session.id)
        assert shop.again(session).payment_status == "paid"


@pytest.mark.parametrize(("ok", "status", "event"), [(True, "paid", "succeeded"), (False, "unpaid", "failed")])
def test_a_delayed_payment_completes_unpaid_and_is_settled_later(
    shop: Shop, stripe: Stripe, ok: bool, status: str, event: str
) -> None:
    for session in (shop.begin(), shop.donate()):
        stripe.pay(session.id, card="delayed")
        assert (shop.again(session).status, shop.again(session).payment_status) == ("complete", "unpaid")
        stripe.settle(session.id, ok=ok)
        assert shop.again(session).payment_status == status
        assert told(stripe, session.id) == ["checkout.session.completed", f"checkout.session.async_payment_{event}"]
        with pytest.raises(ApiError):
            stripe.settle(session.id)


def test_a_code_over_everything_needs_no_payment(shop: Shop, stripe: Stripe, client: StripeClient) -> None:
    coupon = client.v1.coupons.create({"percent_off": 100, "duration": "once"}).id
    client.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon}, "code": "GIFT"})
    session = shop.begin(allow_promotion_codes=True)
    stripe.pay(session.id, promotion_code="gift")
    after = shop.again(session, "subscription")
    assert (after.payment_status, after.amount_total) == ("no_payment_required", 0)
    assert after.total_details is not None
    assert after.total_details.amount_discount == 300
    assert not isinstance(after.subscription, str | None)
    assert after.subscription.status == "active"
    assert client.v1.coupons.retrieve(coupon).times_redeemed == 1


def test_a_code_must_be_known_and_asked_for(shop: Shop, stripe: Stripe, client: StripeClient) -> None:
    coupon = client.v1.coupons.create({"amount_off": 100, "currency": "usd", "duration": "once"}).id
    client.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon}, "code": "LESS"})
    asked, not_asked = shop.begin(allow_promotion_codes=True), shop.begin()
    for session, code in ((asked, "MORE"), (not_asked, "LESS")):
        with pytest.raises(Declined, match="invalid"):
            stripe.pay(session.id, promotion_code=code)
    stripe.pay(asked.id, promotion_code="LESS")
    assert shop.again(asked).amount_total == 200


def test_a_discount_by_the_api_stands_in_the_session_and_in_the_invoice(
    shop: Shop, stripe: Stripe, client: StripeClient
) -> None:
    coupon = client.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    session = shop.begin(discounts=[{"coupon": coupon}])
    assert (session.amount_subtotal, session.amount_total) == (300, 150)
    stripe.pay(session.id)
    invoice = shop.again(session, "invoice").invoice
    assert not isinstance(invoice, str | None)
    assert invoice.amount_paid == 150


def test_an_expired_session_cannot_be_paid_and_a_paid_one_cannot_expire(shop: Shop, stripe: Stripe) -> None:
    expired, paid = shop.begin(), shop.begin()
    stripe.pay(paid.id)
    assert shop.client.v1.checkout.sessions.expire(expired.id).status == "expired"
    assert told(stripe, expired.id) == ["checkout.session.expired"]
    with pytest.raises(ApiError, match="expired"):
        stripe.pay(expired.id)
    with pytest.raises(InvalidRequestError, match="`complete`"):
        shop.client.v1.checkout.sessions.expire(paid.id)


def test_a_donation_carries_its_metadata_into_intent_and_charge(shop: Shop, stripe: Stripe) -> None:
    session = shop.donate(payment_intent_data={"metadata": {"donation": "7"}, "receipt_email": "bob@example.org"})
    stripe.pay(session.id, email="bob@example.org")
    after = shop.again(session, "payment_intent.latest_charge")
    assert (after.customer, after.customer_creation) == (None, "if_required")
    intent: Any = after.payment_intent
    charge = intent.latest_charge
    assert (intent.status, intent.amount, intent.metadata["donation"]) == ("succeeded", 500, "7")
    assert (charge.paid, charge.metadata["donation"], charge.receipt_email) == (True, "7", "bob@example.org")
    assert charge.receipt_url == f"{stripe.url}/receipt/{charge.id}"


def test_sessions_are_found_by_customer_and_by_status(shop: Shop, stripe: Stripe) -> None:
    customer = shop.customer()
    first, second = shop.begin(customer=customer), shop.begin(customer=customer)
    shop.begin()
    stripe.pay(first.id)
    sessions = shop.client.v1.checkout.sessions
    assert [each.id for each in sessions.list({"customer": customer}).data] == [second.id, first.id]
    assert [each.id for each in sessions.list({"customer": customer, "status": "open"}).data] == [second.id]


def test_two_sessions_of_one_customer_can_both_be_paid(shop: Shop, stripe: Stripe, client: StripeClient) -> None:
    customer = shop.customer()
    for session in (shop.begin(customer=customer), shop.begin(customer=customer)):
        stripe.pay(session.id)
    assert len(client.v1.subscriptions.list({"customer": customer}).data) == 2


def test_a_filter_of_ways_to_pay_holds_on_the_page(shop: Shop, stripe: Stripe) -> None:
    session = shop.donate(allowed_payment_method_types=["card"])
    assert session.payment_method_types == ["card"]
    with pytest.raises(ApiError):
        stripe.pay(session.id, card="delayed")
    stripe.pay(session.id)
    with pytest.raises(InvalidRequestError, match="No valid payment method types"):
        shop.donate(excluded_payment_method_types=["card", "us_bank_account"])


@pytest.mark.parametrize("metadata", [{"k" * 41: "v"}, {"k": "v" * 501}, {f"k{number}": "v" for number in range(51)}])
def test_metadata_has_its_limits(shop: Shop, metadata: dict[str, str]) -> None:
    for more in ({"metadata": metadata}, {"subscription_data": {"metadata": metadata}}):
        with pytest.raises(InvalidRequestError, match="Metadata"):
            shop.begin(**more)


def test_a_deleted_customer_cannot_pay_in_an_open_session(shop: Shop, stripe: Stripe) -> None:
    customer = shop.customer()
    session = shop.begin(customer=customer)
    stripe.delete_customer(customer)
    with pytest.raises(ApiError, match="deleted"):
        stripe.pay(session.id)
    with pytest.raises(InvalidRequestError, match="No such customer"):
        shop.begin(customer=customer)


def test_time_expires_an_open_session(shop: Shop, stripe: Stripe) -> None:
    session = shop.begin(expires_at=stripe.now() + 1860)
    stripe.ground.clock.advance(timedelta(minutes=32))
    with pytest.raises(ApiError, match="expired"):
        stripe.pay(session.id)
    assert shop.again(session).status == "expired"
    assert told(stripe, session.id) == ["checkout.session.expired"]


def test_whoever_lives_by_a_clock_that_did_not_move_can_still_sell(shop: Shop, stripe: Stripe) -> None:
    site = stripe.now()
    stripe.ground.clock.advance(timedelta(days=400))
    with pytest.raises(InvalidRequestError, match="at least 30 minutes"):
        shop.begin(expires_at=site + 60)
    session = shop.begin(expires_at=site + 1860)
    stripe.tick()
    assert shop.again(session).status == "open"
    stripe.ground.clock.advance(timedelta(minutes=32))
    stripe.tick()
    assert shop.again(session).status == "expired"


def test_what_the_sandbox_does_not_have_is_refused_and_not_forgotten(shop: Shop) -> None:
    for more in (
        {"invoice_creation": {"enabled": True}},
        {"after_expiration": {"recovery": {"enabled": True}}},
    ):
        with pytest.raises(InvalidRequestError, match="Stripe itself does"):
            shop.donate(**more)


def test_an_intent_that_was_tried_is_canceled_when_its_session_expires(
    shop: Shop, stripe: Stripe, client: StripeClient
) -> None:
    session = shop.donate()
    with pytest.raises(Declined):
        stripe.pay(session.id, card="declined")
    intent = str(shop.again(session).payment_intent)
    stripe.expire(session.id)
    after = client.v1.payment_intents.retrieve(intent)
    assert (after.status, after.cancellation_reason) == ("canceled", "expired")


def test_a_trial_is_due_later(shop: Shop, stripe: Stripe) -> None:
    session = shop.begin(subscription_data={"trial_period_days": 7})
    assert session.amount_total == 0
    stripe.pay(session.id)
    after = shop.again(session, "subscription")
    assert after.payment_status == "no_payment_required"
    assert not isinstance(after.subscription, str | None)
    assert after.subscription.status == "trialing"


@pytest.mark.parametrize(
    "restrictions",
    [{"minimum_amount": 1000, "minimum_amount_currency": "usd"}, {"first_time_transaction": True}],
)
def test_a_code_can_ask_for_more_than_itself(
    shop: Shop, stripe: Stripe, client: StripeClient, restrictions: Any
) -> None:
    coupon = client.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon}, "code": "HALF", "restrictions": restrictions}
    )
    small = shop.donate(500, allow_promotion_codes=True)
    with pytest.raises(Declined, match="code"):
        stripe.pay(small.id, promotion_code="HALF")
    fitting = shop.donate(2000, allow_promotion_codes=True, customer=shop.customer())
    stripe.pay(fitting.id, promotion_code="HALF")
    assert shop.again(fitting).amount_total == 1000
