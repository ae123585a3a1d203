"""What every glyph of a PDF file says, read from the file itself: PDFium loses a letter here and there."""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
import regex

PAIR = regex.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]*)>")
TRIPLE = regex.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]*)>")
SECTION = regex.compile(rb"begin(bfchar|bfrange)(.*?)end\1", regex.DOTALL)


def said(file: bytes) -> str:
    """The words of all pages in the order in which they are drawn, by the tables of the fonts and by `ActualText`."""
    with pikepdf.open(io.BytesIO(file)) as document:
        return "".join("".join(_said(page)) for page in document.pages)


def _said(page: Any) -> Iterator[str]:
    fonts = {name: _table(font) for name, font in page.Resources.get("/Font", {}).items()}
    table: dict[int, str] = {}
    replaced: list[bool] = []
    for drawn in pikepdf.parse_content_stream(page):
        operands, name = drawn.operands, str(drawn.operator)
        if name == "Tf":
            table = fonts[str(operands[0])]
        elif name in {"BDC", "BMC"}:
            words = _actual(operands)
            replaced.append(words is not None)
            yield words or ""
        elif name == "EMC":
            replaced.pop()
        elif name in {"Tj", "TJ"} and not any(replaced):
            shown = operands[0] if name == "TJ" else operands
            for piece in shown:
                yield from _letters(piece, table)


def _letters(piece: Any, table: dict[int, str]) -> Iterator[str]:
    if isinstance(piece, pikepdf.String):
        codes = bytes(piece)
        yield from (table.get(int.from_bytes(codes[at : at + 2]), "") for at in range(0, len(codes), 2))


def _actual(operands: Any) -> str | None:
    properties = operands[1] if len(operands) > 1 else None
    if isinstance(properties, pikepdf.Dictionary) and "/ActualText" in properties:
        return str(properties.ActualText)
    return None


def _table(font: Any) -> dict[int, str]:
    """Number of a glyph → what it says."""
    found: dict[int, str] = {}
    for section in SECTION.finditer(font.ToUnicode.read_bytes()):
        if section[1] == b"bfchar":
            found |= {int(code, 16): _words(words) for code, words in PAIR.findall(section[2])}
            continue
        for first, last, words in TRIPLE.findall(section[2]):
            start = int(words, 16)
            for number, code in enumerate(range(int(first, 16), int(last, 16) + 1)):
                found[code] = _words(f"{start + number:0{len(words)}x}".encode())
    return found


def _words(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be", "replace")
