"""Files of threads: asked for, made once by a worker, kept while the words stay and somebody takes them.

They go by when the words changed, not by the version: that grows also with what stands around the words on the page.
The row is the queue (docs/decisions/0002). The stored file is named after row and attempt, so that whatever a killed
worker left behind can be named, and is deleted with the rest.
"""

import logging
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.leases import Held, LostLease, Queue
from unroller.actions import making
from unroller.core.posts import from_document
from unroller.core.text import clean
from unroller.exports.workshop import Failed
from unroller.models import Thread, ThreadFile

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
"""The making tells at least every 20 seconds that it goes on, and so does the storing."""
MOST_ATTEMPTS = 5
MOST_FAILURES = 2
"""A thread that the workshop could not make twice is not made the third time either."""
BACKOFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
SWEPT_AT_ONCE = 100
TRIMMED_AT_ONCE = 500
TRY_AGAIN = timedelta(minutes=10)
"""A file that failed may be asked for again after this."""
KEPT = timedelta(days=30)
"""How long a file is kept that nobody takes."""
KEPT_FAILURES = timedelta(days=7)
TOUCH_AFTER = timedelta(days=1)
"""Taking a file again counts as fresh use after this; noting each time would be needless writes."""
LEFT_BEHIND_SECONDS = 3600
"""A folder of this age belongs to a worker that was killed: no making takes so long."""
POLL_SECONDS = 0.05

FAILED = "This file could not be made. We are sorry about that."
CHANGED = "The thread has changed in the meantime."

QUEUE = Queue(ThreadFile, Q(finished_at=None), "unroller.make_file", LEASE, MOST_ATTEMPTS)


def find(thread: Thread, kind: ThreadFile.Kind) -> ThreadFile | None:
    """The file of a thread as it is now, made or being made; None when it has to be asked for."""
    found = _of_now(thread, kind).first()
    return None if found is None or _may_be_forgotten(found) else found


def ask(thread: Thread, kind: ThreadFile.Kind) -> ThreadFile:
    """The same, or a new one that a worker will make. Rings after the commit."""
    for old in filter(_may_be_forgotten, _of_now(thread, kind)):
        _drop(old)
    file, created = ThreadFile.objects.get_or_create(thread=thread, changed_at=thread.changed_at, kind=kind)
    if created:
        QUEUE.ring_after_commit(file.pk)
    return file


def again(file: ThreadFile) -> ThreadFile:
    """A new one in the place of one that failed or was lost, at once. The row is a new one: its attempts are others."""
    _drop(file)
    return ask(file.thread, ThreadFile.Kind(file.kind))


def wait(file: ThreadFile, seconds: float) -> None:
    """Stay until a file is made, but no longer than `seconds`: most are made at once."""
    end = time.monotonic() + seconds
    while file.finished_at is None and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
        with suppress(ThreadFile.DoesNotExist):
            file.refresh_from_db(fields=["finished_at", "file", "ending", "size", "sentence", "used_at"])


def is_current(file: ThreadFile) -> bool:
    """Whether it is, or will be, made of the words of now."""
    return file.changed_at == file.thread.changed_at


def is_made(file: ThreadFile) -> bool:
    """Whether there is something to take."""
    return file.file != ""


def may_be_tried_at(file: ThreadFile) -> datetime | None:
    """When a file that failed may be asked for again; None for one that did not fail."""
    return file.finished_at + TRY_AGAIN if file.finished_at and not file.file else None


def opened(file: ThreadFile) -> "File[bytes] | None":
    """The stored file, noted as used; None when the storage lost it."""
    try:
        found = default_storage.open(file.file)
    except FileNotFoundError:
        return None
    now = timezone.now()
    if file.used_at is None or file.used_at < now - TOUCH_AFTER:
        ThreadFile.objects.filter(id=file.id).update(used_at=now)
    return found


def run(file_id: str) -> None:
    """Make one file, if it is still there to be made. A failure waits and is tried again."""
    held = QUEUE.claim(file_id, spend=_spent)
    if held is None:
        return
    try:
        _make(held)
    except LostLease:
        logger.info("thread file %s, attempt %d: another has it, or nobody wants it", file_id, held.attempt)
    except Exception as error:
        logger.exception("thread file %s, attempt %d", file_id, held.attempt)
        with suppress(LostLease):
            _put_back(held, error)
    else:
        _clear_up(held.row, held.attempt - 1)


def sweep() -> int:
    """Ring for files that no bell reached; how many there were."""
    return QUEUE.sweep(SWEPT_AT_ONCE)


def forget(thread: Thread) -> None:
    """Delete the files of what a thread was before, after the commit."""
    rows = ThreadFile.objects.filter(_stale(), thread_id=thread.pk)
    transaction.on_commit(lambda: _delete_all(rows), robust=True)


def discard(*threads: Thread) -> None:
    """Delete all files of threads whose rows are about to be deleted, after the commit."""
    rows = list(ThreadFile.objects.filter(thread__in=threads))
    transaction.on_commit(lambda: _delete_all(rows), robust=True)


def trim() -> int:
    """Delete files that nobody took for a month, those of threads that changed, and failures that are a week old; how
    many there were. What could not be deleted is tried again the next time."""
    now = timezone.now()
    failed = Q(file="", finished_at__lt=now - KEPT_FAILURES)
    rows = ThreadFile.objects.filter(Q(used_at__lt=now - KEPT) | failed | _stale(), finished_at__isnull=False)
    return _delete_all(rows.order_by("finished_at")[:TRIMMED_AT_ONCE])


def _of_now(thread: Thread, kind: ThreadFile.Kind) -> QuerySet[ThreadFile]:
    return ThreadFile.objects.filter(thread=thread, changed_at=thread.changed_at, kind=kind)


def _stale() -> Q:
    """Made of words that are no more. A row without a file stays a while: somebody may be looking at its page."""
    return ~Q(changed_at=F("thread__changed_at")) & ~Q(file="")


def _make(held: Held[ThreadFile]) -> None:
    """From the row to the stored file. Raises LostLease, Failed, and whatever a storage raises."""
    row, thread = held.row, held.row.thread
    if thread.document is None or not is_current(row):
        _end(held, CHANGED)
        return
    name, kind, is_kept = _name(row, held.attempt), ThreadFile.Kind(row.kind), False
    with _folder() as folder:
        made = making.make(
            thread, from_document(thread.document), kind, folder=folder, tell=lambda *counts: _tell(held, *counts)
        )
        try:
            with made.path.open("rb") as file:
                making.attended(lambda _: default_storage.save(name, File(file)), lambda: QUEUE.renew(held))
            is_kept = _finish(held, name, ending=made.ending, size=made.path.stat().st_size)
        finally:
            if not is_kept:
                default_storage.delete(name)


def _tell(held: Held[ThreadFile], done: int, total: int) -> None:
    """Keep the lease, and let the reader see how far it is. Raises LostLease."""
    QUEUE.renew(held, pictures_done=done, pictures=total)


def _finish(held: Held[ThreadFile], name: str, *, ending: str, size: int) -> bool:
    """The file counts from now on; False when the thread is another by now. Raises LostLease.

    The thread is locked first, so that it cannot be removed unseen: either this file is not kept, or it is there for
    whoever deletes the files of what was removed.
    """
    with transaction.atomic():
        lock = Thread.objects.select_for_update(no_key=True)
        changed_at = lock.filter(id=held.row.thread_id).values_list("changed_at", flat=True).first()
        row = QUEUE.locked(held)
        if changed_at != row.changed_at:
            _close(row, CHANGED)
            return False
        row.file, row.ending, row.size = name, ending, size
        row.leased_until, row.finished_at, row.sentence, row.detail = None, timezone.now(), "", ""
        row.used_at = row.finished_at
        row.save()
    return True


def _put_back(held: Held[ThreadFile], error: Exception) -> None:
    """Wait longer after each failure; the last one ends it. Raises LostLease."""
    detail = clean(f"{type(error).__name__}: {error}")[:4000]
    if held.attempt >= (MOST_FAILURES if isinstance(error, Failed) else MOST_ATTEMPTS):
        _end(held, FAILED, detail=detail)
    else:
        QUEUE.put_back(held, BACKOFF[held.attempt - 1], detail=detail)


def _spent(row: ThreadFile) -> None:
    """It killed every worker."""
    _close(row, FAILED, detail="the worker died every time")
    transaction.on_commit(lambda: _clear_up(row, row.attempts), robust=True)


def _end(held: Held[ThreadFile], sentence: str, *, detail: str = "") -> None:
    """No file comes of it. Raises LostLease."""
    with transaction.atomic():
        _close(QUEUE.locked(held), sentence, detail=detail)
    _clear_up(held.row, held.attempt)


def _close(row: ThreadFile, sentence: str, *, detail: str = "") -> None:
    row.sentence, row.detail = sentence, detail
    row.leased_until, row.finished_at = None, timezone.now()
    row.save()


def _may_be_forgotten(file: ThreadFile) -> bool:
    """Whether it failed long enough ago to be tried anew."""
    again_at = may_be_tried_at(file)
    return again_at is not None and again_at <= timezone.now()


def _name(row: ThreadFile, attempt: int) -> str:
    return f"threads/{row.id.hex[:2]}/{row.id}-{attempt}"


def _discard(row: ThreadFile, attempts: int) -> None:
    """Delete what the first so many attempts left in the storage."""
    for attempt in range(1, attempts + 1):
        default_storage.delete(_name(row, attempt))


def _clear_up(row: ThreadFile, attempts: int) -> None:
    """The same, where it can wait: what is left goes with the row."""
    try:
        _discard(row, attempts)
    except Exception:
        logger.exception("thread file %s left something in the storage", row.id)


def _drop(row: ThreadFile) -> None:
    """The row, so that there can be a new one, whatever the storage does."""
    _clear_up(row, row.attempts)
    row.delete()


def _delete(row: ThreadFile) -> None:
    """The row, once nothing of it is left in the storage."""
    _discard(row, row.attempts)
    row.delete()


def _delete_all(rows: Iterable[ThreadFile]) -> int:
    """Each by itself; how many could be deleted."""
    deleted = 0
    for row in rows:
        try:
            _delete(row)
        except Exception:
            logger.exception("thread file %s is not deleted yet", row.id)
        else:
            deleted += 1
    return deleted


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder of one making; those that killed workers left on this machine are deleted."""
    place = Path(settings.DATA_DIR) / "making"
    place.mkdir(parents=True, exist_ok=True)
    for old in place.iterdir():
        with suppress(FileNotFoundError):
            if time.time() - old.stat().st_mtime > LEFT_BEHIND_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as folder:
        yield Path(folder)
