"""How many different people opened which thread today, without knowing any of them: counted in Redis.

A visitor is a digest of their address and browser, made with a key of the day. Only a HyperLogLog sees it, which keeps
no members, and the key is forgotten with its day: nobody can tell later who it was, nor that it was the same person.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import cast

from unroller import store

KEPT = timedelta(days=2)
"""Of a day's key and counts in Redis, from their last use: yesterday's are still written down after midnight."""


def note(thread_id: int, address: str, agent: str) -> None:
    """Somebody reads a thread. Not counted while Redis is away."""
    day = datetime.now(UTC).date()
    try:
        visitor = hmac.new(_key(day), f"{address}\n{agent}".encode(errors="replace"), hashlib.sha256).digest()
        with store.client().pipeline() as pipe:
            pipe.pfadd(_name(day, thread_id), visitor)
            pipe.expire(_name(day, thread_id), KEPT)
            pipe.sadd(_touched(day), thread_id)
            pipe.expire(_touched(day), KEPT)
            pipe.execute()
    except store.Unavailable:
        return


def read_on(day: date) -> list[int]:
    """The ids of the threads that somebody read on a day (UTC). Raises store.Unavailable."""
    return sorted(map(int, cast("set[bytes]", store.client().smembers(_touched(day)))))


def readers_on(day: date, thread_ids: Sequence[int]) -> list[int]:
    """How many read each of them, to about one in a hundred. Raises store.Unavailable."""
    with store.client().pipeline(transaction=False) as pipe:
        for thread_id in thread_ids:
            pipe.pfcount(_name(day, thread_id))
        return cast("list[int]", pipe.execute())


def let_go(day: date) -> None:
    """The day is over and written down: nobody has to go through its threads again. Raises store.Unavailable."""
    store.client().delete(_touched(day))


def _key(day: date) -> bytes:
    """The day's secret: whoever comes first makes it."""
    name = f"readers:key:{day}"
    store.client().set(name, secrets.token_bytes(32), nx=True, ex=KEPT)
    return cast("bytes", store.get(name))


def _name(day: date, thread_id: int) -> str:
    return f"readers:{day}:{thread_id}"


def _touched(day: date) -> str:
    return f"readers:{day}"
