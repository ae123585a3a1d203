"""Rows as queues: a worker takes a row with a lease, keeps it while it works, and gives it back or ends it.

The broker only rings (docs/decisions/0002). A worker that dies leaves a lease that runs out; the sweeper rings for the
row and another takes it. Whoever holds a lease may write; whoever lost it finds out at the next write.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db import transaction
from django.db.models import F, Func, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts.bell import ring
from accounts.models import Leased

RING_AGAIN = timedelta(seconds=60)
"""A bell that nobody heard for so long may be lost."""
NOW = timedelta()
EVERY = Q()

Row = TypeVar("Row", bound=Leased)


class LostLease(Exception):
    """Another worker has the row now, or nobody wants it any more: stop without writing."""


@dataclass(frozen=True, slots=True)
class Held(Generic[Row]):
    """A row in this worker's hands, as it was when it was taken, and the attempt that proves the lease."""

    row: Row
    attempt: int


@dataclass(frozen=True, slots=True)
class Queue(Generic[Row]):
    """The rows of one table that are still to be done.

    `is_open` says which those are, and what ends a row makes it false. `task` is the Celery task that takes a row's
    `key`. `lease` is longer than any step between two renewals takes. `most_attempts` ends rows that kill their
    workers; None tries for ever. `order` is the sweeper's. Of rows with the same `one_of` it rings for one at a time:
    whoever has many keeps one worker busy, and not all of them.
    """

    model: type[Row]
    is_open: Q
    task: str
    lease: timedelta
    most_attempts: int | None = None
    key: str = "pk"
    order: tuple[str, ...] = ("created_at",)
    one_of: F | Func | None = None

    def ring(self, key: object, *, wait: timedelta = NOW) -> bool:
        """Tell the workers about one row and note it; False when the broker is away and the sweeper has to."""
        heard = ring(self.task, str(key), countdown=wait.total_seconds())
        if heard:
            self._rows().filter(**{self.key: key}).update(rung_at=timezone.now() + wait)
        return heard

    def ring_after_commit(self, key: object, *, wait: timedelta = NOW) -> None:
        """The same once the row can be seen."""
        transaction.on_commit(lambda: self.ring(key, wait=wait), robust=True)

    def claim(self, key: object, *, spend: Callable[[Row], None] | None = None, **fields: Any) -> Held[Row] | None:
        """Take a row that is due, writing `fields` with the lease; None when there is nothing to do.

        A row that used up its attempts is passed to `spend`, locked, which writes its end; without `spend` it is taken
        once more. The bell was heard: should this worker die, the sweeper rings as soon as the lease has run out.
        """
        with transaction.atomic():
            row = self.waiting().select_for_update(of=("self",)).filter(**{self.key: key}).first()
            if row is None:
                return None
            if spend and self.most_attempts is not None and row.attempts >= self.most_attempts:
                spend(row)
                return None
            until = timezone.now() + self.lease
            values = {"attempts": row.attempts + 1, "leased_until": until, "not_before": None, "rung_at": None} | fields
            for name, value in values.items():
                setattr(row, name, value)
            row.save(update_fields=values)
        return Held(row, row.attempts)

    def renew(self, held: Held[Row], **fields: Any) -> None:
        """Keep the lease, and write `fields`. Raises LostLease."""
        self._write(held, leased_until=timezone.now() + self.lease, **fields)

    def locked(self, held: Held[Row]) -> Row:
        """The row as it is now, locked until the end of the transaction. Raises LostLease."""
        row = self._mine(held).select_for_update(of=("self",)).first()
        if row is None:
            raise LostLease
        return row

    def put_back(self, held: Held[Row], wait: timedelta | datetime, *, counts: bool = True, **fields: Any) -> None:
        """Let go of a row for or until `wait`, writing `fields`; `counts=False` when it was no failure. The sweeper
        rings then. Raises LostLease."""
        self._write(
            held,
            attempts=F("attempts") - (0 if counts else 1),
            leased_until=None,
            not_before=wait if isinstance(wait, datetime) else timezone.now() + wait,
            rung_at=None,
            **fields,
        )

    def waiting(self) -> QuerySet[Row]:
        """Rows that are due: to be done, in nobody's hands, and not told to wait."""
        return self._rows().filter(self.is_open & free(), Q(not_before=None) | Q(not_before__lte=timezone.now()))

    def sweep(self, most: int, among: Q = EVERY) -> int:
        """Ring for rows that no bell reached, `most` at once; for how many. Ends at once while the broker is away."""
        keys = list(self._next(among).order_by(*self.order).values_list(self.key, flat=True)[:most])
        for count, key in enumerate(keys):
            if not self.ring(key):
                return count
        return len(keys)

    def _next(self, among: Q) -> QuerySet[Row]:
        now = timezone.now()
        silent = Q(rung_at=None) | Q(rung_at__lt=now - RING_AGAIN)
        rows = self.waiting().filter(silent, among)
        if self.one_of is None:
            return rows
        idle = free() & (silent | Q(not_before__gt=now))
        busy = self._rows().filter(self.is_open, among).exclude(idle).values_list(self.one_of)
        place = Window(RowNumber(), partition_by=[self.one_of], order_by=self.order)
        first: QuerySet[Row] = rows.alias(of=self.one_of).exclude(of__in=busy).alias(place=place).filter(place=1)
        return first

    def _rows(self) -> QuerySet[Row]:
        return QuerySet(self.model)

    def _mine(self, held: Held[Row]) -> QuerySet[Row]:
        # A row that was put back without counting has the number of the attempt before, but no lease.
        holding = Q(pk=held.row.pk, attempts=held.attempt, leased_until__isnull=False)
        return self._rows().filter(self.is_open, holding)

    def _write(self, held: Held[Row], **values: Any) -> None:
        # An UPDATE whose condition looks at another table would not see what a claim wrote that it had to wait for.
        with transaction.atomic():
            mine = self._mine(held).select_for_update(of=("self",), no_key=True).only("pk").first()
            if mine is None:
                raise LostLease
            self._rows().filter(pk=held.row.pk).update(**values)


def free() -> Q:
    """In nobody's hands: never taken, given back, or the lease ran out."""
    return Q(leased_until=None) | Q(leased_until__lt=timezone.now())
