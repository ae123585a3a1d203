"""Where the zips lie while they arrive and are read: one file each, below DATA_DIR, of which nothing stays."""

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from django.conf import settings

from unroller.models import Archive

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
    """Whether so many bytes more fit on the disk, what other uploads were promised not counted."""
    return shutil.disk_usage(folder()).free - size > SPARE_BYTES


def write(archive_id: UUID, offset: int, part: bytes) -> None:
    """Put bytes at their place, on the disk when this returns. What stood there or behind is overwritten or cut."""
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


def size_of(archive_id: UUID) -> int:
    """Bytes that are on the disk."""
    try:
        return path_of(archive_id).stat().st_size
    except FileNotFoundError:
        return 0


def delete(archive_id: UUID) -> None:
    path_of(archive_id).unlink(missing_ok=True)


def sweep() -> int:
    """Delete files that no row waits for: their worker was killed at the last moment, or their row was deleted."""
    needed = {path_of(each).name for each in Archive.objects.filter(state__in=OPEN).values_list("id", flat=True)}
    deleted = 0
    for path in folder().iterdir():
        with suppress(FileNotFoundError):
            oldest = ENDED_SECONDS if path.suffix == ENDING else LEFT_BEHIND_SECONDS
            if path.name not in needed and time.time() - path.stat().st_mtime > oldest:
                path.unlink()
                deleted += 1
    return deleted
