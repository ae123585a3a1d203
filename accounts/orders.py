"""What operators order while the site runs: read by each process once after a change, not at each use.

A board is one table as a plain value. Whoever writes the table says `changed()`; a number in Redis then tells every
process, within FRESH seconds, that what it holds is old. Reads on hot paths cost neither a query nor, most of the time,
a word with Redis. With Redis away a board is read anew after OLDEST seconds.
"""

import logging
import time
from collections.abc import Callable
from functools import cache
from typing import Generic, NamedTuple, TypeVar, cast

import redis
from django.conf import settings
from django.db import DatabaseError, transaction

logger = logging.getLogger(__name__)

FRESH = 3.0
"""Seconds for which nobody asks whether there is news."""
OLDEST = 300.0
"""Seconds after which a board is read anew, news or not: the news of it may have been lost."""

T = TypeVar("T")


class Held(NamedTuple):
    """A board as one process has it: what was read, the number of its news then, and two times (monotonic)."""

    value: object
    news: bytes | None
    read_at: float
    asked_at: float


class Board(Generic[T]):
    """One table of orders. `read` makes the value that `now` answers with; `none` is that of an empty table, and what
    holds as long as the database was never there to be asked."""

    def __init__(self, name: str, read: Callable[[], T], *, none: T) -> None:
        self._key = f"orders:{name}"
        self._read = read
        self._none = none
        self._held: Held | None = None

    def now(self) -> T:
        """The orders, at most FRESH seconds old, or those of before while the database is away."""
        held, moment = self._held, time.monotonic()
        if held is not None and moment - held.asked_at < FRESH:
            return cast("T", held.value)
        try:
            news = self._news()
        except redis.RedisError as error:
            logger.warning("no news of %s: %s", self._key, error)
            news = held.news if held else None
        if held is not None and news == held.news and moment - held.read_at < OLDEST:
            self._held = held._replace(asked_at=moment)
            return cast("T", held.value)
        return self._renewed(held, news, moment)

    def changed(self) -> None:
        """Tell all processes, after the caller's commit, that the table is another."""
        transaction.on_commit(self._tell, robust=True)

    def hold(self, value: T) -> None:
        """Take something for what was read while there was no news yet: how a test begins."""
        moment = time.monotonic()
        self._held = Held(value, None, moment, moment)

    def _renewed(self, held: Held | None, news: bytes | None, moment: float) -> T:
        try:
            value = self._read()
        except DatabaseError:
            logger.exception("%s: the orders of before hold", self._key)
            self._held = (held or Held(self._none, None, moment - OLDEST, moment))._replace(asked_at=moment)
            return cast("T", self._held.value)
        self._held = Held(value, news, moment, moment)
        return value

    def _tell(self) -> None:
        self._held = None
        try:
            _client().incr(self._key)
        except redis.RedisError as error:
            logger.warning("news of %s not told: %s", self._key, error)

    def _news(self) -> bytes | None:
        return cast("bytes | None", _client().get(self._key))


@cache
def _client() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=settings.REDIS_TIMEOUT, socket_connect_timeout=settings.REDIS_TIMEOUT
    )
