"""Kill -9 everywhere in a fetch: the thread is here once, the job settled, nothing read but by one attempt more."""

import pytest

from tests.faults import child
from tests.faults.harness import Errand, killed_everywhere
from tests.follows import a_reader
from tests.sandbox.world import World
from unroller.actions import lists, patience, unrolling
from unroller.models import Author, Cadence, Follow, Job, Lookup, Member, Thread
from unroller.sources import recording

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox")]
POSTS = 5
DRIP_SECONDS = 5.0


def asked(world: World, number: int) -> tuple[Job, str]:
    """A link to a new thread's last post was pasted: its job, and where the thread will be."""
    posts = world.x.thread(world.x.person(f"author{number}"), [f"Post {one}." for one in range(POSTS)])
    return unrolling.ask(world.x.link(posts[-1])), str(posts[0].id)


def has_ended(job: Job) -> bool:
    return Job.objects.filter(pk=job.pk, finished_at__isnull=False).exists()


def is_here_once(job: Job, path: str) -> None:
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.detail
    assert Thread.objects.filter(path=path).count() == 1
    assert Member.objects.filter(thread__path=path).count() == POSTS


def test_a_fetch_that_is_killed_anywhere_brings_the_thread_once(world: World) -> None:
    calls_of_one = 0

    def begin(number: int) -> Errand:
        job, path = asked(world, number)
        before = len(world.log.of("x", "/2/"))

        def check() -> int:
            nonlocal calls_of_one
            calls = len(world.log.of("x", "/2/")) - before
            calls_of_one = calls_of_one or calls
            is_here_once(job, path)
            assert calls <= 2 * calls_of_one
            return 0

        return Errand.of("unroller.fetch", job.pk, is_done=lambda: has_ended(job), check=check)

    assert killed_everywhere(begin, "unroller.sweep").kills


def test_a_fetch_that_is_killed_while_it_is_left_to_the_slow_queue_brings_the_thread_once(world: World) -> None:
    def begin(number: int) -> Errand:
        job, path = asked(world, number)
        world.faults.clear()
        world.faults.add("x", "drip", path="/search/", seconds=DRIP_SECONDS)

        def check() -> int:
            is_here_once(job, path)
            return 0

        args = ("unroller.fetch", str(job.pk))
        return Errand(child.task_in_a_short_turn, args, is_done=lambda: has_ended(job), check=check)

    assert killed_everywhere(begin, "unroller.sweep").kills
    assert Job.objects.filter(slow=True).exists(), "the one that lived was left to it"


def test_a_fetch_that_is_killed_in_the_slow_queue_goes_on_and_brings_the_thread_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "FIRST_TURN_SECONDS", child.TURN_SECONDS)
    monkeypatch.setattr(recording, "LAST_SECONDS", 0.1)

    def begin(number: int) -> Errand:
        job, path = asked(world, number)
        world.faults.add("x", "drip", path="/search/", seconds=DRIP_SECONDS)
        unrolling.run(str(job.pk))
        job.refresh_from_db()
        assert job.slow

        def check() -> int:
            is_here_once(job, path)
            return 0

        return Errand.of("unroller.fetch_slowly", job.pk, is_done=lambda: has_ended(job), check=check)

    assert killed_everywhere(begin, "unroller.sweep").kills


def test_a_name_of_a_list_is_followed_once_wherever_its_look_is_killed(world: World) -> None:
    def begin(number: int) -> Errand:
        name, reader = f"author{number}", a_reader(f"reader{number}")
        world.x.person(name)
        lists.bring_in(reader, lists.read(f"@{name}", Cadence.DAILY))
        row = Lookup.objects.get(user=reader)

        def check() -> int:
            row.refresh_from_db()
            assert (row.state, row.author is not None) == (Lookup.State.DONE, True)
            assert Author.objects.filter(handle=name).count() == 1
            assert Follow.objects.filter(user=reader).count() == 1
            return 0

        open_rows = Lookup.objects.filter(pk=row.pk, state=Lookup.State.QUEUED)
        return Errand.of("unroller.look_up_slowly", row.pk, is_done=lambda: not open_rows.exists(), check=check)

    assert killed_everywhere(begin, "unroller.sweep").kills
