"""Followed authors are looked at: each once for all followers, at their own pace, and left alone where they ask."""

from datetime import UTC, datetime, timedelta
from threading import Barrier
from threading import Thread as Thread_
from typing import NamedTuple

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.sandbox.x.model import Person
from unroller import store
from unroller.actions import chains, threads, unrolling, watching
from unroller.core.errors import Unreachable
from unroller.core.posts import Person as Described
from unroller.models import Author, Chain, Follow, Job, Thread, Watch
from unroller.sources.following import Recent

pytestmark = pytest.mark.django_db

QUIET = timedelta(minutes=10)
HOUR = timedelta(hours=1)


class Turn(NamedTuple):
    author: str
    turn: str


def watched(source: str, network_id: str, *, followers: int = 1, handle: str = "ana") -> Author:
    """An author who has been followed for an hour, and is due."""
    author = threads.keep_author(source, Described(id=network_id, handle=handle, name=handle, url="https://x.com/ana"))
    for number in range(followers):
        user, _ = User.objects.get_or_create(email=f"reader{number}@example.com")
        Follow.objects.create(user=user, author=author)
    Watch.objects.create(author=author, due_at=timezone.now())
    Watch.objects.filter(author=author).update(created_at=timezone.now() - HOUR)
    return author


def due(author: Author) -> None:
    Watch.objects.filter(author=author).update(due_at=timezone.now())


def look(author: Author) -> Watch:
    """One whole look: claimed, polled."""
    due(author)
    assert watching.claim_due() == 1
    watch = Watch.objects.get(author=author)
    watching.poll(str(author.id), str(watch.turn))
    return Watch.objects.get(author=author)


def rest(author: Author) -> None:
    """As if nobody wrote anything for ten minutes more."""
    Chain.objects.filter(author=author).update(quiet_at=F("quiet_at") - QUIET - timedelta(minutes=5))


def unroll_all() -> int:
    """Unroll what is quiet, and do the jobs; how many there were."""
    count = chains.unroll_quiet()
    for job in Job.objects.filter(state=Job.State.QUEUED):
        unrolling.run(str(job.id))
    return count


def wait(watch: Watch) -> timedelta:
    """How long until the next look."""
    return watch.due_at - timezone.now()


@pytest.fixture(autouse=True)
def ten_minutes(sandbox: Sandbox, settings: Settings) -> None:
    """The sandbox is in more of a hurry than these tests."""
    settings.FOLLOW_QUIET_SECONDS = QUIET.total_seconds()


@pytest.fixture
def ana(world: World) -> Person:
    return world.x.person("ana")


# The pace


@pytest.mark.parametrize(
    ("silence", "expected"),
    [
        (timedelta(), timedelta(minutes=5)),
        (timedelta(seconds=-9), timedelta(minutes=5)),
        (HOUR, timedelta(minutes=5)),
        (6 * HOUR, timedelta(minutes=30)),
        (24 * HOUR, 2 * HOUR),
        (24 * 12 * HOUR, 24 * HOUR),
        (9999 * HOUR, 24 * HOUR),
    ],
)
def test_the_longer_somebody_is_silent_the_rarer_they_are_looked_at(silence: timedelta, expected: timedelta) -> None:
    assert watching.pace(silence, quiet=QUIET, chance=0.5) == expected
    assert watching.pace(silence, quiet=QUIET, chance=0.0) == expected * 0.9
    assert watching.pace(silence, quiet=QUIET, chance=1.0) == expected * 1.1


def test_in_the_sandbox_a_fresh_follow_is_looked_at_every_five_seconds() -> None:
    seconds = watching.pace(timedelta(), quiet=timedelta(seconds=10), chance=0.5).total_seconds()
    assert seconds == 5


def test_looks_are_spread_out(ana: Person) -> None:
    author = watched("x", ana.id)
    assert len({wait(look(author)) // timedelta(seconds=1) for _ in range(8)}) > 1


# Taking turns


def test_an_author_with_a_hundred_followers_is_asked_for_once(world: World, ana: Person) -> None:
    world.x.post(ana, "One.")
    author = watched("x", ana.id, followers=100)
    assert watching.claim_due() == 1
    watch = Watch.objects.get()
    for _ in range(3):  # a bell may ring more than once
        watching.poll(str(author.id), str(watch.turn))
    assert [entry.path for entry in world.log.of("x")] == [f"/2/users/{ana.id}/tweets"]


def test_the_second_clock_finds_nothing_to_take(ana: Person) -> None:
    watched("x", ana.id)
    assert (watching.claim_due(), watching.claim_due()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_take_every_author_once(world: World) -> None:
    for number in range(40):
        watched("x", world.x.person(f"author{number}").id, handle=f"author{number}")
    barrier, counts = Barrier(4), list[int]()

    def beat() -> None:
        barrier.wait()
        counts.append(watching.claim_due(most=25))
        connection.close()

    beats = [Thread_(target=beat) for _ in range(4)]
    for each in beats:
        each.start()
    for each in beats:
        each.join()
    assert set(Watch.objects.values_list("turn", flat=True)) <= {0, 1}
    assert sum(counts) == Watch.objects.filter(turn=1).count() >= 25


def test_no_more_bells_are_rung_than_the_workers_answer(world: World) -> None:
    for number in range(watching.MOST_WAITING + 5):
        watched("x", world.x.person(f"author{number}").id, handle=f"author{number}")
    store.client().rpush(watching.QUEUE, *["a reader's request"] * 4)
    assert watching.claim_due() == watching.MOST_WAITING - 4
    store.client().rpush(watching.QUEUE, *["a reader's request"] * 40)
    assert watching.claim_due() == 0


def test_while_redis_is_away_nobody_is_claimed_and_nothing_is_lost(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    author = watched("x", ana.id)
    with monkeypatch.context() as away:
        away.setattr("unroller.store.settings.REDIS_URL", "redis://127.0.0.1:1/0")
        store.client.cache_clear()
        assert watching.claim_due() == 0
    store.client.cache_clear()
    assert watching.claim_due() == 1
    assert Watch.objects.get(author=author).turn == 1


def test_a_claim_that_nobody_answered_is_made_again_when_its_lease_ran_out(ana: Person) -> None:
    author = watched("x", ana.id)
    watching.claim_due()
    assert timedelta(minutes=1) < wait(Watch.objects.get()) < timedelta(minutes=3)
    due(author)
    assert watching.claim_due() == 1


def test_who_comes_back_late_writes_nothing(world: World, ana: Person) -> None:
    posts = world.x.thread(ana, ["One.", "Two.", "Three."], start=world.clock.now() - timedelta(minutes=3))
    author = watched("x", ana.id)
    watching.claim_due()
    first = Watch.objects.get()

    def slow(watch: Watch) -> Recent:
        found = watching.look(watch)
        look(author)  # the lease ran out, and another worker was faster
        return found

    watching.poll(str(author.id), str(first.turn), look=slow)
    watch = Watch.objects.get()
    assert (watch.turn, watch.cursor) == (first.turn + 2, str(posts[-1].id))
    assert Chain.objects.get().replies == 2


# What a look finds


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
    below = world.x.thread(ana, ["Four.", "Five."], under=posts[-1])
    look(author)
    rest(author)
    unroll_all()
    assert Thread.objects.get().removed == "Removed"
    assert Job.objects.get(key=str(below[-1].id)).error == "Removed"


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


@pytest.mark.parametrize("wish", ["unlisted", "opted_out"])
def test_a_job_for_followers_refuses_who_asks_to_be_left_alone_and_a_reader_s_does_not(world: World, wish: str) -> None:
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
    assert (job.state, job.error, Thread.objects.count()) == (Job.State.FAILED, "Uninvited", 0)
    asked = unrolling.ask(one.link(posts[0]))
    unrolling.run(str(asked.id))
    assert Thread.objects.get().unlisted == (wish == "unlisted")


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


# Networks in trouble


def test_a_rate_limit_names_the_next_look_and_is_no_failure(world: World, ana: Person) -> None:
    author = watched("x", ana.id)
    world.faults.add("x", "rate-limited", seconds=3600)
    watch = look(author)
    assert (watch.error, watch.failures) == ("RateLimited", 0)
    assert timedelta(minutes=59) < wait(watch) < timedelta(minutes=66)
    look(author)  # others of that network are not even asked for
    assert len(world.log.of("x")) == 1


def test_without_credits_x_is_left_alone_for_five_minutes(world: World, ana: Person) -> None:
    author = watched("x", ana.id)
    world.faults.add("x", "out-of-credits")
    watch = look(author)
    assert (watch.error, watch.failures) == ("OutOfCredits", 0)
    assert timedelta(minutes=4) < wait(watch) < timedelta(minutes=11)


def test_a_network_that_does_not_answer_is_asked_ever_more_rarely(world: World, ana: Person) -> None:
    author = watched("x", ana.id)
    world.faults.add("x", "error", times=-1)
    waits = []
    for number in range(1, 12):
        watch = look(author)
        assert (watch.error, watch.failures) == ("Unreachable", number)
        waits.append(wait(watch))
    assert waits[0] < waits[2] < waits[4]
    assert waits[-1] <= timedelta(days=1)
    world.faults.clear()
    assert look(author).failures == 0


def test_a_bug_of_ours_ends_one_look_and_not_the_watch(ana: Person) -> None:
    author = watched("x", ana.id)

    def broken(_: Watch) -> Recent:
        raise ZeroDivisionError("a bug")

    watching.claim_due()
    watching.poll(str(author.id), str(Watch.objects.get().turn), look=broken)
    watch = Watch.objects.get()
    assert (watch.error, watch.failures) == ("Broken", 1)


def test_a_failed_look_changes_nothing_that_was_known(world: World, ana: Person) -> None:
    world.x.thread(ana, ["One.", "Two.", "Three."], start=world.clock.now() - timedelta(minutes=5))
    author = watched("x", ana.id)
    before = look(author)

    def away(_: Watch) -> Recent:
        raise Unreachable

    due(author)
    watching.claim_due()
    watching.poll(str(author.id), str(Watch.objects.get().turn), look=away)
    after = Watch.objects.get()
    assert (after.cursor, after.last_post_at, after.looked_at) == (before.cursor, before.last_post_at, before.looked_at)
    assert Chain.objects.get().replies == 2


def test_a_clock_that_was_wrong_does_not_stop_the_looks(ana: Person) -> None:
    author = watched("x", ana.id)
    Watch.objects.update(created_at=datetime(2030, 1, 1, tzinfo=UTC), last_post_at=datetime(2031, 1, 1, tzinfo=UTC))
    assert timedelta() < wait(look(author)) < HOUR
