"""The zip itself: looked over before anything in it is opened, and read without being unpacked."""

import stat
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError  # noqa: N812  (a class that its library names like a function)

from unroller.core.errors import Damaged, Encrypted, NotAZip, Oversized, Tampered

MOST_ENTRIES = 500_000
MOST_DIRECTORY = 150_000_000
"""Bytes of the list of entries, which is read at once."""
MOST_RATIO = 250
"""Unpacked to packed bytes of a large entry. Posts of an archive pack about 1 to 12."""
SMALL = 20_000_000
"""Unpacked bytes of an entry whose ratio does not matter."""
MOST_MEDIUM = 600_000_000
"""Unpacked bytes of a picture or video; X takes videos of up to 512 MB."""

END = b"PK\x05\x06"
END_64 = b"PK\x06\x06"
LOCATOR_64 = b"PK\x06\x07"
END_SIZE, END_64_SIZE, LOCATOR_SIZE = 22, 56, 20
LONGEST_COMMENT = 65_535
ENCRYPTED = 0x1
BROKEN = (BadZipFile, ZlibError, EOFError, NotImplementedError, RuntimeError, OSError, struct.error)
"""What the standard library says of broken entries."""


class Container:
    """An open zip whose list of entries has been found harmless. Raises BadArchive."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            _check_end(file)
        try:
            self._zip = ZipFile(path)
        except (*BROKEN, ValueError, OverflowError) as error:
            raise Damaged(str(error)) from error
        try:
            self.names = _checked(self._zip.infolist())
        except BaseException:
            self._zip.close()
            raise

    def close(self) -> None:
        self._zip.close()

    def size_of(self, name: str) -> int:
        """Bytes of an entry once it is unpacked; reading never gives more."""
        return self.names[name].file_size

    def open(self, name: str, *, most: int) -> "Unpacked":
        """Its unpacked bytes. Raises BadArchive where there are more than `most`, or suspiciously many."""
        info = self.names[name]
        if info.flag_bits & ENCRYPTED:
            raise Encrypted(name)
        if info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            raise Tampered(f"{name} is packed by method {info.compress_type}")
        if info.file_size > most:
            raise Oversized(f"{name} has {info.file_size} bytes")
        if info.file_size > SMALL and info.file_size > MOST_RATIO * info.compress_size:
            raise Tampered(f"{name} unpacks from {info.compress_size} to {info.file_size} bytes")
        with spoiled():
            return Unpacked(self._zip.open(info))


class Unpacked(BufferedIOBase):
    """The bytes of an entry; reading raises Damaged where they are not what the zip says."""

    def __init__(self, entry: IO[bytes]) -> None:
        self._entry = entry

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        with spoiled():
            return self._entry.read(-1 if size is None else size)

    def close(self) -> None:
        self._entry.close()
        super().close()


@contextmanager
def spoiled() -> Iterator[None]:
    """One word for it."""
    try:
        yield
    except BROKEN as error:
        raise Damaged(str(error)) from error


def _checked(entries: Iterable[ZipInfo]) -> dict[str, ZipInfo]:
    """The files by name. Nothing is ever written under these names; a zip that tries is not from X all the same."""
    found: dict[str, ZipInfo] = {}
    for entry in entries:
        name = entry.filename
        if not name or name.startswith("/") or "\\" in name or ":" in name.partition("/")[0] or ".." in name.split("/"):
            raise Tampered(f"an entry is named {name[:200]!r}")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise Tampered(f"{name[:200]!r} is a link")
        if entry.is_dir():
            continue
        if name in found:
            raise Tampered(f"{name[:200]!r} is there twice")
        found[name] = entry
    return found


def _check_end(file: IO[bytes]) -> None:
    """Look at the zip's last record before the standard library reads the whole list of entries into memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - END_SIZE - LONGEST_COMMENT))
    tail = file.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < END_SIZE:
        file.seek(0)
        raise (Damaged if file.read(4) == b"PK\x03\x04" else NotAZip)(f"no end record in {size} bytes")
    disk, first, here, entries, length, _ = struct.unpack("<HHHHLL", tail[at + 4 : at + 20])
    locator = tail[at - LOCATOR_SIZE : at] if at >= LOCATOR_SIZE else b""
    if locator.startswith(LOCATOR_64):
        file.seek(min(size, struct.unpack("<Q", locator[8:16])[0]))
        record = file.read(END_64_SIZE)
        if len(record) < END_64_SIZE or not record.startswith(END_64):
            raise Damaged("the large end record is missing")
        disk, first, here, entries, length = struct.unpack("<LLQQQ", record[16:48])
    if disk or first or here != entries:
        raise Damaged("the zip goes on in other files")
    if entries > MOST_ENTRIES or length > MOST_DIRECTORY:
        raise Oversized(f"{entries} entries in a list of {length} bytes")
