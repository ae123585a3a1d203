"""Takes back what was put together of a thread's words before it was removed: parts of libraries, and archives of
personal data that quote it. Their owners are told where these lay, and can ask for new ones."""

import logging
from collections.abc import Iterable

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from unroller.models import DataExport, Highlight, LibraryExport, LibraryPart, Saved, Thread

logger = logging.getLogger(__name__)

AT_ONCE = 100
Archives = QuerySet[LibraryPart] | QuerySet[DataExport]


def withdraw(thread: Thread) -> None:
    """Take back everything that holds words of a thread, after the commit.

    A worker that writes such a file at that moment loses its lease, and the file is made anew without these words. Who
    they are is asked now: the row of the thread may be about to go.
    """
    thread_id, address = thread.pk, thread.get_absolute_url()
    marked = set(Highlight.objects.filter(thread=thread).values_list("user", flat=True))
    readers = marked | set(Saved.objects.filter(thread=thread).values_list("user", flat=True))

    def take_back() -> None:
        _interrupt(readers)
        DataExport.objects.filter(user__in=marked, finished_at=None).update(leased_until=None, rung_at=None)
        _withdraw(LibraryPart.objects.filter(thread_ids__contains=[thread_id]).exclude(file=""))
        _withdraw(DataExport.objects.filter(user__in=marked, finished_at__isnull=False).exclude(file=""))
        _forget_title(address)

    transaction.on_commit(take_back, robust=True)


def inherit(thread: Thread, parts: Iterable[Thread]) -> None:
    """Threads turned out to be parts of this one: what holds their words holds words of this one."""
    gone = [part.pk for part in parts]
    for held in LibraryPart.objects.filter(thread_ids__overlap=gone).select_for_update(no_key=True).order_by("id"):
        held.thread_ids = [*held.thread_ids, thread.pk]
        held.save(update_fields=["thread_ids"])
    readers = set(Saved.objects.filter(thread__in=[thread.pk, *gone]).values_list("user", flat=True))
    transaction.on_commit(lambda: _interrupt(readers), robust=True)


def sweep() -> None:
    """Delete files that were taken back while the storage was away."""
    _delete(LibraryPart.objects.filter(withdrawn=True).exclude(file=""))
    _delete(DataExport.objects.filter(withdrawn=True).exclude(file=""))


def _interrupt(readers: Iterable[int]) -> None:
    """Whoever writes a part of their libraries loses it; that is no failure."""
    running = LibraryExport.objects.filter(user__in=readers, finished_at=None, leased_until__isnull=False)
    running.update(leased_until=None, rung_at=None, failures=Greatest(F("failures") - 1, 0))


def _withdraw(rows: Archives) -> None:
    """Nobody can take them from now on, whatever the storage does."""
    rows.update(withdrawn=True)
    _delete(rows)


def _delete(rows: Archives) -> None:
    for row in rows[:AT_ONCE]:
        try:
            default_storage.delete(row.file)
        except Exception:
            logger.exception("%s is not deleted yet", row.file)
        else:
            row.file = ""
            row.save(update_fields=["file"])


def _forget_title(address: str) -> None:
    """In lists of what was left out."""
    for export in LibraryExport.objects.filter(left_out__contains=[{"thread": address}]):
        with transaction.atomic():
            row = LibraryExport.objects.select_for_update(no_key=True).filter(id=export.id).first()
            if row:
                row.left_out = [each | {"title": ""} if each["thread"] == address else each for each in row.left_out]
                row.save(update_fields=["left_out"])
