"""A thread's title and excerpt: the author's own words without counting and announcing, cut between whole letters."""

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from unroller.core.titles import MOST_EXCERPT, MOST_TITLE, cut, excerpt, title


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How to read a tide table. It is easy.", "How to read a tide table"),
        ("1/9 How to read a tide table", "How to read a tide table"),
        ("(1/n) How boats sleep 🧵👇", "How boats sleep"),
        ("1) How boats sleep", "How boats sleep"),
        ("🧵 1/ Why lamps hum", "Why lamps hum"),
        ("Why lamps hum 1/9", "Why lamps hum"),
        ("Why lamps hum (1/9) https://pier.example/a", "Why lamps hum"),
        ("A thread: lighthouses, and why they blink", "lighthouses, and why they blink"),
        ("Lighthouses, and why they blink. A thread 🧵", "Lighthouses, and why they blink"),
        ("THREAD\n\nWhy lamps hum at night", "Why lamps hum at night"),
        ("https://pier.example/a\nWhy lamps hum", "Why lamps hum"),
        ("Fog! Why lamps hum at night. And more.", "Fog! Why lamps hum at night. And more"),
        ("Wait... what is that light? I asked.", "Wait... what is that light? I asked"),
        ("24/7 they keep the light", "24/7 they keep the light"),
        ("9/11 changed how ships are searched", "9/11 changed how ships are searched"),
        ("We are open 24/7", "We are open 24/7"),
        ("1/200th of a second", "1/200th of a second"),
        ("1/2/2024 was the night of the storm", "1/2/2024 was the night of the storm"),
        ("1/12 The pier", "The pier"),
        ("1) 2nd of all, the pier", "2nd of all, the pier"),
        ("Threads of the weaver", "Threads of the weaver"),
        ("灯台は海を照らす、とても大きな灯りです。そして海。", "灯台は海を照らす、とても大きな灯りです"),
        ("\u202eFog\u2066 and salt", "Fog and salt"),
        ("  Fog   and\tsalt ", "Fog and salt"),
        ("1/2", ""),
        ("🧵👇", ""),
        ("https://pier.example/a", ""),
        ("", ""),
    ],
)
def test_the_title_is_the_first_sentence_without_what_announces_it(text: str, expected: str) -> None:
    assert title(text) == expected


def test_a_long_title_is_cut_at_a_space_and_says_so() -> None:
    long = title("salt and fog " * 20)
    assert long.endswith("…")
    assert len(long) <= MOST_TITLE
    assert long.removesuffix("…").split()[-1] in {"salt", "and", "fog"}


def test_a_cut_never_parts_what_a_reader_sees_as_one_letter() -> None:
    family = "👩\u200d👩\u200d👧\u200d👦"
    assert cut(family * 20, 10) == family * 9 + "…"
    assert cut("e\u0301" * 9, 4) == "e\u0301" * 3 + "…"
    assert cut("e\u0301" * 5, 5) == "e\u0301" * 5


def test_an_excerpt_is_one_line() -> None:
    assert excerpt("Fog\n\nand  \u202esalt") == "Fog and salt"
    assert len(excerpt("salt and fog " * 99)) <= MOST_EXCERPT


@settings(deadline=None)
@given(
    st.text() | st.lists(st.sampled_from(["1/9 ", "🧵", "thread", " ", "\n", ". ", "https://x.example "])).map("".join)
)
def test_any_text_has_a_title_of_one_bounded_line(text: str) -> None:
    for words, most in ((title(text), MOST_TITLE), (excerpt(text), MOST_EXCERPT)):
        assert len(regex.findall(r"\X", words)) <= most
        assert words == " ".join(words.split())


@pytest.mark.parametrize(
    "letter", ["-", ":", ".", "!", "(", "1", " ", "\n", "1/", "thread ", "https://", "\u2014 ", "–"]
)
def test_endless_repetition_ends_soon(letter: str) -> None:
    """Quadratic patterns took half a minute for one of these."""
    assert len(title(letter * 25_000 + "x")) <= 4 * MOST_TITLE
