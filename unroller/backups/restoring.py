"""Restores a backup into an empty database and an empty storage, and into nothing else."""

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from . import database, files, programs
from .checking import verify
from .container import CHUNK, Reader
from .errors import BackupError
from .manifest import Manifest

_IN_MEMORY = 8 * CHUNK


def restore(path: Path, *, say: Callable[[str], None]) -> Manifest:
    """Check a backup, write it into the database and the storage, and count again. Raises BackupError; before the
    check has passed nothing is touched, and the database comes whole or not at all."""
    say("Checking the backup …")
    manifest = verify(path)
    major = _refuse(manifest)
    try:
        _write(path, manifest, major, say=say)
    except OSError as error:
        raise BackupError(f"The backup could not be restored: {error}.") from error
    _compare(manifest)
    _migrate(say)
    return manifest


def _write(path: Path, manifest: Manifest, major: int, *, say: Callable[[str], None]) -> None:
    """The files, and then the database: as long as that is empty, nothing was restored."""
    reader = Reader(path)
    if manifest.files:
        say(f"The files ({manifest.files:,}) …")
        for name, chunks in reader.below("files"):
            _save(name, chunks)
    say("The database …")
    programs.load(reader.chunks("database.dump"), server_major=major)


def _refuse(manifest: Manifest) -> int:
    """The server's major version. Raises BackupError where this backup cannot be restored here."""
    newer = _newer(manifest)
    if newer:
        raise BackupError(f"The backup is of newer code, which has the migration {newer}: update this code first.")
    with database.connect() as here:
        major, things = database.server_major(here), database.things(here)
    if major < manifest.server_major:
        raise BackupError(
            f"The backup is of PostgreSQL {manifest.server_major}, and this server is {major}: use one as new."
        )
    if things:
        raise BackupError(
            f"The database is not empty (it has {things[0]}), and a restore overwrites nothing:"
            " name an empty one in DATABASE_URL, or begin with an empty DATA_DIR."
        )
    if manifest.files and (name := next(files.names(), None)) is not None:
        raise BackupError(
            f"The storage is not empty (it has {name}), and a restore overwrites nothing: name an empty one. What a"
            " restore that was interrupted has left has to be deleted first."
        )
    return major


def _newer(manifest: Manifest) -> str:
    """The first migration of the backup that this code does not have."""
    known = MigrationLoader(None).disk_migrations
    return next(
        (
            f"{app}.{name}"
            for app, applied in manifest.migrations.items()
            for name in applied
            if known is not None and (app, name) not in known
        ),
        "",
    )


def _save(name: str, chunks: Iterable[bytes]) -> None:
    """Save a file under its own name. Some storages go through what they send more than once."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        for chunk in chunks:
            file.write(chunk)
        file.seek(0)
        saved = default_storage.save(name, File(file))
    if saved != name:
        raise BackupError(f"The storage saved {name} as {saved}: something else writes to it.")


def _compare(manifest: Manifest) -> None:
    """Hold the restored rows against the backup's."""
    with database.connect() as here:
        found = database.counts(here)
        here.execute("ANALYZE")
    wrong = sorted(name for name in found | manifest.tables if found.get(name) != manifest.tables.get(name))
    if wrong:
        raise BackupError(f"The restored database does not have the rows of the backup: {', '.join(wrong)}.")


def _migrate(say: Callable[[str], None]) -> None:
    """Bring the data of older code to the state of this one."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Bringing the data of older code to the state of this one …")
        call_command("migrate", interactive=False, verbosity=0)
