"""08:00 by the clock on the reader's wall."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.actions.people import zones
from unroller.actions import mornings


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "moment", "daily", "weekly"),
    [
        ("UTC", "2026-11-22 07:59:59", "2026-11-22 08:00", "2026-11-23 08:00"),
        ("UTC", "2026-11-22 08:00", "2026-11-23 08:00", "2026-11-23 08:00"),
        ("UTC", "2026-11-23 07:59", "2026-11-23 08:00", "2026-11-23 08:00"),
        ("UTC", "2026-11-23 08:00", "2026-11-24 08:00", "2026-11-30 08:00"),
        ("UTC", "2026-12-31 12:00", "2027-01-01 08:00", "2027-01-04 08:00"),
        ("Asia/Kolkata", "2026-11-22 02:29", "2026-11-22 02:30", "2026-11-23 02:30"),
        ("Australia/Eucla", "2026-11-22 12:00", "2026-11-22 23:15", "2026-11-22 23:15"),
        # Clocks go forward in the night, back in the night
        ("Europe/Berlin", "2026-03-28 12:00", "2026-03-29 06:00", "2026-03-30 06:00"),
        ("Europe/Berlin", "2026-03-27 12:00", "2026-03-28 07:00", "2026-03-30 06:00"),
        ("Europe/Berlin", "2026-10-24 12:00", "2026-10-25 07:00", "2026-10-26 07:00"),
        ("America/New_York", "2026-03-07 20:00", "2026-03-08 12:00", "2026-03-09 12:00"),
        ("America/New_York", "2026-11-01 05:30", "2026-11-01 13:00", "2026-11-02 13:00"),
        ("Australia/Lord_Howe", "2026-10-03 12:00", "2026-10-03 21:00", "2026-10-04 21:00"),
        # No such zone
        ("", "2026-11-22 12:00", "2026-11-23 08:00", "2026-11-23 08:00"),
        ("America", "2026-11-22 12:00", "2026-11-23 08:00", "2026-11-23 08:00"),
        ("../../etc/passwd", "2026-11-22 12:00", "2026-11-23 08:00", "2026-11-23 08:00"),
        ("\0", "2026-11-22 12:00", "2026-11-23 08:00", "2026-11-23 08:00"),
        ("x" * 300, "2026-11-22 12:00", "2026-11-23 08:00", "2026-11-23 08:00"),
    ],
)
def test_the_next_mornings(zone: str, moment: str, daily: str, weekly: str) -> None:
    assert mornings.after(at(moment), zone) == (at(daily), at(weekly))


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(sorted(zones())),
)
def test_a_morning_lies_ahead_within_a_day_or_a_week_and_is_at_eight(moment: datetime, zone: str) -> None:
    times = mornings.after(moment, zone)
    change = timedelta(hours=2)  # no clock is put further than that
    assert moment < times.daily <= moment + timedelta(days=1) + change
    assert times.daily <= times.weekly <= moment + timedelta(days=7) + change
    assert (times.daily.astimezone(ZoneInfo(zone)).hour, times.weekly.astimezone(ZoneInfo(zone)).hour) == (8, 8)
    assert times.weekly.astimezone(ZoneInfo(zone)).weekday() == 0


def test_zones_with_the_same_mornings_stand_together() -> None:
    found = mornings.by_zone(at("2026-11-22 12:00"), ["Europe/Berlin", "Europe/Paris", "UTC"])
    assert sorted(map(sorted, found.values())) == [["Europe/Berlin", "Europe/Paris"], ["UTC"]]
