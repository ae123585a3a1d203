"""The zip itself: looked over before anything in it is opened, and read without being unpacked."""

import stat
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import SEEK_CUR, SEEK_END, BufferedIOBase
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
ENTRY = b"PK\x01\x02"
END_SIZE, END_64_SIZE, LOCATOR_SIZE, ENTRY_SIZE = 22, 56, 20, 46
LONGEST_COMMENT = 65_535
ENCRYPTED = 0x1
BROKEN = (BadZipFile, ZlibError, EOFError, NotImplementedError, RuntimeError, OSError, struct.error)
"""What the standard library says of broken entries."""


class Container:
    """An open zip whose list of entries has been found harmless. Raises BadArchive."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            size = _check_list(file)
        try:
            self._zip = ZipFile(path)
        except (*BROKEN, ValueError, OverflowError) as error:
            raise Damaged(str(error)) from error
        try:
            self.names = _checked(self._zip.infolist())
            if sum(entry.compress_size for entry in self.names.values()) > size:
                raise Tampered("entries lie over each other")
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
        self.weigh(name, most=most)
        with spoiled():
            return Unpacked(self._zip.open(info))

    def weigh(self, *names: str, most: int) -> None:
        """Look at how much entries unpack to, all together. Raises Oversized, Tampered."""
        packed = sum(self.names[name].compress_size for name in names)
        unpacked = sum(self.names[name].file_size for name in names)
        if unpacked > most:
            raise Oversized(f"{names[0]} and {len(names) - 1} others have {unpacked} bytes")
        if unpacked > SMALL and unpacked > MOST_RATIO * packed:
            raise Tampered(f"{names[0]} and {len(names) - 1} others unpack from {packed} to {unpacked} bytes")


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


def _check_list(file: IO[bytes]) -> int:
    """Look at the list of entries before the standard library reads all of it into memory, where and as far as it does:
    it goes by the length of the list and not by the number of entries that the zip says. Returns the file's size."""
    size, end, length = _find_list(file)
    start = end - length
    if start < 0:
        raise Damaged(f"a list of {length} bytes in a file of {size}")
    file.seek(start)
    entries = 0
    while file.tell() < end:
        record = file.read(ENTRY_SIZE)
        if len(record) < ENTRY_SIZE or not record.startswith(ENTRY):
            raise Damaged("the list of entries is broken")
        file.seek(sum(struct.unpack("<HHH", record[28:34])), SEEK_CUR)
        entries += 1
        if entries > MOST_ENTRIES:
            raise Oversized(f"more than {MOST_ENTRIES} entries")
    return size


def _find_list(file: IO[bytes]) -> tuple[int, int, int]:
    """The size of the file, and where in it the list of entries ends, and how long that is. Raises BadArchive."""
    size = file.seek(0, SEEK_END)
    begin = file.seek(max(0, size - END_SIZE - LONGEST_COMMENT))
    tail = file.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < END_SIZE:
        file.seek(0)
        raise (Damaged if file.read(4) == b"PK\x03\x04" else NotAZip)(f"no end record in {size} bytes")
    disk, first, here, entries, length, _ = struct.unpack("<HHHHLL", tail[at + 4 : at + 20])
    end = begin + at
    locator = tail[at - LOCATOR_SIZE : at] if at >= LOCATOR_SIZE else b""
    if locator.startswith(LOCATOR_64):
        end -= LOCATOR_SIZE + END_64_SIZE
        file.seek(max(0, end))
        record = file.read(END_64_SIZE)
        if end < 0 or len(record) < END_64_SIZE or not record.startswith(END_64):
            raise Damaged("the large end record is missing")
        disk, first, here, entries, length = struct.unpack("<LLQQQ", record[16:48])
    if disk or first or here != entries:
        raise Damaged("the zip goes on in other files")
    if entries > MOST_ENTRIES or length > MOST_DIRECTORY:
        raise Oversized(f"{entries} entries in a list of {length} bytes")
    return size, end, length
