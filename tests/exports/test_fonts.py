"""The fonts of our files: what they can show, and in whose forms."""

import pytest

from tests.exports.coverage import as_text, covered
from tests.exports.scripts import WORDS
from unroller.exports import fonts


def test_the_list_of_characters_is_that_of_the_fonts() -> None:
    written = fonts.COVERAGE.read_text("ascii")
    assert written == as_text(covered()), "write it again: python -m tests.exports.coverage"


def test_every_family_that_a_file_asks_for_is_there() -> None:
    there = set(fonts.loaded().families())
    regions: tuple[fonts.Region, ...] = ("JP", "KR", "SC", "TC", "HK")
    for first in (fonts.SERIF, fonts.SANS, fonts.MONO):
        for region in regions:
            assert set(fonts.families(first, region)) <= there


@pytest.mark.parametrize("name", WORDS)
def test_every_letter_of_our_samples_has_a_glyph(name: str) -> None:
    words = WORDS[name][1]
    glyphs = covered()
    assert not {letter for letter in words if ord(letter) not in glyphs and not fonts.UNSEEN.fullmatch(letter)}
    assert fonts.visible(words) == words


def test_a_letter_that_no_font_has_is_seen_as_a_box() -> None:
    assert fonts.visible("a\U00012000b\ue123") == "a□b□"
    assert fonts.shows("□")


def test_marks_of_direction_and_joiners_need_no_glyph() -> None:
    marks = "\u200b\u200c\u200d\u200e\u200f\u202e\u2066\u2069\ufe0f\u00ad\u3000"
    assert fonts.visible(marks) == marks


@pytest.mark.parametrize(
    ("lang", "words", "region"),
    [
        ("ja", "直", "JP"),
        ("ko", "直", "KR"),
        ("zh", "直", "SC"),
        ("zh-Hans-HK", "直", "HK"),
        ("zh-TW", "直", "TC"),
        ("zh-Hant", "直", "TC"),
        ("yue", "直", "TC"),
        ("", "直、かな", "JP"),
        ("en", "직", "KR"),
        ("", "直", "SC"),
        ("", "", "SC"),
    ],
)
def test_shared_characters_have_the_forms_of_their_language(lang: str, words: str, region: str) -> None:
    assert fonts.region(lang, words) == region
