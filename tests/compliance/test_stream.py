"""Deletions on Bluesky as they happen."""

import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from tests.compliance.hearing import asked_for_later, hear, is_due, subscriptions
from tests.compliance.test_rounds import WORDS, a_chain, reasons, texts, unroll
from tests.sandbox.bluesky.model import Post
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.world import World
from unroller.actions.compliance import rounds, stream, vanished
from unroller.models import Job, Sweep, Thread, Vanished

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox", "lively")]


def quoting(world: World) -> tuple[Post, Post]:
    """Somebody who has a thread here, quoted by somebody else who has."""
    network = world.bluesky
    quoted = network.post(network.person("ana.bsky.social"), "Words of Ana.")
    post = network.post(network.person("ben.bsky.social"), "See:", quote=quoted)
    for each in (quoted, post):
        unroll(network.link(each))
    return quoted, post


def test_a_deleted_post_is_gone_with_the_next_turn(world: World) -> None:
    posts = a_chain(world, "bluesky")
    hear()
    world.log.clear()
    world.bluesky.delete(posts[1])
    row = hear()
    assert texts() == [WORDS[0], WORDS[2]]
    assert reasons() == {("deleted", "removed")}
    assert Vanished.objects.get().by == "stream"
    assert world.log.of("appview") == []
    assert (row.error, row.failures, row.ended_at is not None) == ("", 0, True)


def test_without_its_head_the_thread_goes(world: World) -> None:
    posts = a_chain(world, "bluesky")
    hear()
    world.bluesky.delete(posts[0])
    hear()
    assert Thread.objects.get().removed == "Gone"


def test_who_quotes_it_keeps_none_of_its_words(world: World) -> None:
    quoted, post = quoting(world)
    assert "Words of Ana" in str(Thread.objects.get(path=f"{post.author.did}/{post.rkey}").document)
    hear()
    world.bluesky.delete(quoted)
    hear()
    assert "Words of Ana" not in str(list(Thread.objects.values("document")))
    assert set(Thread.objects.values_list("removed", flat=True)) == {"", "Gone"}


def test_only_people_who_have_threads_here_are_asked_for(world: World) -> None:
    posts = a_chain(world, "bluesky")
    a_chain(world, "mastodon")
    world.bluesky.delete(world.bluesky.post("stranger.bsky.social", "Nobody unrolled this."))
    hear()
    assert subscriptions(world) == [frozenset({posts[0].author.did})]
    assert Vanished.objects.count() == 0
    Thread.objects.filter(source="bluesky").update(removed="Gone", document=None)
    hear()
    assert len(subscriptions(world)) == 1


def test_a_replaced_record_is_fetched_again_once(world: World) -> None:
    posts = a_chain(world, "bluesky")
    hear()
    world.bluesky.replace(posts[1], "Other words.")
    hear()
    hear()
    assert Job.objects.filter(why=Job.Why.CHECK, state=Job.State.QUEUED).count() == 1
    assert reasons() == {("edited", "refreshed")}


def test_what_was_edited_and_is_deleted_before_it_was_fetched_again_goes(world: World) -> None:
    posts = a_chain(world, "bluesky")
    hear()
    world.bluesky.replace(posts[1], "Other words.")
    stream.go_on()
    assert Vanished.objects.get().reason == "edited"
    held = vanished.QUEUE.claim(Vanished.objects.get().pk)
    world.bluesky.delete(posts[1])
    Sweep.objects.update(due_at=timezone.now())
    stream.go_on()
    assert held is not None
    vanished._finish(held, "refreshed")
    assert Vanished.objects.get().done_at is None
    hear()
    assert texts() == [WORDS[0], WORDS[2]]
    assert reasons() == {("deleted", "removed")}


def test_an_edit_that_was_told_before_does_not_hide_a_deletion(world: World) -> None:
    posts = a_chain(world, "bluesky")
    hear()
    world.bluesky.replace(posts[1], "Other words.")
    hear()
    world.bluesky.delete(posts[1])
    hear()
    assert reasons() == {("edited", "refreshed"), ("deleted", "removed")}


@pytest.mark.parametrize(
    ("standing", "removed"),
    [("deleted", "NoSuchAccount"), ("deactivated", "NoSuchAccount"), ("takendown", "Suspended")],
)
def test_an_account_that_is_away_takes_its_threads_along(world: World, standing: Any, removed: str) -> None:
    posts = a_chain(world, "bluesky")
    hear()
    world.bluesky.leave(posts[0].author, standing)
    hear()
    hear()
    assert Thread.objects.get().removed == removed
    assert Vanished.objects.get().author_id == posts[0].author.did


def test_a_suspended_account_does_too(world: World) -> None:
    posts = a_chain(world, "bluesky")
    hear()
    world.bluesky.events.account(posts[0].author, "suspended")
    hear()
    assert Thread.objects.get().removed == "Suspended"


def test_an_account_that_is_back_is_looked_at_and_nothing_comes_back_by_itself(world: World) -> None:
    posts = a_chain(world, "bluesky")
    hear()
    asked_for_later()
    world.bluesky.leave(posts[0].author, "deactivated")
    world.bluesky.leave(posts[0].author, "")
    hear()
    assert (Vanished.objects.count(), is_due()) == (0, True)
    world.bluesky.leave(posts[0].author, "deactivated")
    hear()
    world.bluesky.leave(posts[0].author, "")
    hear()
    assert Thread.objects.get().removed == "NoSuchAccount"


def test_what_happened_while_nobody_read_is_told_afterwards(world: World) -> None:
    posts = a_chain(world, "bluesky")
    hear()
    world.bluesky.delete(posts[1])
    asked_for_later()
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=True):
        hear()
        assert (texts(), is_due()) == ([WORDS[0], WORDS[2]], False)


@pytest.mark.parametrize("kind", ["error", "rate-limited", "html", "redirect", "close", "cut-off"])
def test_while_the_stream_is_away_the_rounds_keep_the_promise(world: World, kind: Any, caplog: Any) -> None:
    posts = a_chain(world, "bluesky")
    hear()
    world.bluesky.delete(posts[0])
    world.bluesky.delete(world.bluesky.post(posts[0].author, "More."))
    world.faults.add("jetstream", kind, times=FOR_EVER, to="ws://127.0.0.1:1/")
    row = hear()
    assert (row.failures, bool(row.error)) == (1, True)
    assert "ERROR" not in caplog.text
    assert (Thread.objects.get().removed, Vanished.objects.count()) == ("", 0)
    rounds.go_on("bluesky")
    vanished.run(str(Vanished.objects.get().pk))
    assert Thread.objects.get().removed == "Gone"
    world.faults.clear()
    assert hear().failures == 0


def test_while_it_is_away_it_is_tried_ever_less_often(world: World) -> None:
    a_chain(world, "bluesky")
    world.faults.add("jetstream", "error", times=FOR_EVER)
    waits = []
    for _ in range(6):
        row = hear()
        waits.append(round((row.due_at - timezone.now()) / timedelta(minutes=1)))
    assert waits == [1, 2, 4, 8, 15, 15]


def test_one_worker_reads_at_a_time_and_who_lost_its_turn_writes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = a_chain(world, "bluesky")
    before = hear().cursor
    world.bluesky.delete(posts[1])
    Sweep.objects.update(due_at=timezone.now() + stream.LEASE)
    stream.go_on()
    assert Vanished.objects.count() == 0
    read = stream._read

    def overtaken(*args: Any) -> Any:
        told = read(*args)
        Sweep.objects.update(turn=F("turn") + 1)
        return told

    monkeypatch.setattr(stream, "_read", overtaken)
    assert hear().cursor == before
    assert Vanished.objects.count() == 0


def status() -> str:
    out = io.StringIO()
    call_command("compliance", stdout=out)
    return out.getvalue()


def test_the_command_says_how_the_stream_fares(world: World, settings: Settings) -> None:
    a_chain(world, "bluesky")
    hear()
    assert "stream        heard up to 20" in status()
    world.faults.add("jetstream", "error")
    hear()
    assert "trouble: Unreachable, 1 in a row; the rounds go on" in status()
    settings.BLUESKY_JETSTREAM_URL = ""
    stream.go_on()
    assert "stream        off" in status()
    assert hear().error == "NotConfigured"
