"""One at a time, in whatever process: for what must not be inside a transaction, such as keys that are good once."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection

from unroller.core.errors import Unreachable

LONGEST_WAIT = "30s"
"""For another process's turn, which is one question to a network."""


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Nobody else does meanwhile what has this name. The database ends it by itself when this process dies. Raises
    Unreachable when the others take too long."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [LONGEST_WAIT])
        try:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 1))", [name])
        except OperationalError as error:
            raise Unreachable("another worker has its turn") from error
        finally:
            _reset_timeout()
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", [name])


def _reset_timeout() -> None:
    if not connection.needs_rollback and connection.is_usable():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', '0', false)")
