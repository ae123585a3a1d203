"""Billing periods: months and years that keep the day of their anchor."""

import calendar
from datetime import UTC, datetime, timedelta

from ..wire import Json

DAYS = {"day": 1, "week": 7}
MONTHS = {"month": 1, "year": 12}


def after(anchor: int, recurring: Json, periods: int = 1) -> int:
    """The moment so many periods after an anchor; the 31st becomes a shorter month's last day and comes back."""
    start = datetime.fromtimestamp(anchor, UTC)
    interval, count = recurring["interval"], recurring["interval_count"] * periods
    if interval in DAYS:
        return int((start + timedelta(days=DAYS[interval] * count)).timestamp())
    return int(months_later(start, MONTHS[interval] * count).timestamp())


def months_later(start: datetime, months: int) -> datetime:
    whole = start.year * 12 + start.month - 1 + months
    year, month = divmod(whole, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return start.replace(year=year, month=month + 1, day=min(start.day, last))


def following(anchor: int, recurring: Json, start: int) -> int:
    """The end of the period that starts at `start` in the cycle of an anchor."""
    periods = 1
    while after(anchor, recurring, periods) <= start:
        periods += 1
    return after(anchor, recurring, periods)
