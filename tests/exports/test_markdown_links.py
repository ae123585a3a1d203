"""Links of a thread as Markdown: by number, their addresses at the foot, and leading where they led."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from tests.exports.sample import QUOTE, single
from tests.exports.test_markdown import HOSTILE, front, pages
from unroller.core.markup import safe
from unroller.core.posts import Card, Media
from unroller.core.text import Entity, compose, is_web
from unroller.exports.markdown import export
from unroller.exports.markup import from_html, link

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
LINK = "https://pier.example/a"

sign = st.sampled_from([*"()<>[]`\\&#*_~!|\"'%;:.,=?/", "&copy;", "&amp;", "%28", "](", "]: ", "\\)", "<!--"])
addresses = st.lists(sign | st.text(max_size=3), max_size=12).map(lambda parts: "https://a.example/" + "".join(parts))
labels = st.lists(sign | st.text(max_size=3), min_size=1, max_size=6).map("".join)


def linked(label: str, address: str) -> str:
    """Safe HTML of a post with two links, as networks' entities make it."""
    entities = [Entity(2, 3, "link", address, label), Entity(6, 7, "link", LINK, "pier")]
    return compose("a b c d e", entities, escaped=False).html


def rendered(markdown: str) -> str:
    return str(PARSER.render(markdown))


def body(**changes: Any) -> str:
    """What a parser makes of an export, without front matter and heading."""
    markdown = export(single(url="", **changes))
    return rendered(markdown.split("\n---\n", 1)[1]).split("</h1>\n", 1)[1]


def check_same(html: str) -> None:
    """A page with links by number is the page with the links written out."""
    assert body(html=html) == rendered(f"**1**\n\n{from_html(html)}")


@settings(deadline=None, max_examples=300)
@given(labels, addresses)
def test_links_by_number_are_the_links_that_were_written(label: str, address: str) -> None:
    check_same(linked(label, address))


@pytest.mark.parametrize("said", HOSTILE)
def test_a_hostile_label_does_not_break_its_number(said: str) -> None:
    check_same(linked(said, f"{LINK}?{''.join(said.split())}"))


@settings(deadline=None, max_examples=200)
@given(pages)
def test_any_markup_is_the_same_with_numbers(source: str) -> None:
    check_same(safe(source).html)


@settings(deadline=None)
@given(addresses)
def test_an_address_at_the_foot_is_one_line(address: str) -> None:
    told = export(single(url="", html="", card=Card(url=address, title="Pier")))
    assert told.count("\n[1]: ") == (1 if is_web(address) else 0)
    assert not told.split("\n[1]: ")[-1].removesuffix("\n").count("\n") or not is_web(address)


def test_an_address_has_one_number_wherever_it_is_named() -> None:
    words = compose("see pier", [Entity(4, 8, "link", LINK)], escaped=False)
    card, quote = Card(url=LINK, title="Pier"), replace(QUOTE, html=words.html, media=())
    told = export(single(text=words.text, html=words.html, card=card, quote=quote)).split("\n\nsee ", 1)[1]
    assert told == (
        "[pier][1]\n\n[Pier][1]\n\n> [Bob Okafor][2] @bob\n>\n> see [pier][1]\n\n"
        f"[1]: {LINK}\n[2]: https://social.example/bob/90\n"
    )


def test_words_that_look_like_a_number_of_ours_lead_nowhere() -> None:
    words = compose("pier [1] [pier][1] ![x][1] [1]: https://evil.example", [Entity(0, 4, "link", LINK)], escaped=False)
    assert body(html=words.html).count(f'href="{LINK}"') == 1
    assert "<img" not in body(html=words.html)
    assert 'href="https://evil' not in body(html=words.html)


def test_pictures_stay_in_their_place_and_a_stream_leads_to_its_post() -> None:
    photo = Media(type="photo", url="https://a.example/1.jpg", alt="Fog")
    stream = Media(type="video", url="https://a.example/1.m3u8", streamed=True)
    told = export(single(media=(photo, stream)))
    assert told.endswith("![Fog](https://a.example/1.jpg)\n\n[Video][1]\n\n[1]: https://social.example/alice/1\n")


def test_a_thread_without_links_has_no_foot() -> None:
    assert export(single()).endswith("\n\nPost 1.\n")


def test_what_the_thread_answers_comes_before_it() -> None:
    told = export(replace(single(), context=replace(QUOTE, media=())))
    assert "\n\nIn reply to:\n\n> [Bob Okafor][1] @bob\n>\n> Salt & fog  \n> and more\n\n**[1](https" in told


def test_tags_are_in_the_front_matter_as_notebooks_know_them() -> None:
    assert front(export(single(), tags=["#night trains", "fog", " \n", '"\n---']))["tags"] == [
        "night-trains",
        "fog",
        '"----',
    ]
    assert "tags" not in front(export(single()))


def test_a_link_that_stands_alone_is_written_out() -> None:
    assert from_html(linked("pier", LINK)) == f"a {link('pier', LINK)} c {link('pier', LINK)} e"
