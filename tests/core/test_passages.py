"""Passages: counted as a browser counts, found again wherever their words went."""

import html
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unroller.core import passages
from unroller.core.markup import safe
from unroller.core.passages import (
    Place,
    bare,
    digest,
    locate,
    quoted,
    read,
    readable,
    selected,
    standing,
    trimmed,
    visible,
)
from unroller.core.text import compose

letters = st.text(st.sampled_from("ab \n👩‍👧é"), max_size=12)
words = st.text(st.sampled_from("abc d👩"), min_size=1, max_size=6)
PIECES = ["<p>", "</p>", "<br>", "<b>", "<a href='https://a.b'>", "</a>", "<pre>", "&", "x", " ", "<", "👧"]
sources = st.lists(st.sampled_from(PIECES)).map("".join)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>two</p>", "Onetwo"),
        ("<p>One<br>two</p>", "Onetwo"),
        ("<p>R&amp;D &lt;3 &#x27;s</p>", "R&D <3 's"),
        ('<p>See <a href="https://a.b"><bdi>a.b/…</bdi></a>, now</p>', "See a.b/…, now"),
        ('<p>Hi <img class="emoji" alt=":cat:" src="https://a.b/c.png"> there</p>', "Hi  there"),
        ("<ul><li>One</li><li>two</li></ul>", "Onetwo"),
        ("<pre>\na\n b</pre>", "a\n b"),
        ("<pre><code>\na</code></pre>", "\na"),
        ("<p>a\u2028b</p>", "a b"),
        ("", ""),
    ],
)
def test_words_are_what_a_browser_calls_text_content(markup: str, text: str) -> None:
    assert visible(markup) == text


@given(sources)
def test_nothing_is_lost_of_any_markup_of_ours(source: str) -> None:
    for markup in (safe(source).html, compose(source, [], escaped=False).html):
        assert visible(markup) == html.unescape(re.sub(r"<[^>]*>", "", markup))


def test_a_passage_is_counted_in_code_points() -> None:
    text = visible("<p>👩‍👩‍👧 wrote שלום to me</p>")
    assert locate(text, "שלום", near=0) == Place(12, 4)


def test_a_kept_passage_knows_its_lines_and_paragraphs() -> None:
    post = read("<p>One<br>two</p><p>three</p><ul><li>four</li><li>five</li></ul>")
    kept = quoted(post, Place(1, len(post.text) - 2))
    assert kept == "ne\u2028two\u2029three\u2029four\u2028fiv"
    assert readable(kept) == "ne\ntwo\n\nthree\n\nfour\nfiv"
    assert bare(kept) == post.text[1:-1]


def test_breaks_around_a_passage_are_no_part_of_it() -> None:
    assert quoted(read("<p>One</p><p>two</p><p>three</p>"), Place(3, 3)) == "two"


@given(sources, st.integers(0, 20), st.integers(0, 20))
def test_every_passage_is_kept_without_loss(source: str, start: int, length: int) -> None:
    post = read(safe(source).html)
    place = Place(start, length)
    assert bare(quoted(post, place)) == post.text[start : place.end]


@given(letters, words, letters, letters, letters)
def test_whatever_is_written_around_a_passage_it_is_found(
    before: str, quote: str, after: str, new_before: str, new_after: str
) -> None:
    old = before + quote + after
    new = new_before + quote + new_after
    found = locate(new, quote, near=old.index(quote))
    assert found is not None
    assert new[found.start : found.end] == quote


@given(st.text("ab", max_size=30), st.text("ab", min_size=1, max_size=4), st.integers(0, 40))
def test_the_nearest_place_is_taken(text: str, quote: str, near: int) -> None:
    starts = [start for start in range(len(text)) if text.startswith(quote, start)]
    found = locate(text, quote, near=near)
    if not starts:
        assert found is None
        return
    assert found is not None
    assert found.start in starts
    assert abs(found.start - near) == min(abs(start - near) for start in starts)


def test_no_words_are_nowhere() -> None:
    assert locate("anything", "", near=3) is None


@pytest.mark.parametrize("quote", ["a" * 4_000 + "b" + "a" * 999, "b" + "a" * 4_999, "a" * 4_999 + "b"])
def test_words_made_to_be_slow_are_not(quote: str) -> None:
    begun = time.monotonic()
    for _ in range(100):
        assert locate("a" * 25_000, quote, near=12_500) is None
    assert time.monotonic() - begun < 2


def test_a_selection_loses_the_white_space_around_it_and_windows_line_ends() -> None:
    assert trimmed(Place(7, 9), "  a\u2009b \n") == (Place(9, 3), "a\u2009b")
    assert selected("a\r\nb\u2028c") == "a\nb c"


@given(words, letters)
def test_a_lost_passage_is_known_by_its_digest_alone(quote: str, before: str) -> None:
    place = Place(len(before), len(quote))
    assert standing(before + quote + "…", place, digest(quote))
    assert not standing(before + quote[:-1] + "…", place, digest(quote))
    assert not standing((before + quote)[:-1], place, digest(quote))


def test_separators_that_an_author_typed_do_not_hide_a_passage() -> None:
    post = read("<p>one\u2028two\u2029three</p><p>four</p>")
    kept = quoted(post, Place(4, 13))
    assert kept == "two three\u2029four"
    assert passages.locate(post.text, bare(kept), near=0) == Place(4, 13)
