"""Makes a backup while the site runs: the database as it was at one moment, then the files."""

import fcntl
import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import django
from django.conf import settings
from django.utils import timezone

from unroller import env
from unroller.embedded.place import is_same_file

from . import database, files, programs
from .container import CHUNK, Part, Writer
from .errors import BackupError
from .manifest import Manifest

DRAFT = ".partial"
"""What is added to the name of a backup that is not whole. The next one takes its place."""


def make(where: Path, *, with_files: bool = True, say: Callable[[str], None]) -> tuple[Path, Manifest]:
    """Write a backup to `where`: a folder, in which it gets a name with the time, or the name of a file that is not
    there yet. Raises BackupError; then nothing with that name is there."""
    now = timezone.now()
    target = where / f"unroller-{now:%Y%m%d-%H%M%S}.tar" if where.is_dir() else where
    draft = where / f"unroller{DRAFT}" if where.is_dir() else where.with_name(f"{where.name}{DRAFT}")
    if target.exists():
        raise BackupError(f"{target} is there already, and a backup never overwrites anything.")
    try:
        with _drafted(draft, target) as file:
            writer = Writer(file)
            say("The database …")
            with database.snapshot() as (here, name):
                applied = database.migrations(here)
                major, tables = database.server_major(here), database.counts(here)
                dump = writer.add("database.dump", programs.dump(name, server_major=major))
            # Files may take hours, in which an open transaction would keep every dead row from being cleared away.
            kept = _add_files(writer, say) if with_files else None
            manifest = Manifest(
                made_at=now.isoformat(),
                site=settings.SITE_URL,
                server_major=major,
                dump_size=dump.size,
                dump_sha256=dump.sha256,
                tables=tables,
                migrations=applied,
                files=kept.count if kept else None,
                files_size=kept.size if kept else 0,
                list_sha256=kept.listed.sha256 if kept else "",
                vanished=kept.vanished if kept else 0,
                settings=env.names_set(),
                versions=_versions(),
            )
            _add_manifest(writer, manifest)
    except OSError as error:
        raise BackupError(f"The backup could not be written: {error}.") from error
    return target, manifest


class _Kept:
    """What was copied of the storage."""

    count, size, vanished = 0, 0, 0
    listed: Part


def _add_files(writer: Writer, say: Callable[[str], None]) -> _Kept:
    say("The files …")
    kept = _Kept()
    with tempfile.TemporaryFile() as listing:
        for name in files.names():
            file = files.opened(name)
            if file is None:
                kept.vanished += 1
                continue
            part = writer.add(f"files/{name}", files.chunks(file))
            line = {"name": name, "size": part.size, "sha256": part.sha256}
            listing.write(f"{json.dumps(line)}\n".encode())
            kept.count, kept.size = kept.count + 1, kept.size + part.size
        listing.seek(0)
        kept.listed = writer.add("files.jsonl", _chunks(listing))
    return kept


def _add_manifest(writer: Writer, manifest: Manifest) -> None:
    text = manifest.as_text().encode()
    writer.add("manifest.json", [text])
    writer.add("manifest.sha256", [hashlib.sha256(text).hexdigest().encode()])
    writer.end()


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), "django": django.get_version()}


def _chunks(file: IO[bytes]) -> Iterable[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


@contextmanager
def _drafted(draft: Path, target: Path) -> Iterator[IO[bytes]]:
    """A file for its owner alone that gets its name when it is whole and on the disk."""
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError(f"Another backup is just being written to {draft}.") from error
        if not is_same_file(descriptor, draft):
            raise BackupError(f"Another backup was just written to {draft}.")  # and has its name: it is whole
        file.truncate(0)  # what one that was killed has left
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if target.exists():
                raise BackupError(f"{target} came into being meanwhile, and a backup never overwrites anything.")
            draft.rename(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    folder = os.open(target.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
