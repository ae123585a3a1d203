"""Chains whose threads could not be had at the first try: nothing is lost, nothing is asked for without end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.followers import an_author
from tests.following.looking import an_hour_passes, do_jobs, look, rest, unroll_all, watched
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.world import World
from tests.sandbox.x.model import Person, Post
from unroller.actions import chains, jobs, unrolling
from unroller.core.posts import Person as Described
from unroller.models import Author, Chain, Job, Thread
from unroller.sources.following import RecentPost

pytestmark = pytest.mark.django_db


def a_thread(world: World, ana: Person, count: int = 3) -> tuple[Author, list[Post]]:
    """Written half an hour ago, seen, and quiet."""
    texts = [f"Post {number}." for number in range(1, count + 1)]
    posts = world.x.thread(ana, texts, start=world.clock.now() - timedelta(minutes=30))
    author = watched("x", ana.id)
    look(author)
    return author, posts


def test_a_thread_whose_network_was_away_is_asked_for_again(world: World, ana: Person) -> None:
    author, posts = a_thread(world, ana)
    world.faults.add("x", "error", times=FOR_EVER)
    chains.unroll_quiet()
    do_jobs()
    assert Job.objects.get().state == Job.State.FAILED
    world.faults.clear()
    assert unroll_all() == 0
    an_hour_passes(author)
    assert unroll_all() == 1
    assert (Thread.objects.get().path, Thread.objects.get().post_count) == (str(posts[0].id), 3)


def test_a_thread_that_is_never_to_be_had_is_given_up_after_a_day(world: World, ana: Person) -> None:
    author, posts = a_thread(world, ana)
    ended = {"source": "x", "key": str(posts[-1].id), "why": Job.Why.FOLLOWED, "state": Job.State.FAILED}
    Job.objects.bulk_create(Job(**ended, error="Unreachable") for _ in range(chains.MOST_TRIES - 1))
    assert chains.unroll_quiet() == 1
    Job.objects.update(state=Job.State.FAILED, error="Broken")
    an_hour_passes(author)
    assert chains.unroll_quiet() == 0
    assert not Chain.objects.exists()


@pytest.mark.parametrize("error", ["Protected", "Uninvited", "UnrollError"])
def test_a_thread_that_may_not_be_had_is_not_asked_for_again(world: World, ana: Person, error: str) -> None:
    author, _ = a_thread(world, ana)
    chains.unroll_quiet()
    Job.objects.update(state=Job.State.FAILED, error=error)
    an_hour_passes(author)
    assert chains.unroll_quiet() == 0
    assert not Chain.objects.exists()


def test_a_deleted_end_does_not_take_the_thread_with_it(world: World, ana: Person) -> None:
    _, posts = a_thread(world, ana, 5)
    world.x.delete(posts[-1])
    world.x.delete(posts[-2])
    assert [unroll_all() for _ in range(4)] == [1, 1, 1, 0]
    assert (Thread.objects.get().path, Thread.objects.get().post_count) == (str(posts[0].id), 3)


def test_a_thread_of_which_one_answer_is_left_is_no_thread(world: World, ana: Person) -> None:
    _, posts = a_thread(world, ana)
    world.x.delete(posts[-1])
    assert [unroll_all() for _ in range(2)] == [1, 0]
    assert not Thread.objects.exists()
    assert not Chain.objects.exists()


def test_a_head_that_was_deleted_takes_the_thread_away_and_no_rest_is_unrolled(world: World, ana: Person) -> None:
    author, posts = a_thread(world, ana)
    unroll_all()
    an_hour_passes(author)
    world.x.thread(ana, ["Four.", "Five.", "Six."], under=posts[-1], start=world.clock.now() - timedelta(minutes=2))
    look(author)
    world.x.delete(posts[0])
    rest(author)
    assert [unroll_all() for _ in range(2)] == [1, 0]
    assert Thread.objects.get().removed == "Gone"
    assert not Chain.objects.exists()


def test_an_addition_during_a_refresh_is_fetched_after_it(world: World, ana: Person) -> None:
    author, posts = a_thread(world, ana)
    unroll_all()
    an_hour_passes(author)
    job = unrolling.refresh(Thread.objects.get())
    held = jobs.claim(str(job.id))
    assert held is not None
    world.x.post(ana, "Four.", under=posts[-1])
    look(author)
    rest(author)
    chains.unroll_quiet()
    assert Job.objects.filter(state=Job.State.RUNNING).get() == job
    jobs.finish(job, Thread.objects.get(), "", {})  # with what it had read before
    Thread.objects.update(fetched_at=timezone.now())
    an_hour_passes(author)
    assert unroll_all() == 1
    assert Thread.objects.get().post_count == 4
    an_hour_passes(author)
    assert unroll_all() == 0
    assert not Chain.objects.exists()


def test_what_is_written_below_a_stranger_is_asked_for_once(world: World, ana: Person) -> None:
    stranger = world.x.thread("bruno", ["Bruno one.", "Bruno two."])
    start = world.clock.now() - timedelta(minutes=30)
    world.x.thread(ana, ["I see.", "Moreover.", "And finally."], under=stranger[0], start=start)
    author = watched("x", ana.id)
    look(author)
    assert unroll_all() == 1
    an_hour_passes(author)
    assert unroll_all() == 0
    assert not Chain.objects.exists()


def test_answers_that_come_before_what_they_answer_make_one_chain() -> None:
    author = an_author(Described(id="did:plc:ana", handle="ana.example", name="Ana", url="https://bsky.app"), "bluesky")
    now = timezone.now()
    answers = [("d/four", "d/three"), ("d/three", "d/two"), ("d/two", "d/one")]
    for _ in range(2):  # an answer that is seen twice counts once
        chains.grow(author, [RecentPost(key=key, parent_key=above, time=now) for key, above in answers], now=now)
    chain = Chain.objects.get()
    assert (chain.keys, chain.replies) == (["d/one", "d/two", "d/three", "d/four"], 3)
