"""The clock that rings for everything: however many run, one of them rings, the one that holds a lease in Redis.

Before each ring the lease is asked for, so a clock that was stopped, suspended or cut off rings at most once beside
its successor; that costs a needless bell, since every row is taken once (decision 2). What was rung when is kept
beside the lease, and whoever takes over goes on from there. Without Redis nothing can be rung: all stand by.
"""

import logging
import os
import secrets
import socket
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from celery.beat import ScheduleEntry, Scheduler

from unroller import store

logger = logging.getLogger(__name__)

HOLDER, RUNG = "clock:holder", "clock:rung"
LEASE_SECONDS = 6
"""A clock that dies without a word is followed by another after so long."""
LOOK_SECONDS = 1.0
"""How often a clock that stands by looks, and the one that rings renews."""

TAKE = """
local holder = redis.call('get', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'ex', ARGV[2])
return 1
"""
RELEASE = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""


class OneClock(Scheduler):  # type: ignore[misc]  # Celery has no types
    """Celery's scheduler, for one of several clocks."""

    max_interval = LOOK_SECONDS

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._standing = ""
        self._seen = time.time()
        super().__init__(*arguments, **named)

    @property
    def info(self) -> str:
        return "    . one of all clocks -> by a lease in Redis"

    def tick(self, *arguments: Any, **named: Any) -> float:
        """Ring for one thing that is due, if this is the clock that rings; the seconds until it wants the next."""
        try:
            holds = bool(store.client().eval(TAKE, 1, HOLDER, self.name, LEASE_SECONDS))
            if holds and self._standing != "rings":
                self._go_on_from(_rung())
        except store.Unavailable as error:
            self._stand("waits", f"Redis is away, nothing is rung: {error}")
            return LOOK_SECONDS
        if not holds:
            self._stand("stands by", "another clock rings, this one stands by")
            return LOOK_SECONDS
        self._stand("rings", "this clock rings")
        if time.time() < self._seen - LOOK_SECONDS:  # set back: what was rung "later than now" would wait for so long
            self._go_on_from({})
        self._seen = time.time()
        return float(super().tick(*arguments, **named))

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        super().apply_entry(entry, producer=producer)
        try:
            store.client().hset(RUNG, entry.name, str(time.time()))
        except store.Unavailable as error:
            logger.warning("when %s was rung is not kept: %s", entry.name, error)

    def close(self) -> None:
        """Let another clock ring at once."""
        super().close()
        try:
            store.client().eval(RELEASE, 1, HOLDER, self.name)
        except store.Unavailable as error:
            logger.warning("the lease runs out by itself: %s", error)

    def _stand(self, standing: str, words: str) -> None:
        """Say once how this clock stands."""
        if standing != self._standing:
            logger.log(logging.WARNING if standing == "waits" else logging.INFO, "%s: %s", self.name, words)
        self._standing = standing

    def _go_on_from(self, rung: Mapping[str, float]) -> None:
        """Take over when everything was rung last; never in the future, whatever other machines' clocks say."""
        for name, entry in self.schedule.items():
            last = datetime.fromtimestamp(rung[name], UTC) if name in rung else entry.last_run_at
            entry.last_run_at = min(last, entry.default_now())
        self._heap = None


def _rung() -> dict[str, float]:
    kept = cast("dict[bytes, bytes]", store.client().hgetall(RUNG))
    return {name.decode(): float(at) for name, at in kept.items()}
