"""Which database a read asks: public pages may be read from a replica, as long as it is hardly behind.

Without `DATABASE_REPLICA_URL` there is one database. With it, whoever calls something that `may_lag` reads it from the
replica, unless that is away or more than MOST_LAG behind; what is not found there is looked for in the database itself.
How far behind it is, is known without a clock of its own: it has replayed all that the database had written at a moment
that this process remembers.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from threading import Lock
from typing import Any, NamedTuple, ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.models import Model
from django.http import Http404

logger = logging.getLogger(__name__)

ALIAS = "replica"
APP = "unroller"
MOST_LAG = 5.0
"""Seconds."""
LOOK_EVERY = 1.0
"""Seconds; so what is read may be this much older than MOST_LAG."""
AGAIN_AFTER = 10.0
"""Seconds until a replica that was away is tried again."""

WRITTEN = "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"
REPLAYED = "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() - '0/0'::pg_lsn"

Arguments = ParamSpec("Arguments")
Found = TypeVar("Found")

_reads_replica = ContextVar("reads_replica", default=False)


class Behind(Exception):
    """The replica does not know yet what is asked for."""


class Router:
    """Django's question to every query: which database? Only this app's rows are read from the replica: whether
    somebody is signed in, and who paid, is never asked there."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return ALIAS if _reads_replica.get() and model._meta.app_label == APP else None  # noqa: SLF001

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, first: Model, second: Model, **hints: Any) -> bool:
        return True

    def allow_migrate(self, database: str, app_label: str, **hints: Any) -> bool:
        return database == DEFAULT_DB_ALIAS


def alias() -> str:
    """The database for statements that no model makes."""
    return ALIAS if is_read() else DEFAULT_DB_ALIAS


def is_read() -> bool:
    """Whether this is being read from the replica."""
    return _reads_replica.get()


def may_lag(read: Callable[Arguments, Found]) -> Callable[Arguments, Found]:
    """For reads that change nothing and that everybody may make: from the replica if it is fresh, and if that does not
    have it (`Behind`, Http404), or fails, from the database itself."""

    @wraps(read)
    def chosen(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Found:
        if ALIAS not in connections or not _watch.is_fresh():
            return read(*args, **kwargs)
        try:
            with _reading():
                return read(*args, **kwargs)
        except (Behind, Http404):
            return read(*args, **kwargs)
        except Error as error:
            if not connections[ALIAS].errors_occurred:
                raise
            logger.warning("the replica failed: %s", error)
            _watch.give_up()
            return read(*args, **kwargs)

    return chosen


@contextmanager
def _reading() -> Iterator[None]:
    token = _reads_replica.set(True)
    try:
        yield
    finally:
        _reads_replica.reset(token)


class _Moment(NamedTuple):
    """How far the database had written at a moment of the monotonic clock; a position in its log, in bytes."""

    at: float
    written: int


class _Watch:
    """What this process knows of the replica. One thread looks, the others take what it found last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._moments: deque[_Moment] = deque(maxlen=int(MOST_LAG / LOOK_EVERY) + 1)
        self._look_at = 0.0
        self._is_fresh = False

    def is_fresh(self) -> bool:
        if time.monotonic() >= self._look_at and self._lock.acquire(blocking=False):
            try:
                self._look_at = time.monotonic() + LOOK_EVERY
                self._is_fresh = self._looks_fresh()
            finally:
                self._lock.release()
        return self._is_fresh

    def give_up(self) -> None:
        """It failed: for a while nobody asks it."""
        self._is_fresh, self._look_at = False, time.monotonic() + AGAIN_AFTER

    def _looks_fresh(self) -> bool:
        try:
            with connections[ALIAS].cursor() as cursor:
                cursor.execute(REPLAYED)
                is_replica, replayed = cursor.fetchone()
        except Error as error:
            logger.warning("the replica is away: %s", error)
            self._look_at = time.monotonic() + AGAIN_AFTER
            return False
        try:
            with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
                cursor.execute(WRITTEN)
                self._moments.append(_Moment(time.monotonic(), cursor.fetchone()[0]))
        except Error as error:
            # Nothing is written meanwhile that the replica could miss, and an old page is better than none.
            logger.warning("only the replica answers: %s", error)
            return bool(is_replica)
        earliest = time.monotonic() - MOST_LAG
        return is_replica and any(moment.at >= earliest and replayed >= moment.written for moment in self._moments)


_watch = _Watch()
