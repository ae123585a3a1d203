"""Files of kept media in our storage: each once, named by the digest of its bytes, deleted when no row points to it.

Whoever writes or deletes a file holds the row of its digest. So two who bring the same bytes write them once, and a
file is never deleted under somebody who has just begun to keep it. What a crash left behind, a row without its file or
a file without its row, is found at night.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from unroller import kept
from unroller.models import Keeping, KeptMedium, Medium

logger = logging.getLogger(__name__)

FOLDER = "kept"
PARTS = tuple(f"{number:02x}" for number in range(256))
"""Its folders, by what digests begin with."""
COLLECTED_AT_ONCE = 500
GRACE = timedelta(hours=1)
"""A copy that nobody points to may be on its way to a row."""
LOST_AT_ONCE = 20
"""More copies than that, and more than half of all, are not lost in one day: then it is the storage that is another."""
ORPHAN_AGE = timedelta(days=1)
"""A file without a row is no upload that is still going on."""


def put(path: Path, *, digest: str, kind: str) -> Medium:
    """The row of a file's bytes, with the bytes in the storage. Raises whatever a storage raises."""
    size = path.stat().st_size
    with transaction.atomic():
        row = _locked(digest, kind, size)
        if not kept.is_there(row):
            place = kept.name(digest)
            default_storage.delete(place)
            with path.open("rb") as file:
                default_storage.save(place, File(file))
    return row


def collect(digests: Iterable[str]) -> int:
    """Delete the copies among these to which no row points any more; how many."""
    return sum(_collect(digest) for digest in digests)


def collect_unused() -> int:
    """The same for all that have been here for a while; some at once."""
    unused = _unused().filter(created_at__lt=timezone.now() - GRACE)
    return collect(list(unused.values_list("digest", flat=True)[:COLLECTED_AT_ONCE]))


def check(*, are_lost: bool = False) -> tuple[int, int]:
    """Hold rows against files, folder by folder: how many files belonged to no row and are deleted, and how many rows
    had lost their file and are fetched again. Nothing is touched in what seems to be another storage, unless its files
    `are_lost`, as an operator knows."""
    if not are_lost and _is_another_storage():
        return 0, 0
    deleted = mended = 0
    for part in PARTS:
        names, known = _files_and_rows(part)
        deleted += sum(_delete_orphan(f"{FOLDER}/{part}/{name}") for name in names - known)
        mended += sum(map(_mend, known - names))
    return deleted, mended


def _is_another_storage() -> bool:
    """Whether it lost so much that it cannot be the one that we wrote to: its rows must not go for that. All is counted
    before anything is done, a folder at a time: there may be a million rows."""
    missing = rows = 0
    for part in PARTS:
        names, known = _files_and_rows(part)
        missing, rows = missing + len(known - names), rows + len(known)
    if missing <= LOST_AT_ONCE or missing * 2 <= rows:
        return False
    logger.error(
        "the storage lacks %d of %d copies, so nothing is touched: is it the right one, and mounted?", missing, rows
    )
    return True


def _files_and_rows(part: str) -> tuple[set[str], set[str]]:
    """What the storage has in a folder, and what should be there."""
    names = _listed(f"{FOLDER}/{part}")
    return names, set(Medium.objects.filter(digest__startswith=part).values_list("digest", flat=True))


def _locked(digest: str, kind: str, size: int) -> Medium:
    """The row of a digest, made where there is none, in the caller's hands. One that was there may go while its lock is
    waited for: then it is made anew."""
    row = None
    while row is None:
        Medium.objects.bulk_create([Medium(digest=digest, type=kind, size=size)], ignore_conflicts=True)
        row = Medium.objects.select_for_update().filter(digest=digest).first()
    return row


def _collect(digest: str) -> bool:
    """One by itself, the file before its row: a crash in between leaves a row that is collected again."""
    try:
        with transaction.atomic():
            row = _unused().select_for_update(of=("self",), skip_locked=True).filter(digest=digest).first()
            if row is None or row.kept.exists():  # somebody may have pointed to it while we waited
                return False
            default_storage.delete(kept.name(digest))
            row.delete()
    except Exception:
        logger.exception("copy %s is not deleted yet", digest)
        return False
    return True


def _unused() -> QuerySet[Medium]:
    return Medium.objects.filter(~Exists(KeptMedium.objects.filter(medium=OuterRef("pk"))))


def _listed(folder: str) -> set[str]:
    """Files in a folder of the storage, which may not be there yet."""
    try:
        return set(default_storage.listdir(folder)[1])
    except FileNotFoundError:
        return set()


def _delete_orphan(place: str) -> bool:
    """A file without a row goes, unless it is so young that its row may be on the way, or went already: its last
    keeper left after the folder was read."""
    try:
        if default_storage.get_modified_time(place) > timezone.now() - ORPHAN_AGE:
            return False
    except FileNotFoundError:
        return False
    default_storage.delete(place)
    return True


def _mend(digest: str) -> bool:
    """A copy without its file is no copy: the threads that show it have it fetched again."""
    with transaction.atomic():
        keepings = Keeping.objects.select_for_update().filter(media__medium=digest).order_by("pk")
        pks = list(keepings.values_list("pk", flat=True))
        row = Medium.objects.select_for_update().filter(digest=digest).first()
        if row is None or kept.is_there(row):
            return False
        row.kept.all().delete()
        row.delete()
        again = Keeping.objects.filter(pk__in=pks, finished_at__isnull=False, thread__removed="")
        again.update(finished_at=None, attempts=0, leased_until=None, not_before=None, rung_at=None)
    return True
