"""What the fonts of our PDF files can show, read from the fonts themselves, those inside Typst among them.

`python -m tests.exports.coverage` writes the list that `unroller.exports.fonts` reads.
"""

import io
import struct
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import regex
import typst
from fontTools.ttLib import TTFont

from unroller.exports import fonts

OPENINGS = regex.compile(rb"OTTO|\x00\x01\x00\x00")
TAG = regex.compile(rb"[A-Za-z0-9/ ]{4}")
LINE = 120


@cache
def covered() -> frozenset[int]:
    """The code points that some font has: Typst asks all of them before it leaves a character out. What each font
    puts into the places for private use means something else in every other."""
    points = {point for font in (*_of_packages(), *of_typst()) for point in font.getBestCmap()}
    return frozenset(point for point in points if unicodedata.category(chr(point)) != "Co")


def as_text(points: Iterable[int]) -> str:
    """Code points as ranges in hexadecimal, a few on a line."""
    ordered = sorted(points)
    firsts = [ordered[0], *(later for before, later in pairwise(ordered) if later != before + 1)]
    lasts = [*(before for before, later in pairwise(ordered) if later != before + 1), ordered[-1]]
    lines = [""]
    for first, last in zip(firsts, lasts, strict=True):
        word = f"{first:x}" if first == last else f"{first:x}-{last:x}"
        if len(lines[-1]) + len(word) >= LINE:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines) + "\n"


def _of_packages() -> Iterator[TTFont]:
    for folder in fonts.FOLDERS:
        yield from (TTFont(path) for path in sorted(folder.glob("*.ttf")))
        yield from (TTFont(path, fontNumber=0) for path in sorted(folder.glob("*.ttc")))  # one table serves them all


def of_typst() -> Iterator[TTFont]:
    """Typst's own fonts lie whole inside its library; each is found by its table of contents."""
    library = next(Path(typst.__file__).parent.glob("_typst*")).read_bytes()
    for opening in OPENINGS.finditer(library):
        start, count = opening.start(), library[opening.start() + 5]
        if library[start + 4] or not 8 <= count <= 40:
            continue
        tables = [struct.unpack_from(">4s4xLL", library, start + 12 + 16 * number) for number in range(count)]
        if all(TAG.fullmatch(tag) for tag, _, _ in tables):
            yield TTFont(io.BytesIO(library[start : start + max(offset + size for _, offset, size in tables)]))


if __name__ == "__main__":
    fonts.COVERAGE.write_text(as_text(covered()), "ascii")
