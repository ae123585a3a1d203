"""Can this process do its work? One check for each thing it needs, each with an end of its own.

A web process without its database, or with a database that lacks a migration, can answer nobody: not ready. Without
Redis every page is answered all the same, only slower, and what is asked for is kept as rows; and a worker that is late
is not mended by taking a web process away. Both are told, as degraded, and count as ready.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from functools import cache
from select import POLLIN, poll
from threading import Lock
from time import monotonic
from typing import NamedTuple

import psycopg
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn

from accounts.waiting import Line, standings
from unroller import store
from unroller.celery import app

SECONDS = 2
"""For one check: a probe that hangs says less than one that fails."""
FRESH = 1.0
"""Seconds for which an answer is given again."""
LATE: Mapping[str, int] = {
    "archive": 4 * 3600,
    "billing": 900,
    "bot": 900,
    "clock": 300,
    "comply": 6 * 3600,
    "copy": 6 * 3600,
    "export": 3600,
    "fetch": 900,
    "letters": 300,
    "look": 3600,
    "notify": 1800,
    "slow": 3600,
    "tell": 3600,
}
"""Seconds after which what waits for a Celery queue waits too long: somebody waits for a letter, nobody for a copy."""


class Check(NamedTuple):
    """What came of one check. `vital`: without it nobody can be served. `detail` is for operators only: it may name
    hosts."""

    name: str
    ok: bool
    vital: bool
    detail: str = ""


class Recent:
    """The checks as they came out lately: the address is open to all, and asking it often must cost nothing."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = tuple(lines)
        self._lock = Lock()
        self._found: list[Check] = []
        self._until = 0.0

    def look(self) -> list[Check]:
        """Those of the last FRESH seconds, or new ones. Only one thread looks: who asks meanwhile gets what was found
        before, so that a server that hangs does not hold all threads of this process."""
        if self._lock.acquire(blocking=not self._found):
            try:
                if monotonic() >= self._until:
                    self._found = look(self._lines)
                    self._until = monotonic() + FRESH
            finally:
                self._lock.release()
        return self._found


def look(lines: Iterable[Line]) -> list[Check]:
    """All checks. What needs the database is not asked for when that is away."""
    reachable = database()
    found = [reachable, redis()]
    if reachable.ok:
        found += [migrations(), queues(lines)]
    return found


def database() -> Check:
    """A connection of its own, so that one that hangs, or a server that takes no more, is found out in time."""
    return _checked("database", _connect, vital=True)


def redis() -> Check:
    """Its own time-outs are short."""
    return _checked("redis", lambda: _silent(store.client().ping()), vital=False)


def migrations() -> Check:
    """Everything this release needs was applied; what a newer one applied already does no harm."""
    return _checked("migrations", _missing_migrations, vital=True)


def queues(lines: Iterable[Line]) -> Check:
    """No due row waits longer than its queue's bound."""
    return _checked("queues", lambda: ", ".join(late(lines)), vital=False)


def late(lines: Iterable[Line]) -> list[str]:
    """The tasks whose oldest due row waits too long, with its seconds. Raises DatabaseError, TimeoutError."""
    standing = standings(lines)
    return [f"{line.task} {found.seconds:.0f} s" for line, found in standing if found.seconds > bound(line.task)]


def bound(task: str) -> int:
    """How many seconds a row may wait for a task."""
    return LATE[worker_of(task)]


def worker_of(task: str) -> str:
    """The Celery queue that a task's bells go to."""
    return str(app.amqp.router.route({}, task)["queue"].name)


def _checked(name: str, trouble: Callable[[], str], *, vital: bool) -> Check:
    """A check by what it finds: nothing, words, or an error."""
    try:
        detail = trouble()
    except (DatabaseError, store.Unavailable, OSError) as error:
        detail = f"{type(error).__name__}: {error}"
    return Check(name, not detail, vital, detail)


def _connect() -> str:
    """Behind a pooler one is connected also while the server itself is away: so the answer, too, has a time."""
    wanted = {**connection.get_connection_params(), "connect_timeout": SECONDS, "tcp_user_timeout": 1000 * SECONDS}
    try:
        with closing(psycopg.connect(**wanted)) as fresh:
            return _answer(fresh.pgconn)
    except psycopg.Error as error:
        return f"{type(error).__name__}: {error}"


def _answer(line: PGconn) -> str:
    """What is wrong with the answer to a question, for which there are SECONDS. Raises psycopg.Error."""
    until, heard = monotonic() + SECONDS, poll()
    heard.register(line.socket, POLLIN)
    line.send_query(b"SELECT 1")
    while line.is_busy():
        if not heard.poll(max(0.0, until - monotonic()) * 1000):
            return f"no answer within {SECONDS} seconds"
        line.consume_input()
    result = line.get_result()
    return "" if result and result.status == ExecStatus.TUPLES_OK else line.get_error_message()


def _missing_migrations() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    return ", ".join(".".join(node) for node in sorted(_wanted_migrations() - applied))


@cache
def _wanted_migrations() -> set[tuple[str, str]]:
    """The last migration of each app, as the files of this release say."""
    return {(node[0], node[1]) for node in MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes()}


def _silent(_: object) -> str:
    return ""
