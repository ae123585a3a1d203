"""When gifts count, in plain dates."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.laying import Span, a_year_from, laid, paid
from billing.standing import NOTHING, Standing

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def days(start: float, end: float) -> Span:
    """From so many days after NOW to so many."""
    return Span(NOW + start * DAY, NOW + end * DAY)


def member(until: datetime, **about: object) -> Standing:
    facts: dict[str, object] = {
        "subscription_id": "sub_1",
        "price_key": "month",
        "status": "active",
        "current_period_end": until,
        "access_until": until + 3 * DAY,
    }
    return Standing(**(facts | about))  # type: ignore[arg-type]


def test_a_gift_that_runs_alone_goes_on() -> None:
    assert laid([days(-100, 265)], covers=[], now=NOW) == [days(-100, 265)]


def test_what_a_cover_takes_of_a_running_gift_is_given_after_it() -> None:
    assert laid([days(-100, 265)], covers=[days(0, 30)], now=NOW) == [days(30, 295)]


def test_a_cover_that_is_noticed_late_takes_nothing() -> None:
    """It began ten days ago: those ten days of the gift are given back too."""
    assert laid([days(-100, 265)], covers=[days(-10, 20)], now=NOW) == [days(20, 295)]


def test_gifts_wait_one_behind_the_other() -> None:
    waiting = [days(10, 375), days(375, 740)]
    assert laid(waiting, covers=[days(-20, 41)], now=NOW) == [days(41, 406), days(406, 771)]


def test_a_waiting_gift_comes_forward_when_nothing_is_paid_any_more() -> None:
    assert laid([days(200, 565), days(565, 930)], covers=[], now=NOW) == [days(0, 365), days(365, 730)]


def test_a_gift_behind_a_running_one_stays_behind_it() -> None:
    assert laid([days(-5, 360), days(400, 765)], covers=[], now=NOW) == [days(-5, 360), days(360, 725)]


def test_a_gift_that_ended_unnoticed_under_a_cover_is_still_owed() -> None:
    assert laid([days(-10, -4)], covers=[days(-8, 22)], now=NOW) == [days(22, 26)]


def test_what_is_long_over_stays_over() -> None:
    assert laid([days(-800, -435), days(-2, 363)], covers=[], now=NOW) == [days(-800, -435), days(-2, 363)]


def test_covers_that_overlap_count_once() -> None:
    assert laid([days(-10, 355)], covers=[days(-6, 10), days(-4, 20)], now=NOW) == [days(20, 381)]


def test_a_cover_that_is_still_to_begin_does_not_count() -> None:
    assert laid([days(-10, 355)], covers=[days(5, 20)], now=NOW) == [days(-10, 355)]


def test_what_a_cover_took_follows_a_gift_that_runs() -> None:
    gifts = [days(-1, 0), days(-1, 0), days(0, 2)]
    assert laid(gifts, covers=[days(-1, 0)], now=NOW) == [days(2, 3), days(3, 4), days(0, 2)]


spans = st.builds(lambda start, length: days(start, start + length), st.integers(-400, 400), st.integers(1, 400))


@given(gifts=st.lists(spans, max_size=4), covers=st.lists(spans, max_size=3))
def test_no_gift_ever_loses_a_day_and_looking_again_changes_nothing(gifts: list[Span], covers: list[Span]) -> None:
    gifts.sort(key=lambda gift: gift.starts)
    moved = laid(gifts, covers=covers, now=NOW)
    begun = [cover for cover in covers if cover.starts <= NOW]
    for gift, after in zip(gifts, moved, strict=True):
        alone = sum(
            not any(cover.starts <= day < cover.ends for cover in begun)
            for day in (gift.starts + number * DAY for number in range(gift.length.days))
            if day < NOW
        )
        taken = any(gift.within(cover) for cover in begun)
        if gift.starts <= NOW and not taken:
            assert after == gift
        else:
            assert after.length == gift.length - alone * DAY
            assert not any(after.within(cover) for cover in begun)
    again = sorted(moved, key=lambda gift: gift.starts)
    assert laid(again, covers=covers, now=NOW) == again


def test_nothing_is_paid_without_access() -> None:
    assert paid(NOTHING, before=NOTHING, now=NOW) is None
    assert paid(member(NOW, access_until=None), before=NOTHING, now=NOW) is None


def test_a_renewing_month_covers_itself_and_no_leeway() -> None:
    ends = datetime(2026, 7, 1, tzinfo=UTC)
    assert paid(member(ends), before=NOTHING, now=NOW) == Span(datetime(2026, 6, 1, tzinfo=UTC), ends)


def test_a_year_covers_itself() -> None:
    ends = datetime(2027, 2, 28, tzinfo=UTC)
    one = member(ends, price_key="year")
    assert paid(one, before=NOTHING, now=NOW) == Span(datetime(2026, 2, 28, tzinfo=UTC), ends)


def test_renewals_that_were_missed_are_covered_too() -> None:
    reached, ends = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    assert paid(member(ends), before=member(reached), now=NOW) == Span(reached, ends)


def test_an_older_subscription_says_nothing_about_a_new_one() -> None:
    ends = datetime(2026, 7, 1, tzinfo=UTC)
    before = member(datetime(2025, 1, 1, tzinfo=UTC), subscription_id="sub_0")
    assert paid(member(ends), before=before, now=NOW) == Span(datetime(2026, 6, 1, tzinfo=UTC), ends)


def test_grace_covers_up_to_its_end() -> None:
    late = member(NOW + 29 * DAY, status="past_due", access_until=NOW + 13 * DAY)
    span = paid(late, before=NOTHING, now=NOW)
    assert span is not None
    assert span.ends == NOW + 13 * DAY


def test_what_was_cancelled_covers_up_to_its_end() -> None:
    ends = NOW + 10 * DAY
    span = paid(member(ends, ends_at=ends, access_until=ends), before=NOTHING, now=NOW)
    assert span is not None
    assert span.ends == ends


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-06-15", "2027-06-15"),
        ("2028-02-29", "2029-03-01"),
        ("2027-02-28", "2028-02-28"),
    ],
)
def test_a_gift_is_a_year(start: str, end: str) -> None:
    assert a_year_from(datetime.fromisoformat(f"{start}T10:00Z")) == datetime.fromisoformat(f"{end}T10:00Z")


@pytest.mark.parametrize(
    ("ends", "starts"), [("2027-03-31", "2027-02-28"), ("2028-03-31", "2028-02-29"), ("2027-01-05", "2026-12-05")]
)
def test_a_month_before_is_a_day_that_there_is(ends: str, starts: str) -> None:
    one = member(datetime.fromisoformat(f"{ends}T10:00Z"))
    span = paid(one, before=NOTHING, now=one.current_period_end or NOW)
    assert span is not None
    assert span.starts == datetime.fromisoformat(f"{starts}T10:00Z")
