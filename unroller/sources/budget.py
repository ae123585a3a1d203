"""How often a network may be asked: the protocol of a budget, and the one for a single process."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from unroller.core.errors import OutOfCredits, RateLimited

BREAKER = timedelta(minutes=5)
"""How long nobody asks a network that answered "out of credits"."""
LONGEST_PACE = 1.5
"""Seconds a caller may be held to keep its distance from the call before. It is spacing, not waiting for a window."""


class Budget(Protocol):
    """Shared knowledge of what a network allows. A bucket is a network, or one of its narrower limits ("x:all")."""

    def enter(self, bucket: str, *, every: float) -> None:
        """Pass, or raise RateLimited / OutOfCredits. `every`: seconds between two calls of this bucket, 0 for none."""

    def close(self, bucket: str, until: datetime, *, unpaid: bool) -> None:
        """The network refused: nobody enters before `until`; `unpaid` when it wants money, not time."""

    def spend(self, bucket: str, posts: int) -> None:
        """Paid reads are counted after the answer."""


class ProcessBudget:
    """A budget for one process without Redis (the foreground command)."""

    def __init__(self) -> None:
        self._closed: dict[str, tuple[datetime, bool]] = {}
        self._next: dict[str, float] = {}

    def enter(self, bucket: str, *, every: float) -> None:
        until, unpaid = self._closed.get(bucket, (None, False))
        if until is not None and until > datetime.now(UTC):
            raise OutOfCredits() if unpaid else RateLimited(until)
        pause = self._next.get(bucket, 0) - time.monotonic()
        if pause > 0:
            time.sleep(min(pause, LONGEST_PACE))
        self._next[bucket] = time.monotonic() + every

    def close(self, bucket: str, until: datetime, *, unpaid: bool) -> None:
        self._closed[bucket] = (until, unpaid)

    def spend(self, bucket: str, posts: int) -> None:
        pass
