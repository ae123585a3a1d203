"""Schedules: a subscription's prices change in their time."""

from datetime import timedelta
from typing import Any

import pytest
from stripe import InvalidRequestError, StripeClient

from tests.sandbox.stripe import schedules
from tests.sandbox.stripe.state import Stripe

from .shop import Shop, open_shop, told


@pytest.fixture
def shop(client: StripeClient) -> Shop:
    return open_shop(client)


def put_off(shop: Shop, stripe: Stripe) -> tuple[Any, str]:
    """A yearly subscription that becomes monthly at its end, as the portal does it; and the schedule's id."""
    _, subscription = shop.member(stripe, price=shop.year)
    with stripe.ground.lock:
        found = stripe.store.get("subscription", subscription.id)
        schedule = schedules.switch_at_period_end(stripe, found, shop.month)
    return subscription, schedule["id"]


def test_a_later_switch_changes_nothing_now(shop: Shop, stripe: Stripe) -> None:
    subscription, schedule = put_off(shop, stripe)
    now = shop.client.v1.subscriptions.retrieve(subscription.id, {"expand": ["schedule"]})
    assert now["items"].data[0].price.id == shop.year
    held: Any = now.schedule
    assert (held.id, held.status, len(held.phases)) == (schedule, "active", 2)
    assert held.phases[1].start_date == now["items"].data[0].current_period_end


def test_at_the_end_of_the_period_the_other_price_is_paid(shop: Shop, stripe: Stripe) -> None:
    subscription, schedule = put_off(shop, stripe)
    stripe.ground.clock.advance(timedelta(days=367))
    later = shop.client.v1.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
    (item,) = later["items"].data
    invoice: Any = later.latest_invoice
    assert (item.price.id, item.id) == (shop.month, subscription["items"].data[0].id)
    assert (later.status, invoice.amount_paid, invoice.billing_reason) == ("active", 300, "subscription_cycle")
    assert item.current_period_end - item.current_period_start <= 31 * 24 * 3600
    stripe.ground.clock.advance(timedelta(days=31))
    assert shop.client.v1.subscription_schedules.retrieve(schedule).status == "released"
    again = shop.client.v1.subscriptions.retrieve(subscription.id)
    assert (again.schedule, again["items"].data[0].price.id, again.status) == (None, shop.month, "active")


def test_a_released_schedule_leaves_the_subscription_as_it_is(shop: Shop, stripe: Stripe) -> None:
    subscription, schedule = put_off(shop, stripe)
    released = shop.client.v1.subscription_schedules.release(schedule)
    assert (released.status, released.released_subscription, released.subscription) == (
        "released",
        subscription.id,
        None,
    )
    stripe.ground.clock.advance(timedelta(days=367))
    assert shop.client.v1.subscriptions.retrieve(subscription.id)["items"].data[0].price.id == shop.year
    with pytest.raises(InvalidRequestError, match="cannot release"):
        shop.client.v1.subscription_schedules.release(schedule)


def test_a_schedule_is_made_from_a_subscription_once(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe)
    make = shop.client.v1.subscription_schedules.create
    made = make({"from_subscription": subscription.id})
    assert (made.subscription, made.status, len(made.phases)) == (subscription.id, "active", 1)
    with pytest.raises(InvalidRequestError, match="already attached"):
        make({"from_subscription": subscription.id})
    with pytest.raises(InvalidRequestError, match="cannot set"):
        make({"from_subscription": subscription.id, "end_behavior": "cancel"})


def test_phases_are_set_over_the_api(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe, price=shop.year)
    api = shop.client.v1.subscription_schedules
    made = api.create({"from_subscription": subscription.id})
    first = made.phases[0]
    phases: Any = [
        {
            "items": [{"price": shop.year, "quantity": 1}],
            "start_date": first.start_date,
            "end_date": first.end_date,
        },
        {"items": [{"price": shop.month, "quantity": 1}], "duration": {"interval": "month"}},
    ]
    changed = api.update(made.id, {"end_behavior": "release", "phases": phases})
    assert changed.phases[1].start_date == first.end_date
    stripe.ground.clock.advance(timedelta(days=367))
    assert shop.client.v1.subscriptions.retrieve(subscription.id)["items"].data[0].price.id == shop.month


def test_a_schedule_ends_with_its_subscription(shop: Shop, stripe: Stripe) -> None:
    subscription, schedule = put_off(shop, stripe)
    stripe.cancel(subscription.id)
    assert shop.client.v1.subscription_schedules.retrieve(schedule).status == "canceled"
    assert told(stripe)[-2:] == ["customer.subscription.deleted", "subscription_schedule.canceled"]
