"""What somebody typed on X, and whom they named in it: the handles that replies carry are nobody's words."""

from typing import Any

import pytest

from unroller.sources.x.words import typed

URL = {"start": 20, "end": 43, "url": "https://t.co/aaaaaaaaaa", "expanded_url": "https://x.com/ana/status/12"}


def reply(text: str, **more: Any) -> dict[str, Any]:
    return {"id": "2", "text": text, "referenced_tweets": [{"type": "replied_to", "id": "1"}], **more}


def test_a_name_that_was_typed_is_named() -> None:
    said = typed(reply("@ana @Unroller unroll", display_text_range=[5, 21]))
    assert (said.text, said.names) == ("@Unroller unroll", frozenset({"unroller"}))


def test_a_name_that_the_reply_carries_is_not() -> None:
    said = typed(reply("@ana @unroller unroll", display_text_range=[15, 21]))
    assert (said.text, said.names) == ("unroll", frozenset())


def test_without_a_range_no_leading_name_counts() -> None:
    assert typed(reply("@ana @unroller unroll")).names == frozenset()
    assert typed(reply("@ana please @unroller unroll")).names == {"unroller"}


@pytest.mark.parametrize("start", [4, 13, 14, 90])
def test_a_range_that_begins_nowhere_makes_no_carried_name_a_typed_one(start: int) -> None:
    assert typed(reply("@ana @unroller unroll", display_text_range=[start, 21])).names == frozenset()


def test_the_whole_text_of_a_long_post_counts() -> None:
    said = typed({"id": "2", "text": "cut", "note_tweet": {"text": "long words, then @unroller unroll"}})
    assert said.names == {"unroller"}


def test_links_stand_in_full() -> None:
    post = {"id": "2", "text": "@unroller unroll it https://t.co/aaaaaaaaaa now", "entities": {"urls": [URL]}}
    assert typed(post).text == "@unroller unroll it https://x.com/ana/status/12 now"


def test_its_own_pictures_are_no_link() -> None:
    own = URL | {"expanded_url": "https://x.com/bob/status/2/photo/1"}
    assert typed(
        {"id": "2", "text": "@unroller unroll it https://t.co/aaaaaaaaaa", "entities": {"urls": [own]}}
    ).text == ("@unroller unroll it")
