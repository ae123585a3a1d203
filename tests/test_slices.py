"""Rows that are due go in slices: each whole or not at all, in bounded time, and nobody waits for them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts import slices
from tests.accounts.signing import a_person
from tests.threads import a_thread
from unroller.actions import cases, parcels
from unroller.models import Bundled, Case, Parcel, Report

pytestmark = pytest.mark.django_db(transaction=True)

DUE = timedelta(days=1) + cases.KEPT


class Killed(BaseException):
    """What stops a deletion in a test."""


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE", 2)
    monkeypatch.setattr(slices, "FOUND", 4)


def old_cases(count: int) -> list[Case]:
    """Decided long ago, each with two reports."""
    thread, decided = a_thread(2), timezone.now() - DUE
    rows = [Case.objects.create(thread=thread, decided_at=decided, decision="dismissed") for _ in range(count)]
    Report.objects.bulk_create(Report(case=row, reason="spam", reporter=str(n)) for row in rows for n in range(2))
    return rows


@contextmanager
def before(words: str, do: Callable[[int], object]) -> Iterator[None]:
    """Do something right before each statement that begins so; it is told the how manieth that is."""
    seen = 0

    def look(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        if words in sql:
            seen += 1
            do(seen)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield


def test_all_that_is_due_goes_with_what_hangs_on_it_and_nothing_else() -> None:
    old_cases(11)
    kept = Case.objects.create(thread=a_thread(2, first=100))
    assert cases.tidy() == 33
    assert list(Case.objects.all()) == [kept]
    assert not Report.objects.exists()


def test_what_is_killed_in_the_middle_leaves_nothing_half_done_and_the_next_one_goes_on() -> None:
    old_cases(5)

    def kill(number: int) -> None:
        if number == 2:
            raise Killed

    with pytest.raises(Killed), before('DELETE FROM "unroller_case"', kill):
        cases.tidy()
    assert Case.objects.count() == 3
    assert Report.objects.count() == 6
    assert cases.tidy() == 9


def test_what_there_is_no_time_for_waits_for_the_next_round(monkeypatch: pytest.MonkeyPatch) -> None:
    old_cases(5)
    monkeypatch.setattr(slices, "LONGEST", 0.0)
    assert [cases.tidy() for _ in range(4)] == [6, 6, 3, 0]


def test_nobody_waits_for_a_row_that_somebody_holds() -> None:
    held, *_ = old_cases(5)
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT id FROM unroller_case WHERE id = %s FOR UPDATE", [held.pk])
        assert cases.tidy() == 12
        assert list(Case.objects.all()) == [held]
        other.rollback()
    finally:
        other.close()
    assert cases.tidy() == 3


def test_what_is_due_no_more_when_its_turn_comes_stays() -> None:
    revived, *_ = old_cases(3)
    other = connection.copy()

    def revive(number: int) -> None:
        with other.cursor() as cursor:
            cursor.execute("UPDATE unroller_case SET decided_at = now() WHERE id = %s", [revived.pk])

    try:
        with before("FOR UPDATE", revive):
            assert cases.tidy() == 6
    finally:
        other.close()
    assert list(Case.objects.all()) == [revived]


def test_a_book_that_failed_keeps_its_row_as_long_as_its_threads_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "LONGEST", 0.0)
    monkeypatch.setattr(slices, "SLICE", 1)
    reader = a_person("bob@example.org")
    ended = timezone.now() - parcels.KEPT - timedelta(days=1)
    book = Parcel.objects.create(user=reader, kind=Parcel.Kind.WEEKLY, to="a@kindle.com", finished_at=ended)
    for first in (1, 100):
        Bundled.objects.create(user=reader, thread=a_thread(2, first=first), parcel=book)
    parcels.tidy()
    assert Bundled.objects.get().parcel == book
    parcels.tidy()
    assert not Bundled.objects.exists()
    assert not Parcel.objects.exists()
