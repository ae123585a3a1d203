"""Takes back what was put together of a thread's words before it was removed: parts of libraries, and archives of
personal data that quote it. Their owners are told where these lay, and can ask for new ones."""

import logging
from collections.abc import Iterable
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest

from unroller.models import DataExport, Highlight, LibraryExport, LibraryPart, Saved, Thread

logger = logging.getLogger(__name__)

AT_ONCE = 100
Archives = QuerySet[LibraryPart] | QuerySet[DataExport]


def withdraw(thread: Thread) -> None:
    """Take back everything that holds words of a thread, in the caller's transaction: from its commit on nobody can
    take such a file, also when this worker is killed right after it. Once more after it, for what was made meanwhile;
    then the files are deleted, or later by the clock.

    A worker that writes such a file at that moment loses its lease, and the file is made anew without these words. Who
    they are is asked now: the row of the thread may be about to go.
    """
    thread_id, address = thread.pk, thread.get_absolute_url()
    marked = set(Highlight.objects.filter(thread=thread).values_list("user", flat=True))
    readers = marked | set(Saved.objects.filter(thread=thread).values_list("user", flat=True))
    parts = LibraryPart.objects.filter(thread_ids__contains=[thread_id]).exclude(file="")
    exports = DataExport.objects.filter(user__in=marked, finished_at__isnull=False).exclude(file="")

    @transaction.atomic(savepoint=False)
    def take_back() -> None:
        _locked(LibraryExport.objects.filter(_running(readers) | _naming(address)))
        _interrupt(readers)
        _forget_title(address)
        DataExport.objects.filter(user__in=marked, finished_at=None).update(leased_until=None, rung_at=None)
        for rows in (parts, exports):
            rows.filter(pk__in=_locked(rows.filter(withdrawn=False))).update(withdrawn=True)

    def finish() -> None:
        take_back()
        for rows in (parts, exports):
            _delete(rows.filter(withdrawn=True))

    take_back()
    transaction.on_commit(finish, robust=True)


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
    running = LibraryExport.objects.filter(_running(readers))
    running.update(leased_until=None, rung_at=None, failures=Greatest(F("failures") - 1, 0))


def _running(readers: Iterable[int]) -> Q:
    return Q(user__in=readers, finished_at=None, leased_until__isnull=False)


def _naming(address: str) -> Q:
    return Q(left_out__contains=[{"thread": address}])


def _locked(rows: QuerySet[Any]) -> list[Any]:
    """The keys of rows, which are locked in one order by everybody: two threads may be removed at once."""
    return list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


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
    for row in LibraryExport.objects.filter(_naming(address)).select_for_update(no_key=True).order_by("pk"):
        row.left_out = [each | {"title": ""} if each["thread"] == address else each for each in row.left_out]
        row.save(update_fields=["left_out"])
