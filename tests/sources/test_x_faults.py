"""What X refuses, and how a fetch goes on afterwards."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.sources.x_reading import LONG_AGO, Visitor, ids
from unroller.core.errors import (
    BadAnswer,
    Gone,
    NotConfigured,
    OutOfCredits,
    Protected,
    RateLimited,
    Suspended,
    Unreachable,
    UnrollError,
)
from unroller.sources.recording import Exchange, Raw


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    with Visitor() as visitor:
        yield visitor


def thread_of(visitor: Visitor, count: int = 4) -> list[str]:
    start = datetime.now(UTC) - timedelta(days=1)
    return ids(visitor.x.thread("ana", [f"Post {n}." for n in range(1, count + 1)], start=start))


@pytest.mark.parametrize("kind", ["rate-limited", "rate-limited-old-shape"])
@pytest.mark.parametrize("skip", [0, 1, 2, 3])
def test_a_rate_limit_names_its_end_and_the_same_plan_goes_on_from_there(
    visitor: Visitor, kind: str, skip: int
) -> None:
    thread = thread_of(visitor, 250)
    visitor.world.faults.add("x", kind, skip=skip, seconds=90)  # type: ignore[arg-type]
    raw = Raw(source="x", key=thread[100])
    with pytest.raises(RateLimited) as caught:
        visitor.read(thread[100], raw=raw)
    assert timedelta(seconds=60) < caught.value.until - datetime.now(UTC) < timedelta(seconds=120)
    assert caught.value.network == "X"
    kept = msgspec.json.decode(msgspec.json.encode(raw), type=Raw)
    assert len(kept.exchanges) == skip
    reading = visitor.read(thread[100], raw=kept)
    assert reading.ids == thread
    assert len(reading.calls) == 5 - skip
    assert reading.ledger.spent == reading.reads


@pytest.mark.parametrize(
    ("kind", "error"),
    [("out-of-credits", OutOfCredits), ("spend-cap", OutOfCredits), ("error-html", Unreachable), ("html", BadAnswer)],
)
@pytest.mark.parametrize("path", ["tweets$", "search"])
def test_a_refusal_is_not_kept_so_a_later_attempt_asks_again(
    visitor: Visitor, kind: str, error: type[UnrollError], path: str
) -> None:
    thread = thread_of(visitor)
    visitor.world.faults.add("x", kind, path=path, times=2)  # type: ignore[arg-type]
    raw = Raw(source="x", key=thread[2])
    with pytest.raises(error) as caught:
        visitor.read(thread[2], raw=raw)
    assert not caught.value.permanent
    assert caught.value.network == "X"
    visitor.world.faults.clear()
    assert visitor.read(thread[2], raw=raw).ids == thread


def test_a_single_503_is_bridged_by_the_retry(visitor: Visitor) -> None:
    thread = thread_of(visitor)
    visitor.world.faults.add("x", "error-html", path="search")
    assert visitor.read(thread[0]).ids == thread


def test_a_refused_token_says_that_x_is_not_set_up(visitor: Visitor) -> None:
    thread = thread_of(visitor)
    with pytest.raises(NotConfigured) as caught:
        visitor.read(thread[0], visitor.source(bearer="wrong"))
    assert "401" in str(caught.value)


def test_a_wrong_address_is_no_missing_post(visitor: Visitor) -> None:
    thread = thread_of(visitor)
    visitor.world.faults.add("x", "error-empty", status=404)
    with pytest.raises(BadAnswer, match="X_API_URL"):
        visitor.read(thread[0])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda x, post: x.delete(post), Gone),
        (lambda x, post: x.protect(post.author), Protected),
        (lambda x, post: x.suspend(post.author), Suspended),
    ],
    ids=["deleted", "protected", "suspended"],
)
@pytest.mark.parametrize("dialect", ["legacy", "new"])
def test_errors_inside_a_200_say_why_there_is_no_post(
    visitor: Visitor, change: Callable[..., None], error: type[UnrollError], dialect: str
) -> None:
    post = visitor.x.post("ana", "Here today.", at=LONG_AGO)
    change(visitor.x, post)
    with pytest.raises(error) as caught:
        visitor.read(post, visitor.source(dialect=dialect))  # type: ignore[arg-type]
    assert caught.value.permanent
    assert len(visitor.world.log.of("x")) == 1


def test_a_post_that_never_was_is_gone(visitor: Visitor) -> None:
    with pytest.raises(Gone):
        visitor.read("https://x.com/nobody/status/1234567890123456789")


def test_fields_that_x_drops_without_a_word_make_us_change_the_vocabulary(visitor: Visitor) -> None:
    thread = thread_of(visitor)
    raw = stripped(visitor.read(thread[2]).raw, "author_id", calls=1)
    reading = visitor.read(thread[2], raw=raw)
    assert reading.ids == thread
    assert all("post.fields" in call.query for call in reading.calls)


def test_posts_that_cannot_be_placed_in_either_vocabulary_are_a_bad_answer_and_not_kept(visitor: Visitor) -> None:
    thread = thread_of(visitor)
    for field in ("author_id", "conversation_id", "referenced_posts"):
        old = stripped(visitor.read(thread[2]).raw, field.replace("posts", "tweets"), calls=1)
        new = stripped(visitor.read(thread[2], visitor.source(dialect="new")).raw, field, calls=1)
        raw = Raw(source="x", key=thread[2], exchanges=[*old.exchanges, *new.exchanges])
        with pytest.raises(BadAnswer):
            visitor.read(thread[2], raw=raw)
        assert len(raw.exchanges) == 1


def test_a_search_whose_posts_cannot_be_placed_is_a_bad_answer(visitor: Visitor) -> None:
    thread = thread_of(visitor)
    whole = visitor.read(thread[0]).raw
    raw = stripped(whole, "referenced_tweets", calls=2)
    with pytest.raises(BadAnswer):
        visitor.read(thread[0], raw=raw)
    assert visitor.read(thread[0], raw=raw).ids == thread


def stripped(raw: Raw, field: str, *, calls: int) -> Raw:
    """The first answers of a recording without one field of their posts."""
    return Raw(
        source=raw.source,
        key=raw.key,
        exchanges=[Exchange(each.url, each.status, without(each.body, field)) for each in raw.exchanges[:calls]],
    )


def without(value: object, field: str) -> object:
    """The same without a field, however deep it lies."""
    if isinstance(value, list):
        return [without(entry, field) for entry in value]
    if isinstance(value, dict):
        return {name: without(entry, field) for name, entry in value.items() if name != field}
    return value
