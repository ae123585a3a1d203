"""What workers count. They have no address at which anybody could ask them, so their sums stand in Redis, for all
workers together, and whichever web process is asked tells them.

Nothing here may hurt a worker: what is counted waits in its memory until the task ends, and while Redis is away it goes
on waiting there, and Redis is left alone for a while. What a killed worker had not handed over is lost; what Redis took
without being able to say so is counted twice.
"""

import json
import logging
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from threading import Lock
from typing import NamedTuple, cast

import redis
from django.conf import settings

KEY = "tallies"
"""One hash: a field for each sum, its name and its labels as JSON."""
LEFT_ALONE = 10.0
"""Seconds without a try after Redis did not answer."""

logger = logging.getLogger(__name__)


class Tally(NamedTuple):
    """A sum by its name and the labels that tell it apart from others of that name."""

    name: str
    labels: tuple[str, ...]
    value: float


class _Sums:
    """Of this process, until they are handed over."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.waiting: defaultdict[str, float] = defaultdict(float)
        self.silent_until = 0.0


_sums = _Sums()


def note(name: str, *labels: str, by: float = 1) -> None:
    """Count something. Labels come from short lists: a label of a reader's making would grow for ever."""
    with _sums.lock:
        _sums.waiting[json.dumps([name, *labels])] += by


def hand_over() -> bool:
    """Add what was counted to the sums in Redis; False when it has to wait."""
    with _sums.lock:
        if not _sums.waiting or time.monotonic() < _sums.silent_until:
            return not _sums.waiting
        mine, _sums.waiting = _sums.waiting, defaultdict(float)
    try:
        with _redis().pipeline(transaction=False) as pipe:
            for field, value in mine.items():
                pipe.hincrbyfloat(KEY, field, value)
            pipe.execute()
    except redis.RedisError as error:
        logger.warning("%d sums not handed over: %s", len(mine), error)
        with _sums.lock:
            _sums.silent_until = time.monotonic() + LEFT_ALONE
            for field, value in mine.items():
                _sums.waiting[field] += value
        return False
    return True


def set_now(name: str, *labels: str, value: float) -> None:
    """Write a number that is no sum, at once."""
    try:
        _redis().hset(KEY, json.dumps([name, *labels]), str(value))
    except redis.RedisError as error:
        logger.warning("%s not written: %s", name, error)


def read() -> Iterator[Tally]:
    """All of them, of all workers. Raises redis.RedisError."""
    found = cast("dict[bytes, bytes]", _redis().hgetall(KEY))
    for field, value in found.items():
        name, *labels = json.loads(field)
        yield Tally(name, tuple(labels), float(value))


@cache
def _redis() -> "redis.Redis":
    timeout = settings.REDIS_TIMEOUT
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=timeout, socket_connect_timeout=timeout)
