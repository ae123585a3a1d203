"""Zips on their way, in a bucket that all machines share: each part is an object, named by where it begins.

Parts come to whichever machine the browser reaches, and are joined on the disk of the one that reads.
"""

import logging
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from unroller import file_store

logger = logging.getLogger(__name__)

FOLDER = "archives"
JOINED_AT_ONCE = 4_000_000
DELETED_AT_ONCE = 8
LEFT_BEHIND = timedelta(hours=1)
"""What has no row for so long is no zip in one piece whose row is just being made."""


def is_used() -> bool:
    """Whether the site has such a bucket."""
    return file_store.is_shared(settings.STORAGES["default"])


def write(key: str, offset: int, part: bytes) -> None:
    """A part, whole or not at all; one that began at the same place is replaced. Raises Away."""
    default_storage.save(_name(key, offset), ContentFile(part))


def put(key: str, path: Path) -> None:
    """All of it in one piece. Raises Away."""
    with path.open("rb") as file:
        default_storage.save(_name(key, 0), File(file))


def join(key: str, size: int, path: Path, *, tell: Callable[[], None]) -> None:
    """All parts, one behind the other, in a file of this machine; what it has of them already is not fetched again.

    `tell` is called often; whatever it raises ends the joining. Every byte is written at its own place, so two who join
    the same zip do each other no harm. Raises FileNotFoundError where a part is missing, and Away.
    """
    offsets = sorted(int(name) for name in default_storage.listdir(f"{FOLDER}/{key}")[1])
    if offsets[:1] != [0]:
        raise FileNotFoundError(f"{FOLDER}/{key}: does not begin")
    path.touch(0o600)
    here = path.stat().st_size
    with path.open("r+b") as file:
        for offset, end in zip(offsets, [*offsets[1:], size], strict=True):
            if here < end:
                here = _join_part(_name(key, offset), file, offset, skip=max(0, here - offset), tell=tell)
            if here < end:
                raise FileNotFoundError(f"{FOLDER}/{key}: a part is missing at {here}")


def delete(key: str) -> None:
    """All of its parts. Raises Away."""
    names = [f"{FOLDER}/{key}/{name}" for name in default_storage.listdir(f"{FOLDER}/{key}")[1]]
    with ThreadPoolExecutor(DELETED_AT_ONCE) as crew:
        list(crew.map(default_storage.delete, names))


def sweep(needed: Collection[str]) -> int:
    """Delete what no row needs: the bucket was away when it ended, or a worker was killed. How many there were."""
    deleted = 0
    for key in set(default_storage.listdir(FOLDER)[0]).difference(needed):
        names = default_storage.listdir(f"{FOLDER}/{key}")[1]
        if names and default_storage.get_modified_time(f"{FOLDER}/{key}/{max(names)}") < timezone.now() - LEFT_BEHIND:
            delete(key)
            deleted += 1
    return deleted


def _join_part(name: str, file: IO[bytes], begin: int, *, skip: int, tell: Callable[[], None]) -> int:
    """A part that begins at `begin`, but for its first `skip` bytes; where the file ends now."""
    with default_storage.open(name) as part:
        part.seek(skip)
        file.seek(begin + skip)
        while piece := part.read(JOINED_AT_ONCE):
            file.write(piece)
            tell()
    return file.tell()


def _name(key: str, offset: int) -> str:
    return f"{FOLDER}/{key}/{offset:012d}"
