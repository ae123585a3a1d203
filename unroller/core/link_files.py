"""The texts in a file that holds a list of links: one, or those of a zip that counts as one list."""

import io
import zipfile
import zlib

import regex

from unroller.core.decoding import NoText, decoded
from unroller.core.link_lists import NoList

MOST_UNPACKED = 20 * 1024 * 1024
"""Bytes that are unpacked of a zip."""
MOST_FILES = 200
"""Of a zip, that are read."""
MOST_NAMED = 50_000
"""Files that a zip may name; each costs memory before any is read."""
OF_INTEREST = (
    regex.compile(r"(?i)(?:.*/)?metadata[^/]*\.json"),
    regex.compile(r"(?i)(?!__MACOSX/|annotations/).*\.csv"),
    regex.compile(r"(?i)[^/]*\.(?:json|html?|txt)"),
)
"""Which files of a zip hold its list; the first of these that finds any."""
PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""How exports are packed. Other ways are told by the zip itself how much memory to take."""
NO_TEXT = "This file is not a text, so there is no list in it. Please choose a CSV, an HTML, a JSON or a text file."
BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error)
"""What Python raises for zips that are damaged, locked, or packed in a way it does not know."""
BROKEN_ZIP = "This zip cannot be opened. Please unpack it, and choose the file with the list in it."

TOO_FULL = "This zip is far larger unpacked than any list of links, so it is not opened."


def texts(body: bytes) -> list[str]:
    """The texts of a file. Raises NoList for what is neither text nor a zip of texts, or unpacks to too much."""
    bodies = _unpacked(body) if body.startswith(b"PK\x03\x04") else [body]
    try:
        return [decoded(each) for each in bodies]
    except NoText as error:
        raise NoList(NO_TEXT) from error


def _unpacked(body: bytes) -> list[bytes]:
    if body.count(b"PK\x01\x02") > MOST_NAMED:
        raise NoList(TOO_FULL)
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            files = _of_interest(archive)
            if not PACKED.issuperset(file.compress_type for file in files):
                raise NoList(BROKEN_ZIP)
            if sum(file.file_size for file in files) > MOST_UNPACKED:
                raise NoList(TOO_FULL)
            return [archive.read(file) for file in files]  # never more than the size that was counted
    except BROKEN as error:
        raise NoList(BROKEN_ZIP) from error


def _of_interest(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    for pattern in OF_INTEREST:
        found = [file for file in archive.infolist() if pattern.fullmatch(file.filename)]
        if found:
            return sorted(found, key=lambda file: _natural(file.filename))[:MOST_FILES]
    raise NoList("There is no list of links in this zip.")


def _natural(name: str) -> list[tuple[int, str]]:
    """`part 2` before `part 10`."""
    return [(int(piece[:9]) if piece.isdecimal() else 0, piece) for piece in regex.split(r"([0-9]+)", name)]
