"""Followed authors are looked at: each once for all followers, at their own pace, whatever the networks do."""

from datetime import UTC, datetime, timedelta
from threading import Barrier
from threading import Thread as Thread_

import pytest
from django.db import connection
from django.utils import timezone

from tests.following.looking import HOUR, QUIET, due, look, wait, watched
from tests.sandbox.world import World
from tests.sandbox.x.model import Person
from unroller import store
from unroller.actions import watching
from unroller.actions.patience import LOOK_SECONDS
from unroller.core.errors import Unreachable
from unroller.models import Chain, Watch
from unroller.sources.following import Recent

pytestmark = pytest.mark.django_db


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
    store.client().set(watching.PACE, 100)
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


def test_looks_are_as_many_as_the_workers_are_done_with(world: World) -> None:
    many, least = 200, watching.LEAST_AT_A_TICK
    for number in range(many):
        watched("x", world.x.person(f"author{number}").id, handle=f"author{number}")

    def tick(waiting: int) -> int:
        store.client().delete(watching.QUEUE)
        if waiting:
            store.client().rpush(watching.QUEUE, *["a reader's request"] * waiting)
        return watching.claim_due()

    assert tick(waiting=4) == least - 4
    assert tick(waiting=0) == 2 * (least - 4)
    assert tick(waiting=0) == 4 * (least - 4)
    assert tick(waiting=4) == 2 * (least - 4) - 4
    assert tick(waiting=40) == 0
    assert tick(waiting=0) == 2 * (2 * (least - 4) - 4)
    assert tick(waiting=0) == many - (16 + 32 + 64 + 28 + 56)


def test_while_redis_is_away_nobody_is_claimed_and_nothing_is_lost(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    author = watched("x", ana.id)
    try:
        with monkeypatch.context() as away:
            away.setattr("unroller.store.settings.REDIS_URL", "redis://127.0.0.1:1/0")
            store.client.cache_clear()
            assert watching.claim_due() == 0
    finally:
        store.client.cache_clear()
    assert watching.claim_due() == 1
    assert Watch.objects.get(author=author).turn == 1


def test_a_claim_that_nobody_answered_is_made_again_when_its_lease_ran_out(ana: Person) -> None:
    author = watched("x", ana.id)
    watching.claim_due()
    assert wait(Watch.objects.get()) > timedelta(seconds=LOOK_SECONDS, minutes=1)
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


def test_a_clock_that_was_far_ahead_does_not_put_the_looks_off_for_years(ana: Person) -> None:
    watched("x", ana.id)
    Watch.objects.update(due_at=datetime(2099, 1, 1, tzinfo=UTC))
    assert watching.claim_due() == 1
    Watch.objects.update(due_at=timezone.now() + timedelta(days=7))
    assert watching.claim_due() == 0
