"""For tests of books: one is opened and all of its XML is parsed; epubcheck judges it where the machine has one."""

import subprocess
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET
from zipfile import ZipFile

from PIL import Image

from tests.exports.sample import PIER, THREAD, WAVES
from tests.missing import program
from unroller.core.posts import Thread
from unroller.exports.epub import export
from unroller.exports.pictures import Picture

SPACES = {
    "h": "http://www.w3.org/1999/xhtml",
    "epub": "http://www.idpf.org/2007/ops",
    "opf": "http://www.idpf.org/2007/opf",
    "dc": "http://purl.org/dc/elements/1.1/",
    "ncx": "http://www.daisy.org/z3986/2005/ncx/",
    "svg": "http://www.w3.org/2000/svg",
}
XML = (".xhtml", ".opf", ".ncx", ".xml")


class Book(NamedTuple):
    """An EPUB: its files' names in order, their bytes, and the parsed XML among them, by name below `EPUB/`."""

    names: list[str]
    files: dict[str, bytes]
    trees: dict[str, ET.Element]

    def find(self, file: str, path: str) -> list[ET.Element]:
        return self.trees[file].findall(path, SPACES)

    def one(self, file: str, path: str) -> ET.Element:
        (found,) = self.find(file, path)
        return found

    def words(self, file: str, path: str) -> list[str]:
        return [said(element) for element in self.find(file, path)]

    def meta(self, name: str) -> list[str]:
        return self.words("package.opf", f".//opf:meta[@property='{name}']")


def opened(data: bytes) -> Book:
    """Fails where any part is no well-formed XML."""
    with ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        files = {name.removeprefix("EPUB/"): archive.read(name) for name in names}
    return Book(names, files, {name: ET.fromstring(data) for name, data in files.items() if name.endswith(XML)})


def said(element: ET.Element) -> str:
    """All words in an element, on one line."""
    return " ".join("".join(element.itertext()).split())


def picture(color: str = "teal", kind: str = "jpeg", width: int = 80, height: int = 60) -> Picture:
    found = BytesIO()
    Image.new("RGB", (width, height), color).save(found, kind)
    return Picture(found.getvalue(), f"image/{kind}", width, height)


FIRST = "thread-1-1.xhtml"
OURS = "https://unroller.example/thread/mastodon/1"
PICTURES = {PIER.url: picture(), WAVES.poster: picture("navy", "png")}
COVER = picture("beige", "png", 60, 90).data


def book(thread: Thread = THREAD, pictures: Mapping[str, Picture] = PICTURES, **more: Any) -> Book:
    """An exported thread, opened."""
    return opened(export(thread, pictures, **more))


def check(data: bytes, folder: Path) -> None:
    """Fails with epubcheck's messages when it finds an error or as much as a warning."""
    command = _epubcheck()
    path = folder / "book.epub"
    path.write_bytes(data)
    run = subprocess.run([*command, str(path)], capture_output=True, text=True, timeout=120, check=False)
    assert "0 fatals / 0 errors / 0 warnings" in run.stdout, run.stdout + run.stderr


def _epubcheck() -> list[str]:
    """How to start it. Debian's is a Java archive that only some systems can run by its name."""
    path = program("epubcheck", untested="that books are valid")
    is_archive = Path(path).read_bytes()[:2] == b"PK"
    return ["java", "-jar", path] if is_archive else [path]
