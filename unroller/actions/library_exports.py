"""A member's whole library as files, made by a worker, in parts.

The row is the queue (docs/decisions/0002). Each run makes one part, so that a killed worker loses one part at most,
and less than that of PDF and EPUB: the files of threads are kept by themselves (actions/thread_files.py). X allows a
reader 500 of its posts a day in files; threads for which none are left wait for another day, and the others go on.
"""

import logging
import tempfile
import time
from contextlib import suppress
from datetime import datetime, timedelta

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts import limits
from accounts.leases import Held, LostLease, Queue, free
from accounts.models import User
from billing.entitlements import plan_for
from billing.plans import Feature
from unroller import library, mail
from unroller.actions import library_contents, taking
from unroller.actions import library_progress as progress
from unroller.actions.library_contents import LongEnough
from unroller.actions.library_parts import Part
from unroller.actions.refusals import Refused
from unroller.models import LibraryExport, LibraryPart, Saved

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=16)
"""Longer than the file of one thread takes, since the lease is renewed after each."""
TURN_SECONDS = 150.0
"""A run begins no further file of a thread after this, so that Celery need not end it. What is made by then is kept."""
PACKING_SECONDS = 300.0
"""A part is closed after this, whatever it holds: a slow storage takes its time."""
MOST_FAILURES = 5
BACKOFF = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))
SWEPT_AT_ONCE = 100
KEPT = timedelta(days=7)
"""How long parts are kept, counted from the end of the export."""
KEPT_ROWS = timedelta(days=30)

BUSY = "Your library is being made into files just now. Wait for it, or stop it first."
EMPTY = "There is nothing in your library yet."
TOO_MANY = "You have had your library made into files {most} times within a day. Please come back tomorrow."
USED_UP = (
    f"X allows a reader {limits.X_POSTS_INTO_FILES.item.amount} of its posts a day in files, and these are used up."
)
NOT_A_MEMBER = (
    "No more parts are made, since they come with premium, which has ended. "
    f"What is ready can be taken for {KEPT.days} days."
)
TROUBLE = "Something went wrong on our side, so it takes longer."

QUEUE = Queue(LibraryExport, Q(finished_at=None), "unroller.export_library", LEASE)


class Busy(Exception):
    """A worker is writing a part at this moment."""


def ask(user: User, kind: LibraryExport.Kind) -> LibraryExport:
    """The export of a library that is being made: the one there is, or a new one. Raises Refused."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(id=user.id)
        mine = LibraryExport.objects.filter(user=user)
        running = mine.filter(finished_at=None).first()
        if running is not None:
            if running.kind != kind:
                raise Refused(BUSY)
            return running
        total = library.of(user).count()
        if not total:
            raise Refused(EMPTY)
        if not limits.spend(limits.LIBRARY_EXPORTS, str(user.id)):
            most = limits.current(limits.LIBRARY_EXPORTS, str(user.id)).amount
            raise Refused(TOO_MANY.format(most=most))
        export = LibraryExport.objects.create(user=user, kind=kind, total=total)
        QUEUE.ring_after_commit(export.pk)
    return export


def of(user: User) -> QuerySet[LibraryExport]:
    """What a person asked for, the newest first, with the parts that can be taken."""
    return LibraryExport.objects.filter(user=user).prefetch_related("parts").order_by("-created_at")


def is_there(part: LibraryPart) -> bool:
    """Whether a part can be taken now."""
    running = part.export.finished_at is None
    if part.withdrawn or not part.file:
        return False
    return (running or part.expires_at > timezone.now()) and default_storage.exists(part.file)


def delete(export: LibraryExport) -> None:
    """Stop an export if it still runs, so that its worker writes no more, and delete its files."""
    running = LibraryExport.objects.filter(id=export.id, finished_at=None)
    running.update(finished_at=timezone.now(), failed=True)
    _delete_files(export)
    export.delete()


def again(export: LibraryExport) -> bool:
    """Go on with one that failed, where it stopped; False when its parts are gone, or another is being made."""
    with transaction.atomic():
        mine = LibraryExport.objects.filter(user=User.objects.select_for_update(no_key=True).get(id=export.user_id))
        failed = mine.filter(id=export.id, failed=True, finished_at__gt=timezone.now() - KEPT, user__is_active=True)
        if mine.filter(finished_at=None).exists():
            return False
        if failed.update(finished_at=None, failed=False, failures=0, sentence="", not_before=None, rung_at=None):
            QUEUE.ring_after_commit(export.pk)
            return True
    return False


def forget(user: User) -> None:
    """Delete all files of a person; nothing is made for them any more. Raises Busy while a part is being made."""
    mine = LibraryExport.objects.filter(user=user)
    mine.filter(free(), finished_at=None).update(finished_at=timezone.now(), failed=True)
    if mine.filter(finished_at=None).exists():
        raise Busy("a library is being made into files")
    for export in mine:
        _delete_files(export)


def run(export_id: str) -> None:
    """Make the next part of one export, if there is something to do. A failure waits and is tried again.

    A run counts as a failure until it ends well, since a worker that is killed says nothing. Attempts only grow: they
    tell a late worker from the one that has the lease now.
    """
    held = QUEUE.claim(export_id, failures=F("failures") + 1)
    if held is None:
        return
    try:
        if not _is_hopeless(held):
            _make(held)
    except LostLease:
        logger.warning("library export %s was taken by another worker, or nobody wants it", export_id)
    except LongEnough:
        with suppress(LostLease):
            QUEUE.put_back(held, timedelta(), failures=F("failures") - 1)
            QUEUE.ring(held.row.pk)
    except Exception:
        logger.exception("library export %s, attempt %d", export_id, held.attempt)
        with suppress(LostLease):
            _put_back(held)


def sweep() -> int:
    """Ring for exports that no bell reached, and delete what expired. For how many it rang."""
    now, rung = timezone.now(), QUEUE.sweep(SWEPT_AT_ONCE)
    is_old = Q(parts=None, finished_at__lt=now - KEPT_ROWS)
    ended = LibraryExport.objects.filter(finished_at__isnull=False)
    for export in ended.filter(is_old | Q(parts__expires_at__lte=now)).distinct()[:SWEPT_AT_ONCE]:
        _delete_files(export)  # first: nobody could name them without the row
        export.parts.all().delete()
        if export.finished_at and export.finished_at < now - KEPT_ROWS:
            export.delete()
    return rung


def _is_hopeless(held: Held[LibraryExport]) -> bool:
    """Whether it killed every worker, or its reader's premium has ended; then this is its end. Raises LostLease."""
    is_allowed = plan_for(held.row.user).allows(Feature.LIBRARY_ZIP)
    with transaction.atomic():
        row = QUEUE.locked(held)
        if row.failures > MOST_FAILURES:
            _fail(row)
        elif not is_allowed:
            _fail(row, NOT_A_MEMBER)
        return row.finished_at is not None


def _make(held: Held[LibraryExport]) -> None:
    """From the row to the next part, or to its end. Raises LostLease, LongEnough, and whatever a storage raises."""
    with tempfile.TemporaryFile() as file:  # without a name: nothing stays when the worker is killed
        number = held.row.parts.count() + 1
        with Part(file) as part:
            again_at = _fill(part, held)
            part.list_contents(number, [*held.row.left_out, *part.left_out])
        if not part.threads:
            _keep(held, part, "", again_at=again_at, size=0)
            return
        size = file.tell()
        file.seek(0)
        name = default_storage.save(f"{_folder(held.row)}/{number}-{held.attempt}.zip", File(file))
    try:
        _keep(held, part, name, again_at=again_at, size=size)
    except LostLease:
        default_storage.delete(name)
        raise


def _fill(part: Part, held: Held[LibraryExport]) -> datetime | None:
    """Put in threads until the part is full. From when on X's posts may be taken again, when some of them wait."""
    row, start, before = held.row, time.monotonic(), progress.dealt_with(held.row)
    free_at: list[datetime] = []
    for saved_id in list(progress.rest(row).values_list("id", flat=True)):
        if part.is_full or (part.threads and time.monotonic() > start + PACKING_SECONDS):
            break
        saved = progress.with_thread(library.of(row.user)).filter(id=saved_id).first()
        if saved is None:  # taken out of the library, or one with another since its thread grew
            part.seen.add(saved_id)
            continue
        until = _add(part, saved, held, end=start + TURN_SECONDS)
        if until:
            part.wait(saved)
            free_at.append(until)
        elif saved_id not in part.seen:
            break
        QUEUE.renew(held, done=max(row.done, before + part.dealt_with))
    return min(free_at, default=None)


def _add(part: Part, saved: Saved, held: Held[LibraryExport], *, end: float) -> datetime | None:
    """Put in a thread, if it has room, or leave it out. From when on it may be taken, when it has to wait.

    Raises LostLease, LongEnough.
    """
    who = taking.account(held.row.user)
    if until := taking.surely_waits_until(saved.thread, who):
        return until
    kind = LibraryExport.Kind(held.row.kind)
    content = library_contents.of(saved, kind, end=end, renew=lambda: QUEUE.renew(held))
    if isinstance(content, str):
        part.leave_out(saved, content)
        return None
    with content.body:
        if not part.has_room(content.size):
            return None
        if until := taking.take(saved.thread, who):
            return until
        part.add(saved, content)
    return None


def _keep(held: Held[LibraryExport], part: Part, name: str, *, again_at: datetime | None, size: int) -> None:
    """The part counts from now on, and its owner is told of the first and of the last. Raises LostLease."""
    with transaction.atomic():
        row = QUEUE.locked(held)
        now, count = timezone.now(), row.parts.count()
        if name:
            values = {"file": name, "threads": part.threads, "size": size, "thread_ids": part.thread_ids}
            LibraryPart.objects.create(export=row, number=count + 1, expires_at=now + KEPT, **values)
        progress.move_on(row, part)
        if not name and progress.has_waited_enough(row, now):
            progress.leave_out_what_waits(row)
        row.failures, row.leased_until, row.rung_at = 0, None, None
        more = progress.rest(row).exclude(id__in=part.waiting).exists()
        row.not_before = None if more else again_at
        row.sentence = USED_UP if row.waiting else ""
        row.done = progress.dealt_with(row)
        row.total = max(row.total, row.done)
        if not more and not row.waiting:
            row.finished_at, row.not_before = now, None
            row.parts.update(expires_at=now + KEPT)
        row.save()
        if row.finished_at or (name and count == 0):
            mail.library_ready(row, parts=count + bool(name), days=KEPT.days)
        if row.finished_at is None and row.not_before is None:
            QUEUE.ring_after_commit(row.pk)


def _put_back(held: Held[LibraryExport]) -> None:
    """Wait longer after each failure; the last one ends it. Raises LostLease."""
    with transaction.atomic():
        row = QUEUE.locked(held)
        if row.failures < MOST_FAILURES:
            QUEUE.put_back(held, BACKOFF[row.failures - 1], sentence=TROUBLE)
        else:
            _fail(row)


def _fail(row: LibraryExport, sentence: str = "") -> None:
    """It ends; the parts there are can be taken. `sentence` says why, if it is not our fault."""
    row.leased_until, row.finished_at, row.failed, row.sentence = None, timezone.now(), True, sentence
    row.save()
    row.parts.update(expires_at=row.finished_at + KEPT)


def _folder(export: LibraryExport) -> str:
    return f"libraries/{export.id}"


def _delete_files(export: LibraryExport) -> None:
    """All its parts, and whatever attempts that were killed left behind."""
    with suppress(FileNotFoundError):
        for name in default_storage.listdir(_folder(export))[1]:
            default_storage.delete(f"{_folder(export)}/{name}")
