"""PostgreSQL and Redis: there, new enough, with room, and with the same time as this machine."""

import time
from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError, connection, connections

from unroller import readiness, replica, store

from .finding import Finding, broken, in_words, off, ok, warning

LEAST_POSTGRES, LEAST_REDIS = 14, (6, 2)
ROOM = 0.8
"""Of the connections that PostgreSQL takes; of the memory that Redis may have."""
OFF_BY = 2.0
"""Seconds by which clocks may differ: leases are 90 seconds, those of the clock 6."""


def postgres() -> Iterator[Finding]:
    """Reachable, its version, migrations, and room for connections."""
    reached = readiness.database()
    if not reached.ok:
        mend = "See that PostgreSQL runs and that DATABASE_URL has its address, user and password."
        yield broken("PostgreSQL", " ".join(reached.detail.split()), mend)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int / 10000, current_setting('max_connections')::int,"
            " (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),"
            " extract(epoch FROM clock_timestamp())::float8"
        )
        version, most, used, now = cursor.fetchone()
    if version < LEAST_POSTGRES:
        yield broken("PostgreSQL", f"{version} is too old", f"Upgrade it to {LEAST_POSTGRES} or newer (tried with 18).")
    else:
        yield ok("PostgreSQL", f"{version} answers")
    yield _clock("PostgreSQL", now)
    yield _migrations()
    sentence = f"{used} of {most} connections are in use"
    if used > most * ROOM:
        yield warning("connections", sentence, "Raise max_connections, or put a pooler in between (docs/operating.md).")
    else:
        yield ok("connections", sentence)


def the_replica() -> Iterator[Finding]:
    """Reachable, a replica indeed, and how long it takes until it has what PostgreSQL has now."""
    if replica.ALIAS not in connections:
        yield off("replica", "DATABASE_REPLICA_URL is not set: everything is read from PostgreSQL itself")
        return
    try:
        behind = _seconds_behind()
    except DatabaseError as error:
        mend = "See that it runs, and that DATABASE_REPLICA_URL has its address, user and password."
        yield broken("replica", in_words(error), mend)
        return
    if behind is None:
        mend = "Name a streaming replica of DATABASE_URL's database in DATABASE_REPLICA_URL, or nothing."
        yield broken("replica", "is no replica, or follows another database: nothing is read there", mend)
    elif behind > replica.MOST_LAG:
        mend = "See pg_stat_replication on PostgreSQL, and the log, the disk and pg_is_wal_replay_paused() there."
        yield warning("replica", f"more than {replica.MOST_LAG:.0f} seconds behind: nothing is read there", mend)
    else:
        yield ok("replica", f"{behind:.1f} seconds behind")


def _seconds_behind() -> float | None:
    """Beyond MOST_LAG not measured to the end. None for a database that follows no other. Raises DatabaseError."""
    with connection.cursor() as here, connections[replica.ALIAS].cursor() as there:
        here.execute(replica.WRITTEN)
        written, begin = here.fetchone()[0], time.monotonic()
        while True:
            there.execute(replica.REPLAYED)
            is_replica, replayed = there.fetchone()
            waited = time.monotonic() - begin
            if not is_replica:
                return None
            if replayed >= written or waited > replica.MOST_LAG:
                return waited
            time.sleep(0.05)


def redis() -> Iterator[Finding]:
    """Reachable, its version, what it does when it is full, and its clock."""
    try:
        told: dict[str, Any] = store.client().info()
        seconds, micros = store.client().time()
    except store.Unavailable as error:
        mend = "See that Redis runs and that REDIS_URL has its address and password."
        yield broken("Redis", in_words(error), mend)
        return
    version = str(told.get("valkey_version") or told.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2]) < LEAST_REDIS:
        yield warning("Redis", f"{version} is old", "Upgrade it to 6.2 or newer.")
    else:
        yield ok("Redis", f"{version} answers")
    yield _clock("Redis", seconds + micros / 1e6)
    yield _memory(told)


def _memory(told: dict[str, Any]) -> Finding:
    used, most, policy = int(told["used_memory"]), int(told["maxmemory"]), str(told["maxmemory_policy"])
    if not most:
        return ok("memory of Redis", f"{used / 1e6:,.0f} MB in use, without a bound")
    sentence = f"{used / 1e6:,.0f} of {most / 1e6:,.0f} MB in use, {policy}"
    if policy.startswith("allkeys"):
        mend = "Set maxmemory-policy to volatile-lru: bells must stay."
        return broken("memory of Redis", f"{sentence}: bells may be thrown away", mend)
    if policy == "noeviction" and used > most * ROOM:
        mend = "Set maxmemory-policy to volatile-lru, or raise maxmemory."
        return warning("memory of Redis", f"{sentence}: when it is full no bell is taken", mend)
    return ok("memory of Redis", sentence)


def _clock(name: str, now: float) -> Finding:
    gap = now - time.time()
    if abs(gap) > OFF_BY:
        sentence = f"{abs(gap):.0f} seconds {'ahead of' if gap > 0 else 'behind'} this machine's"
        return broken(f"clock of {name}", sentence, "Let both machines take their time from NTP (chrony, timesyncd).")
    return ok(f"clock of {name}", "as this machine's")


def _migrations() -> Finding:
    try:
        found = readiness.migrations()
    except DatabaseError as error:
        return broken("migrations", in_words(error), "Run `manage.py migrate`.")
    if found.ok:
        return ok("migrations", "all applied")
    return broken("migrations", f"not applied: {found.detail}", "Run `manage.py migrate`.")


LOOKS = (postgres, the_replica, redis)
