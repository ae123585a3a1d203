"""What the clock brings: renewals, tries of a card that fails, the bank's question, the last end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from stripe import StripeClient

from tests.sandbox.stripe.periods import after, following
from tests.sandbox.stripe.state import Stripe

from .shop import Shop, open_shop

MONTH = {"interval": "month", "interval_count": 1}


@pytest.fixture
def shop(client: StripeClient) -> Shop:
    return open_shop(client)


def days_later(stripe: Stripe, days: float) -> None:
    with stripe.ground.lock:
        stripe.ground.clock.advance(timedelta(days=days))
        stripe.tick()


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def newest(shop: Shop, subscription: Any) -> Any:
    """The newest invoice of a subscription."""
    return shop.client.v1.invoices.list({"subscription": subscription.id}).data[0]


@pytest.mark.parametrize(
    ("anchor", "periods", "end"),
    [
        ("2027-01-31T10:00", 1, "2027-02-28T10:00"),
        ("2027-01-31T10:00", 2, "2027-03-31T10:00"),
        ("2027-12-15T00:00", 1, "2028-01-15T00:00"),
        ("2028-01-31T10:00", 1, "2028-02-29T10:00"),
    ],
)
def test_months_keep_the_day_of_their_anchor(anchor: str, periods: int, end: str) -> None:
    assert after(seconds(anchor), MONTH, periods) == seconds(end)


def test_the_31st_comes_back_after_a_short_month() -> None:
    anchor = seconds("2027-01-31T10:00")
    assert following(anchor, MONTH, seconds("2027-02-28T10:00")) == seconds("2027-03-31T10:00")


def test_a_year_from_the_29th_of_february_is_the_28th() -> None:
    year = {"interval": "year", "interval_count": 1}
    assert after(seconds("2028-02-29T10:00"), year) == seconds("2029-02-28T10:00")


def test_a_month_is_paid_when_it_begins(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe)
    end = subscription["items"].data[0].current_period_end
    days_later(stripe, 32)
    renewed = shop.client.v1.subscriptions.retrieve(subscription.id)
    item = renewed["items"].data[0]
    assert (renewed.status, item.current_period_start) == ("active", end)
    invoice = newest(shop, subscription)
    assert (invoice.billing_reason, invoice.amount_paid, invoice.created) == ("subscription_cycle", 300, end)
    assert (invoice.lines.data[0].period.start, invoice.lines.data[0].period.end) == (end, item.current_period_end)
    assert (invoice.period_start, invoice.period_end) == (subscription["items"].data[0].current_period_start, end)


def test_a_clock_far_ahead_leaves_no_period_out(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe)
    days_later(stripe, 100)
    invoices = shop.client.v1.invoices.list({"subscription": subscription.id}).data
    assert [invoice.billing_reason for invoice in invoices] == ["subscription_cycle"] * 3 + ["subscription_create"]
    assert [invoice.created for invoice in invoices] == sorted((each.created for each in invoices), reverse=True)


def test_a_card_that_fails_is_tried_three_more_times_in_two_weeks(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe, card="works-then-declined")
    end = subscription["items"].data[0].current_period_end
    days_later(stripe, 60)
    failed = stripe.events.all("invoice.payment_failed")
    assert [event["data"]["object"]["attempt_count"] for event in failed] == [1, 2, 3, 4]
    moments = [event["created"] for event in failed]
    assert (moments[0], moments[-1]) == (end, end + 14 * 24 * 3600)
    assert [event["data"]["object"]["next_payment_attempt"] for event in failed] == [*moments[1:], None]
    ended = shop.client.v1.subscriptions.retrieve(subscription.id)
    assert ended.cancellation_details is not None
    assert (ended.status, ended.ended_at, ended.cancellation_details.reason) == (
        "canceled",
        moments[-1],
        "payment_failed",
    )
    assert newest(shop, subscription).status == "open"


def test_between_tries_it_is_past_due_and_a_new_card_ends_that(shop: Shop, stripe: Stripe) -> None:
    customer, subscription = shop.member(stripe, card="works-then-declined")
    days_later(stripe, 32)
    assert shop.client.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    assert newest(shop, subscription).status == "open"
    stripe.set_card(customer, "works")
    days_later(stripe, 5)
    assert shop.client.v1.subscriptions.retrieve(subscription.id).status == "active"
    invoice = newest(shop, subscription)
    assert (invoice.status, invoice.attempt_count, invoice.next_payment_attempt) == ("paid", 2, None)


def test_the_subscriptions_own_card_comes_before_the_customers(shop: Shop, stripe: Stripe) -> None:
    customer, subscription = shop.member(stripe, card="works-then-declined")
    stripe.portal_card(customer, "works")
    held = shop.client.v1.subscriptions.retrieve(subscription.id)
    assert held.default_payment_method is not None
    days_later(stripe, 32)
    assert shop.client.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    shop.client.v1.subscriptions.update(subscription.id, {"default_payment_method": ""})
    days_later(stripe, 4)
    assert shop.client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_a_person_can_pay_a_failed_renewal(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe, card="works-then-declined")
    days_later(stripe, 32)
    invoice = newest(shop, subscription)
    assert invoice.hosted_invoice_url.startswith(stripe.url)
    stripe.pay_invoice(invoice.id)
    assert shop.client.v1.subscriptions.retrieve(subscription.id).status == "active"
    assert shop.client.v1.invoices.retrieve(invoice.id).status == "paid"


def test_a_renewal_that_needs_the_bank_says_so(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe, card="works-then-3ds")
    days_later(stripe, 32)
    invoice = newest(shop, subscription)
    assert {"invoice.payment_action_required", "invoice.payment_failed"} <= {
        event["type"] for event in stripe.events.all()
    }
    assert shop.client.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    stripe.approve_3ds(invoice.id)
    assert shop.client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_a_renewal_is_announced_without_an_id(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe, price=shop.year)
    end = subscription["items"].data[0].current_period_end
    days_later(stripe, 300)
    assert stripe.events.all("invoice.upcoming") == []
    days_later(stripe, 62)
    (event,) = stripe.events.all("invoice.upcoming")
    invoice = event["data"]["object"]
    assert ("id" in invoice, invoice["amount_due"], invoice["next_payment_attempt"]) == (False, 3000, end)


@pytest.mark.parametrize(("behavior", "status"), [("void", "void"), ("mark_uncollectible", "uncollectible")])
def test_a_pause_keeps_the_status_and_asks_for_nothing(shop: Shop, stripe: Stripe, behavior: Any, status: str) -> None:
    _, subscription = shop.member(stripe)
    shop.client.v1.subscriptions.update(subscription.id, {"pause_collection": {"behavior": behavior}})
    days_later(stripe, 32)
    assert shop.client.v1.subscriptions.retrieve(subscription.id).status == "active"
    assert newest(shop, subscription).status == status
    shop.client.v1.subscriptions.update(subscription.id, {"pause_collection": ""})
    days_later(stripe, 31)
    assert newest(shop, subscription).status == "paid"
