"""A thread as PDF, set by Typst: selectable text, live links, tags, bookmarks, and the same bytes every time.

Typst cannot be stopped while it works: `workshop` runs this in a process of its own, with limits.
"""

import io
import json
import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import pikepdf
import typst

from unroller.core.posts import Thread
from unroller.exports.fonts import loaded
from unroller.exports.pictures import Picture
from unroller.exports.typeset import Data, Sheet

logger = logging.getLogger(__name__)

Paper = Literal["a4", "letter"]

MOST_PICTURES = 200
MOST_PIXELS = 200_000_000
"""In one file of some 60 MB: Typst holds each picture with all its pixels, of three or four bytes, until it is done."""
Typeset = Callable[[Data, str, str], bytes]
"""From a document, a paper in Typst's words and the folder of its pictures."""
PAPERS: dict[Paper, str] = {"a4": "a4", "letter": "us-letter"}
SHEET = Path(__file__).with_name("thread.typ").read_bytes()


def export(thread: Thread, pictures: Mapping[str, Picture], *, paper: Paper = "a4", address: str = "") -> list[bytes]:
    """The whole thread, nearly always as one file; one file a volume where it has more than 200 pictures, or
    fewer that are large.

    `pictures`: network address → picture; one that is missing leaves a line of words. `address`: our own page.
    """
    return list(volumes(thread, pictures, paper=paper, address=address))


def volumes(
    thread: Thread,
    pictures: Mapping[str, Picture],
    *,
    paper: Paper = "a4",
    address: str = "",
    typeset: Typeset | None = None,
) -> Iterator[bytes]:
    """The same, one file after the other: `pictures` is asked only for those of the file that is being made.
    `typeset` stands in for ours."""
    files = {url: f"{number}.picture" for number, url in enumerate(pictures)}
    sheet = Sheet(thread, pictures, files)
    pixels = {url: picture.width * picture.height for url, picture in pictures.items()}
    shares = _shares(sheet.entries(), pixels)
    counted = {url for _, urls in shares for url in urls}
    for number, (entries, urls) in enumerate(shares, 1):
        document = sheet.document(entries, address=address, volume=(number, len(shares)))
        with tempfile.TemporaryDirectory() as folder:
            for url, name in files.items():
                if url in urls or url not in counted:
                    (Path(folder) / name).write_bytes(pictures[url].data)
            yield (typeset or typeset_here)(document, PAPERS[paper], folder)


def _shares(entries: Iterable[tuple[Data, list[str]]], pixels: Mapping[str, int]) -> list[tuple[list[Data], set[str]]]:
    """The entries of each volume with its pictures. A post is never parted from itself."""
    shares: list[tuple[list[Data], set[str]]] = [([], set())]
    held = 0
    for entry, urls in entries:
        shown, counted = shares[-1]
        added = {*urls} - counted
        held += sum(pixels[url] for url in added)
        if shown and (len(counted) + len(added) > MOST_PICTURES or held > MOST_PIXELS):
            held = sum(pixels[url] for url in {*urls})
            shares.append(([entry], {*urls}))
        else:
            shown.append(entry)
            counted |= added
    return shares


def typeset_here(document: Data, paper: str, folder: str) -> bytes:
    """One file, with its pictures in a folder, by the rules of PDF/UA-1.

    Where a letter has no glyph in company with others, it is made without that name, and the log says so.
    """
    inputs = {"thread": json.dumps(document, ensure_ascii=False), "paper": paper}
    try:
        return _packed(_compiled(inputs, folder, ["ua-1"]))
    except typst.TypstError as error:
        logger.warning("not an accessible file of %s: %s", document["source"]["href"], error)
        return _packed(_compiled(inputs, folder, []))


def _compiled(inputs: dict[str, str], folder: str, standards: list["typst.PDFStandard"]) -> bytes:
    compiler = typst.Compiler(SHEET, root=folder, font_paths=loaded(), ignore_system_fonts=True, sys_inputs=inputs)
    made = compiler.compile(format="pdf", pdf_standards=standards)
    assert isinstance(made, bytes)
    return made


def _packed(file: bytes) -> bytes:
    """A third of the size: what describes the file is compressed too."""
    packed = io.BytesIO()
    with pikepdf.open(io.BytesIO(file)) as document:
        document.save(
            packed, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True, deterministic_id=True
        )
    return packed.getvalue()
