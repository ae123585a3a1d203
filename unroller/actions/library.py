"""Writing the library: threads are saved, tagged, put away, taken out.

Rows are locked in one order: the thread, then the reader (their limit), then the services that are told.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Func, QuerySet, Value
from django.utils import timezone

from accounts.models import User
from billing.entitlements import plan_for
from billing.plans import PREMIUM, Limit, Plan
from unroller import queries
from unroller.actions import integrations
from unroller.actions.integrations import Event
from unroller.actions.refusals import Refused
from unroller.core import tags as tagging
from unroller.models import Reading, Saved, Thread

AT_ONCE = 1_000
"""Rows that are written with one statement where each has words of its own."""


class CannotSave(Refused):
    """A thread cannot be kept in a reader's library."""


class LibraryFull(CannotSave):
    """The library holds as many threads as the reader's plan allows."""


def save(
    user: User,
    thread: Thread,
    *,
    saved_at: datetime | None = None,
    tags: Iterable[str] = (),
    note: str = "",
    favorite: bool = False,
    archived: bool = False,
    held: int = 0,
) -> Saved:
    """A thread is in a reader's library from now on, or from `saved_at`; `tags` are those of core.tags.

    A thread that is there already keeps its day, its note and whether it is put away; tags are united. A removed thread
    can be saved too: it may come from a list, or be put back. A library that `held` more than its plan allows takes
    back what was taken out. Raises LibraryFull, or CannotSave for a thread that has just become a part of another one,
    and for a private thread that is not the reader's own.
    """
    with transaction.atomic():
        _lock(user, thread)
        User.objects.select_for_update(no_key=True).get(id=user.id)
        row = Saved.objects.select_for_update(no_key=True).filter(user=user, thread=thread).first()
        is_new = row is None
        if row is None:
            _need_room(user, held)
            now = timezone.now()
            row = Saved(user=user, thread=thread, saved_at=saved_at or now, archived_at=now if archived else None)
        row.tags = tagging.unite(row.tags, tags)
        row.note = row.note or note
        row.favorite = row.favorite or favorite
        row.save()
        if is_new:
            integrations.news(user, Event.SAVED, row.id)
    return row


def unsave(user: User, thread: Thread) -> bool:
    """No longer in the library, and its tags and note gone; False when it was not there."""
    return bool(remove(Saved.objects.filter(user=user, thread=thread)))


def full(plan: Plan, held: int = 0) -> str:
    """That a plan takes in no more threads, as a sentence. Who had premium once may have `held` more than it keeps."""
    most = plan.limit(Limit.SAVED)
    if held > most:
        return (
            f"Your library holds {held:,} threads. They all stay, but a free account takes in no more than {most:,}; "
            "premium has no limit."
        )
    return (
        f"Your library is full: a free account keeps {most:,} threads. Take one out to make room; "
        "with premium there is no limit."
    )


def describe(row: Saved, *, tags: Sequence[str], note: str) -> None:
    """Give a saved thread these tags and this note instead of what it had."""
    row.tags, row.note = tagging.unite((), tags), note
    row.save(update_fields=["tags", "note", "changed_at"])


# Many at a time: `rows` are a reader's, however they were chosen; the answer is how many were changed


def archive(rows: QuerySet[Saved]) -> int:
    """Put away: done with, but kept."""
    now = timezone.now()
    return _change(rows.filter(archived_at=None), archived_at=now)


def unarchive(rows: QuerySet[Saved]) -> int:
    """Back to what is at hand."""
    return _change(rows.exclude(archived_at=None), archived_at=None)


def favor(rows: QuerySet[Saved], *, favorite: bool) -> int:
    """Mark as favorites, or no longer."""
    return _change(rows.exclude(favorite=favorite), favorite=favorite)


def mark_read(user: User, rows: QuerySet[Saved]) -> int:
    """As if the reader had come to the end of each."""
    ids = list(rows.filter(user=user).values_list("thread_id", flat=True))
    now = timezone.now()
    begun = [Reading(user=user, thread_id=thread_id, opened_at=now, changed_at=now) for thread_id in ids]
    with transaction.atomic():
        Reading.objects.bulk_create(begun, ignore_conflicts=True, batch_size=AT_ONCE)
        return Reading.objects.filter(user=user, thread__in=ids, read_at=None).update(read_at=now, changed_at=now)


def mark_unread(user: User, rows: QuerySet[Saved]) -> int:
    """To be read from the beginning."""
    mine = Reading.objects.filter(user=user, thread__in=rows.order_by().values("thread")).exclude(read_at=None)
    return mine.update(read_at=None, position="", post_id="", changed_at=timezone.now())


def tag(rows: QuerySet[Saved], tags: Iterable[str]) -> int:
    """Add tags behind those there are; a thread that has as many as it may keeps them. Two statements for each tag."""
    changed: set[int] = set()
    with transaction.atomic():
        chosen = Saved.objects.filter(id__in=_locked(rows), tags__len__lt=tagging.MOST)
        for each in tagging.unite((), tags):
            ids = set(chosen.exclude(tags__contains=[each]).values_list("id", flat=True))
            added = Func(F("tags"), Value(each), function="array_append")
            Saved.objects.filter(id__in=ids).update(tags=added, changed_at=timezone.now())
            changed |= ids
    return len(changed)


def untag(rows: QuerySet[Saved], tags: Iterable[str]) -> int:
    """Take tags off. One statement for each tag."""
    off = list(dict.fromkeys(tags))
    with transaction.atomic():
        ids = _locked(rows.filter(tags__overlap=off))
        for each in off:
            without = Func(F("tags"), Value(each), function="array_remove")
            Saved.objects.filter(id__in=ids, tags__contains=[each]).update(tags=without, changed_at=timezone.now())
    return len(ids)


def rename_tag(user: User, old: str, new: str) -> int:
    """Call a tag otherwise on all of a reader's threads; where both are, they become one."""
    mine = Saved.objects.filter(user=user, tags__contains=[old])
    with transaction.atomic():
        _locked(mine)
        both = untag(mine.filter(tags__contains=[new]), [old]) if new != old else 0
        return both + _change(mine, tags=Func(F("tags"), Value(old), Value(new), function="array_replace"))


def remove(rows: QuerySet[Saved]) -> int:
    """Take threads out of the library, with their tags and notes. Highlights stay where they are."""
    return Saved.objects.filter(id__in=rows.order_by().values("id")).delete()[0]


def inherit(thread: Thread, parts: Iterable[Thread]) -> None:
    """Threads turned out to be parts of this one: who saved one of them has saved this one, and loses nothing."""
    mine: dict[int, list[Saved]] = {}
    rows = Saved.objects.filter(thread__in=[thread, *parts])
    for row in sorted(rows.select_for_update(no_key=True).order_by("id"), key=lambda row: (row.saved_at, row.id)):
        mine.setdefault(row.user_id, []).append(row)
    kept = [_united(each, thread) for each in mine.values()]
    rows.exclude(id__in=[row.id for row in kept]).delete()
    written = ["thread", "saved_at", "archived_at", "favorite", "note", "tags", "changed_at"]
    Saved.objects.bulk_update(kept, written, batch_size=AT_ONCE)


def _united(rows: Sequence[Saved], thread: Thread) -> Saved:
    """One row for what a reader kept of a thread and its parts, the first saved first."""
    kept = rows[0]
    kept.thread = thread
    for row in rows[1:]:
        kept.tags = tagging.unite(kept.tags, row.tags)
        kept.favorite = kept.favorite or row.favorite
        kept.archived_at = kept.archived_at and row.archived_at
        kept.note = "\n\n".join(dict.fromkeys(filter(None, (kept.note, row.note))))
    kept.changed_at = timezone.now()
    return kept


def _lock(user: User, thread: Thread) -> None:
    """Keep a thread as it is until it is saved. Raises CannotSave."""
    row = Thread.objects.select_for_update(no_key=True).filter(id=thread.id).values("private").first()
    if row is None:
        raise CannotSave("This thread has become part of another one. Please load its page again.")
    if row["private"] and not queries.own_private_threads(user).filter(id=thread.id).exists():
        raise CannotSave("This thread is not here.")


def _need_room(user: User, held: int) -> None:
    plan = plan_for(user)
    most = plan.limit(Limit.SAVED)
    count = Saved.objects.filter(user=user).count() if most < PREMIUM.limit(Limit.SAVED) else 0
    if count >= max(most, held):
        raise LibraryFull(full(plan, count))


def _change(rows: QuerySet[Saved], **values: object) -> int:
    """Write values into rows; how many there were."""
    with transaction.atomic():
        return Saved.objects.filter(id__in=_locked(rows)).update(**values, changed_at=timezone.now())


def _locked(rows: QuerySet[Saved]) -> list[int]:
    """The ids of rows, locked one after the other: whoever else changes some of them comes the same way."""
    ids = list(rows.order_by().values_list("id", flat=True))
    mine = Saved.objects.filter(id__in=ids).select_for_update(no_key=True).order_by("id")
    return list(mine.values_list("id", flat=True))
