"""Kept threads for tests: films that weigh something, members who saved them, and the copies as their worker leaves
them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from billing.models import Grant
from tests.follows import a_reader
from tests.sandbox.media import PLAYLIST_PATH, Film, Picture
from tests.sandbox.server import Sandbox
from tests.sources.loopback import Loopback, Script
from tests.threads import a_thread
from unroller import kept, networks
from unroller.actions import copying, keeping, library, threads
from unroller.core.errors import Gone
from unroller.core.posts import Media
from unroller.models import Copies, Keeping, Medium, Saved, Thread

KILOBYTE = 1_000


def film(sandbox: Sandbox, size: int = 10 * KILOBYTE, *, seed: str = "film") -> Media:
    """A film on the sandbox's media server, with no poster."""
    return Media(type="video", url=sandbox.urls()["media"] + Film(seed, size).path(), width=16, height=9)


def photo(sandbox: Sandbox, *, seed: str = "1") -> Media:
    """A small picture there."""
    return Media(type="photo", url=sandbox.urls()["media"] + Picture("coast", 60, 40, seed=seed).path())


def stream(sandbox: Sandbox) -> Media:
    """A film that is only streamed, with its poster."""
    media = sandbox.urls()["media"]
    poster = media + Picture("coast", 64, 36).path()
    return Media(type="video", url=media + PLAYLIST_PATH, poster=poster, streamed=True)


def showing(*media: Media, first: int = 1) -> Thread:
    """A thread of two posts that shows these."""
    return a_thread(2, first=first, media=media)


def a_member(name: str = "alice") -> User:
    return a_reader(name, premium=True)


def saves(user: User, thread: Thread) -> Saved:
    """Saved, and decided about."""
    row = library.save(user, thread)
    keeping.keep_due()
    return again(row)


def again(row: Saved) -> Saved:
    """A row as it is by now."""
    row.refresh_from_db()
    return row


def copied(thread: Thread) -> Keeping:
    """A thread's copies, as their worker leaves them."""
    copying.run(str(thread.pk))
    return Keeping.objects.get(pk=thread.pk)


def kept_for(user: User, thread: Thread) -> Saved:
    """All of it: saved, decided, copied."""
    row = saves(user, thread)
    copying.run(str(thread.pk))
    return again(row)


def is_kept(row: Saved) -> bool:
    return again(row).copies == Copies.KEPT


def files(place: Path) -> list[str]:
    """The copies in the storage, by digest."""
    return sorted(path.name for path in (place / "kept").rglob("*") if path.is_file())


def in_order(place: Path) -> bool:
    """Whether each row has its file, whole, and each file its row."""
    rows = list(Medium.objects.all())
    return files(place) == sorted(row.digest for row in rows) and all(map(kept.is_there, rows))


def ends_premium(user: User) -> None:
    """As if it ended a moment ago."""
    Grant.objects.filter(user=user).update(ends_at=timezone.now() - timedelta(seconds=1))


def removed(thread: Thread) -> None:
    """Its words are taken away, as after an author's wish."""
    with transaction.atomic():
        threads.remove(Thread.objects.select_for_update(of=("self",)).get(pk=thread.pk), Gone())


@contextmanager
def elsewhere(script: Script, settings: Settings) -> Iterator[Loopback]:
    """A media host that answers byte for byte what a test says."""
    with Loopback(script) as server:
        settings.FETCH_ALLOW_HOSTS = frozenset({server.host})
        networks.http.cache_clear()
        yield server
        networks.http().close()
        networks.http.cache_clear()


def elsewhere_done(act: Callable[[], object]) -> Callable[[], None]:
    """Something that another process does meanwhile: on a thread with a connection of its own, which is closed."""

    def done() -> None:
        try:
            act()
        finally:
            connection.close()

    return done
