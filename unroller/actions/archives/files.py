"""Where the zips lie while they arrive and are read: one file each, below DATA_DIR, of which nothing stays.

Where machines share a bucket (`in_store`) a zip arrives there in parts, and what lies below DATA_DIR is the copy of the
machine that reads it.
"""

import errno
import logging
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from django.conf import settings

from unroller.actions.archives import in_store
from unroller.file_store import Away
from unroller.models import Archive

logger = logging.getLogger(__name__)

ENDING = ".part"
SPARE_BYTES = 1_000_000_000
"""Of the disk that no upload may use up: the site itself goes on."""
LEFT_BEHIND_SECONDS = 3600
"""What nobody has written to for so long is no upload in one piece that is still going on, nor a picture on its way."""
ENDED_SECONDS = 60
"""The same for a file that had a row: its reading is over, or its row was deleted."""
OPEN = (Archive.State.RECEIVING, Archive.State.QUEUED, Archive.State.READING)
"""States in which the file is needed."""


def folder() -> Path:
    """Where they lie; made where it is missing."""
    place = Path(settings.DATA_DIR) / "archives"
    place.mkdir(parents=True, exist_ok=True)
    return place


def path_of(archive_id: UUID) -> Path:
    return folder() / f"{archive_id}{ENDING}"


def has_room(size: int) -> bool:
    """Whether so many bytes more fit where zips arrive, what other uploads were promised not counted."""
    return in_store.is_used() or disk_has_room(size)


def disk_has_room(size: int) -> bool:
    """The same of this machine's disk."""
    return shutil.disk_usage(folder()).free - size > SPARE_BYTES


def write(archive_id: UUID, offset: int, part: bytes) -> None:
    """Put bytes at their place, safe when this returns. What stood there or behind is overwritten or cut. Raises
    OSError, and Away."""
    if in_store.is_used():
        in_store.write(str(archive_id), offset, part)
        return
    handle = os.open(path_of(archive_id), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.ftruncate(handle, offset)
        os.lseek(handle, offset, os.SEEK_SET)
        left = memoryview(part)
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def put(archive_id: UUID, path: Path) -> None:
    """A file of this machine's folder as all of a zip. Raises OSError, and Away."""
    if in_store.is_used():
        in_store.put(str(archive_id), path)
    else:
        path.replace(path_of(archive_id))


def received(row: Archive) -> int:
    """Bytes of it that are here; a disk may have lost some."""
    return row.received if in_store.is_used() else min(row.received, _size_of(row.pk))


def bring_here(row: Archive, *, tell: Callable[[], None]) -> Path:
    """The whole zip on this machine's disk; `tell` is called often meanwhile, and ends it by raising. Raises
    FileNotFoundError for one that is lost, OSError for a full disk, and Away."""
    path = path_of(row.pk)
    if in_store.is_used():
        sweep_disk()
        if not disk_has_room(row.size - _size_of(row.pk)):
            raise OSError(errno.ENOSPC, "no room for a copy of an archive")
        in_store.join(str(row.pk), row.size, path, tell=tell)
    elif not path.exists():
        raise FileNotFoundError(path)
    return path


def delete(archive_id: UUID) -> None:
    """Nothing of it stays; while a bucket is away, what is there stays until the next sweep."""
    path_of(archive_id).unlink(missing_ok=True)
    if in_store.is_used():
        try:
            in_store.delete(str(archive_id))
        except Away:
            logger.exception("archive %s is not deleted yet", archive_id)


def sweep() -> int:
    """Delete files that no row waits for: their worker was killed at the last moment, or their row was deleted."""
    deleted = sweep_disk()
    if in_store.is_used():
        deleted += in_store.sweep({str(each) for each in _needed()})
    return deleted


def sweep_disk() -> int:
    """The same of this machine's own."""
    needed = {path_of(each).name for each in _needed()}
    deleted = 0
    for path in folder().iterdir():
        with suppress(FileNotFoundError):
            oldest = ENDED_SECONDS if path.suffix == ENDING else LEFT_BEHIND_SECONDS
            if path.name not in needed and time.time() - path.stat().st_mtime > oldest:
                path.unlink()
                deleted += 1
    return deleted


def _needed() -> list[UUID]:
    return list(Archive.objects.filter(state__in=OPEN).values_list("id", flat=True))


def _size_of(archive_id: UUID) -> int:
    """Bytes that are on the disk."""
    try:
        return path_of(archive_id).stat().st_size
    except FileNotFoundError:
        return 0
