"""Kill -9 everywhere in a fetch: the thread is here once, the job settled, nothing read but by one attempt more."""

import pytest

from tests.faults.harness import Errand, killed_everywhere
from tests.sandbox.world import World
from unroller.actions import unrolling
from unroller.models import Job, Member, Thread

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox")]
POSTS = 5


def test_a_fetch_that_is_killed_anywhere_brings_the_thread_once(world: World) -> None:
    calls_of_one = 0

    def begin(number: int) -> Errand:
        posts = world.x.thread(world.x.person(f"author{number}"), [f"Post {one}." for one in range(POSTS)])
        job = unrolling.ask(world.x.link(posts[-1]))
        before = len(world.log.of("x", "/2/"))

        def is_done() -> bool:
            return Job.objects.filter(pk=job.pk, finished_at__isnull=False).exists()

        def check() -> int:
            nonlocal calls_of_one
            job.refresh_from_db()
            calls = len(world.log.of("x", "/2/")) - before
            calls_of_one = calls_of_one or calls
            assert job.state == Job.State.DONE, job.detail
            assert Thread.objects.filter(path=str(posts[0].id)).count() == 1
            assert Member.objects.filter(thread__path=str(posts[0].id)).count() == POSTS
            assert calls <= 2 * calls_of_one
            return 0

        return Errand.of("unroller.fetch", job.pk, is_done=is_done, check=check)

    assert killed_everywhere(begin, "unroller.sweep").kills
