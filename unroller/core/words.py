"""The words of a text as search sees them: the same for what is indexed and for what is asked.

Letters, digits and marks make words, everything else parts them. Chinese, Japanese, Korean, Thai, Lao, Khmer and
Burmese are read character by character, since spaces do not part their words (Korean's carry their particles): what is
looked up there are pairs of neighbors, and the last character of a run alone. Nothing here depends on any locale.
"""

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

import regex

LONGEST = 100
"""Characters of a word that count: a longer one is found by its beginning."""
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\u30fc\uff70"
IGNORED = r"\u00ad\u0640\u200b-\u200d\u2060\ufeff"
"""Inside words: soft hyphens, stretched Arabic, joiners, spaces without width."""
PIECES = regex.compile(
    rf"(?P<run>(?:[[{UNSPACED}]&&[\p{{L}}\p{{N}}\p{{M}}]][\p{{M}}{IGNORED}\uff9e\uff9f]*)+)"
    rf"|(?P<word>(?:[[\p{{L}}\p{{N}}\p{{M}}{IGNORED}]--[{UNSPACED}]])+)",
    regex.V1,
)
BETWEEN = regex.compile(rf"[^\p{{L}}\p{{N}}\p{{M}}{IGNORED}]+")
OTHERS = regex.compile(rf"[^\p{{L}}\p{{N}}\p{{M}}]|[{IGNORED}]")
MARKED = regex.compile(r"(?!и\u0306)([\p{Latin}\p{Greek}\p{Cyrillic}\p{Arabic}\p{Hebrew}])\p{M}+")
"""Letters whose marks readers leave out when they type. Marks of other scripts are vowels, and й is a letter."""
UNMARKED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})


class Piece(NamedTuple):
    """A word, or one character of a run; `start` and `end` are its place in the text, in code points.

    `text` is in small letters and keeps its marks. `pair` is the character together with the next one of its run, and
    the character alone at the end of it; empty for words.
    """

    text: str
    start: int
    end: int
    pair: str = ""


def pieces(text: str) -> list[Piece]:
    """The words of a text in their order, each run of unspaced characters as so many pieces."""
    found: list[Piece] = []
    for match in PIECES.finditer(text):
        if match["run"] is not None:
            found += _run(match["run"], match.start())
        elif word := folded(match["word"])[:LONGEST]:
            found.append(Piece(word, match.start(), match.end()))
    return found


def folded(text: str) -> str:
    """In small letters and compatible forms, without anything that is no letter, digit or mark."""
    if text.isascii():
        return OTHERS.sub("", text.lower())
    small = unicodedata.normalize("NFKC", text).casefold()
    return OTHERS.sub("", unicodedata.normalize("NFKC", small))


def plain(word: str) -> str:
    """A folded word without the marks that readers may leave out: café and cafe are one word."""
    if word.isascii():
        return word
    bare = MARKED.sub(r"\1", unicodedata.normalize("NFD", word))
    return unicodedata.normalize("NFC", bare).translate(UNMARKED)


def skimmed(text: str) -> str:
    """A whole text in the letters of `plain` words, for a first look whether a word can be in it at all."""
    if text.isascii():
        return text.lower()
    return "\n".join(plain(folded(chunk)) for chunk in BETWEEN.split(text))


def _run(run: str, start: int) -> Iterator[Piece]:
    letters = [
        (letter, start + match.start(), start + match.end())
        for match in regex.finditer(r"\X", run)
        for letter in folded(match.group())
    ]
    for (letter, begin, end), following in zip(letters, [*letters[1:], None], strict=True):
        yield Piece(letter, begin, end, letter + following[0] if following else letter)
