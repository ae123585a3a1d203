"""Looking at followed authors: what each look costs the database, the networks being replaced by memory."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter
from typing import Any
from unittest.mock import patch

from django.db import connection
from django.utils import timezone

from accounts.models import User
from unroller import store
from unroller.actions import watching
from unroller.models import Author, Chain, Follow, Watch
from unroller.sources.following import Recent, RecentPost

AUTHORS = 10_000
AT_ONCE = 200


def measure() -> Iterator[str]:
    """Milliseconds in the database for a look that finds nothing, and for one that finds an answer to oneself."""
    _prepare()
    for name, look in (("nothing new", _nothing), ("one new answer each", _one)):
        watches = Watch.objects.filter(author__network_id__startswith="bench")
        watches.update(due_at=timezone.now())
        meter = Meter()
        start = perf_counter()
        with meter.running():
            polled = _poll_all(look)
        seconds = perf_counter() - start
        assert polled == AUTHORS
        yield (
            f"polling {AUTHORS:,} authors: {meter.seconds / AUTHORS * 1000:.2f} ms database time an author "
            f"({name}; {meter.statements / AUTHORS:.1f} statements, {seconds / AUTHORS * 1000:.2f} ms in all)"
        )
    assert Chain.objects.filter(author__network_id__startswith="bench").count() == AUTHORS


class Meter:
    """Time in the database: of statements, and of commits."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.statements = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        timed = partial(self._timed, connection.commit)
        with patch.object(connection, "commit", timed), connection.execute_wrapper(self._count):
            yield

    def _count(self, execute: Callable[..., Any], *asked: Any) -> Any:
        self.statements += 1
        return self._timed(execute, *asked)

    def _timed(self, call: Callable[..., Any], *arguments: Any) -> Any:
        start = perf_counter()
        try:
            return call(*arguments)
        finally:
            self.seconds += perf_counter() - start


def _prepare() -> None:
    """Ten thousand authors, each followed by one reader."""
    now = timezone.now()
    reader, _ = User.objects.get_or_create(email="bench@example.com")
    Author.objects.filter(network_id__startswith="bench").delete()
    authors = Author.objects.bulk_create(
        Author(
            source="x", network_id=f"bench{number}", handle=f"bench{number}", name="Bench", url="https://x.com/bench"
        )
        for number in range(AUTHORS)
    )
    Follow.objects.bulk_create(Follow(user=reader, author=author) for author in authors)
    Watch.objects.bulk_create(Watch(author=author, due_at=now) for author in authors)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE unroller_watch, unroller_author, unroller_follow")


def _poll_all(look: Callable[[Watch], Recent]) -> int:
    """Claim and poll until nobody is due; how many were polled. The bells themselves are not part of it."""
    count = 0
    while claimed := watching.claim_due(most=AT_ONCE):
        for author_id, turn in _claimed():
            watching.poll(str(author_id), str(turn), look=look)
        store.client().delete(watching.QUEUE)
        count += claimed
    return count


def _claimed() -> list[tuple[int, int]]:
    """Who is in our hands: every claim makes the turn odd, every end of a look even."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT author_id, turn FROM unroller_watch WHERE turn % 2 = 1")
        return [(author_id, turn) for author_id, turn in cursor.fetchall()]


def _nothing(watch: Watch) -> Recent:
    return Recent(cursor=watch.cursor)


def _one(watch: Watch) -> Recent:
    number, now = watch.author_id * 1_000, datetime.now(tz=timezone.get_current_timezone())
    post = RecentPost(key=f"{number + 2}", parent_key=f"{number + 1}", time=now - timedelta(minutes=1))
    return Recent(posts=(post,), cursor=post.key)
