"""A worker that is told to stop ends what it holds and takes nothing more; the next one goes on."""

import threading

import pytest

from tests.processes import Worker, until
from tests.sandbox.world import World
from unroller.actions import unrolling
from unroller.models import Job, Thread

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_that_is_told_to_stop_ends_its_task_and_takes_no_other(worker: Worker, world: World) -> None:
    author = world.x.person("maralind")
    first, *later = [world.x.link(world.x.thread(author, [f"Thread {number}.", "The end."])[-1]) for number in range(5)]
    asked, answer = threading.Event(), threading.Event()

    def keep_waiting() -> None:
        asked.set()
        answer.wait(30)

    world.faults.at_call("x", 1, keep_waiting, path=r"/search/")
    worker.start()
    under_way = unrolling.ask(first)
    until(asked.is_set, what="fetch begun")
    assert worker.process is not None
    worker.process.terminate()
    until(lambda: "Warm shutdown" in worker.log, what="it heard")
    waiting = [unrolling.ask(link) for link in later]
    answer.set()
    assert worker.process.wait(timeout=60) == 0
    under_way.refresh_from_db()
    assert (under_way.state, under_way.attempts, under_way.leased_until) == (Job.State.DONE, 1, None)
    assert Thread.objects.count() == 1
    assert {job.state for job in Job.objects.exclude(pk=under_way.pk)} == {Job.State.QUEUED}

    worker.start()
    until(lambda: Job.objects.filter(state=Job.State.DONE).count() == 5, what="the next worker hears the bells")
    assert [Job.objects.get(pk=job.pk).attempts for job in waiting] == [1] * 4
