"""Deletes what is due in slices, so that no statement and no transaction is long, however many rows there are."""

from collections.abc import Sequence
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

SLICE = 5_000
"""Rows of one transaction."""
FOUND = 100_000
"""Rows that are looked for at once: where no index finds them, the table is walked once for so many."""
LONGEST = 20.0
"""Seconds after which no further slice is begun. All deletions of a task together stay below Celery's limit."""


def delete(due: QuerySet[Any]) -> int:
    """Delete rows, and what goes with them as their relations say; how many rows that were in all.

    Each slice is there or gone as a whole. Rows that somebody holds, that are due no more when their turn comes, or for
    which there is no time left, wait for the clock's next round.
    """
    end, deleted = monotonic() + LONGEST, 0
    while True:
        found = list(due.order_by().values_list("pk", flat=True)[:FOUND])
        before = deleted
        for start in range(0, len(found), SLICE):
            deleted += _delete(due, found[start : start + SLICE])
            if monotonic() > end:
                return deleted
        if len(found) < FOUND or deleted == before:
            return deleted


def _delete(due: QuerySet[Any], keys: Sequence[object]) -> int:
    with transaction.atomic():
        held = due.filter(pk__in=keys).order_by().select_for_update(skip_locked=True, of=("self",))
        rows = due.model.objects.filter(pk__in=list(held.values_list("pk", flat=True)))
        return int(rows.delete()[0])
