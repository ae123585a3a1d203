"""How far an export of a library is: what is still to be done, what waits for X, what is given up.

The row is changed here and saved by whoever holds its lease.
"""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from unroller import library
from unroller.actions.library_parts import Part, left_out
from unroller.models import LibraryExport, Saved

PATIENCE = timedelta(days=7)
"""A thread of X that had no room for so long, while nothing else was left to do, is left out."""
NO_ROOM = f"For {PATIENCE.days} days there was no room for it among the posts of X that you may have in files."


def with_thread(saved: QuerySet[Saved]) -> QuerySet[Saved]:
    """With what lists say of their threads."""
    return saved.select_related("thread__author").defer("thread__document")


def rest(row: LibraryExport) -> QuerySet[Saved]:
    """What is still to be done, what waits first."""
    return library.of(row.user).filter(Q(id__gt=row.reached) | Q(id__in=row.waiting)).order_by("id")


def dealt_with(row: LibraryExport) -> int:
    """How many threads stand in earlier parts, or were left out of them."""
    return sum(row.parts.values_list("threads", flat=True)) + len(row.left_out)


def move_on(row: LibraryExport, part: Part) -> None:
    """Past what was seen."""
    waiting = {each for each in row.waiting if each not in part.seen} | {*part.waiting}
    row.waiting = list(library.of(row.user).filter(id__in=waiting).values_list("id", flat=True))
    row.reached = max(row.reached, *part.seen, 0)
    row.left_out = [*row.left_out, *part.left_out]


def has_waited_enough(row: LibraryExport, now: datetime) -> bool:
    """Whether only threads of X are left, and for long there was no room for any of them."""
    last = row.parts.order_by("number").last()
    moved_at = last.created_at if last else row.created_at
    is_all = not rest(row).exclude(id__in=row.waiting).exists()
    return is_all and moved_at <= now - PATIENCE


def leave_out_what_waits(row: LibraryExport) -> None:
    """No longer to be done."""
    waiting = with_thread(library.of(row.user)).filter(id__in=row.waiting)
    row.left_out = [*row.left_out, *(left_out(each.thread, NO_ROOM) for each in waiting)]
    row.waiting = []
