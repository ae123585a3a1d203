"""Readers are counted once a day and thread, and nobody can tell who they were."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction
from pytest_django import Settings

from tests.meeting import at_once
from tests.threads import a_thread
from unroller import counting, store
from unroller.actions import counting as writing
from unroller.models import ReadersOfDay, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]


def readers(thread: Thread) -> dict[str, int]:
    return {str(row.day): row.readers for row in ReadersOfDay.objects.filter(thread=thread)}


def versions() -> dict[int, str]:
    """Where each thread's row lies; what wrote it is the same transaction all through a test."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT thread_id, (ctid, xmin, xmax)::text FROM unroller_readersofday")
        return dict(cursor.fetchall())


def look(thread: Thread, address: str = "192.0.2.1", agent: str = "Firefox") -> None:
    writing.note(thread.source, thread.path, address, agent)


def today() -> str:
    return str(datetime.now(UTC).date())


def test_a_visitor_counts_once_a_day_and_thread() -> None:
    one, other = a_thread(2), a_thread(2, first=20)
    for _ in range(3):
        look(one)
    look(one, agent="Another browser")
    look(one, address="192.0.2.2")
    look(other)
    assert writing.write_down() == 2
    assert readers(one) == {today(): 3}
    assert readers(other) == {today(): 1}


def test_what_is_private_or_gone_or_unknown_is_not_counted() -> None:
    private, removed = a_thread(2), a_thread(2, first=20)
    Thread.objects.filter(id=private.pk).update(private=True)
    Thread.objects.filter(id=removed.pk).update(removed="Gone", document=None)
    look(private)
    look(removed)
    writing.note("x", "nowhere", "192.0.2.1", "")
    assert writing.write_down() == 0


def test_yesterday_is_still_written_down_after_midnight_and_is_another_day() -> None:
    thread = a_thread(2)
    with time_machine.travel(datetime(2026, 5, 1, 23, 59, tzinfo=UTC), tick=False):
        look(thread)
        look(thread, address="192.0.2.2")
    with time_machine.travel(datetime(2026, 5, 2, 0, 1, tzinfo=UTC), tick=False):
        look(thread)
        writing.write_down()
    assert readers(thread) == {"2026-05-01": 2, "2026-05-02": 1}


def test_yesterday_is_written_down_until_it_grows_no_more_however_late_that_is() -> None:
    thread = a_thread(2)
    with time_machine.travel(datetime(2026, 5, 1, 23, 59, tzinfo=UTC), tick=False):
        look(thread)
    with time_machine.travel(datetime(2026, 5, 2, 0, 4, tzinfo=UTC), tick=False):
        assert writing.write_down() == 1
    with time_machine.travel(datetime(2026, 5, 1, 23, 59, 58, tzinfo=UTC), tick=False):  # a host whose clock is slow
        look(thread, address="192.0.2.2")
    with time_machine.travel(datetime(2026, 5, 2, 20, 0, tzinfo=UTC), tick=False):  # no worker ran in between
        assert writing.write_down() == 1
        assert writing.write_down() == 0
    assert readers(thread) == {"2026-05-01": 2}


def test_numbers_that_did_not_grow_are_not_written_again() -> None:
    thread, busy = a_thread(2), a_thread(2, first=20)
    look(thread)
    look(busy)
    writing.write_down()
    before = versions()
    look(thread)
    look(busy, address="192.0.2.2")
    writing.write_down()
    after = versions()
    assert after[thread.pk] == before[thread.pk]
    assert after[busy.pk] != before[busy.pk]


def test_a_number_never_shrinks_when_redis_forgot() -> None:
    thread = a_thread(2)
    for number in range(5):
        look(thread, address=f"192.0.2.{number}")
    writing.write_down()
    store.client().flushdb()
    look(thread)
    writing.write_down()
    assert readers(thread) == {today(): 5}


def test_nothing_is_lost_or_raised_without_redis(settings: Settings) -> None:
    thread = a_thread(2)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    store.client.cache_clear()
    try:
        look(thread)
        assert writing.write_down() == 0
    finally:
        store.client.cache_clear()


@pytest.mark.django_db(transaction=True)
def test_two_clocks_write_the_same_numbers() -> None:
    thread = a_thread(2)
    for number in range(4):
        look(thread, address=f"192.0.2.{number}")
    at_once(writing.write_down, writing.write_down, writing.write_down)
    assert readers(thread) == {today(): 4}


def test_a_deleted_thread_leaves_its_number_unwritten() -> None:
    thread = a_thread(2)
    look(thread)
    Thread.objects.filter(id=thread.pk).delete()
    writing.write_down()
    assert not ReadersOfDay.objects.exists()


def test_redis_holds_neither_addresses_nor_browsers() -> None:
    look(a_thread(2), address="203.0.113.77", agent="A very special browser")
    client = store.client()
    held = b"".join(client.dump(name) or b"" for name in client.keys("*"))
    assert held
    assert b"203.0.113.77" not in held
    assert b"special browser" not in held


def test_the_key_of_a_day_is_forgotten() -> None:
    look(a_thread(2))
    names = list(store.client().keys("readers:*"))
    assert len(names) == 3
    assert all(0 < store.client().ttl(name) <= counting.KEPT.total_seconds() for name in names)


def test_old_days_are_deleted() -> None:
    thread, now = a_thread(2), datetime.now(UTC).date()
    for age in (399, 400, 401):
        ReadersOfDay.objects.create(thread=thread, day=now - timedelta(days=age), readers=1)
    assert writing.tidy() == 1


def test_the_readers_of_a_part_are_readers_of_the_whole_and_nobody_twice() -> None:
    whole, part = a_thread(3), a_thread(2, first=20)
    now = datetime.now(UTC).date()
    for thread, day, number in ((whole, now, 3), (part, now, 5), (part, now - timedelta(days=1), 2)):
        ReadersOfDay.objects.create(thread=thread, day=day, readers=number)
    with transaction.atomic():
        writing.inherit(whole, [part])
    assert readers(whole) == {str(now): 5, str(now - timedelta(days=1)): 2}
