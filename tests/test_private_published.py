"""A private thread that becomes everybody's while it is looked at: nothing tells what it was before."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from tests.accounts.signing import a_person
from tests.private import a_chain, a_link
from tests.sandbox.world import World
from tests.sandbox.x.model import Post
from tests.test_unrolling import unroll, words
from unroller.actions import jobs, unrolling
from unroller.core.errors import RateLimited
from unroller.models import Job, Thread
from unroller.sources.base import PostRef

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]

FOUND_BY_STRANGERS = ["Secret 1 of it.", "Secret 2 of it.", "Secret 3 of it."]


@pytest.fixture
def posts(world: World) -> list[Post]:
    """A private thread, whose last post X's index has lost since: only who knows its id finds it."""
    found = a_chain(world, 4)
    a_link(a_person("bob@example.com"), world.x.link(found[0]))
    world.x.lag(found[3:], until_calls=1_000)
    return found


@pytest.fixture
def check(posts: list[Post]) -> Job:
    return jobs.enqueue(PostRef("x", str(posts[0].id)), why=Job.Why.CHECK, thread=Thread.objects.get())


def after_fetching(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """The next fetch has brought everything home; this happens before it is stored."""
    fetch = unrolling._fetch

    def fetch_and_act(*given: object) -> unrolling.Fetched:
        monkeypatch.setattr(unrolling, "_fetch", fetch)
        fetched = fetch(*given)  # type: ignore[arg-type]
        act()
        return fetched

    monkeypatch.setattr(unrolling, "_fetch", fetch_and_act)


def looked_again(check: Job) -> None:
    """As if its time had come."""
    Job.objects.filter(id=check.id).update(not_before=None)
    unrolling.run(str(check.id))


def assert_nothing_tells() -> None:
    thread = Thread.objects.get()
    assert (thread.private, words(thread)) == (False, FOUND_BY_STRANGERS)


def test_a_wish_that_meets_the_look_has_it_fetched_anew(
    world: World, posts: list[Post], check: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    after_fetching(monkeypatch, lambda: unrolling.ask(world.x.link(posts[0])))
    unrolling.run(str(check.id))
    looked_again(check)
    assert_nothing_tells()


def test_a_wish_that_meets_a_look_that_was_interrupted_does_not_go_on_with_it(
    world: World, posts: list[Post], check: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt() -> None:
        raise RateLimited(timezone.now())

    after_fetching(monkeypatch, interrupt)
    unrolling.run(str(check.id))
    check.refresh_from_db()
    assert (check.state, check.recording is not None) == (Job.State.QUEUED, True)
    unrolling.ask(world.x.link(posts[0]))
    looked_again(check)
    assert_nothing_tells()


def test_a_wish_for_another_of_its_posts_has_it_looked_at_anew(
    world: World, posts: list[Post], check: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    after_fetching(monkeypatch, lambda: unroll(world.x.link(posts[1])))
    unrolling.run(str(check.id))
    assert_nothing_tells()
    looked_again(check)
    assert Job.objects.get(id=check.id).state == Job.State.DONE
    assert_nothing_tells()
