"""Paper in many scripts: every letter is seen, and copied text is the text that was put in."""

import io
from collections import Counter
from typing import Any

import pikepdf
import pytest
import regex

from tests.exports.glyphs import said
from tests.exports.reading import bare, drawn, read, tags
from tests.exports.sample import single
from tests.exports.scripts import WORDS, changes
from unroller.exports import pdf

MIRRORED = {"arabic", "persian", "hebrew"}
"""Readers of files tell the order of their words and signs in ways of their own; the words themselves must be whole."""
WHOLE = r"(?<![\p{M}\u200c])\b\p{L}+\b(?![\p{M}\u200c])"
DOUBLED = {"bengali"}
"""Noto's Bengali says the letters of some ligatures twice when they are copied; they are seen once."""


@pytest.mark.parametrize("name", WORDS.keys() - DOUBLED)
def test_copied_text_is_the_text_that_was_put_in(name: str) -> None:
    (file,) = pdf.export(single(**changes(name)), {})
    words, found = WORDS[name][1], bare(read(file).text)
    pieces = regex.findall(WHOLE, words) if name in MIRRORED else [bare(words)]
    assert pieces
    assert not [piece for piece in pieces if piece not in found]


@pytest.mark.parametrize("name", WORDS)
def test_no_letter_is_without_a_glyph(name: str) -> None:
    """Under the rules of PDF/UA Typst refuses a missing glyph, and the file would not have that name."""
    (file,) = pdf.export(single(**changes(name)), {})
    with pikepdf.open(io.BytesIO(file)) as document, document.open_metadata() as facts:
        assert facts["pdfuaid:part"] == "1"


def test_a_file_of_every_script_has_all_their_words() -> None:
    words = "".join(f"<p>{sample}</p>" for _, sample in WORDS.values())
    (file,) = pdf.export(single(text="All", html=words, direction="ltr"), {})
    found = bare(read(file).text)
    assert all(bare(sample) in found for name, (_, sample) in WORDS.items() if name not in MIRRORED | DOUBLED)
    assert [kind for kind, _ in tags(file)].count("P") >= len(WORDS)


@pytest.mark.parametrize("word", ["ßæðþ" * 2_500, "W" * 10_000, "👍" * 2_000, "אבגד" * 2_500, "ー" * 5_000])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_a_long_word_stays_on_the_page_and_whole(word: str, direction: Any) -> None:
    """PDFium loses letters at the ends of lines, so each glyph is asked; nothing else there has these letters."""
    words = f"<p>{word}</p><pre>{word[:500]}</pre>"
    (file,) = pdf.export(single(text="Pier", html=words, direction=direction), {})
    page = drawn(file, 1)
    ink = page.convert("L").point(lambda value: 255 if value < 200 else 0).getbbox()
    assert ink is not None
    assert ink[0] >= 78
    assert ink[2] <= page.width - 80
    letters = Counter(said(file))
    assert {letter: letters[letter] for letter in word} == Counter(word + word[:500])


def test_what_the_rules_of_accessible_files_refuse_is_made_without_that_name(caplog: pytest.LogCaptureFixture) -> None:
    (file,) = pdf.export(single(text="salt", html="<p>salt \ufcac\u08d6</p>"), {})
    with pikepdf.open(io.BytesIO(file)) as document, document.open_metadata() as facts:
        assert "pdfuaid:part" not in facts
        assert document.Root.MarkInfo.Marked
    assert "salt" in read(file).text
    (said_so,) = caplog.messages
    assert said_so.startswith(f"not an accessible file of {single().head.url}: PDF/UA-1 error")
