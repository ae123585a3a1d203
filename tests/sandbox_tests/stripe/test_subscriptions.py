"""How subscriptions begin, are to end, end, and are listed."""

from datetime import timedelta
from typing import Any

import pytest
from stripe import CardError, InvalidRequestError, StripeClient

from tests.sandbox.stripe import cards
from tests.sandbox.stripe.state import Stripe

from .shop import Shop, open_shop, told


@pytest.fixture
def shop(client: StripeClient) -> Shop:
    return open_shop(client)


def subscribe(shop: Shop, stripe: Stripe, card: str = "works", **more: Any) -> Any:
    """A subscription by the API, for a customer with such a card on file."""
    customer = shop.customer()
    cards.attach(stripe, customer, card, default=True)
    params: Any = {"customer": customer, "items": [{"price": shop.month}], **more}
    return shop.client.v1.subscriptions.create(params)


def test_a_subscription_begins_active_with_a_paid_invoice(shop: Shop, stripe: Stripe) -> None:
    made = subscribe(shop, stripe, metadata={"a": "1"}, expand=["latest_invoice.payments", "customer"])
    item = made["items"].data[0]
    assert (made.status, made.billing_mode.type, item.price.id, item.quantity) == ("active", "flexible", shop.month, 1)
    assert "current_period_end" not in made
    assert timedelta(days=28) <= timedelta(seconds=item.current_period_end - made.created) <= timedelta(days=31)
    invoice = made.latest_invoice
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 300, "subscription_create")
    assert invoice.parent.subscription_details.subscription == made.id
    assert invoice.parent.subscription_details.metadata.to_dict() == {"a": "1"}
    assert invoice.payments.data[0].payment.type == "payment_intent"
    assert made.customer.email == "alice@example.org"


def test_invoice_paid_comes_before_subscription_created(shop: Shop, stripe: Stripe) -> None:
    subscribe(shop, stripe)
    types = told(stripe)
    assert types.index("invoice.paid") < types.index("customer.subscription.created")


def test_a_refused_first_payment_leaves_it_incomplete_until_it_expires(shop: Shop, stripe: Stripe) -> None:
    made = subscribe(shop, stripe, "declined", expand=["latest_invoice"])
    assert (made.status, made.latest_invoice.status, made.latest_invoice.next_payment_attempt) == (
        "incomplete",
        "open",
        None,
    )
    stripe.ground.clock.advance(timedelta(hours=24))
    later = shop.client.v1.subscriptions.retrieve(made.id, {"expand": ["latest_invoice"]})
    invoice: Any = later.latest_invoice
    assert (later.status, invoice.status) == ("incomplete_expired", "void")


def test_an_incomplete_subscription_becomes_active_by_its_invoice(shop: Shop, stripe: Stripe) -> None:
    made = subscribe(shop, stripe, "3ds")
    assert made.status == "incomplete"
    stripe.pay_invoice(made.latest_invoice)
    assert shop.client.v1.subscriptions.retrieve(made.id).status == "active"


def test_with_error_if_incomplete_nothing_begins(shop: Shop, stripe: Stripe) -> None:
    with pytest.raises(CardError) as refused:
        subscribe(shop, stripe, "declined", payment_behavior="error_if_incomplete")
    assert (refused.value.http_status, refused.value.code) == (402, "card_declined")
    assert shop.client.v1.subscriptions.list({"status": "all"}).data == []


def test_without_anything_to_charge_it_is_refused(shop: Shop) -> None:
    params: Any = {"customer": shop.customer(), "items": [{"price": shop.month}]}
    with pytest.raises(InvalidRequestError, match="no attached payment source"):
        shop.client.v1.subscriptions.create(params)
    params["payment_behavior"] = "default_incomplete"
    waits = shop.client.v1.subscriptions.create(params)
    assert waits.status == "incomplete"


@pytest.mark.parametrize("items", [[], [{"price": "price_none"}], [{"quantity": 2}], "twice", "once"], ids=str)
def test_items_that_cannot_be_are_refused(shop: Shop, stripe: Stripe, items: Any) -> None:
    if items == "twice":
        items = [{"price": shop.month}, {"price": shop.month}]
    if items == "once":
        price = shop.client.v1.prices.create({"product": shop.product, "currency": "usd", "unit_amount": 100})
        items = [{"price": price.id}]
    with pytest.raises(InvalidRequestError):
        subscribe(shop, stripe, items=items)


def test_the_boolean_shows_its_date_and_is_taken_back_by_itself(shop: Shop, stripe: Stripe) -> None:
    made = subscribe(shop, stripe)
    update = shop.client.v1.subscriptions.update
    ending = update(made.id, {"cancel_at_period_end": True})
    end = ending["items"].data[0].current_period_end
    assert (ending.cancel_at_period_end, ending.cancel_at, ending.status) == (True, end, "active")
    back = update(made.id, {"cancel_at_period_end": False})
    assert (back.cancel_at_period_end, back.cancel_at, back.canceled_at) == (False, None, None)


def test_an_end_by_cancel_at_is_not_taken_back_by_the_boolean(shop: Shop, stripe: Stripe) -> None:
    made = subscribe(shop, stripe)
    update = shop.client.v1.subscriptions.update
    end = made["items"].data[0].current_period_end
    assert update(made.id, {"cancel_at": end}).cancel_at_period_end is False
    assert update(made.id, {"cancel_at_period_end": False}).cancel_at == end
    assert update(made.id, {"cancel_at": ""}).cancel_at is None


def test_both_ways_to_end_at_once_are_refused(shop: Shop, stripe: Stripe) -> None:
    made = subscribe(shop, stripe)
    with pytest.raises(InvalidRequestError, match="only specify one"):
        shop.client.v1.subscriptions.update(made.id, {"cancel_at": "", "cancel_at_period_end": False})


def test_a_scheduled_end_comes_instead_of_the_renewal(shop: Shop, stripe: Stripe) -> None:
    made = subscribe(shop, stripe)
    end = made["items"].data[0].current_period_end
    stripe.cancel(made.id, at_period_end=True)
    stripe.ground.clock.advance(timedelta(days=40))
    ended = shop.client.v1.subscriptions.retrieve(made.id)
    assert (ended.status, ended.ended_at) == ("canceled", end)
    assert len(shop.client.v1.invoices.list({"subscription": made.id}).data) == 1
    assert stripe.events.all("customer.subscription.deleted")[0]["data"]["object"]["status"] == "canceled"


def test_what_has_ended_cannot_be_changed_or_ended_again(shop: Shop, stripe: Stripe) -> None:
    made = subscribe(shop, stripe)
    ended = shop.client.v1.subscriptions.cancel(made.id)
    assert (ended.status, ended.ended_at is not None) == ("canceled", True)
    with pytest.raises(InvalidRequestError, match="canceled subscription can only update"):
        shop.client.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    with pytest.raises(InvalidRequestError) as refused:
        shop.client.v1.subscriptions.cancel(made.id)
    assert refused.value.http_status == 404
    assert shop.client.v1.subscriptions.update(made.id, {"metadata": {"a": "1"}}).metadata["a"] == "1"


def test_lists_know_customer_status_and_price(shop: Shop, stripe: Stripe) -> None:
    ended, living = subscribe(shop, stripe), subscribe(shop, stripe)
    stripe.cancel(ended.id)

    def ids(**by: Any) -> set[str]:
        params: Any = by
        return {each.id for each in shop.client.v1.subscriptions.list(params).data}

    assert ids() == {living.id}
    assert ids(status="all") == {ended.id, living.id}
    assert ids(status="canceled") == ids(status="ended") == {ended.id}
    assert ids(status="all", customer=ended.customer) == {ended.id}
    assert ids(price=shop.month) == {living.id}
    assert ids(price=shop.year) == set()


def test_items_have_a_list_of_their_own(shop: Shop, stripe: Stripe) -> None:
    made = subscribe(shop, stripe)
    rows = shop.client.v1.subscription_items.list({"subscription": made.id})
    assert [row.id for row in rows.data] == [made["items"].data[0].id]
    assert shop.client.v1.subscription_items.retrieve(rows.data[0].id).subscription == made.id
    stripe.ground.clock.advance(timedelta(days=32))
    renewed = shop.client.v1.subscriptions.retrieve(made.id)["items"].data[0]
    (row,) = shop.client.v1.subscription_items.list({"subscription": made.id}).data
    assert row.current_period_end == renewed.current_period_end > rows.data[0].current_period_end


def test_a_code_holds_for_one_invoice_or_for_ever(shop: Shop, stripe: Stripe) -> None:
    client = shop.client
    for duration, later in (("once", 300), ("forever", 150)):
        coupon = client.v1.coupons.create({"percent_off": 50, "duration": duration})
        made = subscribe(shop, stripe, discounts=[{"coupon": coupon.id}], expand=["latest_invoice"])
        assert made.latest_invoice.amount_paid == 150
        assert made.latest_invoice.total_discount_amounts[0].amount == 150
        stripe.ground.clock.advance(timedelta(days=32))
        renewed = client.v1.invoices.list({"subscription": made.id}).data[0]
        assert (renewed.billing_reason, renewed.amount_paid) == ("subscription_cycle", later)
        assert client.v1.coupons.retrieve(coupon.id).times_redeemed == 1


def test_what_the_dashboard_writes_is_told_as_it_is(shop: Shop, stripe: Stripe) -> None:
    made = subscribe(shop, stripe)
    stripe.change("subscription", made.id, status="hibernating", aura="blue")
    event = stripe.events.all("customer.subscription.updated")[-1]
    assert event["data"]["previous_attributes"]["status"] == "active"
    seen = shop.client.v1.subscriptions.retrieve(made.id)
    assert (seen.status, seen["aura"]) == ("hibernating", "blue")


def test_a_trial_costs_nothing_until_it_ends(shop: Shop, stripe: Stripe) -> None:
    made = subscribe(shop, stripe, trial_period_days=10)
    assert (made.status, made.latest_invoice) == ("trialing", None)
    stripe.ground.clock.advance(timedelta(days=11))
    after = shop.client.v1.subscriptions.retrieve(made.id, {"expand": ["latest_invoice"]})
    invoice: Any = after.latest_invoice
    assert (after.status, invoice.amount_paid) == ("active", 300)
    assert "customer.subscription.trial_will_end" in told(stripe, made.id)


def test_items_beyond_those_it_carries_are_in_their_list(shop: Shop, stripe: Stripe) -> None:
    made = subscribe(shop, stripe)
    with stripe.ground.lock:
        held = stripe.store.get("subscription", made.id)["items"]
        first = held["data"][0]
        rows = [first, *({**first, "id": f"si_{number}"} for number in range(24))]
        for row in rows:
            stripe.store.put(row)
        stripe.change("subscription", made.id, items={**held, "data": rows[:10], "has_more": True})
    items = shop.client.v1.subscription_items.list({"subscription": made.id, "limit": 20})
    assert [item.id for item in items.auto_paging_iter()] == [row["id"] for row in rows]
