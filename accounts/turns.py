"""One at a time, in whatever process: for work that must not be inside a transaction of its own.

The lock belongs to a transaction on a connection of its own, which does nothing else meanwhile. So it holds behind a
pooler that gives every transaction another connection, and it ends with the process that holds it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import OperationalError, connection
from django.db.backends.utils import CursorWrapper
from psycopg.errors import LockNotAvailable

AT_ONCE = timedelta(0)


@contextmanager
def turn(name: str, *, wait: timedelta = AT_ONCE) -> Iterator[bool]:
    """Whether this is the only one under this name, after waiting so long at most; as long as it lasts."""
    own = connection.copy()
    try:
        own.ensure_connection()
        own.set_autocommit(False)
        with own.cursor() as cursor:
            if wait:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{wait // timedelta(milliseconds=1)}"])
                is_ours = _waited(cursor, name)
            else:
                cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 1))", [name])
                is_ours = bool(cursor.fetchone()[0])
        yield is_ours
    finally:
        own.close()


def _waited(cursor: CursorWrapper, name: str) -> bool:
    try:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [name])
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return False
        raise
    return True
