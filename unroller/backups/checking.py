"""Says whether a backup is whole: every byte of it is read and held against what the backup says of itself."""

import hashlib
import json
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from .container import Part, Reader, measured
from .errors import BackupError
from .manifest import Manifest


class Listed(NamedTuple):
    """A file as the backup lists it."""

    name: str
    size: int
    sha256: str


def verify(path: Path) -> Manifest:
    """Read all of a backup; what it says of itself. Raises BackupError that names the first part that is not whole."""
    reader = Reader(path)
    text = reader.text("manifest.json")
    if hashlib.sha256(text.encode()).hexdigest() != reader.text("manifest.sha256"):
        raise BackupError(f"{path} is damaged: its manifest is not what was written.")
    manifest = Manifest.from_text(text)
    _hold(measured("database.dump", reader.chunks("database.dump")), manifest.dump_size, manifest.dump_sha256)
    if manifest.files is not None:
        _verify_files(reader, manifest)
    return manifest


def listed(reader: Reader) -> Iterator[Listed]:
    """The files of a backup, in their order."""
    rest = b""
    for chunk in reader.chunks("files.jsonl"):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (Listed(**json.loads(line)) for line in lines)


def _verify_files(reader: Reader, manifest: Manifest) -> None:
    listing = measured("files.jsonl", reader.chunks("files.jsonl"))
    _hold(listing, listing.size, manifest.list_sha256)
    for wanted, found in zip_longest(listed(reader), reader.below("files")):
        if wanted is None or found is None or wanted.name != found[0]:
            name = wanted.name if wanted else found[0]
            raise BackupError(f"The backup is damaged: its files are not those of its list, from {name} on.")
        _hold(measured(*found), wanted.size, wanted.sha256)


def _hold(part: Part, size: int, sha256: str) -> None:
    if (part.size, part.sha256) != (size, sha256):
        raise BackupError(f"The backup is damaged: {part.name} is not what was written.")
