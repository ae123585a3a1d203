"""All of a person's data as a zip of JSON: asked for on the account page, made by a worker, kept for a week.

The row is the queue (docs/decisions/0011). The file of an attempt is named after row and attempt, so that whatever a
killed worker left behind can be named, and is deleted with the rest.
"""

import logging
import tempfile
from contextlib import suppress
from datetime import timedelta
from typing import IO
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts import mail
from accounts.leases import Held, LostLease, Queue, free
from accounts.models import User
from unroller.actions import personal_data
from unroller.models import DataExport

logger = logging.getLogger(__name__)

KEPT = timedelta(days=7)
PAUSE = timedelta(days=1)
BACKOFF = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))
MOST_ATTEMPTS = len(BACKOFF) + 1
SWEPT_AT_ONCE = 100
QUEUE = Queue(
    DataExport,
    is_open=Q(finished_at=None),
    task="unroller.export_data",
    lease=timedelta(minutes=3),  # longer than one subject takes to write: the lease is renewed after each
    most_attempts=MOST_ATTEMPTS,
)


class TooSoon(Exception):
    """There was one today; `sentence` says when there may be another."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Busy(Exception):
    """A worker is writing the file at this moment."""


def ask(user: User) -> DataExport:
    """The export that is being made for a person: the one there is, or a new one. Raises TooSoon."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(id=user.id)
        newest = latest(user)
        if newest is not None and newest.finished_at is None:
            return newest
        counts = newest is not None and not newest.failed and not newest.withdrawn
        if newest is not None and counts and newest.created_at > timezone.now() - PAUSE:
            raise TooSoon(_when_again(user, newest))
        export = DataExport.objects.create(user=user)
        QUEUE.ring_after_commit(export.id)
    return export


def latest(user: User) -> DataExport | None:
    """What a person asked for last."""
    return DataExport.objects.filter(user=user).order_by("-created_at").first()


def is_there(export: DataExport) -> bool:
    """Whether the file can be taken now."""
    unexpired = export.expires_at is not None and export.expires_at > timezone.now()
    return unexpired and not export.withdrawn and export.file != "" and default_storage.exists(export.file)


def run(export_id: str) -> None:
    """Make one export, if it is still there to be made. A failure waits and is tried again, five times in all."""
    held = QUEUE.claim(export_id, spend=_fail)
    if held is None:
        return
    try:
        with tempfile.TemporaryFile() as file:  # without a name: nothing stays when the worker is killed
            _write(held, file)
            file.seek(0)
            name = default_storage.save(_name(held.row, held.attempt), File(file))
        _finish(held, name)
    except LostLease:
        default_storage.delete(_name(held.row, held.attempt))
    except Exception:
        logger.exception("data export %s, attempt %d", export_id, held.attempt)
        _put_back(held)


def sweep() -> int:
    """Ring for exports that wait without a bell; delete the files that expired. How many it rang for."""
    rung = QUEUE.sweep(SWEPT_AT_ONCE)
    expired = DataExport.objects.filter(expires_at__lte=timezone.now()).exclude(file="")
    for export in expired[:SWEPT_AT_ONCE]:
        try:
            _delete_files(export)
        except Exception:
            logger.exception("data export %s is not deleted yet", export.id)
    return rung


def forget(user: User) -> None:
    """Delete all files of a person; nothing is made for them any more. Raises Busy while one is being made."""
    now = timezone.now()
    mine = DataExport.objects.filter(user=user)
    mine.filter(free(), QUEUE.is_open).update(finished_at=now, failed=True)
    if mine.filter(QUEUE.is_open).exists():
        raise Busy("a data export is being made")
    for export in mine:
        _delete_files(export)


def _write(held: Held[DataExport], file: IO[bytes]) -> None:
    """The whole zip, subject by subject. Raises LostLease."""
    for _ in personal_data.write(held.row.user, file):
        QUEUE.renew(held)


def _finish(held: Held[DataExport], name: str) -> None:
    """The file counts, and its owner gets a letter. Raises LostLease."""
    with transaction.atomic():
        export = QUEUE.locked(held)
        export.file, export.leased_until, export.finished_at = name, None, timezone.now()
        export.expires_at = export.finished_at + KEPT
        export.save(update_fields=["file", "leased_until", "finished_at", "expires_at"])
        url = settings.SITE_URL + reverse("account-data-file", args=[export.id])
        mail.send("data_ready", export.user.email, {"url": url, "days": KEPT.days}, user=export.user)
    for earlier in range(1, held.attempt):
        default_storage.delete(_name(export, earlier))


def _put_back(held: Held[DataExport]) -> None:
    """Wait longer after each failure; the last one ends it."""
    with suppress(LostLease), transaction.atomic():
        if held.attempt < MOST_ATTEMPTS:
            QUEUE.put_back(held, BACKOFF[held.attempt - 1])
        else:
            _fail(QUEUE.locked(held))


def _fail(export: DataExport) -> None:
    """It ends. Whatever there is of its file counts as expired, so that the sweeper deletes it."""
    export.file = _name(export, export.attempts)
    export.leased_until, export.finished_at, export.failed = None, timezone.now(), True
    export.expires_at = export.finished_at
    export.save(update_fields=["file", "leased_until", "finished_at", "failed", "expires_at"])


def _name(export: DataExport, attempt: int) -> str:
    return f"data/{export.id}-{attempt}.zip"


def _delete_files(export: DataExport) -> None:
    """The file, and whatever attempts that were killed left behind."""
    left_behind = {_name(export, attempt) for attempt in range(1, export.attempts + 1)}
    for name in left_behind | {export.file} - {""}:
        default_storage.delete(name)
    DataExport.objects.filter(id=export.id).update(file="")


def _when_again(user: User, newest: DataExport) -> str:
    again = (newest.created_at + PAUSE).astimezone(ZoneInfo(user.time_zone))
    return f"Your data was put together within the last day. You can ask for it again from {again:%A, %H:%M}."
