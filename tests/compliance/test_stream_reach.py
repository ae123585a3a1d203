"""How far Bluesky's stream reaches: gaps in time, and more people than one connection can ask for."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.compliance.hearing import asked_for_later, hear, in_the_past, is_due, subscriptions
from tests.compliance.test_rounds import WORDS, a_chain, texts
from tests.sandbox.world import World
from unroller.actions.compliance import stream
from unroller.models import Author, Thread, Vanished
from unroller.sources.bluesky import jetstream

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox", "lively")]


@pytest.mark.parametrize(
    ("away", "is_gap"),
    [(timedelta(minutes=1), False), (timedelta(hours=3), True), (timedelta(hours=40), True)],
    ids=["a-minute", "a-quiet-while", "longer-than-it-is-kept"],
)
def test_of_time_that_the_stream_cannot_vouch_for_everything_is_asked_at_once(
    world: World, away: timedelta, is_gap: bool, caplog: pytest.LogCaptureFixture
) -> None:
    a_chain(world, "bluesky")
    hear()
    in_the_past(away)
    asked_for_later()
    world.bluesky.events._entries.clear()
    with caplog.at_level(logging.WARNING):
        row = hear()
    assert is_due() == is_gap
    assert ("gap" in caplog.text) == is_gap
    assert jetstream.now() - int(row.cursor) < 60_000_000
    asked_for_later()
    hear()
    assert not is_due()


def test_a_cursor_that_the_server_moves_is_noticed(world: World) -> None:
    """It kept less than it says: the first event is from long after the cursor."""
    posts = a_chain(world, "bluesky")
    hear()
    in_the_past(timedelta(hours=30))
    asked_for_later()
    world.bluesky.delete(posts[1])
    hear()
    assert (texts(), is_due()) == ([WORDS[0], WORDS[2]], True)


def test_more_people_than_fit_into_a_connection_are_asked_for_on_several(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MOST_DIDS", 2)
    chains = [a_chain(world, "bluesky", f"person{number}") for number in range(5)]
    hear()
    assert sorted(map(len, subscriptions(world))) == [1, 2, 2]
    for chain in chains:
        world.bluesky.delete(chain[0])
    hear()
    assert set(Thread.objects.values_list("removed", flat=True)) == {"Gone"}


def test_one_more_than_ten_thousand_need_a_second_connection(world: World) -> None:
    a_chain(world, "bluesky")
    people = [
        Author(source="bluesky", network_id=f"did:plc:{number:024d}", handle=str(number)) for number in range(10_000)
    ]
    Author.objects.bulk_create(people)
    now = timezone.now()
    made = [Thread(source="bluesky", path=each.network_id, author=each) for each in people]
    for each in made:
        each.posted_at = each.changed_at = each.fetched_at = now
        each.document = {}
    Thread.objects.bulk_create(made)
    row = hear()
    assert sorted(map(len, subscriptions(world))) == [1, 10_000]
    assert row.error == ""


def test_where_one_connection_fails_the_cursor_stays_for_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MOST_DIDS", 1)
    chains = [a_chain(world, "bluesky", f"person{number}") for number in range(3)]
    before = hear().cursor
    for chain in chains:
        world.bluesky.delete(chain[0])
    world.faults.add("jetstream", "error", skip=1)
    row = hear()
    assert (row.cursor, row.error, row.failures) == (before, "Unreachable", 1)
    assert Thread.objects.filter(removed="Gone").count() == 1
    assert hear().failures == 0
    assert Thread.objects.filter(removed="Gone").count() == 3
    assert Vanished.objects.count() == 3
