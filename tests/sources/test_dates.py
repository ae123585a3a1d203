"""Dates that sources write: those at the ends of the calendar, where no zone can be reckoned with, are none."""

import pytest

from unroller.sources import fields
from unroller.sources.x_archive import tweets


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_the_ends_of_the_calendar_are_no_dates(year: str) -> None:
    assert fields.moment(f"{year}-06-15T12:00:00Z") is None
    assert tweets.moment(f"Wed Jun 15 12:00:00 +0000 {year}") is None


@pytest.mark.parametrize("year", ["0002", "2026", "9998"])
def test_all_others_are(year: str) -> None:
    written, in_an_archive = (
        fields.moment(f"{year}-06-15T12:00:00Z"),
        tweets.moment(f"Wed Jun 15 12:00:00 +0000 {year}"),
    )
    assert written is not None
    assert written == in_an_archive
