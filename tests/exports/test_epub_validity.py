"""Books are valid: epubcheck finds not as much as a warning, whatever networks say."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.core.piles import ALICE, BOB, chain, post, thread_of
from tests.exports.books import check, opened, picture, said
from tests.exports.sample import PIER, QUOTE, THREAD, WAVES, single
from tests.exports.test_markdown import HOSTILE
from tests.exports.test_xhtml import anything, soup
from unroller.core.markup import safe
from unroller.core.posts import (
    Branch,
    Card,
    Emoji,
    Gap,
    Media,
    MediaType,
    Option,
    Person,
    Poll,
    Post,
    Quote,
    Thread,
    Tombstone,
)
from unroller.exports.epub import bundle, export

PICTURES = {PIER.url: picture(), WAVES.poster: picture("navy", "png"), "https://a.example/b.png": picture("red", "png")}
COVER = picture("beige", "jpeg", 60, 90).data
MARKUP = (
    "<h1><p>Salt</p></h1><p>a<ul><li>b<blockquote>c<ol start=3 reversed><li value=7>d</ol></blockquote></ul>"
    "<em><pre>e\n<code>f</code></pre></em><a href='https://a.example/ä b?|[]#x'><p>g</p></a> :blob:<br><li>h<u>i</u>"
)
KINDS: tuple[MediaType, ...] = ("photo", "video", "gif", "audio")


def hostile(said: str) -> Thread:
    """The same words in every place that a network can fill."""
    evil: Any = replace(ALICE, name=said, handle=said, url=said, avatar=said, emojis=(Emoji(shortcode=said, url=said),))
    made = safe(said)
    media = tuple(Media(type=kind, url=said, alt=said, poster=said) for kind in KINDS)
    shown = replace(PIER, alt=said)
    quote = Quote(
        id=said, url=said, author=evil, text=said, html=made.html, lang=said, warning=said, media=(shown, *media)
    )
    head = post(
        1,
        by=evil,
        id=said,
        path=said,
        url=said,
        text=said,
        html=made.html,
        lang=said,
        warning=said,
        media=(shown, *media),
        poll=Poll(options=(Option(label=said), Option(label=said, votes=-1))),
        card=Card(url=said, title=said, description=said, image=said, label=said),
        quote=quote,
        emojis=(Emoji(shortcode=said, url=said),),
    )
    gap = Gap(posts=(Tombstone(id=said, order=(1, said)),))
    return Thread(source=said, line=(head, gap), branches=(Branch(parent_id=said, entries=(head,)),), context=quote)


@settings(deadline=None, max_examples=60)
@given(anything | soup | st.sampled_from(HOSTILE))
def test_whatever_networks_say_every_file_is_well_formed(said: str) -> None:
    opened(export(hostile(said), PICTURES, address=said))
    opened(bundle([(hostile(said), said)], {said: picture()}, title=said))


@settings(deadline=None)
@given(soup)
def test_markup_that_no_code_of_ours_made_is_well_formed_all_the_same(source: str) -> None:
    opened(export(single(html=source, quote=replace(QUOTE, html=source)), PICTURES))


def test_a_book_with_everything_in_it_is_valid(tmp_path: Path) -> None:
    emoji = Emoji(shortcode="blob", url="https://a.example/b.png")
    poll = Poll(options=(Option(label="Lamp :blob:", votes=3), Option(label="Bell", votes=0)))
    html = safe(MARKUP, emojis={"blob": emoji.url}).html
    more = post(
        60, 6, html=html, lang="en", poll=poll, emojis=(emoji,), media=(replace(WAVES, poster=""),), edited=True
    )
    thread = replace(THREAD, line=(*THREAD.line, more), context=QUOTE, updates=("60",))
    check(export(thread, PICTURES, cover=COVER, address="https://unroller.example/thread/x/1"), tmp_path)


def test_a_book_from_right_to_left_is_valid(tmp_path: Path) -> None:
    author = Person(id="1", handle="noa", name="נועה ברק", url="https://social.example/noa")
    words: dict[str, Any] = {"text": "המפתח הראשון", "html": "<p>המפתח הראשון</p>", "lang": "iw", "direction": "rtl"}
    line = (post(1, by=author, **words), post(2, 1, by=author, **words, media=(PIER,)))
    check(export(Thread(source="bluesky", line=line), PICTURES), tmp_path)


def test_long_books_and_bundles_are_valid(tmp_path: Path) -> None:
    long = thread_of(chain(1, 250))
    line: tuple[Post, ...] = (post(7, by=BOB, lang="zh-hant-tw"),)
    threads = [(long, "https://unroller.example/thread/x/1"), (Thread(source="x", line=line), ""), (THREAD, "")]
    check(bundle(threads, PICTURES, title="Your week", cover=COVER), tmp_path)


def test_a_book_of_hostile_words_is_valid(tmp_path: Path) -> None:
    threads = [
        (hostile(words), "") for words in [*HOSTILE, MARKUP, "https://a_b.example/|^`{}", "\x00\ud800\uffff", "]]>"]
    ]
    check(bundle(threads, PICTURES, title="<b>&"), tmp_path)


@pytest.mark.parametrize("words", ["x" * 10_000, "日" * 10_000, "", " \n "])
def test_strange_lengths_make_a_book(words: str) -> None:
    made = opened(export(single(text=words, html=safe(words).html), {}))
    assert "".join(said(made.trees["thread-1-1.xhtml"]).split()).count(words.strip() or "@alice")
