"""Archives for tests: a zip of the owner's posts, brought and read as a worker would."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.utils import timezone

from accounts.models import User
from tests.x_archives import OWNER, Json, chain, zipped
from unroller.actions.archives import reading, receiving
from unroller.models import Archive, Author, Profile

WORDS = ("The tide turns at noon.", "It does so every day.", "That is all.")


def a_zip(folder: Path, posts: Iterable[Json] | None = None, name: str = "mine.zip", **more: Any) -> Path:
    """A zip as X gives it, of one thread of three posts unless told otherwise."""
    return zipped(folder / name, chain(WORDS) if posts is None else posts, **more)


def brought(user: User, path: Path, *, part: int = 4_000_000) -> Archive:
    """All of a file, in parts; it waits to be read."""
    body = path.read_bytes()
    archive = receiving.begin(user, path.name, len(body))
    for start in range(archive.received, len(body), part):
        receiving.take_part(archive, start, body[start : start + part])
    archive.refresh_from_db()
    return archive


def read(user: User, path: Path) -> Archive:
    """The same, read."""
    archive = brought(user, path)
    reading.run(str(archive.pk))
    archive.refresh_from_db()
    return archive


def proves(user: User, account: str = OWNER) -> Author:
    """The account is theirs."""
    described = {"handle": "harbour_ana", "name": "Ana", "url": "https://x.com/harbour_ana"}
    author, _ = Author.objects.get_or_create(source="x", network_id=account, defaults=described)
    Profile.objects.create(user=user, author=author, proof="sign-in", proved_at=timezone.now())
    return author
