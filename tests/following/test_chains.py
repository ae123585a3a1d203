"""Chains of answers to oneself: found, left to rest, unrolled; additions refresh the thread that is here."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from tests.following.looking import QUIET, an_hour_passes, look, rest, unroll_all, watched
from tests.sandbox.world import World
from tests.sandbox.x.model import Person
from unroller.actions import chains, threads, unrolling
from unroller.models import Chain, Job, Thread, Watch

pytestmark = pytest.mark.django_db


def test_a_thread_of_three_that_has_been_quiet_is_unrolled(world: World, ana: Person) -> None:
    posts = world.x.thread(ana, ["One.", "Two.", "Three."], start=world.clock.now() - timedelta(minutes=2))
    author = watched("x", ana.id)
    watch = look(author)
    assert (watch.cursor, watch.failures, watch.error) == (str(posts[-1].id), 0, "")
    assert watch.looked_at is not None
    assert unroll_all() == 0
    rest(author)
    assert unroll_all() == 1
    thread = Thread.objects.get()
    assert (thread.path, thread.post_count, thread.author) == (str(posts[0].id), 3, author)
    assert Job.objects.get().why == Job.Why.FOLLOWED
    an_hour_passes(author)
    assert unroll_all() == 0
    assert not Chain.objects.exists()


def test_a_thread_too_young_for_any_search_is_unrolled_whole(world: World, ana: Person) -> None:
    now = world.clock.now()
    posts = world.x.thread(ana, [f"Post {number}." for number in range(6)], start=now, every=timedelta(milliseconds=1))
    author = watched("x", ana.id)
    look(author)
    rest(author)
    assert unroll_all() == 1
    thread = Thread.objects.get()
    assert (thread.path, thread.post_count) == (str(posts[0].id), 6)


def test_a_chain_that_grows_rests_anew(world: World, ana: Person) -> None:
    now = world.clock.now()
    posts = world.x.thread(ana, ["One.", "Two.", "Three."], start=now - timedelta(minutes=8))
    author = watched("x", ana.id)
    look(author)
    before = Chain.objects.get().quiet_at
    assert before == posts[-1].at.replace(microsecond=0) + QUIET
    world.x.post(ana, "Four.", under=posts[-1], at=now)
    look(author)
    chain = Chain.objects.get()
    assert (chain.replies, chain.quiet_at > before) == (3, True)
    assert chain.root == str(posts[0].id)


def test_a_thread_is_found_whose_posts_come_in_two_looks(world: World, ana: Person) -> None:
    author = watched("x", ana.id)
    head = world.x.post(ana, "One.", at=world.clock.now() - timedelta(minutes=9))
    look(author)
    second = world.x.post(ana, "Two.", under=head, at=head.at + timedelta(minutes=1))
    look(author)
    world.x.post(ana, "Three.", under=second, at=head.at + timedelta(minutes=2))
    look(author)
    rest(author)
    assert unroll_all() == 1
    assert Thread.objects.get().post_count == 3


def test_a_single_answer_is_no_thread_and_is_forgotten_after_a_week(world: World, ana: Person) -> None:
    world.x.thread(ana, ["One.", "Two."], start=world.clock.now() - timedelta(minutes=5))
    author = watched("x", ana.id)
    look(author)
    rest(author)
    assert unroll_all() == 0
    assert Chain.objects.count() == 1
    Chain.objects.update(quiet_at=F("quiet_at") - chains.REMEMBERED)
    assert unroll_all() == 0
    assert not Chain.objects.exists()
    assert not Job.objects.exists()


def test_an_addition_refreshes_the_thread_that_is_here(world: World, ana: Person) -> None:
    posts = world.x.thread(ana, ["One.", "Two.", "Three."], start=world.clock.now() - timedelta(minutes=50))
    author = watched("x", ana.id)
    look(author)
    rest(author)
    unroll_all()
    thread = Thread.objects.get()
    world.x.post(ana, "Four, an hour later.", under=posts[-1], at=world.clock.now() - timedelta(minutes=2))
    look(author)
    rest(author)
    assert unroll_all() == 1
    refreshed = Thread.objects.get()
    assert (refreshed.id, refreshed.post_count, refreshed.path) == (thread.id, 4, thread.path)
    assert Job.objects.latest("created_at").thread_id == thread.id


def test_an_edit_refreshes_the_thread_and_counts_as_no_answer(world: World, ana: Person) -> None:
    posts = world.x.thread(ana, ["One.", "Two.", "Three."], start=world.clock.now() - timedelta(minutes=50))
    author = watched("x", ana.id)
    look(author)
    world.x.edit(posts[1], "Two, better.", at=world.clock.now() - timedelta(minutes=40))
    look(author)
    assert Chain.objects.get().replies == 2
    rest(author)
    unroll_all()
    world.x.edit(posts[0], "One, better.", at=world.clock.now() - timedelta(minutes=30))
    look(author)
    rest(author)
    assert unroll_all() == 1
    content = threads.content(Thread.objects.get())
    assert content is not None
    assert [post.text for post in content.posts_of_line] == ["One, better.", "Two, better.", "Three."]


def test_a_removed_thread_stays_removed(world: World, ana: Person) -> None:
    posts = world.x.thread(ana, ["One.", "Two.", "Three."], start=world.clock.now() - timedelta(minutes=50))
    author = watched("x", ana.id)
    look(author)
    rest(author)
    unroll_all()
    Thread.objects.update(removed="Removed", document=None)
    world.x.thread(ana, ["Four.", "Five."], under=posts[-1])
    look(author)
    rest(author)
    assert unroll_all() == 0
    assert Thread.objects.get().removed == "Removed"
    assert not Chain.objects.exists()


def test_two_chains_of_one_thread_lead_to_one_page(world: World, ana: Person) -> None:
    now = world.clock.now()
    posts = world.x.thread(ana, ["One.", "Two.", "Three."], start=now - timedelta(hours=2))
    author = watched("x", ana.id)
    world.x.thread(ana, ["Four.", "Five."], under=posts[-1], start=now - timedelta(minutes=40))
    look(author)
    world.x.thread(ana, ["One and a half.", "And more."], under=posts[0], start=now - timedelta(minutes=30))
    look(author)
    assert Chain.objects.count() == 2
    assert unroll_all() == 2
    assert Thread.objects.get().path == str(posts[0].id)


def test_a_link_to_an_answer_below_a_stranger_s_thread_is_no_addition_to_that_thread(world: World, ana: Person) -> None:
    stranger = world.x.thread("bruno", ["Bruno one.", "Bruno two."])
    answer = world.x.post(ana, "I see.", under=stranger[0], at=world.clock.now() - timedelta(minutes=30))
    job = unrolling.ask(world.x.link(answer))
    unrolling.run(str(job.id))
    author = watched("x", ana.id)
    world.x.thread(ana, ["Moreover.", "And finally."], under=answer)
    look(author)
    Chain.objects.update(quiet_at=timezone.now())
    assert unroll_all() == 1
    assert sorted(Thread.objects.values_list("author__handle", flat=True)) == ["ana", "bruno"]


def test_a_post_dated_in_the_future_counts_as_written_now(world: World) -> None:
    sky, ahead = world.bluesky, world.clock.now() + timedelta(days=2)
    posts = sky.thread("ana.example", ["One.", "Two.", "Three."], start=ahead)
    author = watched("bluesky", posts[0].author.did)
    watch = look(author)
    assert watch.last_post_at is not None
    assert watch.last_post_at <= timezone.now()
    assert Chain.objects.get().quiet_at <= timezone.now() + QUIET


def test_a_chain_remembers_its_root_and_the_newest_posts_only(world: World, ana: Person) -> None:
    posts = world.x.thread(ana, [f"Post {number}." for number in range(240)])
    author = watched("x", ana.id)
    Watch.objects.update(created_at=timezone.now() - timedelta(days=2))
    look(author)
    chain = Chain.objects.get()
    assert (len(chain.keys), chain.replies) == (chains.MOST_KEYS + 1, 239)
    assert (chain.keys[0], chain.keys[-1]) == (str(posts[0].id), str(posts[-1].id))


def test_two_workers_that_unroll_at_once_make_one_job(world: World, ana: Person) -> None:
    world.x.thread(ana, ["One.", "Two.", "Three."], start=world.clock.now() - timedelta(minutes=20))
    look(watched("x", ana.id))
    assert (chains.unroll_quiet(), chains.unroll_quiet()) == (1, 0)
    assert Job.objects.count() == 1
