"""Places that backups are made from and restored into: a database of their own, a folder of their own."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import psycopg
from django.core.files.storage import FileSystemStorage
from django.db import connection
from psycopg import sql

from tests.processes import DEADLINE

ROOT = Path(__file__).resolve().parent.parent.parent


class Forgetful(FileSystemStorage):
    """A storage from which a file goes just when it was listed."""

    def open(self, name: str, mode: str = "rb") -> Any:
        if name.startswith("b/"):
            self.delete(name)
        return super().open(name, mode)


class Watchful(FileSystemStorage):
    """A storage that notes, as each file is read, how many transactions of others stand open in the database."""

    open_ones: ClassVar[list[int]] = []

    def open(self, name: str, mode: str = "rb") -> Any:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in %'"
        with connection.cursor() as cursor:
            cursor.execute(f"{query} AND pid <> pg_backend_pid()")
            self.open_ones.append(cursor.fetchone()[0])
        return super().open(name, mode)


class Place(NamedTuple):
    """A database and a data folder."""

    url: str
    data: Path

    @property
    def files(self) -> Path:
        return self.data / "files"

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A command of manage.py here, in a process of its own, to its end."""
        running = self.start(*arguments)
        said, complained = running.communicate(timeout=4 * DEADLINE)
        return subprocess.CompletedProcess(running.args, running.returncode, said, complained)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": self.url, "DATA_DIR": str(self.data), "LOG_LEVEL": "ERROR"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def rows(self) -> dict[str, tuple[int, str]]:
        """How many rows each table has, and a digest over all that is in them."""
        with psycopg.connect(self.url) as here:
            return {name: _digest(here, name) for name in tables(here)}


def tables(here: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    return [str(name) for (name,) in here.execute(query).fetchall()]


def _digest(here: psycopg.Connection[tuple[object, ...]], table: str) -> tuple[int, str]:
    query = "SELECT count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {} t"
    row = here.execute(sql.SQL(query).format(sql.Identifier(table))).fetchone()
    assert row is not None
    return int(str(row[0])), str(row[1])


def test_place(data: Path) -> Place:
    """The database of the running test, with a folder."""
    return Place(_url(str(connection.settings_dict["NAME"])), data)


test_place.__test__ = False  # type: ignore[attr-defined]


@contextmanager
def empty_place(data: Path) -> Iterator[Place]:
    """A new database, which goes afterwards, and a folder that is not there yet."""
    name = f"place_{uuid.uuid4().hex}"
    with psycopg.connect(_url("postgres"), autocommit=True) as here:
        here.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield Place(_url(name), data)
        finally:
            here.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _url(database: str) -> str:
    known = connection.settings_dict
    return f"postgresql://{known['USER']}:{known['PASSWORD']}@{known['HOST']}:{known['PORT']}/{database}"
