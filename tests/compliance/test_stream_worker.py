"""A real worker reads Bluesky's stream, and is killed in the middle."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.bell import ring
from tests.compliance.test_rounds import a_chain
from tests.processes import Worker, until
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller.models import Sweep, Thread, Vanished
from unroller.sources.bluesky import jetstream

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def comply_worker(sandbox: Sandbox, transactional_db: None) -> Iterator[Worker]:
    running = Worker(sandbox.env(), queues="comply")
    yield running
    running.kill()


def removed() -> str:
    return Thread.objects.get().removed


def waits_for_a_lock() -> bool:
    """Whether somebody waits for what this test has not committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw first
        cursor.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
        return cursor.fetchone() is not None


def begun() -> str:
    """A cursor of just now."""
    cursor = str(jetstream.now())
    Sweep.objects.create(look="stream", due_at=timezone.now(), cursor=cursor)
    return cursor


def free() -> None:
    """The lease of a killed worker has run out."""
    Sweep.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def test_a_worker_killed_while_it_reads_leaves_everything_to_the_next(comply_worker: Worker, world: World) -> None:
    posts = a_chain(world, "bluesky")
    cursor = begun()
    world.bluesky.delete(posts[0])
    world.faults.add("jetstream", "hang", times=FOR_EVER, seconds=600)
    comply_worker.start()
    ring("unroller.comply_stream")
    until(lambda: bool(world.log.of("jetstream")), what="connected")
    comply_worker.kill()
    world.faults.clear()
    assert (removed(), Vanished.objects.count(), Sweep.objects.get().cursor) == ("", 0, cursor)
    free()
    comply_worker.start()
    ring("unroller.comply_stream")
    until(lambda: removed() == "Gone", what="thread removed by the next worker")
    assert list(Vanished.objects.values_list("reason", "by")) == [("deleted", "stream")]
    until(lambda: Sweep.objects.get().cursor > cursor, what="cursor moved")


def test_a_worker_killed_while_it_writes_has_written_nothing(comply_worker: Worker, world: World) -> None:
    posts = a_chain(world, "bluesky")
    cursor = begun()
    world.bluesky.delete(posts[1])
    world.bluesky.leave(posts[0].author, "deleted")
    with transaction.atomic():  # before the worker comes: it waits here with a note that is not committed yet
        Vanished.objects.create(source="bluesky", author_id=posts[0].author.did, reason="deactivated", by="look")
        comply_worker.start()
        ring("unroller.comply_stream")
        until(waits_for_a_lock, what="worker waits")
        comply_worker.kill()
        transaction.set_rollback(True)
    assert (Vanished.objects.count(), Sweep.objects.get().cursor) == (0, cursor)
    free()
    comply_worker.start()
    ring("unroller.comply_stream")
    until(lambda: removed() == "NoSuchAccount", what="thread removed by the next worker")
