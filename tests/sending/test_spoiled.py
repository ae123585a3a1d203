"""Threads that spoil weekly books, and threads that unite: the others come, and none comes twice."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.sandbox.mail.post import Mail, PostOffice
from tests.sending.mondays import MONDAY, SUNDAY, in_the_book, monday, work_off
from tests.sending.post import a_sender, keep
from tests.thread_files import own_place
from tests.threads import a_thread
from unroller.actions import books, mailing, parcels, recommending, threads, weekly
from unroller.exports.workshop import Failed
from unroller.models import Bundled, Parcel, Recommendation, Saved, Thread

pytestmark = pytest.mark.django_db(transaction=True)

FRIEND = "dora@example.org"


@pytest.fixture(autouse=True)
def clock(settings: Settings, tmp_path: Path) -> Iterator[time_machine.Traveller]:
    own_place(tmp_path, settings)
    with time_machine.travel(SUNDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def bob(post_office: PostOffice) -> User:
    user = a_sender()
    weekly.settle(user, "mail", kindle="")
    return user


def spoil(monkeypatch: pytest.MonkeyPatch, number: int, error: Exception) -> None:
    """From now on a book that holds a thread cannot be made."""
    real = books.bind

    def bind(chapters: books.Chapters, *args: Any, **kwargs: Any) -> Path:
        if any(f"About {number}." in str(content) for content, _ in chapters):
            raise error
        return real(chapters, *args, **kwargs)

    monkeypatch.setattr(books, "bind", bind)


def a_week(clock: time_machine.Traveller, post_office: PostOffice, number: int) -> list[int]:
    """The threads that come in a week, also after failures."""
    mails: list[Mail] = monday(clock, post_office, weeks=number)
    for _ in range(parcels.MOST_ATTEMPTS + 3):
        clock.shift(timedelta(hours=6))
        work_off()
    mails = post_office.mails()
    return [each for mail in mails for each in in_the_book(mail)]


@pytest.mark.parametrize(
    ("spoiling", "error"), [(1, Failed("")), (2_001, Failed("")), (3_001, RuntimeError("")), (1, RuntimeError(""))]
)
def test_a_thread_that_spoils_books_costs_one_monday_at_most(
    bob: User, clock: time_machine.Traveller, post_office: PostOffice, spoiling: int, error: Exception
) -> None:
    keep(bob, 4)
    with pytest.MonkeyPatch.context() as patch:
        spoil(patch, spoiling, error)
        came = [a_week(clock, post_office, number) for number in range(4)]
    assert sorted(each for week in came for each in week) == sorted({1, 1_001, 2_001, 3_001} - {spoiling})
    assert came[0] or came[1]
    clock.move_to(MONDAY + parcels.KEPT + timedelta(days=28))
    parcels.tidy()
    assert a_week(clock, post_office, 9) == [spoiling]  # some weeks later it may have another try


def test_a_book_that_kills_its_workers_is_tried_with_less(
    bob: User, clock: time_machine.Traveller, post_office: PostOffice
) -> None:
    keep(bob, 2)
    clock.move_to(MONDAY)
    weekly.begin_due()
    held = parcels.QUEUE.claim(Parcel.objects.get().pk)
    assert held is not None
    weekly._chosen(held)
    Parcel.objects.update(attempts=parcels.MOST_ATTEMPTS, leased_until=None)
    work_off()
    assert (Parcel.objects.get().finished_at, Bundled.objects.count()) == (None, 1)
    Parcel.objects.update(attempts=parcels.MOST_ATTEMPTS)
    work_off()
    assert Parcel.objects.get().sentence == mailing.FAILED
    assert len(a_week(clock, post_office, 1)) == 1


def test_a_thread_that_came_as_a_part_does_not_come_again_as_the_whole(
    bob: User, clock: time_machine.Traveller, post_office: PostOffice
) -> None:
    first, second = keep(bob, 2, first=1_001)
    for part in (first, second):
        recommending.ask(bob, part, FRIEND, note="")
    work_off()
    assert len(a_week(clock, post_office, 0)) == 2
    whole = a_thread(2, first=1, source="bluesky", text="About 1.")
    with transaction.atomic():
        threads._swallow(whole, Thread.objects.filter(id__in=[first.id, second.id]))
    assert Saved.objects.get().thread == whole
    assert Bundled.objects.get().thread == whole
    sent = Recommendation.objects.get()
    assert (sent.thread, sent.created_at) == (whole, SUNDAY)
    assert timezone.now() > SUNDAY
    assert a_week(clock, post_office, 1) == []
