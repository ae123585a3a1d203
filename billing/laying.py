"""When gifts count: one after the other, never while something else that is paid for does; no day of them is lost."""

from calendar import isleap
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.standing import RUNNING, Standing

NO_TIME = timedelta()


@dataclass(frozen=True, slots=True)
class Span:
    """A time from `starts` up to `ends`."""

    starts: datetime
    ends: datetime

    @property
    def length(self) -> timedelta:
        return self.ends - self.starts

    def within(self, other: "Span") -> timedelta:
        """How much of it lies in the other."""
        return max(min(self.ends, other.ends) - max(self.starts, other.starts), NO_TIME)


def a_year_from(moment: datetime) -> datetime:
    """The same day next year; a year that begins on February 29 ends on March 1."""
    if (moment.month, moment.day) == (2, 29) and not isleap(moment.year + 1):
        return moment.replace(year=moment.year + 1, month=3, day=1)
    return moment.replace(year=moment.year + 1)


def paid(one: Standing, *, before: Standing, now: datetime) -> Span | None:
    """The time that a subscription covers by itself, grace included, in one piece up to its end; None for nothing.

    It reaches back to where the last look left off when that was the same subscription: renewals may be missed.
    """
    ends = _covers_until(one)
    if ends is None:
        return None
    starts = _period_start(one)
    reached = _covers_until(before) if before.subscription_id == one.subscription_id else None
    return Span(min(starts, reached or starts, now, ends), ends)


def laid(gifts: list[Span], *, covers: list[Span], now: datetime) -> list[Span]:
    """The same gifts in the same order, moved to where they count.

    A gift that began goes on where nothing covers it. What a cover takes of one is given after it; what waits follows
    what is before it without a gap, also forward when a cover ends early. Covers that are still to begin do not count.
    """
    begun = [cover for cover in covers if cover.starts <= now]
    goes_on = [gift.starts <= now and not any(gift.within(cover) for cover in begun) for gift in gifts]
    running = [gift for gift, stays in zip(gifts, goes_on, strict=True) if stays]
    free = max([now, *(each.ends for each in (*begun, *running))])
    moved = []
    for gift, stays in zip(gifts, goes_on, strict=True):
        span = gift if stays else Span(free, free + _owed(gift, begun, now))
        free = max(free, span.ends)
        moved.append(span)
    return moved


def _owed(gift: Span, covers: list[Span], now: datetime) -> timedelta:
    """What is left of a gift: all but the time that passed while nothing else counted."""
    passed = Span(gift.starts, max(gift.starts, min(gift.ends, now)))
    covered = NO_TIME
    reached = passed.starts
    for cover in sorted(covers, key=lambda each: each.starts):
        fresh = Span(max(cover.starts, reached), max(cover.ends, reached))
        covered += passed.within(fresh)
        reached = max(reached, cover.ends)
    return gift.length - (passed.length - covered)


def _covers_until(one: Standing) -> datetime | None:
    """Without the leeway: that is for webhooks that were missed, and nobody paid for it."""
    if one.access_until is not None and one.status in RUNNING and one.ends_at is None:
        return one.current_period_end
    return one.access_until


def _period_start(one: Standing) -> datetime:
    """A month or a year before the period's end; where months are of different length, the earlier day."""
    ends = one.current_period_end or one.access_until
    if ends is None:
        raise ValueError("nothing is paid")
    if one.price_key == "year":
        day = 28 if (ends.month, ends.day) == (2, 29) else ends.day
        return ends.replace(year=ends.year - 1, day=day)
    year, month = (ends.year, ends.month - 1) if ends.month > 1 else (ends.year - 1, 12)
    return ends.replace(year=year, month=month, day=min(ends.day, _days(year, month)))


def _days(year: int, month: int) -> int:
    following = datetime(year + month // 12, month % 12 + 1, 1)  # noqa: DTZ001 - a date
    return (following - timedelta(days=1)).day
