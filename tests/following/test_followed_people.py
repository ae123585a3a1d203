"""Followed authors who are renamed, hide, or ask to be left alone."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import User
from tests.following.looking import due, look, rest, unroll_all, wait, watched
from tests.sandbox.world import World
from tests.sandbox.x.model import Person
from unroller.actions import chains, unrolling, watching
from unroller.models import Author, Chain, Job, Thread, Watch

pytestmark = pytest.mark.django_db


# People who change


def test_a_renamed_author_of_x_is_still_followed_and_their_thread_bears_the_new_name(world: World, ana: Person) -> None:
    author = watched("x", ana.id)
    look(author)
    world.x.rename(ana, "ana_lind")
    world.x.thread(ana, ["One.", "Two.", "Three."], start=world.clock.now() - timedelta(minutes=20))
    look(author)
    assert unroll_all() == 1
    author.refresh_from_db()
    assert (author.handle, Thread.objects.get().author) == ("ana_lind", author)


def test_a_renamed_author_of_bluesky_has_the_new_name_after_the_next_look(world: World) -> None:
    sky = world.bluesky
    posts = sky.thread("ana.example", ["One.", "Two.", "Three."], start=world.clock.now() - timedelta(minutes=20))
    author = watched("bluesky", posts[0].author.did, handle="ana.example")
    sky.rename(posts[0].author, "ana.lind.example")
    look(author)
    author.refresh_from_db()
    assert author.handle == "ana.lind.example"
    rest(author)
    assert unroll_all() == 1
    assert Thread.objects.get().author == author


def test_a_thread_on_mastodon_is_found_below_the_author_s_row(world: World) -> None:
    one = world.mastodon.one
    posts = one.thread("ana", ["One.", "Two.", "Three."], start=world.clock.now() - timedelta(minutes=30))
    author = watched("mastodon", f"{one.host}/{one.know(posts[0].author)}", handle=f"ana@{one.host}")
    look(author)
    assert unroll_all() == 1
    assert (Thread.objects.get().post_count, Thread.objects.get().author) == (3, author)


# People who want to be left alone


def test_a_protected_author_is_left_alone_and_found_again_when_they_open_up(world: World, ana: Person) -> None:
    world.x.thread(ana, ["One.", "Two.", "Three."], start=world.clock.now() - timedelta(minutes=20))
    world.x.protect(ana)
    author = watched("x", ana.id)
    watch = look(author)
    assert (watch.error, watch.failures) == ("Protected", 1)
    assert timedelta(hours=21) < wait(watch) <= timedelta(days=1)
    assert not Chain.objects.exists()
    ana.protected = False
    watch = look(author)
    assert (watch.error, watch.failures, unroll_all()) == ("", 0, 1)


def test_after_a_week_of_refusals_an_author_is_looked_at_once_a_week(world: World, ana: Person) -> None:
    world.x.suspend(ana)
    author = watched("x", ana.id)
    waits = [wait(look(author)) for _ in range(watching.PATIENCE)]
    assert max(waits[:-1]) <= timedelta(days=1)
    assert timedelta(days=6) < waits[-1] <= timedelta(days=7)


@pytest.mark.parametrize("wish", ["unlisted", "opted_out"])
def test_who_asked_to_be_left_alone_is_not_even_claimed(world: World, ana: Person, wish: str) -> None:
    world.x.thread(ana, ["One.", "Two.", "Three."], start=world.clock.now() - timedelta(minutes=20))
    author = watched("x", ana.id)
    look(author)
    due(author)
    Author.objects.update(**{wish: True})
    assert watching.claim_due() == 0
    watching.poll(str(author.id), str(Watch.objects.get().turn))
    assert len(world.log.of("x")) == 1
    assert chains.unroll_quiet() == 0
    assert not Chain.objects.exists()
    assert not Job.objects.exists()


def test_an_author_who_becomes_unlisted_is_left_alone_from_then_on(world: World) -> None:
    one = world.mastodon.one
    posts = one.thread("ana", ["One.", "Two.", "Three."], start=world.clock.now() - timedelta(minutes=5))
    author = watched("mastodon", f"{one.host}/{one.know(posts[0].author)}", handle=f"ana@{one.host}")
    look(author)
    assert Chain.objects.count() == 1
    posts[0].author.noindex = True
    one.post("ana", "Four.", under=posts[-1])
    look(author)
    author.refresh_from_db()
    assert author.unlisted
    assert not Chain.objects.exists()
    due(author)
    assert watching.claim_due() == 0


@pytest.mark.parametrize(("wish", "error"), [("unlisted", "Uninvited"), ("opted_out", "OptedOut")])
def test_a_job_for_followers_refuses_who_asks_to_be_left_alone(world: World, wish: str, error: str) -> None:
    one = world.mastodon.one
    posts = one.thread("ana", ["One.", "Two.", "Three."], start=world.clock.now() - timedelta(minutes=20))
    author = watched("mastodon", f"{one.host}/{one.know(posts[0].author)}", handle=f"ana@{one.host}")
    look(author)
    assert chains.unroll_quiet() == 1
    if wish == "unlisted":
        posts[0].author.noindex = True
    else:
        Author.objects.update(opted_out=True)
    job = Job.objects.get()
    unrolling.run(str(job.id))
    job.refresh_from_db()
    assert (job.state, job.error, Thread.objects.count()) == (Job.State.FAILED, error, 0)
    asked = unrolling.ask(one.link(posts[0]))
    unrolling.run(str(asked.id))
    asked.refresh_from_db()
    assert (asked.error, Thread.objects.filter(unlisted=True).count()) in {("", 1), ("OptedOut", 0)}
    assert bool(asked.error) == (wish == "opted_out")


@pytest.mark.django_db(transaction=True)
def test_a_reader_who_asks_while_a_job_for_followers_runs_gets_the_thread(world: World) -> None:
    one = world.mastodon.one
    posts = one.thread("ana", ["One.", "Two.", "Three."], start=world.clock.now() - timedelta(minutes=20))
    author = watched("mastodon", f"{one.host}/{one.know(posts[0].author)}", handle=f"ana@{one.host}")
    look(author)
    chains.unroll_quiet()
    posts[0].author.noindex = True

    def ask() -> None:
        unrolling.ask(one.link(posts[-1]))
        connection.close()

    world.faults.at_call("mastodon_one", 1, ask, path="/context$")
    job = Job.objects.get()
    unrolling.run(str(job.id))
    job.refresh_from_db()
    assert (job.state, job.why) == (Job.State.DONE, Job.Why.ASKED)
    assert Thread.objects.get().unlisted


def test_an_author_whom_nobody_follows_any_more_is_no_longer_watched(world: World, ana: Person) -> None:
    world.x.thread(ana, ["One.", "Two.", "Three."], start=world.clock.now() - timedelta(minutes=5))
    author = watched("x", ana.id)
    look(author)
    User.objects.all().delete()
    due(author)
    watching.claim_due()
    watching.poll(str(author.id), str(Watch.objects.get().turn))
    assert not Watch.objects.exists()
    assert not Chain.objects.exists()
    assert len(world.log.of("x")) == 1
