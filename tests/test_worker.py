"""A real worker: killed in the middle, without Redis, with a hundred askers."""

import os
import signal
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.processes import Worker, until
from tests.sandbox.world import World
from unroller import store
from unroller.actions import jobs, unrolling
from unroller.models import Job, Member, Thread

pytestmark = pytest.mark.django_db(transaction=True)


def a_link(world: World, posts: int = 5) -> str:
    author = world.x.person("maralind")
    return world.x.link(world.x.thread(author, [f"Post {number}." for number in range(1, posts + 1)])[-1])


def done(job: Job) -> bool:
    job.refresh_from_db()
    return job.state in {Job.State.DONE, Job.State.FAILED}


def test_a_link_is_fetched_by_a_worker_that_hears_the_bell(worker: Worker, world: World) -> None:
    worker.start()
    job = unrolling.ask(a_link(world))
    until(lambda: done(job), what="job done")
    assert (job.state, Thread.objects.get().post_count) == (Job.State.DONE, 5)


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(worker: Worker, world: World) -> None:
    link = a_link(world)
    world.faults.add("x", "hang", path=r"/search/")
    worker.start()
    job = unrolling.ask(link)
    until(lambda: bool(world.log.of("x", "/2/tweets$")), what="fetch begun")
    until(lambda: Job.objects.filter(state=Job.State.RUNNING).exists(), what="job running")
    worker.kill()
    world.faults.clear()
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1), rung_at=None)
    worker.start()
    assert jobs.sweep() == 1
    until(lambda: done(job), what="job done by the next worker")
    assert (job.state, job.attempts) == (Job.State.DONE, 2)
    assert Thread.objects.count() == 1
    assert Member.objects.count() == 5


def test_a_request_made_while_redis_is_away_is_kept_and_done_when_it_is_back(
    worker: Worker, world: World, settings: Settings
) -> None:
    link = a_link(world)
    alive = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    store.client.cache_clear()
    job = unrolling.ask(link)
    settings.REDIS_URL = alive
    store.client.cache_clear()
    store.client().flushdb()  # whatever bell there was is lost
    Job.objects.update(rung_at=None)
    worker.start()
    assert jobs.sweep() == 1
    until(lambda: done(job), what="job done")
    assert job.state == Job.State.DONE


def test_a_hundred_askers_make_one_fetch(worker: Worker, world: World) -> None:
    worker.start()
    link = a_link(world)
    for _ in range(100):
        assert unrolling.address(link) or unrolling.ask(link)
    until(lambda: Thread.objects.exists() and done(Job.objects.get()), what="job done")
    assert len(world.log.of("x", "/search/")) == 1


def test_a_rate_limited_fetch_goes_on_by_itself_and_asks_nothing_twice(worker: Worker, world: World) -> None:
    link = a_link(world, posts=250)
    world.faults.add("x", "rate-limited", path=r"/search/", seconds=2)
    worker.start()
    job = unrolling.ask(link)
    until(lambda: world.log.of("x", "/search/") != [] and done(job), what="job done after the wait")
    assert job.state == Job.State.DONE
    assert Thread.objects.get().post_count == 250
    assert len(world.log.of("x", "/2/tweets$")) <= 2


def test_a_child_of_the_worker_that_is_killed_leaves_the_job_to_the_lease(worker: Worker, world: World) -> None:
    link = a_link(world)
    world.faults.add("x", "hang", path=r"/search/")
    worker.start()
    job = unrolling.ask(link)
    until(lambda: bool(world.log.of("x", "/search/")) or Job.objects.filter(state="running").exists(), what="begun")
    assert worker.process is not None
    for child in _children(worker.process.pid):
        os.kill(child, signal.SIGKILL)
    world.faults.clear()
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1), rung_at=None)
    jobs.sweep()
    until(lambda: done(job), what="job done by another child")
    assert job.state == Job.State.DONE


def _children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:  # noqa: PTH123  (a kernel file)
        return [int(child) for child in file.read().split()]
