"""Tags: one form for what readers type."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unroller.core.tags import LONGEST, MOST, clean, parse, unite


@pytest.mark.parametrize(
    ("typed", "tags"),
    [
        ("Long read, #history", ["long read", "history"]),
        ("#One #two three, Four", ["one", "two three", "four"]),
        ("art,art, ART ,, #art", ["art"]),
        ("", []),
        (" , #, ## ,", []),
        ("c#, f#", ["c#", "f#"]),
        ("تاريخ، شعر", ["تاريخ", "شعر"]),
        ("歴史、詩，ＡＢＣ", ["歴史", "詩", "ａｂｃ"]),
        ("cafe\u0301", ["caf\u00e9"]),
        ("two\twords\nnext line", ["two words", "next line"]),
        ("a\x00b, c\u202ed", ["a b", "c d"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("👩\u200d🚀", ["👩\u200d🚀"]),
        ("İstanbul", ["i\u0307stanbul"]),
    ],
)
def test_what_is_typed_becomes_tags(typed: str, tags: list[str]) -> None:
    assert parse(typed) == tags


@given(st.text() | st.text(alphabet=" #,\x1f\n\u200bAa0"))
def test_what_was_kept_is_read_the_same_again(typed: str) -> None:
    tags = parse(typed)
    assert parse(", ".join(tags)) == tags
    for tag in tags:
        assert tag == clean(tag) == tag.strip() == unicodedata.normalize("NFC", tag)
        assert "," not in tag
        assert not tag.startswith("#")
    assert len(set(tags)) == len(tags)


@given(st.lists(st.text()), st.lists(st.text()))
def test_united_tags_keep_their_order_and_their_measure(tags: list[str], more: list[str]) -> None:
    first, both = unite(tags, ()), unite(tags, more)
    assert both[: len(first)] == first
    assert len(both) <= MOST
    assert all(0 < len(tag) <= LONGEST for tag in both)
    assert len(set(both)) == len(both)
    assert unite(both, ()) == both
