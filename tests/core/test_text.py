"""The words of a post: entities by offset, escaping exactly once, language and direction."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.browser import Page
from unroller.core.text import (
    MARKS,
    REL,
    Entity,
    Kind,
    anchor,
    autolinks,
    clean,
    compose,
    direction,
    is_web,
    language,
    offset,
    one_line,
    paragraphs,
    unescape,
    without_direction_marks,
)

LINK = "https://social.example/a"
ALLOWED: dict[str, set[str]] = {"p": set(), "br": set(), "bdi": set(), "a": {"class", "href", "rel", "title"}}
KINDS: list[Kind] = ["link", "mention", "hashtag", "cashtag", "drop"]

markup = st.sampled_from(
    ["<script>", "</p>", "<br>", "&lt;", "&amp;", "&amp;lt;", '"', "'", "\n", "\n\n", " ", "\u2028"]
)
words = st.lists(st.text(max_size=8) | markup, max_size=8).map("".join)
addresses = st.sampled_from(
    ["", LINK, "javascript:alert(1)", 'https://x.example/"onload=', "https://x.example/&amp;<b>"]
)
entities = st.builds(
    Entity, st.integers(-3, 60), st.integers(-3, 60), st.sampled_from(KINDS), addresses, words, words | addresses
)


# Offsets


def test_entities_are_cut_out_by_code_points() -> None:
    raw = "🧵 𝒜 see t.co/1 #fog"
    made = compose(raw, [Entity(8, 14, "link", LINK, "pier.example"), Entity(15, 19, "hashtag", LINK)], escaped=False)
    assert made.text == "🧵 𝒜 see pier.example #fog"
    assert Page(made.html).text == made.text


def test_escapes_are_undone_after_the_cut_so_that_no_offset_moves() -> None:
    raw = "Salt &amp; fog &lt;3 t.co/1 &gt; all"
    start = raw.index("t.co")
    made = compose(raw, [Entity(start, start + 6, "link", LINK, "pier.example")], escaped=True)
    assert made.text == "Salt & fog <3 pier.example > all"
    assert made.html.count("&amp;") == 1
    assert Page(made.html).text == made.text


def test_text_that_was_not_escaped_is_left_as_it_is() -> None:
    assert compose("R&amp;D", [], escaped=False).text == "R&amp;D"
    assert compose("R&amp;D", [], escaped=True).text == "R&D"


@pytest.mark.parametrize(
    ("escaped", "expected"),
    [
        ("&amp;lt;", "&lt;"),
        ("&lt;&gt;&amp;", "<>&"),
        ("&quot;&#39;&nbsp;", "&quot;&#39;&nbsp;"),
        ("&amp;amp;", "&amp;"),
    ],
)
def test_exactly_three_escapes_are_undone_and_only_once(escaped: str, expected: str) -> None:
    assert unescape(escaped) == expected


def test_dropped_entities_leave_nothing() -> None:
    made = compose("@alice The pier t.co/1", [Entity(0, 7, "drop"), Entity(16, 22, "drop")], escaped=False)
    assert made == ("The pier", "<p>The pier</p>")


def test_of_overlapping_entities_the_longest_that_comes_first_is_taken() -> None:
    raw = "see pier.example now"
    found = [Entity(4, 8, "hashtag", LINK), Entity(4, 16, "link", LINK), Entity(6, 20, "mention", LINK)]
    page = Page(compose(raw, found, escaped=False).html)
    assert page.text == raw
    assert [dict(attributes) for name, attributes in page.tags if name == "a"] == [{"href": LINK, "rel": REL}]


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (5, 3), (0, 99), (50, 60)])
def test_entities_that_make_no_sense_are_plain_text(start: int, end: int) -> None:
    assert compose("Salt and fog", [Entity(start, end, "link", LINK)], escaped=False).html == "<p>Salt and fog</p>"


def test_a_label_takes_the_place_of_its_slice_and_stays_on_one_line() -> None:
    made = compose("see t.co/1", [Entity(4, 10, "link", LINK, "pier\n.example", f"{LINK}\n\nx")], escaped=False)
    assert made.text == "see pier .example"
    assert f'title="{LINK} x"' in made.html


def test_an_entity_without_anything_to_show_is_left_out() -> None:
    made = compose("see    now", [Entity(4, 6, "link", LINK)], escaped=False)
    assert "<a" not in made.html


def test_a_position_in_bytes_becomes_one_in_code_points() -> None:
    raw = "a🧵é".encode()
    assert [offset(raw, position) for position in (-1, 0, 1, 2, 4, 5, 6, 7, 99)] == [0, 0, 1, 1, 1, 2, 2, 3, 3]


# Links


def test_a_link_says_what_it_is_and_stands_apart_from_the_direction_around_it() -> None:
    made = anchor(LINK, "@alice", kind="mention", title="https://social.example/long")
    expected = '<a class="mention" href="{}" rel="{}" title="https://social.example/long"><bdi>@alice</bdi></a>'
    assert made == expected.format(LINK, REL)


def test_a_title_that_repeats_the_address_is_left_out() -> None:
    assert "title" not in anchor(LINK, "pier", title=LINK)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "ftp://x.example",
        "//x.example",
        "https://",
        "https://a b",
        " https://x.example",
        "https://x.example\n",
        "https://x.example/\x00",
        "https://x.example/\u202e",
        "https://\ud800",
    ],
)
def test_what_is_no_web_address_is_no_link(address: str) -> None:
    assert not is_web(address)
    assert anchor(address, "<pier>") == "<bdi>&lt;pier&gt;</bdi>"


@pytest.mark.parametrize(
    "address", [LINK, "HTTP://X.EXAMPLE", "https://日本.example/灯台", "https://x.example/?a=1&b=%20"]
)
def test_web_addresses_are_links(address: str) -> None:
    assert is_web(address)
    assert Page(anchor(address, "x")).values("href") == [address]


def test_plain_addresses_of_old_posts_are_found_without_the_punctuation_around_them() -> None:
    raw = "See (http://pier.example/a), HTTPS://x.example/?q=1. Or ftp://no.example and http://"
    assert [raw[found.start : found.end] for found in autolinks(raw)] == [
        "http://pier.example/a",
        "HTTPS://x.example/?q=1",
    ]
    assert Page(compose(raw, autolinks(raw), escaped=False).html).text == raw


# What remains


def test_empty_lines_part_paragraphs_and_single_ones_break() -> None:
    made = compose("One  \ntwo\n \n\n\n three \r\n\r\nfour", [], escaped=False)
    assert made == ("One\ntwo\n\nthree\n\nfour", "<p>One<br>two</p><p>three</p><p>four</p>")
    assert paragraphs(" \n ") == ""


def test_what_nobody_can_store_or_see_is_taken_out() -> None:
    assert clean("a\x00b\x1bc\x7fd\x85e\ud800f\ufffeg\r\nh\ri\tj") == "abcdefg\nh\ni\tj"
    assert one_line(" a \n\t b\u3000c ") == "a b c"
    assert without_direction_marks("a\u202eb\u2066c\u200fd") == "abcd"
    assert clean("\u202eabc") == "\u202eabc"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", "en"),
        ("EN-gb", "en-gb"),
        ("iw", "he"),
        ("in", "id"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("und", ""),
        ("qme", ""),
        ("art", ""),
        ("zxx", ""),
        ("", ""),
        ("x", ""),
        ('en" onload="', ""),
        ("english", ""),
        (" pt ", "pt"),
        ("in-ID", "id-ID"),
    ],
)
def test_languages_that_are_none_are_left_out(tag: str, expected: str) -> None:
    assert language(tag).lower() == expected.lower()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The pier", "ltr"),
        ("مرحبا بالعالم", "rtl"),
        ("שלום", "rtl"),
        ("@alice #pier https://x.example مرحبا", "rtl"),
        ("pier.example/a… مرحبا", "rtl"),
        ("@alice ＃灯台 灯台", "ltr"),
        ("#مرحبا", "rtl"),
        ("@alice", "ltr"),
        ("12 🧵", ""),
        ("", ""),
        ("e.g. مرحبا", "ltr"),
    ],
)
def test_direction_is_that_of_the_first_word(text: str, expected: str) -> None:
    assert direction(text) == expected


@pytest.mark.parametrize("piece", ["a.", "aa.", "a-", "@", "#a", "http://.", " ", "a.aa "])
def test_endless_repetition_ends(piece: str) -> None:
    """One of these would take minutes: an address without an end was tried anew from every dot."""
    raw = piece * 500_000 + "!"
    assert direction(raw) in {"", "ltr"}
    assert compose(raw, autolinks(raw), escaped=True).text


@pytest.mark.parametrize("word", ["#हिन्दी", "#cafe\u0301", "#வா", "#👍🏽"])
def test_an_entity_does_not_leave_the_marks_of_its_last_letter_behind(word: str) -> None:
    cut = next(at for at in range(len(word), 0, -1) if MARKS.match(word[at:]))
    made = compose(f"{word} fog", [Entity(0, cut, "hashtag", LINK)], escaped=False)
    assert made.text == f"{word} fog"
    (after,) = re.findall(r"</a>(.?)", made.html)
    assert not MARKS.match(after)


# For every text


@settings(deadline=None)
@given(words, st.lists(entities, max_size=6), st.booleans())
def test_html_reads_exactly_as_the_text_and_holds_nothing_but_our_tags(
    raw: str, found: list[Entity], escaped: bool
) -> None:
    made = compose(raw, found, escaped=escaped)
    page = Page(made.html)
    assert page.text == made.text
    for name, attributes in page.tags:
        assert attributes.keys() <= ALLOWED[name]
    assert all(is_web(address) for address in page.values("href"))
    assert made.text == clean(made.text)
    assert not re.search(r"\n{3}|[ \t]\n", made.text)


@settings(deadline=None)
@given(words, st.booleans())
def test_without_entities_every_letter_is_kept(raw: str, escaped: bool) -> None:
    kept = clean(unescape(raw) if escaped else raw)
    assert "".join(compose(raw, [], escaped=escaped).text.split()) == "".join(kept.split())


@settings(deadline=None)
@given(st.text(), st.integers(-5, 50))
def test_no_position_is_outside_the_text(text: str, position: int) -> None:
    raw = text.encode("utf-8", "replace")
    assert 0 <= offset(raw, position) <= len(raw.decode())


@settings(deadline=None)
@given(st.text())
def test_any_text_has_a_direction_a_language_and_links_or_none(text: str) -> None:
    assert direction(text) in {"", "ltr", "rtl"}
    assert re.fullmatch(r"[a-z]{2,3}(-\w+)*|", language(text))
    assert all(is_web(found.href) for found in autolinks(text))
