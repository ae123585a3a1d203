"""Deleting an account while parts of the site fail, workers die, and people click twice."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.actions import closing
from accounts.leases import LostLease
from accounts.models import Closing, Letter, User
from accounts.signals import account_closing
from tests.processes import Worker, until
from tests.whole_person import a_whole_person, keep_files_in, leftovers
from unroller.actions import data_exports
from unroller.models import Author, DataExport, Watch

pytestmark = pytest.mark.django_db(transaction=True)
Receiver = Callable[[User], None]


@pytest.fixture
def bob(settings: Settings, tmp_path: Path) -> User:
    keep_files_in(tmp_path, settings)
    return a_whole_person()


@pytest.fixture
def receivers() -> Iterator[Callable[[Receiver], None]]:
    """Connect parts of the site that want to be told, for the time of a test."""
    connected: list[Any] = []

    def connect(receiver: Receiver) -> None:
        def told(user: User, **_: Any) -> None:
            receiver(user)

        account_closing.connect(told)
        connected.append(told)

    yield connect
    for each in connected:
        account_closing.disconnect(each)


def expire_lease() -> None:
    Closing.objects.update(leased_until=timezone.now() - timedelta(seconds=1))


def test_a_file_that_is_being_made_is_waited_for(bob: User) -> None:
    export = data_exports.ask(bob)
    assert data_exports.QUEUE.claim(export.id)
    closing.ask(bob)
    closing.close(str(bob.id))
    assert Closing.objects.get().error == "Busy: a data export is being made"
    assert User.objects.filter(id=bob.id).exists()
    DataExport.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    Closing.objects.update(not_before=None)
    closing.close(str(bob.id))
    assert Closing.objects.get().done_at is not None


def test_a_part_that_fails_at_first_is_asked_again_and_nothing_is_deleted_before(
    bob: User, receivers: Callable[[Receiver], None]
) -> None:
    told: list[int] = []

    def pay_back(user: User) -> None:
        told.append(user.id)
        if len(told) < 3:
            raise ConnectionError("the bank is closed")

    receivers(pay_back)
    closing.ask(bob)
    waits: list[float] = []
    for _ in range(2):
        before = timezone.now()
        closing.close(str(bob.id))
        row = Closing.objects.get()
        assert row.error == "ConnectionError: the bank is closed"
        assert row.not_before is not None
        waits.append(round((row.not_before - before).total_seconds() / 60))
        assert User.objects.filter(id=bob.id).exists()
        closing.close(str(bob.id))  # too early: nothing happens
        Closing.objects.update(not_before=timezone.now())
        assert closing.sweep() == 1
    closing.close(str(bob.id))
    assert waits == [1, 2]
    assert told == [bob.id] * 3
    assert leftovers(bob.id) == {}


def test_the_waits_grow_to_an_hour_and_never_end(bob: User, receivers: Callable[[Receiver], None]) -> None:
    def fail(user: User) -> None:
        raise RuntimeError("still broken")

    receivers(fail)
    closing.ask(bob)
    Closing.objects.update(attempts=5000)
    before = timezone.now()
    closing.close(str(bob.id))
    assert _not_before() - before < timedelta(hours=1, seconds=5)
    assert _not_before() - before > timedelta(minutes=59)


def _not_before() -> datetime:
    moment = Closing.objects.get().not_before
    assert moment is not None
    return moment


def test_two_clicks_are_one_closing(bob: User) -> None:
    barrier = Barrier(4)

    def click() -> None:
        barrier.wait()
        closing.ask(User.objects.get(id=bob.id))
        connection.close()

    clicks = [Thread(target=click) for _ in range(4)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert Closing.objects.get().email == "bob@example.com"
    closing.close(str(bob.id))
    closing.close(str(bob.id))
    assert Letter.objects.filter(name="goodbye").count() == 1


def test_two_workers_do_not_do_it_twice(bob: User, receivers: Callable[[Receiver], None]) -> None:
    told: list[int] = []
    receivers(lambda user: told.append(user.id))
    closing.ask(bob)
    barrier = Barrier(3)

    def work() -> None:
        barrier.wait()
        closing.close(str(bob.id))
        connection.close()

    workers = [Thread(target=work) for _ in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert told == [bob.id]
    assert Letter.objects.filter(name="goodbye").count() == 1


def test_a_worker_that_comes_back_late_deletes_nothing(bob: User) -> None:
    closing.ask(bob)
    late = closing.QUEUE.claim(bob.id)
    assert late is not None
    expire_lease()
    assert closing.QUEUE.claim(bob.id) is not None
    with pytest.raises(LostLease):
        closing._finish(late)
    closing._put_back(late, RuntimeError("late"))
    assert User.objects.filter(id=bob.id).exists()
    assert Closing.objects.get().error == ""


def test_a_person_who_is_gone_already_is_settled(bob: User) -> None:
    closing.ask(bob)
    User.objects.filter(id=bob.id).delete()
    closing.close(str(bob.id))
    assert Closing.objects.get().done_at is not None
    assert not Letter.objects.filter(name="goodbye").exists()


def test_a_worker_killed_in_the_middle_is_replaced_and_it_is_finished(bob: User) -> None:
    worker = Worker({}, queues="export")
    author = Author.objects.get()
    try:
        worker.start()
        with transaction.atomic():  # as somebody else's unfollowing would, in the worker's way
            Watch.objects.select_for_update().get(author=author)
            in_thread(lambda: closing.ask(User.objects.get(id=bob.id)))
            until(lambda: in_thread(_a_worker_waits), what="the worker is in the middle")
            worker.kill()
        assert User.objects.filter(id=bob.id).exists()
        assert Closing.objects.get().done_at is None
        worker.start()
        expire_lease()
        assert closing.sweep() == 1
        until(lambda: Closing.objects.filter(done_at__isnull=False).exists(), what="closing done")
    finally:
        worker.kill()
    assert leftovers(bob.id) == {}
    assert Closing.objects.get().attempts == 2
    assert Letter.objects.filter(name="goodbye").count() == 1


def _a_worker_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def in_thread(act: Callable[[], Any]) -> Any:
    """On a connection of its own, outside of the transaction around."""
    found: list[Any] = []

    def run() -> None:
        found.append(act())
        connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()
    return found[0]
