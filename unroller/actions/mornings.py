"""When a reader's next morning is: 08:00 by the clock on their wall, in summer time and out of it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

HOUR = 8
MONDAY = 0


class Mornings(NamedTuple):
    """The next morning of any day, and the next Monday morning; both in UTC."""

    daily: datetime
    weekly: datetime


def after(moment: datetime, zone_name: str) -> Mornings:
    """The mornings after a moment in a time zone, by its IANA name; a name that is none counts as UTC."""
    local = moment.astimezone(zone(zone_name))
    today = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    daily = today if local < today else today + timedelta(days=1)
    weekly = daily + timedelta(days=(MONDAY - daily.weekday()) % 7)
    return Mornings(daily.astimezone(UTC), weekly.astimezone(UTC))


def by_zone(moment: datetime, zones: Iterable[str]) -> dict[Mornings, list[str]]:
    """The zones that have the same mornings after a moment, together: there are a few dozen of those at most."""
    found: dict[Mornings, list[str]] = {}
    for name in zones:
        found.setdefault(after(moment, name), []).append(name)
    return found


def zone(name: str) -> tzinfo:
    """A time zone by its IANA name; UTC for a name that is none."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return UTC
