"""Followed authors with real workers: killed in the middle, deaf, and undisturbed."""

from datetime import timedelta
from threading import Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from tests.processes import Worker, until
from tests.sandbox.world import World
from tests.sandbox.x.model import Post
from unroller import store
from unroller.actions import chains, threads, watching
from unroller.core.posts import Person
from unroller.models import Author, Chain, Follow, Job, Member, Thread, Watch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def author(world: World) -> Author:
    """Ana, who has been followed for an hour, and is due."""
    ana = world.x.person("ana")
    with transaction.atomic():
        row = threads.keep_author("x", Person(id=ana.id, handle="ana", name="Ana", url="https://x.com/ana"))
    Follow.objects.create(user=User.objects.create_user("bob@example.com"), author=row)
    Watch.objects.create(author=row, due_at=timezone.now())
    Watch.objects.update(created_at=timezone.now() - timedelta(hours=1))
    return row


def a_thread(world: World) -> list[Post]:
    return world.x.thread("ana", ["One.", "Two.", "Three."], start=world.clock.now() - timedelta(minutes=5))


def looked(author: Author) -> bool:
    return Watch.objects.get(author=author).looked_at is not None


def somebody_waits_for_the_row() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
        return cursor.fetchone() is not None


def run_out() -> None:
    """The lease of whoever has the author now runs out."""
    Watch.objects.update(due_at=timezone.now())


def test_a_new_thread_is_found_and_unrolled_by_workers_alone(worker: Worker, world: World, author: Author) -> None:
    posts = a_thread(world)
    worker.start()
    watching.claim_due()
    until(lambda: looked(author), what="author looked at")
    assert chains.unroll_quiet() == 1
    until(Thread.objects.exists, what="thread unrolled")
    assert Thread.objects.get().path == str(posts[0].id)
    assert Member.objects.count() == 3


def test_a_worker_killed_while_the_network_is_slow_loses_and_repeats_nothing(
    worker: Worker, world: World, author: Author
) -> None:
    a_thread(world)
    world.faults.add("x", "hang", path="/tweets$")
    worker.start()
    watching.claim_due()
    until(lambda: bool(world.log.of("x", "/tweets$")), what="asked")
    worker.kill()
    world.faults.clear()
    assert not looked(author)
    run_out()
    worker.start()
    assert watching.claim_due() == 1
    until(lambda: looked(author), what="author looked at by the next worker")
    assert (Chain.objects.get().replies, Watch.objects.get().failures) == (2, 0)
    assert chains.unroll_quiet() == 1
    assert Job.objects.count() == 1


def test_a_worker_killed_between_the_answer_and_its_commit_loses_and_repeats_nothing(
    worker: Worker, world: World, author: Author
) -> None:
    posts = a_thread(world)
    held = Event()
    world.faults.at_call("x", 1, lambda: held.wait(10), path="/tweets$")
    worker.start()
    watching.claim_due()
    with transaction.atomic():
        Watch.objects.select_for_update().get()
        held.set()
        until(somebody_waits_for_the_row, what="answer being written")
        worker.kill()
    watch = Watch.objects.get()
    assert (watch.cursor, watch.looked_at, Chain.objects.count()) == ("", None, 0)
    run_out()
    worker.start()
    assert watching.claim_due() == 1
    until(lambda: looked(author), what="author looked at by the next worker")
    assert (Watch.objects.get().cursor, Chain.objects.get().replies) == (str(posts[-1].id), 2)


def test_a_bell_that_was_lost_with_redis_is_rung_again(worker: Worker, world: World, author: Author) -> None:
    a_thread(world)
    assert watching.claim_due() == 1
    store.client().flushdb()
    worker.start()
    assert watching.claim_due() == 0
    run_out()
    assert watching.claim_due() == 1
    until(lambda: looked(author), what="author looked at")
    assert len(world.log.of("x", "/tweets$")) == 1
    assert Watch.objects.get().turn == 3
