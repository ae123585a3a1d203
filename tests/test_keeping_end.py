"""The letter before kept copies go: a week ahead, once for each time premium ended, to whoever would lose something."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Letter
from billing.models import Grant
from tests.keeping import a_member, ends_premium, film, kept_for, saves, showing
from tests.meeting import at_once
from tests.pages.document import read
from tests.sandbox.server import Sandbox
from tests.thread_files import own_place
from tests.threads import a_thread
from unroller.actions import keeping
from unroller.models import Keeper, Saved
from unroller.tasks import clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    settings.BILLING_ENABLED = True
    return own_place(tmp_path, settings)


@pytest.fixture
def row(sandbox: Sandbox) -> Saved:
    """Kept for alice, whose premium ended a moment ago."""
    found = kept_for(a_member(), showing(film(sandbox)))
    ends_premium(found.user)
    keeping.end_grace()
    return found


def ends_at() -> datetime:
    found = Keeper.objects.get().ends_at
    assert found is not None
    return found


def days_before(days: int) -> time_machine.travel:
    """So long before the copies go."""
    return time_machine.travel(ends_at() - timedelta(days=days), tick=False)


def letters() -> int:
    return Letter.objects.filter(name="copies_end").count()


def test_a_week_before_the_end_one_letter_says_what_goes_and_when(row: Saved) -> None:
    with days_before(8):
        clock.trim()
    assert letters() == 0
    for days in (7, 6, 1):
        with days_before(days):
            clock.trim()
    letter = Letter.objects.get(name="copies_end")
    day = f"{ends_at():%B} {ends_at().day}"
    assert (letter.to, letter.user, letter.subject) == ("alice@example.com", row.user, f"Your kept copies go on {day}")
    for words in (letter.text, read(letter.html).text):
        assert "1 thread" in words
        assert "less than 0.1 of 5 GB" in words
        assert f"{day}, {ends_at().year}" in words
    assert "http://localhost:8000/premium" in letter.text
    assert "http://localhost:8000/premium" in letter.html


def test_clocks_that_meet_write_one_letter(row: Saved) -> None:
    Keeper.objects.update(ends_at=timezone.now() + timedelta(days=6))
    assert sorted(at_once(*[keeping.warn_of_end] * 4)) == [0, 0, 0, 1]
    assert letters() == 1


def test_who_came_back_hears_nothing_and_of_the_next_end_again(row: Saved) -> None:
    with days_before(6):
        assert keeping.warn_of_end() == 1
    again = Grant.objects.create(user=row.user, starts_at=timezone.now(), reason="pays again")
    with days_before(5):
        again.starts_at = timezone.now()
        again.save()
        of_the_first_end = Letter.objects.get(name="copies_end")
        of_the_first_end.delete()
        assert keeping.warn_of_end() == 0
        of_the_first_end.save(force_insert=True)
        Letter.objects.update(created_at=timezone.now() - timedelta(days=1))
        keeping.end_grace()
        again.delete()
        keeping.end_grace()
        later = timezone.now() + timedelta(days=24)
    with time_machine.travel(later, tick=False):
        assert [keeping.warn_of_end(), keeping.warn_of_end()] == [1, 0]
    assert letters() == 2


def test_who_keeps_nothing_has_nothing_to_lose(row: Saved) -> None:
    keeping.let_go(row)
    with days_before(3):
        assert keeping.warn_of_end() == 0


def test_nothing_is_told_once_the_copies_are_due_to_go(row: Saved) -> None:
    with days_before(0):
        assert keeping.warn_of_end() == 0


def test_words_alone_are_no_copies() -> None:
    row = saves(a_member(), a_thread(2))
    ends_premium(row.user)
    keeping.end_grace()
    with days_before(3):
        assert keeping.warn_of_end() == 0
