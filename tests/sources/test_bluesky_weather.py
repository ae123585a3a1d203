"""Bluesky in bad weather: limits, servers that are down, odd and broken answers."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.bluesky.model import Post as Written
from tests.sources.keyless_reading import Visitor
from unroller.core.errors import BadAnswer, RateLimited, Unreachable, UnrollError
from unroller.sources.recording import Raw

TREE = "getPostThread"


def texts(posts: list[Written]) -> list[str]:
    return [post.text for post in posts]


def ids(posts: list[Written]) -> list[str]:
    return [post.uri for post in posts]


def lamps(visitor: Visitor, handle: str, count: int, *, under: Written | None = None) -> list[Written]:
    return visitor.bluesky.thread(handle, [f"Lamp {number} is lit." for number in range(1, count + 1)], under=under)


def test_a_thread_with_nothing_missing_is_complete_without_the_authors_server(visitor: Visitor) -> None:
    thread = lamps(visitor, "serverless.example", 3)
    visitor.world.faults.add("pds", "close", times=-1)
    assert visitor.read(visitor.bluesky.link(thread[0])).thread.reasons == ()


def test_a_server_of_the_author_that_is_down_makes_the_thread_partial_not_impossible(visitor: Visitor) -> None:
    thread = lamps(visitor, "homeless.example", 8)
    visitor.bluesky.delete(thread[4])
    visitor.world.faults.add("pds", "close", times=-1)
    reading = visitor.read(visitor.bluesky.link(thread[0]))
    assert reading.texts == texts(thread[:4])
    assert reading.thread.reasons == ("source-limit",)
    assert visitor.read(visitor.bluesky.link(thread[6])).texts == [*texts(thread[:4]), "-", *texts(thread[5:])]


def test_a_server_of_the_author_that_asks_to_wait_does_not_stop_bluesky(visitor: Visitor) -> None:
    thread = lamps(visitor, "busy.example", 4)
    visitor.bluesky.delete(thread[2])
    visitor.world.faults.add("pds", "rate-limited", times=-1, seconds=3600)
    assert visitor.read(visitor.bluesky.link(thread[0])).thread.reasons == ("source-limit",)


def test_a_rate_limit_in_the_middle_is_gone_on_from(visitor: Visitor) -> None:
    thread = lamps(visitor, "limited.example", 500)
    visitor.world.faults.add("appview", "rate-limited", path=TREE, skip=3)
    link = visitor.bluesky.link(thread[499])
    raw = Raw(source="bluesky", key=f"limited.example/{thread[499].rkey}")
    with pytest.raises(RateLimited) as caught:
        visitor.read(link, raw=raw)
    assert timedelta(0) < caught.value.until - datetime.now(UTC) <= timedelta(seconds=61)
    before = {exchange.url for exchange in raw.exchanges}
    reading = visitor.read(link, raw=raw)
    assert reading.texts == texts(thread)
    assert len(reading.calls) == len(raw.exchanges) - len(before)


def test_a_post_deleted_while_the_thread_is_read_becomes_a_gap(visitor: Visitor) -> None:
    thread = lamps(visitor, "during.example", 300)
    visitor.world.faults.at_call("appview", 2, lambda: visitor.bluesky.delete(thread[90]), path=TREE)
    reading = visitor.read(visitor.bluesky.link(thread[0]))
    assert reading.texts == [*texts(thread[:90]), "-", *texts(thread[91:])]


def test_a_tree_too_large_to_read_is_made_up_for_by_the_authors_server(visitor: Visitor) -> None:
    thread = lamps(visitor, "famous.example", 30)
    visitor.world.faults.add("appview", "huge", path=TREE, times=1, megabytes=17)
    reading = visitor.read(visitor.bluesky.link(thread[0]))
    assert reading.texts == texts(thread)
    assert reading.thread.reasons == ()


@pytest.mark.parametrize(
    ("kind", "error"),
    [("html", BadAnswer), ("error", Unreachable), ("error-html", Unreachable), ("close", Unreachable)],
)
def test_bad_weather_has_one_sentence(visitor: Visitor, kind: str, error: type[UnrollError]) -> None:
    thread = lamps(visitor, f"weather-{kind}.example", 2)
    visitor.world.faults.add("appview", kind, times=-1)  # type: ignore[arg-type]
    with pytest.raises(error) as caught:
        visitor.read(visitor.bluesky.link(thread[0]))
    assert caught.value.for_reader.startswith("Bluesky ")
    assert not caught.value.permanent


@pytest.mark.parametrize("kind", ["disorder", "duplicates", "invalid-utf8", "drip", "too-long-length"])
def test_odd_answers_are_read_or_refused_in_plain_words(visitor: Visitor, kind: str) -> None:
    thread = lamps(visitor, f"odd-{kind}.example", 7)
    visitor.world.faults.add("appview", kind, times=-1, seconds=0.2)  # type: ignore[arg-type]
    try:
        assert visitor.read(visitor.bluesky.link(thread[5])).ids == ids(thread)
    except Unreachable:
        assert kind in {"invalid-utf8", "too-long-length"}
