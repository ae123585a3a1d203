"""The file a backup is: a tar whose parts are written and read as streams, however large or many they are."""

import hashlib
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from .errors import BackupError

CHUNK = 1024 * 1024
_BLOCK = tarfile.BLOCKSIZE


class Part(NamedTuple):
    """One part as it was written or read: its bytes and their digest."""

    name: str
    size: int
    sha256: str


class Writer:
    """Writes parts, whose sizes nobody has to know before, into an open file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def add(self, name: str, chunks: Iterable[bytes]) -> Part:
        """Write one part. The head says the size, so it is written again when that is known."""
        info, digest = tarfile.TarInfo(name), hashlib.sha256()
        info.mode = 0o600
        begin = self._file.tell()
        self._file.write(info.tobuf(tarfile.GNU_FORMAT))
        for chunk in chunks:
            self._file.write(chunk)
            digest.update(chunk)
            info.size += len(chunk)
        self._file.write(bytes(-info.size % _BLOCK))
        end = self._file.tell()
        self._file.seek(begin)
        self._file.write(info.tobuf(tarfile.GNU_FORMAT))
        self._file.seek(end)
        return Part(name, info.size, digest.hexdigest())

    def end(self) -> None:
        """Write what ends a tar."""
        self._file.write(bytes(2 * _BLOCK))


class Reader:
    """Reads parts of a backup. Raises BackupError where the file is no whole tar."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places = {info.name: info for info in self._infos() if "/" not in info.name}

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a part at the top."""
        if name not in self._places:
            raise BackupError(f"{self._path} is no whole backup: {name} is missing.")
        with self._opened() as tar:
            yield from _chunks(tar, self._places[name])

    def text(self, name: str) -> str:
        """A small part as text."""
        try:
            return b"".join(self.chunks(name)).decode()
        except UnicodeDecodeError as error:
            raise BackupError(f"{self._path} is damaged: {name} is no text.") from error

    def below(self, folder: str) -> Iterator[tuple[str, Iterator[bytes]]]:
        """The parts in a folder, by their name in it, in the order in which they were written."""
        with self._opened() as reading:
            for info in self._infos():
                if info.name.startswith(f"{folder}/"):
                    yield info.name.removeprefix(f"{folder}/"), _chunks(reading, info)

    def _infos(self) -> Iterator[tarfile.TarInfo]:
        with self._opened() as tar:
            try:
                while (info := tar.next()) is not None:
                    tar.members.clear()  # type: ignore[attr-defined]  # else a million files are remembered
                    yield info
            except (tarfile.TarError, OSError) as error:
                raise BackupError(f"{self._path} is no whole backup: {error}.") from error

    def _opened(self) -> tarfile.TarFile:
        try:
            return tarfile.open(self._path, "r:")
        except (tarfile.TarError, OSError) as error:
            raise BackupError(f"{self._path} cannot be read as a backup: {error}.") from error


def measured(name: str, chunks: Iterable[bytes]) -> Part:
    """A part as it is now, read to its end."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
    return Part(name, size, digest.hexdigest())


def _chunks(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    stream = tar.extractfile(info)
    if stream is None:
        raise BackupError(f"{info.name} in the backup is no file.")
    try:
        while chunk := stream.read(CHUNK):
            yield chunk
    except (tarfile.TarError, OSError) as error:
        raise BackupError(f"The backup ends in the middle of {info.name}: {error}.") from error
