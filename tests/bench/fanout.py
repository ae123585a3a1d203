"""How fast one thread is announced to all followers of its author, against COPY of the same rows."""

from collections.abc import Iterator
from datetime import timedelta
from time import perf_counter

from django.db import connection
from django.utils import timezone

from accounts.models import User
from tests.bench.threads import WORDS
from tests.threads import a_thread
from unroller.actions import announcing
from unroller.models import Cadence, Follow, Reader, Thread

FOLLOWERS = 100_000
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Asia/Tokyo")
COLUMNS = "user_id, thread_id, created_at, due_at, attempts, outcome"


def measure() -> Iterator[str]:
    """The two take turns, and each begins with an empty table."""
    thread = _prepare()
    ours, copied = 0.0, 0.0
    for _ in range(2):
        ours += _announce(thread)
        copied += _copy(_rows())
    _forget()
    ratio = f"{copied / ours:.2f} to COPY"
    yield f"fan-out to {FOLLOWERS:,} followers: {2 * FOLLOWERS / ours:,.0f} rows/s ({ratio})"


def _prepare() -> Thread:
    _forget()
    thread = a_thread(12, text=WORDS)
    users = User.objects.bulk_create(
        (
            User(email=f"reader{number}@example.com", time_zone=ZONES[number % len(ZONES)])
            for number in range(FOLLOWERS)
        ),
        batch_size=10_000,
    )
    Reader.objects.bulk_create((Reader(user=user) for user in users), batch_size=10_000)
    paces = (Cadence.INSTANT, Cadence.DAILY, Cadence.WEEKLY)
    Follow.objects.bulk_create(
        (
            Follow(user=user, author=thread.author, cadence=paces[number % len(paces)])
            for number, user in enumerate(users)
        ),
        batch_size=10_000,
    )
    Thread.objects.update(posted_at=timezone.now(), changed_at=timezone.now() + timedelta(hours=1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return thread


def _announce(thread: Thread) -> float:
    """Seconds for all of it, until it is on the disk."""
    _empty("unroller_notification")
    Thread.objects.update(announced_at=None, announce_at=timezone.now())
    start = perf_counter()
    count = announcing.announce(str(thread.id))
    seconds = perf_counter() - start
    if count != FOLLOWERS:
        raise RuntimeError(f"{count} rows for {FOLLOWERS} followers")
    return seconds


def _rows() -> bytes:
    """What was made, as COPY wants it."""
    with connection.cursor() as cursor, cursor.copy(f"COPY unroller_notification ({COLUMNS}) TO STDOUT") as copy:
        return b"".join(copy)


def _copy(rows: bytes) -> float:
    """Seconds for the same rows into the same table, with all its constraints and indexes, until it is on the disk."""
    _empty("unroller_notification")
    start = perf_counter()
    with connection.cursor() as cursor, cursor.copy(f"COPY unroller_notification ({COLUMNS}) FROM STDIN") as copy:
        copy.write(rows)
    return perf_counter() - start


def _empty(*tables: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")


def _forget() -> None:
    _empty("accounts_user", "unroller_thread", "unroller_author")
