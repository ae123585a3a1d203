"""One at a time, in whatever process: for what must not be inside a transaction, such as keys that are good once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from accounts.turns import turn
from unroller.core.errors import Unreachable

LONGEST_WAIT = timedelta(seconds=30)
"""For another process's turn, which is one question to a network."""


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Nobody else does meanwhile what has this name. Raises Unreachable when the others take too long."""
    with turn(name, wait=LONGEST_WAIT) as is_ours:
        if not is_ours:
            raise Unreachable("another worker has its turn")
        yield
