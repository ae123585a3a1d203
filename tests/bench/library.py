"""The library page of a reader with 10 and with 10,000 saved threads: as many queries, and about as fast."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from unroller.models import Author, Reading, Saved, Thread

FEW, MANY = 10, 10_000
TIMES = 20
AUTHORS = 200
PAGES = {"newest first": "", "unread by title": "?show=unread&sort=title"}


class Taken(NamedTuple):
    """What a page takes: queries, milliseconds, and how many of these in the database."""

    queries: int
    whole: float
    database: float


def measure() -> Iterator[str]:
    """Each page is asked for many times after once for nothing; the median counts."""
    _forget()
    threads = _threads()
    clients = {count: _reader(threads[:count]) for count in (FEW, MANY)}
    for name, query in PAGES.items():
        few, many = (_asked(clients[count], f"/library{query}") for count in (FEW, MANY))
        yield (
            f"library page, {name}, {MANY:,} saved: {many.whole:.1f} ms, {many.database:.1f} of them in"
            f" {many.queries} queries ({many.whole / few.whole:.1f} to the page with {FEW}: {few.whole:.1f} ms,"
            f" {few.database:.1f} of them in {few.queries} queries)"
        )
    _forget()


def _asked(client: Client, address: str) -> Taken:
    """The same page again and again."""
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    queries = len(seen)
    whole, database = [], []
    for _ in range(TIMES):
        asked: list[float] = []
        with connection.execute_wrapper(_timed(asked)):
            began = perf_counter()
            client.get(address)
            whole.append(1000 * (perf_counter() - began))
        database.append(1000 * sum(asked))
    return Taken(queries, median(whole), median(database))


def _timed(into: list[float]) -> Callable[..., Any]:
    """Writes down how long each statement takes."""

    def run(execute: Callable[..., Any], *arguments: Any) -> Any:
        began = perf_counter()
        try:
            return execute(*arguments)
        finally:
            into.append(perf_counter() - began)

    return run


def _threads() -> list[Thread]:
    now = timezone.now()
    authors = Author.objects.bulk_create(
        Author(source="x", network_id=f"bench-{n}", handle=f"bench{n}", name=f"Author {n}", url="https://x.com/")
        for n in range(AUTHORS)
    )
    return Thread.objects.bulk_create(
        (
            Thread(
                source="x",
                path=f"bench-{n}",
                author=authors[n % AUTHORS],
                title=f"{n * 7919 % MANY}: what the lighthouse keepers knew",
                post_count=72,
                document={"words": "lighthouse " * 500},
                posted_at=now - timedelta(hours=n),
                changed_at=now,
                fetched_at=now,
            )
            for n in range(MANY)
        ),
        batch_size=1_000,
    )


def _reader(threads: list[Thread]) -> Client:
    """Somebody signed in who saved threads, and read every third of them."""
    user = User.objects.create_user(f"bench-{len(threads)}@example.com")
    now = timezone.now()
    Saved.objects.bulk_create(
        (
            Saved(user=user, thread=thread, saved_at=now - timedelta(minutes=n), tags=[f"tag {n % 60}", "all"])
            for n, thread in enumerate(threads)
        ),
        batch_size=1_000,
    )
    Reading.objects.bulk_create(
        (Reading(user=user, thread=thread, read_at=now, position="post-72") for thread in threads[::3]),
        batch_size=1_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE unroller_saved, unroller_reading, unroller_thread, unroller_author")
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client


def _forget() -> None:
    User.objects.filter(email__startswith="bench-").delete()
    Thread.objects.filter(path__startswith="bench-").delete()
    Author.objects.filter(network_id__startswith="bench-").delete()
