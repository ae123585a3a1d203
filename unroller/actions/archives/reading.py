"""The worker that reads an archive: thread by thread, each in a transaction with how far it came.

The reader gives threads in the same order every time, so a reading that was killed, or cut because a turn is over,
begins anew and passes over as many as its row says are done. The file is deleted with the reading's end, whatever that
end is.
"""

import logging
import time
from contextlib import suppress
from datetime import timedelta

import msgspec
from django.db import transaction
from django.utils import timezone

from accounts.leases import NOW, Held, LostLease
from unroller import asked
from unroller.actions.archives import bringing, files, publishing, storing
from unroller.actions.archives.bringing import Bringing
from unroller.actions.archives.queue import MOST_ATTEMPTS, QUEUE
from unroller.core.errors import Broken, UnrollError
from unroller.core.posts import Thread as Content
from unroller.models import Archive
from unroller.sources.x_archive import ArchiveReader, open_archive

logger = logging.getLogger(__name__)

SECONDS_A_TURN = 900.0
"""A turn that has taken so long goes on in another one: a task may last twenty minutes."""
RENEW_SECONDS = 1.0
BACKOFF = (timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30))
LOST = "The file was lost on our side before it was read. Please upload it again."
GAVE_UP = "Reading this archive failed again and again on our side. Nothing more of it was stored. We have been told."


class TurnOver(Exception):
    """Time is up; the rest comes in another turn."""


class Turn:
    """One turn of a worker with one archive: keeps the lease, and the owner's progress line."""

    def __init__(self, held: Held[Archive]) -> None:
        self.held = held
        self._began = self._renewed = time.monotonic()

    def progress(self, posts_read: int) -> None:
        """Called often while posts are read. Raises LostLease."""
        if time.monotonic() - self._renewed >= RENEW_SECONDS:
            self._renewed = time.monotonic()
            QUEUE.renew(self.held, posts_read=posts_read)

    def keep(self) -> None:
        """Called often while files are moved. Raises LostLease."""
        if time.monotonic() - self._renewed >= RENEW_SECONDS:
            self._renewed = time.monotonic()
            QUEUE.renew(self.held)

    @property
    def is_over(self) -> bool:
        return time.monotonic() - self._began > SECONDS_A_TURN


def run(archive_id: str) -> None:
    """Read, or publish, one archive as far as one turn goes. Every way it can end is written to its row."""
    held = QUEUE.claim(archive_id, spend=_spent)
    if held is None:
        return
    try:
        if held.row.state == Archive.State.PUBLISHING:
            _publish(held)
        else:
            _read(held)
    except LostLease:
        logger.info("archive %s, attempt %d: deleted, or taken by another worker", archive_id, held.attempt)
    except UnrollError as error:
        _fail(held, error.code, error.for_reader)
    except Exception:
        logger.exception("archive %s, attempt %d", archive_id, held.attempt)
        _put_back(held)


def _read(held: Held[Archive]) -> None:
    """Raises UnrollError, LostLease."""
    turn = Turn(held)
    try:
        path = files.bring_here(held.row, tell=turn.keep)
    except FileNotFoundError:
        _fail(held, "Lost", LOST)
        return
    with open_archive(path, workspace=files.folder()) as reader:
        _introduce(held, reader)
        try:
            _store_all(turn, reader)
        except TurnOver:
            QUEUE.put_back(held, NOW, counts=False)
            return
        _finish(held, reader)


def _introduce(held: Held[Archive], reader: ArchiveReader) -> None:
    """Whose posts they are, and who may read them. Raises OptedOut, LostLease."""
    row = held.row
    storing.require_consent(reader.account.id)
    row.account_id, row.handle = reader.account.id, reader.account.handle[:512]
    row.is_public = (storing.SOURCE, reader.account.id) in asked.identities(row.user)
    row.state = Archive.State.READING
    QUEUE.renew(held, account_id=row.account_id, handle=row.handle, is_public=row.is_public, state=row.state)


def _store_all(turn: Turn, reader: ArchiveReader) -> None:
    """Raises TurnOver, UnrollError, LostLease."""
    done = turn.held.row.threads_found
    brings = Bringing(turn.held.row.user, reader, tell=turn.keep)
    for number, found in enumerate(reader.threads(turn.progress)):
        if number < done:
            continue
        if turn.is_over:
            raise TurnOver
        brought = brings.files_of(found)
        _store(turn.held, found, brought, number)


def _store(held: Held[Archive], found: Content, brought: bringing.Brought, number: int) -> None:
    """One thread with its media and how far the reading came, all or nothing. Raises OptedOut, LostLease."""
    with transaction.atomic():
        row = QUEUE.locked(held)
        stored = storing.store(row, found)
        media = bringing.point(row, stored.thread, brought) if stored.thread is not None else 0
        row.threads_found = number + 1
        row.threads_stored += stored.thread is not None
        _count(row, stored.outcome, media, without_room=brought.without_room)
        row.leased_until = timezone.now() + QUEUE.lease
        row.save(update_fields=["threads_found", "threads_stored", "report", "leased_until"])


def _count(row: Archive, outcome: storing.Outcome, media: int, *, without_room: int) -> None:
    outcomes = row.report.setdefault("threads", {})
    outcomes[outcome] = outcomes.get(outcome, 0) + 1
    row.report["media"] = row.report.get("media", 0) + media
    row.report["without_room"] = row.report.get("without_room", 0) + without_room


def _finish(held: Held[Archive], reader: ArchiveReader) -> None:
    """Raises LostLease."""
    with transaction.atomic():
        row = QUEUE.locked(held)
        row.report |= {"posts": msgspec.to_builtins(reader.report)}
        row.posts_read = reader.report.posts_read
        row.author = publishing.author_of(row)
        _end(row, Archive.State.DONE)
    files.delete(held.row.pk)


def _publish(held: Held[Archive]) -> None:
    """Raises UnrollError, LostLease."""
    turn = Turn(held)
    if publishing.go_on(held, is_over=lambda: turn.is_over):
        with transaction.atomic():
            row = QUEUE.locked(held)
            row.author = publishing.author_of(row)
            _end(row, Archive.State.DONE)
    else:
        QUEUE.put_back(held, NOW, counts=False)


def _fail(held: Held[Archive], code: str, sentence: str) -> None:
    """What was stored before stays its owner's. An archive that was done before stays done."""
    with suppress(LostLease), transaction.atomic():
        row = QUEUE.locked(held)
        was_done = row.state == Archive.State.PUBLISHING
        row.error, row.sentence = code[:40], sentence[:300]
        _end(row, Archive.State.DONE if was_done else Archive.State.FAILED)
    files.delete(held.row.pk)


def _spent(row: Archive) -> None:
    """It killed every worker, or failed every time."""
    logger.error("archive %s: given up after %d attempts", row.pk, row.attempts)
    row.error, row.sentence = Broken.__name__, GAVE_UP
    _end(row, Archive.State.FAILED if row.state != Archive.State.PUBLISHING else Archive.State.DONE)
    transaction.on_commit(lambda: files.delete(row.pk), robust=True)


def _end(row: Archive, state: Archive.State) -> None:
    row.state, row.finished_at, row.leased_until = state, timezone.now(), None
    row.save()


def _put_back(held: Held[Archive]) -> None:
    """Wait longer after each failure; the last one ends it."""
    if held.attempt < MOST_ATTEMPTS:
        with suppress(LostLease):
            QUEUE.put_back(held, BACKOFF[min(held.attempt, len(BACKOFF)) - 1])
    else:
        _fail(held, Broken.__name__, GAVE_UP)
