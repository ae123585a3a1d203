"""What a reader finds in a PDF file: words, links, bookmarks, tags."""

import io
from collections.abc import Iterator
from typing import Any, NamedTuple

import pikepdf
import pypdfium2
import regex
from PIL import Image

UNSEEN = regex.compile(r"[\s\u200b\u2066-\u2069\ufffe\u00ad]+")


class Paper(NamedTuple):
    """One file. `words`: those of each page; `links`: where they lead; `bookmarks`: depth and title."""

    words: list[str]
    links: set[str]
    bookmarks: list[tuple[int, str]]

    @property
    def text(self) -> str:
        return "\n".join(self.words)


def read(file: bytes) -> Paper:
    with pypdfium2.PdfDocument(file) as document:
        words = []
        for page in document:
            text = page.get_textpage()
            words.append(text.get_text_range())
            text.close()
            page.close()
        bookmarks = [(mark.level, mark.get_title()) for mark in document.get_toc()]
    return Paper(words, set(_links(file)), bookmarks)


def bare(words: str) -> str:
    """Words without white space and what is not seen: a line may end between any two of them."""
    return UNSEEN.sub("", words)


def drawn(file: bytes, page: int = 0) -> Image.Image:
    """A page as a picture."""
    with pypdfium2.PdfDocument(file) as document:
        shown: Image.Image = document[page].render(scale=1).to_pil()
    return shown.convert("RGB")


def tags(file: bytes) -> list[tuple[str, str]]:
    """Every tag of the structure tree in order, with its alternative description."""
    with pikepdf.open(io.BytesIO(file)) as document:
        return list(_tags(document.Root.StructTreeRoot))


def _tags(element: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(element, pikepdf.Dictionary):
        return
    if "/S" in element:
        yield str(element.S).removeprefix("/"), str(element.get("/Alt", ""))
    children: Any = element.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        yield from _tags(child)


def _links(file: bytes) -> Iterator[str]:
    with pikepdf.open(io.BytesIO(file)) as document:
        for page in document.pages:
            for annotation in page.get("/Annots", []):
                if "/A" in annotation and "/URI" in annotation.A:
                    yield str(annotation.A.URI)
