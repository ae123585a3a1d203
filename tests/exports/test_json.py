"""The JSON of a thread: the public format, key by key."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.core.piles import ALICE, BOB
from tests.exports.sample import PIER, QUOTE, THREAD, single
from unroller.core.posts import Gap, Media, Quote, Thread, Tombstone
from unroller.exports.json import export, facts, moment

PIER_SAID = {
    "type": "photo",
    "url": "https://social.example/pier.jpg",
    "alt": "The pier\nat night",
    "width": 800,
    "height": 600,
    "poster": None,
}


def quoted(quote: Quote) -> Any:
    return facts(single(quote=quote))["posts"][0]["quote"]


def test_the_thread_says_what_it_is() -> None:
    described = facts(THREAD)
    assert list(described) == [
        "source",
        "head_id",
        "url",
        "title",
        "author",
        "completeness",
        "post_count",
        "word_count",
        "reading_minutes",
        "posts",
    ]
    del described["posts"]
    assert described == {
        "source": "mastodon",
        "head_id": "1",
        "url": "https://social.example/alice/1",
        "title": "The keeper of the lamp",
        "author": {"handle": "alice", "name": "Alice Moreau"},
        "completeness": {"state": "partial", "reasons": ["gap", "cap"]},
        "post_count": 4,
        "word_count": 7 + 3 * 2,
        "reading_minutes": 1,
    }


def test_a_thread_without_reasons_is_complete() -> None:
    assert facts(single())["completeness"] == {"state": "complete", "reasons": []}


def test_the_main_line_comes_first_with_its_gaps_in_place_then_the_branches() -> None:
    assert [(each["id"], each["gap"], each["branch_of"]) for each in facts(THREAD)["posts"]] == [
        ("1", False, None),
        ("2", True, None),
        ("4", False, None),
        ("5", False, None),
        ("6", False, None),
        ("20", False, "4"),
        ("21", True, "4"),
        ("22", False, "4"),
        ("30", False, "4"),
        ("40", False, "5"),
    ]


def test_a_post_is_told_in_full() -> None:
    assert facts(THREAD)["posts"][2] == {
        "id": "4",
        "url": "https://social.example/alice/4",
        "created_at": "2026-03-01T12:04:00Z",
        "text": "Post 4.",
        "html": "<p>Post 4.</p>",
        "media": [
            PIER_SAID,
            {
                "type": "video",
                "url": "https://social.example/waves.mp4",
                "alt": "",
                "width": None,
                "height": None,
                "poster": "https://social.example/waves.jpg",
            },
        ],
        "quote": {
            "id": "90",
            "url": "https://social.example/bob/90",
            "author": {"handle": "bob", "name": "Bob Okafor"},
            "text": "Salt & fog",
            "media": [PIER_SAID],
        },
        "gap": False,
        "branch_of": None,
    }


def test_a_gap_of_a_post_whose_id_nobody_knows_has_none() -> None:
    unknown = Gap(posts=(Tombstone(id="", order=(1, "2")),))
    _, gap = facts(Thread(source="x", line=(THREAD.head, unknown)))["posts"]
    assert gap == {"id": None, "gap": True, "branch_of": None}


@pytest.mark.parametrize("author", [None, BOB])
def test_a_quote_that_cannot_be_shown_says_why_and_nothing_else(author: Any) -> None:
    quote = Quote(id="90", author=author, text="Secret", media=(PIER,), unavailable="It was deleted.")
    assert quoted(quote) == {"unavailable": "It was deleted."}


def test_a_post_without_a_quote_says_so() -> None:
    assert facts(single())["posts"][0]["quote"] is None
    assert quoted(QUOTE)["id"] == "90"


def test_without_words_ids_and_facts_are_left_and_nothing_that_anybody_said() -> None:
    described = facts(THREAD, words=False)
    assert described.keys() == facts(THREAD).keys() - {"title"}
    assert [each["id"] for each in described["posts"]] == [each["id"] for each in facts(THREAD)["posts"]]
    for each in described["posts"]:
        expected = {"id", "gap", "branch_of"} if each["gap"] else {"id", "url", "created_at", "gap", "branch_of"}
        assert each.keys() == expected
    said = export(THREAD, words=False).decode()
    assert not any(word in said for word in ("keeper", "Post 4", "pier.jpg", "Salt", "Heights", "Lamp"))


def test_the_export_is_utf_8_that_reads_back_as_the_facts() -> None:
    thread = single(text="Ψ 🧵 \u2028", author=ALICE, media=(Media(type="audio", url="https://a.example/ä"),))
    assert json.loads(export(thread)) == facts(thread)
    assert "🧵".encode() in export(thread)


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (datetime(2026, 3, 1, 12, 4, tzinfo=UTC), "2026-03-01T12:04:00Z"),
        (datetime(2026, 3, 1, 12, 4, 5, 678_900, UTC), "2026-03-01T12:04:05.678Z"),
        (datetime(2026, 3, 1, 5, tzinfo=timezone(timedelta(hours=-7))), "2026-03-01T12:00:00Z"),
    ],
)
def test_moments_are_utc(time: datetime, expected: str) -> None:
    assert moment(time) == expected
