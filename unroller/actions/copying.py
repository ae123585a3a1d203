"""The worker that fetches what kept threads show: file by file to the disk, then into the storage, each once.

The row of a keeping is the queue (docs/decisions/0011). Every file that is here is a row at once, so that a worker that
is killed loses no more than the file it was at, and a thread with many goes on in another turn.
"""

import hashlib
import logging
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.leases import NOW, Held, LostLease
from unroller import kept, networks
from unroller.actions import copies, keeping, media, threads
from unroller.actions.keeping import MOST_ATTEMPTS, QUEUE
from unroller.core import shown
from unroller.core.errors import Gone, Later, TooLarge, Unreachable, UnrollError
from unroller.core.posts import Media
from unroller.core.posts import Thread as Content
from unroller.models import Keeping, KeptMedium, Medium, Thread

logger = logging.getLogger(__name__)

MOST_BYTES_A_PICTURE = media.MOST_BYTES
MOST_BYTES_A_RECORDING = 200_000_000
MOST_BYTES_A_THREAD = 1_000_000_000
SECONDS_A_PICTURE = 30.0
SECONDS_A_RECORDING = 240.0
SECONDS_A_TURN = 270.0
"""A turn that has taken so long begins no other file: with the longest it stays below what a task may take."""
SECONDS_LOST = 60.0
"""A host that used up so much time for nothing is not asked any more in this turn."""
BACKOFF = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=2))
"""For hosts that are away. After the last, what is missing stays missing until the thread changes."""
SWEPT_AT_ONCE = 50
LEFT_BEHIND_SECONDS = 3600
TRIES = 3


class Wanted(NamedTuple):
    """An address that a page shows, and whether a film or a sound is there."""

    address: str
    recording: bool


class Turn:
    """What one turn of a worker has seen: when it began, seconds in vain by host, files that cannot be had now."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.lost = Counter[str]()
        self.later = self.never = self.new = 0
        self.is_cut = False

    @property
    def is_over(self) -> bool:
        return time.monotonic() - self.began > SECONDS_A_TURN


def run(thread_id: str) -> None:
    """Fetch what is missing of one kept thread, as far as one turn goes."""
    held = QUEUE.claim(thread_id, spend=_spent)
    if held is None:
        return
    try:
        _copy(held)
    except LostLease:
        logger.info("copies of thread %s, attempt %d: another has it, or nobody wants it", thread_id, held.attempt)
    except Exception:
        logger.exception("copies of thread %s, attempt %d", thread_id, held.attempt)
        with suppress(LostLease):
            QUEUE.put_back(held, _pause(held))


def sweep() -> int:
    """Ring for threads that no bell reached; how many there were."""
    return QUEUE.sweep(SWEPT_AT_ONCE)


def wanted(content: Content) -> list[Wanted]:
    """Everything that a thread's page shows, each address once. Films that are only streamed cannot be kept: a page's
    player asks their network for hundreds of small parts."""
    streams = {each.url for each in _attachments(content) if each.streamed}
    recordings = {each.url for each in _attachments(content) if each.type != "photo"}
    addresses = dict.fromkeys(shown.addresses(content))
    return [Wanted(address, address in recordings) for address in addresses if address not in streams]


def streams(content: Content) -> int:
    """How many films of a thread are only streamed."""
    return len({each.url for each in _attachments(content) if each.streamed})


def _attachments(content: Content) -> Iterator[Media]:
    for post in content.posts:
        yield from post.media
        yield from post.quote.media if post.quote else ()
    yield from content.context.media if content.context else ()


def _copy(held: Held[Keeping]) -> None:
    """One turn. Raises LostLease."""
    thread = held.row.thread
    content = threads.content(thread)
    if content is None or not kept.keepers(thread.pk).exists():
        keeping.drop_unkept(thread.pk)
        return
    turn, all_of_it = Turn(), wanted(content)
    digests = [kept.digest_of(each.address) for each in all_of_it]
    keeping.drop(KeptMedium.objects.filter(keeping=thread.pk).exclude(address_digest__in=digests))
    have = set(KeptMedium.objects.filter(keeping=thread.pk).values_list("address", flat=True))
    size = keeping.weigh(thread.pk)
    for each in all_of_it:
        if each.address in have:
            continue
        if turn.is_over:
            turn.is_cut = True
            break
        QUEUE.renew(held)
        size += _take(held, each, turn, room=MOST_BYTES_A_THREAD - size)
    keeping.weigh(thread.pk)
    _keep_within_quotas(thread.pk)
    _end_turn(held, thread, turn, streamed=streams(content))


def _end_turn(held: Held[Keeping], thread: Thread, turn: Turn, *, streamed: int) -> None:
    """Done, or to be gone on with at once or later. Raises LostLease."""
    if turn.new:
        keeping.forget_page(thread)
    missing = turn.never + turn.later + streamed
    if turn.is_cut and turn.new:
        QUEUE.put_back(held, NOW, counts=False)
    elif turn.is_cut or (turn.later and held.attempt < MOST_ATTEMPTS):
        QUEUE.put_back(held, _pause(held), missing=missing)
    elif not _finish(held, thread.changed_at, missing):
        QUEUE.put_back(held, NOW, counts=False)


def _finish(held: Held[Keeping], changed_at: datetime, missing: int) -> bool:
    """Nothing is left to be done; False when the thread is another by now. Raises LostLease."""
    with transaction.atomic():
        lock = Thread.objects.select_for_update(no_key=True)
        newest = lock.filter(pk=held.row.pk).values_list("changed_at", flat=True).first()
        row = QUEUE.locked(held)
        if newest != changed_at:
            return False
        _close(row, changed_at, missing)
    return True


def _close(row: Keeping, changed_at: datetime, missing: int) -> None:
    row.changed_at, row.missing = changed_at, missing
    row.finished_at, row.leased_until, row.attempts = timezone.now(), None, 0
    row.save(update_fields=["changed_at", "missing", "finished_at", "leased_until", "attempts"])


def _spent(row: Keeping) -> None:
    """It killed every worker: what is here is all there will be of these words."""
    content = threads.content(row.thread)
    all_of_it = {each.address for each in wanted(content)} if content else set()
    have = row.media.values_list("address", flat=True)
    _close(row, row.thread.changed_at, len(all_of_it.difference(have)))
    logger.error("copies of thread %s: the worker died every time", row.pk)


def _pause(held: Held[Keeping]) -> timedelta:
    return BACKOFF[min(held.attempt, len(BACKOFF)) - 1]


def _keep_within_quotas(thread_id: int) -> None:
    """Whoever has no room for the thread keeps it no more, nor what they kept after it."""
    touched: set[int] = {thread_id}
    for user_id in kept.crowded(thread_id):
        with transaction.atomic():
            touched |= keeping.make_room(user_id)
    keeping.drop_unkept(*touched)


def _take(held: Held[Keeping], each: Wanted, turn: Turn, *, room: int) -> int:
    """Have one file; its bytes, 0 when it cannot be had. Raises LostLease."""
    began = time.monotonic()
    try:
        host = urlsplit(each.address).netloc
        if turn.lost[host] > SECONDS_LOST:
            raise Unreachable(f"{host} took too long for others")
        media.need_not_withheld(each.address)
        found = kept.copy(each.address)
        found = found if found and found.size <= room and kept.is_there(found) else None
        medium = _point(held, each.address, found) if found else None
        medium = medium or _bring(held, each, room=room)
    except (UnrollError, ValueError) as error:  # ValueError: what is no address at all
        turn.lost[_host(each.address)] += round(time.monotonic() - began)
        is_away = isinstance(error, Later) and not isinstance(error, TooLarge | _NoMedium)
        turn.later, turn.never = turn.later + is_away, turn.never + (not is_away)
        logger.debug("%s is not kept: %s", each.address, error)
        return 0
    turn.new += 1
    return medium.size


def _host(address: str) -> str:
    with suppress(ValueError):
        return urlsplit(address).netloc
    return ""


class _NoMedium(Unreachable):
    """What came is neither a picture nor a film."""


def _bring(held: Held[Keeping], each: Wanted, *, room: int) -> Medium:
    """Fetch a file, store it and point to it. Raises UnrollError, LostLease, and whatever a storage raises."""
    with _file() as file:
        kind = _fetch(each, file, room=room)
        file.flush()
        path = Path(file.name)
        with path.open("rb") as whole:
            digest = hashlib.file_digest(whole, "sha256").hexdigest()
        for _ in range(TRIES):
            medium = copies.put(path, digest=digest, kind=kind)
            try:
                if _point(held, each.address, medium):
                    return medium
            except LostLease:
                copies.collect([digest])
                raise
    raise Unreachable(f"{each.address}: its copy was deleted again and again")


def _fetch(each: Wanted, file: IO[bytes], *, room: int) -> str:
    """The bytes of an address into a file; their type. What pages showed lately need not be asked for."""
    most = min(room, MOST_BYTES_A_RECORDING if each.recording else MOST_BYTES_A_PICTURE)
    if room <= 0:
        raise TooLarge("the thread weighs too much")
    found = media.cached(each.address)
    if found is not None:
        file.write(found.path.read_bytes())
        return found.type
    media.need_known_host(each.address)
    seconds = SECONDS_A_RECORDING if each.recording else SECONDS_A_PICTURE
    answer = networks.http().download(each.address, file, most_bytes=most, total_seconds=seconds)
    if answer.status in {401, 403, 404, 410, 451}:
        raise Gone(f"{each.address}: status {answer.status}")
    if answer.status != 200:
        raise Unreachable(f"{each.address}: status {answer.status}")
    file.seek(0)
    beginning = file.read(16)
    try:
        return media.kind(beginning)
    except UnrollError as error:
        raise _NoMedium(str(error)) from error


def _point(held: Held[Keeping], address: str, medium: Medium) -> Medium | None:
    """Note that an address of the thread has this copy; None when the copy was deleted meanwhile. Raises LostLease."""
    with transaction.atomic():
        list(Thread.objects.select_for_update(no_key=True).filter(pk=held.row.pk).values_list("pk"))
        row = QUEUE.locked(held)
        if not Medium.objects.select_for_update(no_key=True).filter(pk=medium.pk).values_list("pk"):
            return None
        KeptMedium.objects.get_or_create(
            keeping=row, address_digest=kept.digest_of(address), defaults={"address": address, "medium": medium}
        )
    return medium


@contextmanager
def _file() -> Iterator[IO[bytes]]:
    """A file of one download; those that killed workers left on this machine are deleted."""
    place = Path(settings.DATA_DIR) / "copying"
    place.mkdir(parents=True, exist_ok=True)
    for old in place.iterdir():
        with suppress(FileNotFoundError):
            if time.time() - old.stat().st_mtime > LEFT_BEHIND_SECONDS:
                old.unlink()
    with tempfile.NamedTemporaryFile(dir=place) as file:
        yield file
