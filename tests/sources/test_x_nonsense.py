"""Whatever X sends, parsing and fetching end in a pile or in one of our own errors."""

import copy
import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from tests.sources.x_bodies import BO, HEAD, PEOPLE, SOURCE, missing, post, raw, reply
from tests.sources.x_reading import LONG_AGO, Visitor
from unroller.core.assemble import assemble
from unroller.core.errors import BadAnswer, UnrollError
from unroller.sources.recording import Exchange, Raw

SHORT = "https://t.co/AbCdEfGhIj"
NEXT = "1849000000000000009"
QUOTED = "1848000000000000000"
WRONG: tuple[object, ...] = (
    None,
    0,
    -1,
    2**70,
    1.5,
    True,
    "",
    "x",
    "\ud800",
    "9" * 400,
    [],
    [None],
    [[]],
    {},
    {"id": []},
    "a" * 200_000,
)
RICH = {
    "data": [
        {
            **post(f"#One &amp; two @bo_b {SHORT}"),
            "entities": {
                "urls": [{"start": 21, "end": 44, "url": SHORT, "expanded_url": "https://e.example", "title": "T"}],
                "mentions": [{"start": 15, "end": 20, "username": "bo_b", "id": BO}],
                "hashtags": [{"start": 0, "end": 4, "tag": "One"}],
            },
            "attachments": {"media_keys": ["7_1"], "poll_ids": ["9"]},
            "note_tweet": {"text": "One & two #three", "entities": {"hashtags": [{"start": 10, "end": 16}]}},
            "article": {"title": "T", "cover_media": "3_1"},
            "withheld": {"copyright": False, "country_codes": ["IN"]},
            "public_metrics": {"reply_count": 3},
            "referenced_tweets": [{"type": "quoted", "id": QUOTED}],
        },
        {**reply("Two.", NEXT), "display_text_range": [0, 4], "lang": "en", "possibly_sensitive": False},
    ],
    "includes": {
        "users": PEOPLE,
        "tweets": [post("Quoted.", QUOTED, author_id=BO, conversation_id=QUOTED)],
        "media": [
            {
                "media_key": "7_1",
                "type": "video",
                "variants": [{"content_type": "video/mp4", "url": "https://video.example/v.mp4"}],
                "duration_ms": 1,
                "width": 2,
            },
            {"media_key": "3_1", "type": "photo", "url": "https://pbs.example/1.jpg"},
        ],
        "polls": [{"id": "9", "options": [{"position": 1, "label": "Tea", "votes": 3}], "end_datetime": "2024"}],
    },
    "errors": [missing("1849000000000000004")],
    "meta": {"result_count": 2},
}


class TestNonsense:
    def test_no_broken_value_anywhere_breaks_anything(self) -> None:
        tried = 0
        for path in paths(RICH):
            for wrong in WRONG:
                body = copy.deepcopy(RICH)
                put(body, path, wrong)
                tried += 1
                try:
                    found = SOURCE.parse(Raw(source="x", key=HEAD, exchanges=[Exchange("u", 200, body)]))
                except UnrollError:
                    continue
                assert found.anchor_id in {each.id for each in found.posts}
                assert msgspec.json.encode(assemble(found).thread)
        assert tried > 1_000

    @pytest.mark.parametrize("body", [None, [], "text", 5, {}, {"data": None}, {"data": [None, 5]}, {"data": [{}]}])
    def test_a_body_without_the_post_is_a_bad_answer(self, body: Any) -> None:
        with pytest.raises(BadAnswer):
            SOURCE.parse(Raw(source="x", key=HEAD, exchanges=[Exchange("u", 200, body)]))

    @pytest.mark.parametrize("key", ["", "none", "../..", HEAD + "0"])
    def test_a_recording_of_another_post_is_a_bad_answer(self, key: str) -> None:
        with pytest.raises(BadAnswer):
            SOURCE.parse(raw(post("One."), key=key))


def test_a_fetch_goes_on_or_ends_in_an_error_of_ours_whatever_an_answer_holds() -> None:
    dice = random.Random(8)
    with Visitor() as visitor:
        visitor.x.windows.enforced = False
        quoted = visitor.x.post("bo", "Quoted.", at=LONG_AGO)
        head = visitor.x.post("ana", "Tow.", at=LONG_AGO, quote=quoted)
        second = visitor.x.post("ana", "Two.", under=visitor.x.edit(head, "One."))
        visitor.x.delete(visitor.x.post("ana", "Three.", under=second))
        whole = visitor.read(second).raw
        places = [(number, path) for number, each in enumerate(whole.exchanges) for path in paths(each.body)]
        for number, path in dice.sample(places, 120):
            body = copy.deepcopy(whole.exchanges[number].body)
            put(body, path, dice.choice(WRONG))
            broken = Exchange(whole.exchanges[number].url, 200, body)
            recording = Raw(source="x", key=whole.key, exchanges=[*whole.exchanges[:number], broken])
            with suppress(UnrollError):
                assert msgspec.json.encode(visitor.read(second, raw=recording).pile)


def paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in inside:
        yield (*above, key)
        yield from paths(entry, (*above, key))


def put(value: Any, path: tuple[Any, ...], entry: object) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = entry
