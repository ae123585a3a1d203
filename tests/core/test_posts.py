"""Threads survive storing: everything a post can hold comes back from plain JSON data as it was."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from tests.core.piles import ALICE, BEGINNING, BOB, chain, post, thread_of, tombstone
from unroller.core.posts import (
    Branch,
    Card,
    Emoji,
    Gap,
    Media,
    Option,
    Poll,
    Post,
    Quote,
    Thread,
    from_document,
    to_document,
)

BLOB = Emoji(shortcode="blob", url="https://social.example/blob.png")
FULL = Thread(
    source="mastodon",
    line=(
        Gap(posts=(tombstone(1), tombstone(2, 1, aliases=("9",)))),
        post(
            3,
            2,
            author=msgspec.structs.replace(ALICE, avatar="https://a.example", bio="x", unlisted=True, emojis=(BLOB,)),
            time=datetime(2026, 3, 1, 12, 0, 0, 123456, UTC),
            text='\u202e<b>&"\\ 🧵\u2028',
            lang="ar",
            direction="rtl",
            media=(
                Media(type="photo", url="https://a.example/1", alt="Pier", width=4_000, height=3_000),
                Media(
                    type="video", url="https://a.example/2", poster="https://a.example/3", seconds=1.5, streamed=True
                ),
            ),
            poll=Poll(options=(Option(label="Yes", votes=3), Option(label="No")), ends_at=BEGINNING, multiple=True),
            card=Card(url="https://a.example", title="Pier", description="x", image="https://a.example/4", label="a"),
            quote=Quote(id="90", author=BOB, created_at=BEGINNING, text="x", media=(Media(type="gif", url="y"),)),
            warning="Heights",
            sensitive=True,
            edited=True,
            emojis=(BLOB,),
            replies=7,
            aliases=("8",),
            repost_of="",
        ),
        post(4, 3),
    ),
    branches=(Branch(parent_id="3", entries=(post(5, 3), Gap(posts=(tombstone(6),)))),),
    updates=("4",),
    context=Quote(id="80", unavailable="Gone."),
    reasons=("gap", "numbering"),
)


def test_everything_comes_back_as_it_was() -> None:
    assert from_document(to_document(FULL)) == FULL


def test_a_document_is_what_a_database_gives_back() -> None:
    document = to_document(FULL)
    assert json.loads(json.dumps(document)) == document
    assert from_document(json.loads(json.dumps(document, sort_keys=True))) == FULL


def test_what_a_post_does_not_have_takes_no_room() -> None:
    (head,) = to_document(thread_of([post(1)]))["line"]
    assert not head.keys() & {"poll", "media", "quote", "aliases", "warning"}


def test_times_of_other_zones_stay_the_same_moment() -> None:
    elsewhere = BEGINNING.astimezone(timezone(timedelta(hours=-7)))
    stored = from_document(to_document(thread_of([post(1, created_at=elsewhere)])))
    assert stored.head.created_at == BEGINNING


@pytest.mark.parametrize(
    "document", [{}, [], None, {"source": "x"}, {"source": "x", "line": [{"kind": "post"}]}, {"source": 7, "line": []}]
)
def test_what_is_no_thread_is_refused(document: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        from_document(document)


def test_a_thread_knows_its_head_its_author_and_all_its_posts() -> None:
    assert FULL.head.id == "3"
    assert FULL.author.id == "alice"
    assert [each.id for each in FULL.posts_of_line] == ["3", "4"]
    assert [each.id for each in FULL.posts] == ["3", "4", "5"]
    assert [each.id for each in FULL.tombstones] == ["1", "2", "6"]
    assert [isinstance(entry, Post) for entry in FULL.entries] == [False, True, True, True, False]


def test_posts_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        chain(1, 1)[0].text = "other"  # type: ignore[misc]


def test_hidden_votes_count_as_none() -> None:
    assert Poll(options=(Option(label="a", votes=3), Option(label="b"))).votes == 3


def test_a_posts_opening_is_its_words_or_its_warning_and_never_what_is_folded() -> None:
    assert post(1, text="The pier").opening == "The pier"
    assert post(1, text="The pier", warning="Heights").opening == "Content warning: Heights"
