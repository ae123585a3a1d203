"""Zips on their way here: announced, brought part by part or in one piece, given up, deleted.

The row says how many bytes are here; it is locked while a part is written. So the same part may come twice, two
pages may send the same file, and whoever comes with a wrong offset is told the right one.
"""

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import limits
from accounts.models import User
from unroller.actions.archives import files
from unroller.actions.archives.queue import QUEUE
from unroller.actions.refusals import Refused
from unroller.file_store import Away
from unroller.models import Archive, ArchivedThread

PART_BYTES = 4_000_000
"""What the page sends at once: few bytes are lost when a connection breaks, and no web process is held for long."""
KEPT_UNFINISHED = timedelta(days=1)
"""How long an upload that stopped can be gone on with."""
MOST_REPORTS = 20
DELETED_AT_ONCE = 50
MEGABYTE = 1_000_000

EMPTY = "This file is empty. Choose the zip just as X gave it to you."
TOO_MANY = "You have begun many uploads within a day. Please go on tomorrow."
ANOTHER = "Another archive of yours is still on its way or being read. Let it finish, or delete it first."
NO_ROOM = "Our disk has no room for this file right now. Please try again tomorrow; we have been told."
ENDED = "This upload has ended. Please begin it again."
TOO_MANY_REPORTS = f"You have {MOST_REPORTS} archives here. Please delete one that you no longer need."


class WrongOffset(Exception):
    """A part that does not go on where the file ends; `received` is where to go on."""

    def __init__(self, received: int) -> None:
        super().__init__(received)
        self.received = received


def most_bytes() -> int:
    """The largest zip that is taken."""
    return settings.ARCHIVE_MEGABYTES * MEGABYTE


def begin(user: User, name: str, size: int) -> Archive:
    """Announce a file of so many bytes; where it is the one that is on its way or arrived just now, that. Raises
    Refused."""
    _check_size(size)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(id=user.id)
        there = Archive.objects.filter(user=user, state__in=files.OPEN).first()
        if there is not None and (there.name, there.size) != (_short(name), size):
            raise Refused(ANOTHER)
        if not files.has_room(size - there.received if there else size):
            raise Refused(NO_ROOM)
        return there or _create(user, name, size, uuid4())


def take_part(archive: Archive, offset: int, part: bytes) -> int:
    """Bytes at an offset of the file; how many are here now. The last part has it read. Raises WrongOffset, Refused,
    Away."""
    with transaction.atomic():
        row = Archive.objects.select_for_update(no_key=True).filter(pk=archive.pk).first()
        if row is None:
            raise Refused(ENDED)
        if row.state != Archive.State.RECEIVING:
            raise WrongOffset(row.received)
        here = files.received(row)
        if offset + len(part) <= here:
            return here  # it came before
        if offset != here or offset + len(part) > row.size:
            raise WrongOffset(here)
        _store(row, offset, part)
        row.received, row.touched_at = offset + len(part), timezone.now()
        row.save(update_fields=["received", "touched_at"])
        if row.received == row.size:
            _arrived(row)
    return row.received


def take_whole(user: User, name: str, path: Path) -> Archive:
    """A file that came in one piece, moved to its place. An upload of parts that stopped makes room. Raises Refused,
    Away."""
    size = path.stat().st_size
    _check_size(size)
    if not files.has_room(0):
        raise Refused(NO_ROOM)
    archive_id = uuid4()
    files.put(archive_id, path)  # before the row: it may take minutes, and nobody waits for a lock meanwhile
    try:
        return _whole(user, name, size, archive_id)
    except BaseException:
        files.delete(archive_id)
        raise


def _whole(user: User, name: str, size: int, archive_id: UUID) -> Archive:
    """The row of a file that is here. Raises Refused."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(id=user.id)
        for stopped in Archive.objects.filter(user=user, state=Archive.State.RECEIVING):
            delete(stopped)
        if Archive.objects.filter(user=user, state__in=files.OPEN).exists():
            raise Refused(ANOTHER)
        row = _create(user, name, size, archive_id)
        row.received = size
        row.save(update_fields=["received"])
        _arrived(row)
    return row


def delete(archive: Archive) -> None:
    """Forget an archive, whatever it was doing: its file, its report, and the private threads that came of it unless
    they were saved; a clock deletes their words. What was published stays."""
    with transaction.atomic():
        ArchivedThread.objects.filter(archive=archive.pk).delete()
        Archive.objects.filter(pk=archive.pk).delete()
    files.delete(archive.pk)


def forget(user: User) -> None:
    """Everything of a person whose account ends."""
    for archive in Archive.objects.filter(user=user):
        delete(archive)


def tidy() -> int:
    """Delete uploads that nobody went on with for a day, and files without a row; how many uploads."""
    stopped = Archive.objects.filter(
        state=Archive.State.RECEIVING, touched_at__lt=timezone.now() - KEPT_UNFINISHED
    ).order_by("touched_at")
    rows = list(stopped[:DELETED_AT_ONCE])
    for row in rows:
        delete(row)
    files.sweep()
    return len(rows)


def _check_size(size: int) -> None:
    """Raises Refused for a file that is never taken."""
    if size <= 0:
        raise Refused(EMPTY)
    if size > most_bytes():
        raise Refused(too_large())


def too_large() -> str:
    """The sentence for a file beyond the limit."""
    return f"This file is larger than {settings.ARCHIVE_MEGABYTES:,} megabytes, the most that can be brought here."


def _create(user: User, name: str, size: int, archive_id: UUID) -> Archive:
    """Raises Refused."""
    if Archive.objects.filter(user=user).count() >= MOST_REPORTS:
        raise Refused(TOO_MANY_REPORTS)
    if not limits.spend(limits.ARCHIVES, str(user.pk)):
        raise Refused(TOO_MANY)
    try:
        with transaction.atomic():
            return Archive.objects.create(id=archive_id, user=user, name=_short(name), size=size)
    except IntegrityError as error:
        raise Refused(ANOTHER) from error


def _store(row: Archive, offset: int, part: bytes) -> None:
    """Raises Refused where the disk is full, and Away."""
    if not files.has_room(len(part)):
        raise Refused(NO_ROOM)
    try:
        files.write(row.pk, offset, part)
    except Away:
        raise
    except OSError as error:
        raise Refused(NO_ROOM) from error


def _arrived(row: Archive) -> None:
    """It waits for a worker, in the caller's transaction."""
    row.state, row.arrived_at = Archive.State.QUEUED, timezone.now()
    row.save(update_fields=["state", "arrived_at"])
    QUEUE.ring_after_commit(row.pk)


def _short(name: str) -> str:
    """A file's name as a column takes it."""
    plain = "".join(each for each in name.replace("\\", "/").rpartition("/")[2] if each.isprintable())
    return plain[:255] or "archive.zip"
