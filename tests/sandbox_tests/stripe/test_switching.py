"""Another price in the middle of a period: what it costs, and what happens when the card fails."""

from datetime import timedelta
from typing import Any

import pytest
from stripe import CardError, InvalidRequestError, StripeClient

from tests.sandbox.stripe.state import Stripe

from .shop import Shop, open_shop, told

DAY = 24 * 3600


@pytest.fixture
def shop(client: StripeClient) -> Shop:
    return open_shop(client)


def later(stripe: Stripe, **by: float) -> None:
    stripe.ground.clock.advance(timedelta(**by))


def switch(shop: Shop, subscription: Any, price: str, **more: Any) -> Any:
    """The update of the contract: the item by its id, everything paid at once."""
    item = subscription["items"].data[0].id
    params: Any = {
        "items": [{"id": item, "price": price}],
        "proration_behavior": "always_invoice",
        "expand": ["latest_invoice"],
        **more,
    }
    return shop.client.v1.subscriptions.update(subscription.id, params)


def preview(shop: Shop, subscription: Any, price: str, moment: int) -> Any:
    item = subscription["items"].data[0].id
    return shop.client.v1.invoices.create_preview(
        {
            "customer": subscription.customer,
            "subscription": subscription.id,
            "subscription_details": {
                "items": [{"id": item, "price": price}],
                "proration_behavior": "always_invoice",
                "proration_date": moment,
            },
        }
    )


@pytest.mark.parametrize("days", [0, 1, 13.37, 27])
def test_the_preview_is_what_is_charged_later(shop: Shop, stripe: Stripe, days: float) -> None:
    _, subscription = shop.member(stripe)
    later(stripe, days=days)
    moment = stripe.now()
    shown = preview(shop, subscription, shop.year, moment)
    later(stripe, minutes=7)
    paid = switch(shop, subscription, shop.year, proration_date=moment, payment_behavior="pending_if_incomplete")
    assert paid.latest_invoice.amount_paid == shown.amount_due == shown.total
    amounts = [line.amount for line in shown.lines.data]
    assert [line.amount for line in paid.latest_invoice.lines.data] == amounts
    assert (amounts[0] <= 0, amounts[1], shown.id.startswith("upcoming_in_")) == (True, 3000, True)


def test_a_preview_changes_nothing(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe)
    before, events = shop.client.v1.subscriptions.retrieve(subscription.id).to_dict(), told(stripe)
    preview(shop, subscription, shop.year, stripe.now())
    assert shop.client.v1.subscriptions.retrieve(subscription.id).to_dict() == before
    assert (told(stripe), len(shop.client.v1.invoices.list().data)) == (events, 1)


def test_month_to_year_begins_a_year_now_with_one_item(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe)
    later(stripe, days=10)
    after = switch(shop, subscription, shop.year)
    (item,) = after["items"].data
    assert (item.id, item.price.id) == (subscription["items"].data[0].id, shop.year)
    assert abs(after.billing_cycle_anchor - stripe.now()) <= 5
    assert 365 * DAY <= item.current_period_end - item.current_period_start <= 366 * DAY
    assert after.latest_invoice.billing_reason == "subscription_update"


def test_another_interval_is_charged_at_once_even_with_prorations_for_later(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe)
    later(stripe, days=10)
    after = switch(shop, subscription, shop.year, proration_behavior="create_prorations")
    assert after.latest_invoice.amount_paid > 2700


def test_without_the_id_of_the_item_a_second_one_is_added(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe)
    params: Any = {"items": [{"price": shop.year}]}
    after = shop.client.v1.subscriptions.update(subscription.id, params)
    assert {item.price.id for item in after["items"].data} == {shop.month, shop.year}


def test_an_item_that_is_not_there_is_refused(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe)
    params: Any = {"items": [{"id": "si_none", "price": shop.year}]}
    with pytest.raises(InvalidRequestError) as refused:
        shop.client.v1.subscriptions.update(subscription.id, params)
    assert refused.value.param == "items[0][id]"


def test_a_card_that_fails_leaves_the_old_plan_and_a_pending_update(shop: Shop, stripe: Stripe) -> None:
    customer, subscription = shop.member(stripe)
    stripe.set_card(customer, "declined")
    after = switch(shop, subscription, shop.year, payment_behavior="pending_if_incomplete")
    assert (after.status, after["items"].data[0].price.id) == ("active", shop.month)
    assert after.pending_update.subscription_items[0].price.id == shop.year
    assert (after.latest_invoice.status, after.latest_invoice.amount_paid) == ("open", 0)
    stripe.pay_invoice(after.latest_invoice.id)
    paid = shop.client.v1.subscriptions.retrieve(subscription.id)
    assert (paid.pending_update, paid["items"].data[0].price.id) == (None, shop.year)
    assert told(stripe, subscription.id)[-1] == "customer.subscription.pending_update_applied"


def test_a_pending_update_that_is_not_paid_is_forgotten(shop: Shop, stripe: Stripe) -> None:
    customer, subscription = shop.member(stripe)
    stripe.set_card(customer, "declined")
    waiting = switch(shop, subscription, shop.year, payment_behavior="pending_if_incomplete").latest_invoice.id
    later(stripe, hours=24)
    after = shop.client.v1.subscriptions.retrieve(subscription.id)
    assert (after.status, after.pending_update, after["items"].data[0].price.id) == ("active", None, shop.month)
    assert shop.client.v1.invoices.retrieve(waiting).status == "void"
    assert told(stripe, subscription.id)[-1] == "customer.subscription.pending_update_expired"


def test_a_pending_update_takes_only_what_it_can_hold(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe)
    with pytest.raises(InvalidRequestError) as refused:
        switch(shop, subscription, shop.year, payment_behavior="pending_if_incomplete", description="x")
    assert refused.value.param == "description"


def test_by_default_a_card_that_fails_makes_it_past_due(shop: Shop, stripe: Stripe) -> None:
    customer, subscription = shop.member(stripe)
    stripe.set_card(customer, "declined")
    after = switch(shop, subscription, shop.year)
    assert (after.status, after["items"].data[0].price.id) == ("past_due", shop.year)


def test_error_if_incomplete_gives_the_change_up(shop: Shop, stripe: Stripe) -> None:
    customer, subscription = shop.member(stripe)
    stripe.set_card(customer, "declined")
    with pytest.raises(CardError):
        switch(shop, subscription, shop.year, payment_behavior="error_if_incomplete")
    after = shop.client.v1.subscriptions.retrieve(subscription.id)
    assert (after["items"].data[0].price.id, after.latest_invoice) == (shop.month, subscription.latest_invoice)


def test_a_dearer_price_of_the_same_interval_costs_the_rest_of_the_period(shop: Shop, stripe: Stripe) -> None:
    client = shop.client
    _, subscription = shop.member(stripe)
    start, end = (
        subscription["items"].data[0].current_period_start,
        subscription["items"].data[0].current_period_end,
    )
    dearer = client.v1.prices.create(
        {"product": shop.product, "currency": "usd", "unit_amount": 900, "recurring": {"interval": "month"}}
    ).id
    after = switch(shop, subscription, dearer, proration_date=start + (end - start) // 2)
    assert [line.amount for line in after.latest_invoice.lines.data] == [-150, 450]
    assert after["items"].data[0].current_period_end == end
    later(stripe, days=32)
    assert client.v1.invoices.list({"subscription": subscription.id}).data[0].amount_paid == 900


def test_prorations_for_later_come_with_the_renewal(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe)
    item: Any = subscription["items"].data[0]
    middle = (item.current_period_start + item.current_period_end) // 2
    params: Any = {"items": [{"id": item.id, "quantity": 3}], "proration_date": middle}
    shop.client.v1.subscriptions.update(subscription.id, params)
    assert len(shop.client.v1.invoices.list().data) == 1
    upcoming = shop.client.v1.invoices.create_preview({"subscription": subscription.id})
    later(stripe, days=32)
    renewed = shop.client.v1.invoices.list({"subscription": subscription.id}).data[0]
    assert [line.amount for line in renewed.lines.data] == [-150, 450, 900]
    assert renewed.amount_paid == upcoming.amount_due == 1200


def test_what_is_left_of_a_year_becomes_a_credit(shop: Shop, stripe: Stripe) -> None:
    customer, subscription = shop.member(stripe, price=shop.year)
    after = switch(shop, subscription, shop.month)
    assert (after.latest_invoice.total, after.latest_invoice.amount_due, after.latest_invoice.status) == (
        -2700,
        0,
        "paid",
    )
    assert shop.client.v1.customers.retrieve(customer).balance == -2700
    later(stripe, days=32)
    renewed = shop.client.v1.invoices.list({"subscription": subscription.id}).data[0]
    assert (renewed.amount_due, renewed.starting_balance, renewed.ending_balance) == (0, -2700, -2400)


def test_a_discount_is_given_back_as_it_was_taken(shop: Shop, stripe: Stripe) -> None:
    coupon = shop.client.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    _, subscription = shop.member(stripe, discounts=[{"coupon": coupon}])
    shown = preview(shop, subscription, shop.year, subscription.created)
    assert (shown.subtotal, shown.total) == (2700, 2850)


def test_a_proration_outside_of_the_period_is_refused(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe)
    for moment in (stripe.now() - 40 * DAY, stripe.now() + 40 * DAY):
        with pytest.raises(InvalidRequestError) as refused:
            switch(shop, subscription, shop.year, proration_date=moment)
        assert refused.value.param == "proration_date"


def test_another_customers_subscription_is_not_shown(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe)
    with pytest.raises(InvalidRequestError, match="No such subscription"):
        shop.client.v1.invoices.create_preview({"customer": shop.customer(), "subscription": subscription.id})


def test_what_ends_has_no_upcoming_invoice(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe)
    stripe.cancel(subscription.id, at_period_end=True)
    with pytest.raises(InvalidRequestError) as refused:
        shop.client.v1.invoices.create_preview({"subscription": subscription.id})
    assert (refused.value.http_status, refused.value.code) == (404, "invoice_upcoming_none")
