"""What a subscription is worth, state by state: the rules alone, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from billing.facts import Invoice, Subscription
from billing.standing import GRACE, LEEWAY, NOTHING, duplicates, kept, standing

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
END = NOW + timedelta(days=10)
PAID = Invoice("in_2", "paid", False, "sub_1", 300, "usd", 1, NOW - timedelta(days=20), END, "https://pay.example/2")
SUBSCRIPTION = Subscription(
    id="sub_1",
    customer_id="cus_1",
    status="active",
    created_at=NOW - timedelta(days=50),
    is_ours=True,
    item_id="si_1",
    price_key="month",
    period_start=NOW - timedelta(days=20),
    period_end=END,
    cancel_at=None,
    cancel_at_period_end=False,
    ended_at=None,
    voids_invoices=False,
    next_price_key="",
    schedule_id="",
    has_pending_update=False,
    latest_invoice=PAID,
)


def access(one: Subscription, **given: object) -> datetime | None:
    return standing(one, **{"before": NOTHING, "suspended": False, "now": NOW, **given}).access_until  # type: ignore[arg-type]


@pytest.mark.parametrize("status", ["active", "trialing"])
def test_a_running_one_lasts_to_its_end_and_three_days(status: str) -> None:
    assert access(replace(SUBSCRIPTION, status=status)) == END + LEEWAY


@pytest.mark.parametrize("status", ["incomplete", "incomplete_expired", "unpaid", "paused", "canceled"])
def test_these_give_nothing(status: str) -> None:
    assert access(replace(SUBSCRIPTION, status=status)) is None


def test_a_scheduled_end_is_exact() -> None:
    by_date = replace(SUBSCRIPTION, cancel_at=END - timedelta(days=1))
    by_flag = replace(SUBSCRIPTION, cancel_at_period_end=True)
    assert access(by_date) == END - timedelta(days=1)
    assert access(by_flag) == END


def test_an_end_far_away_gives_nothing_that_is_not_paid() -> None:
    assert access(replace(SUBSCRIPTION, cancel_at=END + timedelta(days=400))) == END + LEEWAY
    assert access(replace(SUBSCRIPTION, status="hibernating", cancel_at=END + timedelta(days=1))) == END


def test_an_unknown_state_lasts_to_the_end_of_its_period_and_no_longer() -> None:
    assert access(replace(SUBSCRIPTION, status="hibernating")) == END


def test_without_items_there_is_nothing() -> None:
    assert access(replace(SUBSCRIPTION, period_end=None)) is None


def test_what_began_unpaid_gives_nothing_whatever_its_state_says() -> None:
    first = replace(PAID, status="open", is_first=True)
    for status in ("active", "trialing", "past_due"):
        assert access(replace(SUBSCRIPTION, status=status, latest_invoice=first)) is None


def test_paused_collection_gives_nothing_when_bills_are_void() -> None:
    assert access(replace(SUBSCRIPTION, voids_invoices=True)) is None


def test_a_dispute_suspends_everything() -> None:
    assert access(SUBSCRIPTION, suspended=True) is None


def test_grace_is_counted_from_the_first_failure_and_stays() -> None:
    failed = replace(PAID, status="open", finalized_at=NOW - timedelta(days=2))
    late = replace(SUBSCRIPTION, status="past_due", latest_invoice=failed)
    first = standing(late, before=NOTHING, suspended=False, now=NOW)
    assert first.past_due_since == NOW - timedelta(days=2)
    assert first.grace_until == first.access_until == NOW - timedelta(days=2) + GRACE
    assert first.payment_url == "https://pay.example/2"
    later = standing(late, before=first, suspended=False, now=NOW + timedelta(days=5))
    assert later == first


def test_another_subscription_has_a_grace_of_its_own() -> None:
    late = replace(SUBSCRIPTION, status="past_due", latest_invoice=None)
    before = standing(late, before=NOTHING, suspended=False, now=NOW - timedelta(days=30))
    assert standing(replace(late, id="sub_2"), before=before, suspended=False, now=NOW).past_due_since == NOW


def test_a_clock_that_is_ahead_does_not_move_the_failure_into_the_future() -> None:
    ahead = replace(PAID, status="open", finalized_at=NOW + timedelta(days=40))
    late = replace(SUBSCRIPTION, status="past_due", latest_invoice=ahead)
    assert standing(late, before=NOTHING, suspended=False, now=NOW).past_due_since == NOW


def test_paid_again_the_grace_is_forgotten() -> None:
    late = standing(replace(SUBSCRIPTION, status="past_due"), before=NOTHING, suspended=False, now=NOW)
    mended = standing(SUBSCRIPTION, before=late, suspended=False, now=NOW)
    assert mended.past_due_since is mended.grace_until is None
    assert mended.payment_url == ""


def test_an_end_before_the_grace_goes_first() -> None:
    late = replace(SUBSCRIPTION, status="past_due", cancel_at=NOW + timedelta(days=1))
    assert access(late) == NOW + timedelta(days=1)


def test_of_several_the_oldest_paid_one_counts() -> None:
    unpaid = replace(SUBSCRIPTION, id="sub_0", created_at=NOW - timedelta(days=90), latest_invoice=None)
    unpaid = replace(unpaid, latest_invoice=replace(PAID, status="open", is_first=True))
    newer = replace(SUBSCRIPTION, id="sub_2", created_at=NOW)
    foreign = replace(SUBSCRIPTION, id="sub_3", is_ours=False, created_at=NOW - timedelta(days=900))
    ended = replace(SUBSCRIPTION, id="sub_4", status="canceled", ended_at=NOW)
    everything = [ended, newer, foreign, SUBSCRIPTION, unpaid]
    assert kept(everything) == SUBSCRIPTION
    assert [one.id for one in duplicates(everything)] == ["sub_2", "sub_0"]


@pytest.mark.parametrize("status", ["unpaid", "paused", "incomplete"])
def test_one_that_is_paid_goes_before_an_older_one_that_gives_nothing(status: str) -> None:
    older = replace(SUBSCRIPTION, id="sub_0", status=status, created_at=NOW - timedelta(days=90))
    assert kept([older, SUBSCRIPTION]) == SUBSCRIPTION


def test_the_one_that_ended_last_is_told_of_when_none_lives() -> None:
    old = replace(SUBSCRIPTION, status="canceled", ended_at=NOW - timedelta(days=9))
    new = replace(old, id="sub_2", ended_at=NOW)
    assert kept([new, old]) == new
    assert kept([]) is None
    assert standing(None, before=NOTHING, suspended=False, now=NOW) == NOTHING
