"""What waits for a worker, measured in one way, whatever table it stands in: how many rows are due, since when."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Aggregate, Count, F, Min, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.leases import Queue

MOST_COUNTED = 10_000
"""Of a longer line only so many are looked at: the number is for a curve, and the oldest come first."""
PATIENCE = 2_000
"""Milliseconds for one look: who asks how things are must not make them worse."""

TOGETHER = 5.0
"""Seconds after which no further line is looked at by who asks for all of them."""


class Standing(NamedTuple):
    """How a line stands: rows that are due and in nobody's hands, and for how many seconds the oldest is."""

    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Line:
    """Rows that wait for one Celery task. `since` is the moment from which a row was due, `order` brings the oldest
    first over an index."""

    task: str
    due: Callable[[], QuerySet[Any]]
    since: Combinable | str
    order: tuple[str, ...]

    def standing(self) -> Standing:
        """One query, over at most MOST_COUNTED rows. Raises django.db.Error, also when it takes too long."""
        rows = self.due().order_by(*self.order).annotate(waiting_since=_moment(self.since)).values("waiting_since")
        measures: dict[str, Aggregate] = {"count": Count("*"), "oldest": Min("waiting_since")}
        with patiently():
            found = rows[:MOST_COUNTED].aggregate(**measures)
        return Standing(found["count"], _age(found["oldest"]))


def standings(lines: Iterable[Line]) -> Iterator[tuple[Line, Standing]]:
    """How all lines stand, each by its own query. Raises django.db.Error; TimeoutError after too long."""
    end = monotonic() + TOGETHER
    for each in lines:
        if monotonic() > end:
            raise TimeoutError(f"no time was left for {each.task}: the lines before it took {TOGETHER:.0f} s")
        yield each, each.standing()


@contextmanager
def patiently() -> Iterator[None]:
    """Queries in here end after PATIENCE. Also behind a pool of connections, since it holds for a transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE)])
        yield


def line(queue: Queue[Any], since: Combinable | str = "") -> Line:
    """The line of a queue with leases. A row that was put back is due since the end of its wait, one whose worker died
    since the end of its lease, any other since `since`: when it was made, unless rows are opened again."""
    began = since or queue.order[-1]
    return Line(queue.task, queue.waiting, Greatest(began, "not_before", "leased_until"), queue.order)


def _moment(since: Combinable | str) -> Combinable:
    return F(since) if isinstance(since, str) else since


def _age(since: datetime | None) -> float:
    return max(0.0, (timezone.now() - since).total_seconds()) if since else 0.0
