"""Opting out among others: a worker is killed in the middle, and threads come in at the same moment."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from accounts.bell import ring
from tests.processes import Worker, until
from tests.rights.test_opting_out import MARK, tables_with
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.test_unrolling import a_chain, unroll
from tests.threads import a_thread
from unroller.actions import opting_out, unrolling
from unroller.models import Author, Job, Member, Thread

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker(sandbox: Sandbox) -> Iterator[Worker]:
    running = Worker(sandbox.env(), queues="comply")
    yield running
    running.kill()


def waiting() -> int:
    """How many wait for somebody else's lock, in this database: others' tests have theirs in the same server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees one state of it otherwise
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def run(job: Job) -> None:
    try:
        unrolling.run(str(job.id))
    finally:
        connection.close()


def leave(author: Author) -> None:
    try:
        opting_out.opt_out(author)
    finally:
        connection.close()


def test_a_worker_killed_in_the_middle_leaves_nothing_behind(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [a_thread(2, first=first, text=MARK) for first in (10, 20, 30)]
    monkeypatch.setattr(opting_out, "AT_ONCE", 0)
    opting_out.opt_out(rows[0].author)
    worker.start()
    with transaction.atomic():
        Thread.objects.select_for_update().get(pk=rows[0].pk)
        assert ring("unroller.comply_opt_outs")
        until(lambda: Thread.objects.filter(removed="OptedOut").count() == 2, what="two of three gone")
        until(lambda: waiting() > 0, what="the worker is at the third")
        worker.kill()
    assert tables_with(MARK) != []
    assert not Author.objects.filter(emptied_at__isnull=False).exists()
    worker.start()
    assert ring("unroller.comply_opt_outs")
    until(lambda: Author.objects.filter(emptied_at__isnull=False).exists(), what="emptied by the next worker")
    assert tables_with(MARK) == []


@pytest.mark.usefixtures("sandbox")
def test_a_thread_that_is_stored_first_is_taken_away_by_who_opts_out_meanwhile(world: World) -> None:
    posts = a_chain(world)
    unroll(world.x.link(posts[0]))
    late = world.x.post(posts[0].author, f"{MARK} comes late.")
    job, author = unrolling.ask(world.x.link(late)), Author.objects.get()
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            # Holds the job in the middle of its transaction: it waits to know whether the post has a place.
            Member.objects.create(source="x", path=str(late.id), thread=Thread.objects.get())
            storing = pool.submit(run, job)
            until(lambda: waiting() == 1, what="the job stores")
            leaving = pool.submit(leave, author)
            until(lambda: waiting() == 2, what="its author waits for it")
            transaction.set_rollback(True)
        storing.result()
        leaving.result()
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert set(Thread.objects.values_list("removed", flat=True)) == {"OptedOut"}
    opting_out.go_on()
    assert tables_with(MARK) == []


@pytest.mark.usefixtures("sandbox")
def test_a_thread_that_comes_while_its_author_opts_out_is_refused(world: World) -> None:
    posts = a_chain(world)
    unroll(world.x.link(posts[0]))
    late = world.x.post(posts[0].author, f"{MARK} comes late.")
    job = unrolling.ask(world.x.link(late))
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            opting_out.opt_out(Author.objects.get())
            storing = pool.submit(run, job)
            until(lambda: waiting() == 1, what="the job waits for its author")
        storing.result()
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.FAILED, "OptedOut")
    opting_out.go_on()
    assert tables_with(MARK) == []
