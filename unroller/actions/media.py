"""Pictures through our own site: fetched once through the guarded client, cached on disk within a bound.

What is kept for members comes out of the storage instead, whatever became of it at its network.
"""

import contextlib
import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from threading import BoundedSemaphore
from time import time
from typing import IO, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction

from unroller import forgotten, kept, networks, store
from unroller import media as address
from unroller.core.errors import BadAnswer, Gone, Refused, Unreachable, UnrollError
from unroller.file_store import Away
from unroller.models import Medium as Kept

logger = logging.getLogger(__name__)

MOST_BYTES = 20 * 1024 * 1024
TOTAL_SECONDS = 15.0
TOUCH_AFTER = 24 * 3600
"""Seconds after which showing a picture again counts as fresh use; touching it every time would be needless writes."""

TURNS = BoundedSemaphore(2)
"""Pictures that one web process fetches at the same time; those that are kept already need no turn."""
TURN_SECONDS = 3.0
FAILED_SECONDS = 60

TYPES: tuple[tuple[bytes, int, str], ...] = (
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"ftypavif", 4, "image/avif"),
    (b"ftyp", 4, "video/mp4"),
    (b"\x1a\x45\xdf\xa3", 0, "video/webm"),
    (b"ID3", 0, "audio/mpeg"),
    (b"\xff\xfb", 0, "audio/mpeg"),
    (b"OggS", 0, "audio/ogg"),
)
"""What a file's first bytes say it is. What the server calls it does not count, and SVG (a document that can run
scripts) is not in the list."""


class Medium(NamedTuple):
    """A file in the cache and its type."""

    path: Path
    type: str


class Opened(NamedTuple):
    """A file that can be read, wherever it is; its size in bytes."""

    file: IO[bytes]
    type: str
    size: int


def opened(url: str) -> Opened:
    """What a network shows at an address: from the cache, from what is kept, from the network; before all of these what
    the author of the thread that shows it brought for it. Raises UnrollError."""
    url, thread_id = address.brought_from(url)
    brought = _brought(thread_id, url) if thread_id is not None else None
    if brought is not None:
        return brought
    found = cached(url)
    if found is not None:
        # tidied or taken away since it was seen: as if it had not been here
        with contextlib.suppress(FileNotFoundError):
            return _opened(found)
    need_not_withheld(url)
    return _kept(url) or _opened(get(url))


def _opened(found: Medium) -> Opened:
    """Raises FileNotFoundError."""
    file = found.path.open("rb")
    return Opened(file, found.type, os.fstat(file.fileno()).st_size)


def cached(url: str) -> Medium | None:
    """The same if it is in the cache, which counts as use."""
    path = _place(url)
    if forgotten.are_told() and _is_stale(path):
        path.unlink(missing_ok=True)
    beginning = _beginning(path)
    return None if beginning is None else Medium(path, kind(beginning))


def get(url: str) -> Medium:
    """A picture (or a short silent film) by its address at its network, in the cache. Raises UnrollError.

    Whether it is withheld is asked once it lies there: either this sees it, or whoever withholds it finds the file.
    """
    found = cached(url)
    if found is None:
        body = _fetch_in_turn(url)
        _keep(_place(url), body)
        try:
            need_not_withheld(url)
        except Gone:
            _place(url).unlink(missing_ok=True)
            raise
        found = Medium(_place(url), kind(body[:16]))
    return found


def need_not_withheld(url: str) -> None:
    """Raises Gone for what operators took away with its post."""
    if kept.is_withheld(url):
        raise Gone(f"{url}: its post was taken away here")


def kind(beginning: bytes) -> str:
    """The type of a file by its first bytes. Raises BadAnswer for what we do not show."""
    for magic, offset, name in TYPES:
        if beginning[offset : offset + len(magic)] == magic:
            return name
    raise BadAnswer("not a picture")


def forget(urls: Collection[str]) -> None:
    """Delete the kept copies, because the posts that showed them are gone.

    At once, since nobody knows these addresses any more when a worker is killed after the commit; and again after it: a
    reader in between may have had them fetched. Other machines are told both times.
    """
    _unlink(urls)
    transaction.on_commit(lambda: _unlink(urls), robust=True)


def _unlink(urls: Collection[str]) -> None:
    places = [_place(url) for url in urls]
    for place in places:
        place.unlink(missing_ok=True)
    forgotten.tell(place.name for place in places)


def trim() -> int:
    """Delete the least recently shown files until the cache is within its bound; how many were deleted."""
    files = sorted(_weighed())
    excess = sum(size for _, size, _ in files) - settings.MEDIA_CACHE_MEGABYTES * 1024 * 1024
    deleted = 0
    for _, size, path in files:
        if excess <= 0:
            break
        path.unlink(missing_ok=True)
        excess -= size
        deleted += 1
    return deleted


def need_known_host(url: str) -> None:
    """Raises Refused for a host that is none of this site's MEDIA_HOSTS."""
    if settings.MEDIA_HOSTS and urlsplit(url).netloc not in settings.MEDIA_HOSTS | settings.FETCH_ALLOW_HOSTS:
        raise Refused(f"{url}: not one of MEDIA_HOSTS")


def pour(found: Kept, place: Path) -> bool:
    """Write a kept copy to a file; False when the storage lost it."""
    try:
        with default_storage.open(kept.name(found.digest)) as source, place.open("wb") as file:
            shutil.copyfileobj(source, file)
    except FileNotFoundError:
        return False
    return True


def _brought(thread_id: int, url: str) -> Opened | None:
    """What the thread's author brought; its network's picture must not stand in for it. Raises Unreachable."""
    try:
        return _stored(kept.brought(thread_id, url))
    except Away as error:
        raise Unreachable(f"{url}: our storage is away") from error


def _kept(url: str) -> Opened | None:
    """The copy in our storage; None when there is none, when it lost its file, or is away: the network may have it."""
    try:
        return _stored(kept.copy(url))
    except Away as error:
        logger.warning("%s: our storage is away: %s", url, error)
        return None


def _stored(found: Kept | None) -> Opened | None:
    if found is None:
        return None
    try:
        return Opened(default_storage.open(kept.name(found.digest)), found.type, found.size)
    except FileNotFoundError:
        return None


def _is_stale(path: Path) -> bool:
    """Whether another machine said meanwhile that it was taken away, or might have said so unheard."""
    try:
        return forgotten.is_stale(path.name, path.stat().st_mtime)
    except FileNotFoundError:
        return False


def _beginning(path: Path) -> bytes | None:
    """The first bytes of a kept file, which counts as shown; None when there is none."""
    try:
        with path.open("rb") as file:
            if time() - os.fstat(file.fileno()).st_mtime > TOUCH_AFTER:
                os.utime(path)
            return file.read(16)
    except FileNotFoundError:
        return None


def _fetch_in_turn(url: str) -> bytes:
    """Only so many at once, since each holds a thread of the web server, and none that failed a minute ago."""
    failed = f"media:failed:{_place(url).name}"
    if _is_set(failed):
        raise Unreachable(f"{url}: failed a moment ago")
    if not TURNS.acquire(timeout=TURN_SECONDS):
        raise Unreachable("too many pictures are being fetched")
    try:
        return _fetch(url)
    except UnrollError:
        with contextlib.suppress(store.Unavailable):
            store.client().set(failed, 1, ex=FAILED_SECONDS)
        raise
    finally:
        TURNS.release()


def _is_set(name: str) -> bool:
    try:
        return store.get(name) is not None
    except store.Unavailable:
        return False


def _fetch(url: str) -> bytes:
    need_known_host(url)
    answer = networks.http().get(url, most_bytes=MOST_BYTES, total_seconds=TOTAL_SECONDS)
    if answer.status in {404, 410}:
        raise Gone(f"{url}: status {answer.status}")
    if answer.status != 200:
        raise Unreachable(f"{url}: status {answer.status}")
    kind(answer.body[:16])
    return answer.body


def _weighed() -> Iterator[tuple[float, int, Path]]:
    """When each file of the cache was last shown, its bytes, and its place; without those deleted meanwhile."""
    for path in _folder().glob("*/*"):
        with contextlib.suppress(FileNotFoundError):
            status = path.stat()
            yield status.st_mtime, status.st_size, path


def _keep(path: Path, body: bytes) -> None:
    """Written beside and moved, so that nobody reads half a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(body)
    Path(temporary).replace(path)


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "media"


def _place(url: str) -> Path:
    name = hashlib.sha256(url.encode()).hexdigest()
    return _folder() / name[:2] / name
