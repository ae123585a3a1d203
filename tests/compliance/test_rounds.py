"""Rounds over the threads of networks that tell for nothing whether a post is still there."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from tests.sandbox.faults import FOR_EVER
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller.actions import threads, unrolling
from unroller.actions.compliance import EVERY, rounds, vanished
from unroller.models import Job, Sweep, Thread, Vanished
from unroller.sources.mastodon import presence

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]

WORDS = ["Bread begins the evening before.", "Flour, water, salt.", "And time, which is free."]
SERVERS = {"bluesky": "appview", "mastodon": "mastodon_one"}
NETWORKS = pytest.mark.parametrize("source", list(SERVERS))


def home(world: World, source: str) -> Any:
    return world.mastodon.one if source == "mastodon" else world.bluesky


def delete(world: World, source: str, post: Any) -> None:
    (world.mastodon if source == "mastodon" else world.bluesky).delete(post)


def a_chain(world: World, source: str, name: str = "mara") -> list[Any]:
    """Three posts on the network, unrolled here."""
    place = home(world, source)
    name = f"{name}.bsky.social" if source == "bluesky" else name
    posts: list[Any] = place.thread(place.person(name), WORDS)
    unroll(place.link(posts[0]))
    return posts


def unroll(link: str) -> None:
    unrolling.run(str(unrolling.ask(link).id))


def look(source: str) -> int:
    """A turn of looks, and what it found is done."""
    count = rounds.go_on(source)
    for row in Vanished.objects.filter(done_at=None):
        vanished.run(str(row.pk))
    return count


def texts() -> list[str]:
    found = threads.content(Thread.objects.get())
    return [post.text for post in found.posts] if found else []


def reasons() -> set[tuple[str, str]]:
    return set(Vanished.objects.values_list("reason", "outcome"))


def looked_at() -> datetime:
    at = Thread.objects.get().look_at
    assert at is not None
    return at


@NETWORKS
def test_what_is_still_there_stays_as_it_is_and_is_looked_at_again_within_twenty_hours(
    world: World, source: str
) -> None:
    a_chain(world, source)
    assert look(source) == 1
    assert (texts(), Vanished.objects.count()) == (WORDS, 0)
    assert timedelta(hours=17) < looked_at() - timezone.now() <= EVERY
    assert look(source) == 0
    sweep = Sweep.objects.get(look=source)
    assert (sweep.error, sweep.failures, sweep.ended_at is not None) == ("", 0, True)


@NETWORKS
def test_a_deleted_post_is_gone_here_within_a_day(world: World, source: str) -> None:
    posts = a_chain(world, source)
    look(source)
    delete(world, source, posts[1])
    with time_machine.travel(timezone.now() + timedelta(hours=20, minutes=1), tick=True):
        look(source)
        assert texts() == [WORDS[0], WORDS[2]]
        assert reasons() == {("deleted", "removed")}
        assert WORDS[1] not in str(Thread.objects.get().document)


@NETWORKS
def test_without_its_head_the_thread_goes(world: World, source: str) -> None:
    posts = a_chain(world, source)
    delete(world, source, posts[0])
    look(source)
    assert Thread.objects.get().removed == "Gone"


@NETWORKS
def test_who_quotes_a_deleted_post_keeps_none_of_its_words(world: World, source: str) -> None:
    place = home(world, source)
    quoted = place.post(place.person("ana.bsky.social" if source == "bluesky" else "ana"), "Words of Ana.")
    unroll(
        place.link(place.post(place.person("ben.bsky.social" if source == "bluesky" else "ben"), "See:", quote=quoted))
    )
    assert "Words of Ana" in str(Thread.objects.get().document)
    delete(world, source, quoted)
    look(source)
    assert "Words of Ana" not in str(Thread.objects.get().document)
    assert texts() == ["See:"]


@NETWORKS
@pytest.mark.parametrize("kind", ["error", "html", "close", "error-empty"])
def test_a_network_that_is_away_or_talks_nonsense_takes_nothing_away(world: World, source: str, kind: Any) -> None:
    posts = a_chain(world, source)
    delete(world, source, posts[0])
    world.faults.add(SERVERS[source], kind, times=FOR_EVER)
    look(source)
    assert (texts(), Vanished.objects.count()) == (WORDS, 0)
    assert Sweep.objects.get(look=source).error
    assert looked_at() - timezone.now() <= rounds.AGAIN
    world.faults.clear()
    with time_machine.travel(timezone.now() + rounds.AGAIN + timedelta(minutes=1), tick=True):
        look(source)
    assert Thread.objects.get().removed == "Gone"


@pytest.mark.parametrize(("standing", "removed"), [("takendown", "Suspended"), ("deactivated", "NoSuchAccount")])
def test_an_account_of_bluesky_that_is_away_takes_its_threads_along(world: World, standing: Any, removed: str) -> None:
    posts = a_chain(world, "bluesky")
    world.bluesky.leave(posts[0].author, standing)
    look("bluesky")
    assert Thread.objects.get().removed == removed
    assert Vanished.objects.get().author_id == posts[0].author.did


def test_an_author_of_bluesky_who_wants_no_signed_out_readers_is_obeyed(world: World) -> None:
    posts = a_chain(world, "bluesky")
    posts[0].author.self_labels.append("!no-unauthenticated")
    look("bluesky")
    assert Thread.objects.get().removed == "SignInOnly"


def test_a_post_that_bluesky_hides_leaves_its_thread(world: World) -> None:
    posts = a_chain(world, "bluesky")
    posts[1].labels.append("!takedown")
    look("bluesky")
    assert (texts(), reasons()) == ([WORDS[0], WORDS[2]], {("withheld", "removed")})


def test_a_replaced_record_and_an_edited_status_are_fetched_again(world: World) -> None:
    world.bluesky.replace(a_chain(world, "bluesky")[1], "Other words.")
    with time_machine.travel(timezone.now() + timedelta(minutes=10), tick=True):
        world.mastodon.edit(a_chain(world, "mastodon")[1], "Other words.", at=timezone.now() + timedelta(seconds=2))
        for source in SERVERS:
            look(source)
            assert Job.objects.filter(source=source, why=Job.Why.CHECK, state=Job.State.QUEUED).count() == 1


def test_a_suspended_account_of_mastodon_takes_its_threads_along(world: World) -> None:
    posts = a_chain(world, "mastodon")
    world.mastodon.suspend(posts[0].author)
    look("mastodon")
    assert Thread.objects.get().removed == "Suspended"


def test_a_host_that_shuts_its_doors_or_asks_us_to_stay_away_is_obeyed(world: World) -> None:
    a_chain(world, "mastodon")
    world.mastodon.one.restricted = True
    look("mastodon")
    assert Thread.objects.get().removed == "ClosedServer"
    world.mastodon.one.restricted = False
    a_chain(world, "mastodon", "ben")
    world.mastodon.one.robots = "User-agent: *\nDisallow: /@ben/\n"
    look("mastodon")
    assert set(Thread.objects.values_list("removed", flat=True)) == {"ClosedServer", "KeptOut"}


def test_a_host_that_cannot_be_asked_for_many_is_asked_one_by_one(world: World) -> None:
    posts = a_chain(world, "mastodon")
    world.faults.add("mastodon_one", "error", path=r"/api/v1/statuses$", status=404, times=FOR_EVER)
    delete(world, "mastodon", posts[1])
    look("mastodon")
    assert texts() == [WORDS[0], WORDS[2]]


def test_one_network_is_asked_by_one_worker_at_a_time(world: World) -> None:
    a_chain(world, "bluesky")
    Sweep.objects.create(look="bluesky", due_at=timezone.now() + rounds.LEASE)
    assert look("bluesky") == 0


def test_many_threads_are_asked_for_in_one_question(world: World, sandbox: Sandbox) -> None:
    for number in range(5):
        a_chain(world, "bluesky", f"person{number}")
    world.log.clear()
    assert look("bluesky") == 5
    assert len(world.log.of("appview", "getPosts")) == 1


@NETWORKS
def test_what_is_missing_among_many_and_there_when_asked_for_by_itself_stays(world: World, source: str) -> None:
    posts = a_chain(world, source)
    posts[1].deleted = True
    many = r"getPosts$" if source == "bluesky" else r"/api/v1/statuses$"
    alone = r"getPostThread$" if source == "bluesky" else r"/api/v1/statuses/[^/]+$"

    def back() -> None:
        posts[1].deleted = False

    world.faults.at_call(SERVERS[source], 1, back, path=alone)
    world.log.clear()
    look(source)
    assert (len(world.log.of(SERVERS[source], many)), len(world.log.of(SERVERS[source], alone))) == (1, 1)
    assert (texts(), Vanished.objects.count()) == (WORDS, 0)


def test_a_host_that_is_away_does_not_keep_another_from_being_asked(world: World) -> None:
    a_chain(world, "mastodon")
    two = world.mastodon.two
    other = two.thread(two.person("ben"), WORDS)
    unroll(two.link(other[0]))
    world.mastodon.delete(other[0])
    world.faults.add("mastodon_one", "error", times=FOR_EVER)
    look("mastodon")
    assert set(Thread.objects.values_list("removed", flat=True)) == {"", "Gone"}


def test_a_very_long_thread_on_such_a_host_is_asked_for_by_its_head_and_some_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "MOST_ALONE", 2)
    posts = a_chain(world, "mastodon")
    world.faults.add("mastodon_one", "error", path=r"/api/v1/statuses$", status=404, times=FOR_EVER)
    delete(world, "mastodon", posts[0])
    world.log.clear()
    look("mastodon")
    assert len(world.log.of("mastodon_one", r"/api/v1/statuses/")) == 2
    assert Thread.objects.get().removed == "Gone"
