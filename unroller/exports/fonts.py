"""The fonts of our PDF files: only those that come with our packages, so that a file looks the same everywhere.

`coverage.txt` lists the characters that they, and the fonts inside Typst, can show: a missing glyph is otherwise left
out without a word. `python -m tests.exports.coverage` writes it; a test compares it with the fonts.
"""

from bisect import bisect_right
from functools import cache
from pathlib import Path
from typing import Literal

import fontpkg_amiri
import manimgx_fonts
import manimgx_fonts_cjk
import regex
import typst

from unroller.core.text import clean

FOLDERS = (
    Path(manimgx_fonts.__file__).parent,
    Path(manimgx_fonts_cjk.__file__).parent,
    fontpkg_amiri.ROOT / "files",
)
COVERAGE = Path(__file__).with_name("coverage.txt")

SERIF = "Libertinus Serif"
SANS = "Noto Sans"
MONO = "DejaVu Sans Mono"
SCRIPTS = (
    *("Armenian", "Bengali", "Devanagari", "Ethiopic", "Georgian", "Gujarati", "Gurmukhi", "Hebrew", "Kannada"),
    *("Khmer", "Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Thai"),
)

Region = Literal["JP", "KR", "SC", "TC", "HK"]
"""Whose forms of the characters that Chinese, Japanese and Korean share."""

UNSEEN = regex.compile(r"[\s\p{Default_Ignorable_Code_Point}\p{Cf}]")
"""What needs no glyph: spaces, joiners, marks of direction, variation selectors."""
KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
HANGUL = regex.compile(r"\p{Hangul}")
INSTEAD = "□"
BYTE_ORDER_MARK = "\ufeff"
"""Means nothing within words, and is not allowed in an accessible file."""


@cache
def loaded() -> typst.Fonts:
    """All of them and Typst's own, none of the machine's."""
    return typst.Fonts(include_system_fonts=False, font_paths=[*FOLDERS])


def families(first: str, region: Region) -> list[str]:
    """The families in the order in which they are asked for a character. Noto's own Arabic is not among them: copied
    text has its letters twice."""
    scripts = [f"Noto Sans {script}" for script in SCRIPTS]
    signs = ["Noto Sans Symbols", "New Computer Modern Math", "New Computer Modern", MONO]
    return list(dict.fromkeys([first, "Amiri", "Noto Emoji", *scripts, f"Noto Sans CJK {region}", SANS, *signs]))


def region(lang: str, words: str) -> Region:
    """The forms that a language (BCP 47) writes; without one, those that the words tell of."""
    primary, *rest = lang.lower().split("-")
    if primary in {"ja", "ko"}:
        return "JP" if primary == "ja" else "KR"
    if primary in {"zh", "yue"}:
        if {"hk", "mo"} & {*rest}:
            return "HK"
        return "TC" if {"hant", "tw"} & {*rest} or primary == "yue" else "SC"
    if words.isascii():
        return "SC"
    if KANA.search(words):
        return "JP"
    return "KR" if HANGUL.search(words) else "SC"


def visible(words: str) -> str:
    """Cleaned words with a box in the place of every character that no font can show."""
    words = clean(words).replace(BYTE_ORDER_MARK, "")
    return words if words.isascii() else words.translate(BOXES)


def shows(letter: str) -> bool:
    """Whether some font has this character, or it needs none."""
    if letter.isascii() or UNSEEN.fullmatch(letter):
        return True
    starts, ends = _ranges()
    at = bisect_right(starts, ord(letter)) - 1
    return at >= 0 and ord(letter) <= ends[at]


class _Boxes(dict[int, int]):
    """Code point → itself or a box: what `str.translate` reads, filled as letters are met."""

    def __missing__(self, point: int) -> int:
        self[point] = point if shows(chr(point)) else ord(INSTEAD)
        return self[point]


BOXES = _Boxes()


@cache
def _ranges() -> tuple[list[int], list[int]]:
    """First and last code points of what is covered, rising."""
    pairs = [pair.partition("-") for pair in COVERAGE.read_text("ascii").split()]
    return [int(first, 16) for first, _, _ in pairs], [int(last or first, 16) for first, _, last in pairs]
