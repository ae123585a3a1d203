"""What is in the database: its tables with their rows, and which migrations made them."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection
from psycopg import sql

from .errors import BackupError

_TABLES = """SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ({kinds}) AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
             ORDER BY 1, 2"""
_WITH_ROWS, _ANYTHING = "'r'", "'r', 'p', 'v', 'm', 'S', 'f'"


@contextmanager
def snapshot() -> Iterator[tuple[psycopg.Connection[tuple[object, ...]], str]]:
    """One moment of the database: a connection that sees it, and its name, by which others see the same."""
    with connect() as here:
        here.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        (name,) = _row(here, "SELECT pg_export_snapshot()")
        yield here, str(name)
        here.execute("ROLLBACK")


@contextmanager
def connect() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection of its own to the site's database, each statement by itself. Raises BackupError."""
    if connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]:
        # pg_dump and pg_restore set things for their session; the pooler would hand those on to the site's connections.
        raise BackupError("DATABASE_URL names a pooler: for this command, name the server, without ?pgbouncer=true.")
    parameters = connection.get_connection_params()
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    given = {name: value for name, value in parameters.items() if name in known}
    try:
        here = psycopg.connect(**given, autocommit=True)
    except psycopg.OperationalError as error:
        raise BackupError(f"The database cannot be reached: {error}") from error
    with here:
        yield here


def counts(here: psycopg.Connection[tuple[object, ...]]) -> dict[str, int]:
    """The rows of each table, by its name."""
    found = {}
    for schema, name in here.execute(_TABLES.format(kinds=_WITH_ROWS)).fetchall():
        table = sql.Identifier(str(schema), str(name))
        (rows,) = _row(here, sql.SQL("SELECT count(*) FROM {}").format(table))
        found[str(name) if schema == "public" else f"{schema}.{name}"] = int(str(rows))
    return found


def things(here: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    """The names of everything that is not PostgreSQL's own: tables, views, sequences."""
    return [str(name) for _, name in here.execute(_TABLES.format(kinds=_ANYTHING)).fetchall()]


def migrations(here: psycopg.Connection[tuple[object, ...]]) -> dict[str, list[str]]:
    """The applied migrations by app. Raises BackupError where none ever was."""
    try:
        rows = here.execute("SELECT app, name FROM django_migrations ORDER BY app, name").fetchall()
    except psycopg.errors.UndefinedTable as error:
        raise BackupError("The database is empty: there is nothing to back up.") from error
    found: dict[str, list[str]] = {}
    for app, name in rows:
        found.setdefault(str(app), []).append(str(name))
    return found


def server_major(here: psycopg.Connection[tuple[object, ...]]) -> int:
    return here.info.server_version // 10_000


def _row(here: psycopg.Connection[tuple[object, ...]], query: str | sql.Composed) -> tuple[object, ...]:
    row = here.execute(query).fetchone()
    assert row is not None
    return row
