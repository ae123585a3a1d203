"""What is read here: how many people read a thread, and which threads are read most."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.core.cache import cache
from django.db.models import Q, Sum

from unroller import queries
from unroller.models import ReadersOfDay, Thread

LATELY = timedelta(days=7)
MONTH = timedelta(days=30)
REMEMBERED = 300
"""Seconds at most for which the order of the most read threads is kept, ten for each of them; whether each may still be
shown is asked every time."""
MOST = 300


class Readers(NamedTuple):
    """Visits of different people, a day each: in all, and in the last 30 days."""

    total: int = 0
    month: int = 0


def most_read(count: int, tags: tuple[str, ...] = ()) -> list[Thread]:
    """The listed threads that most people read in the last seven days; of the languages with these tags, or all."""
    order = _remembered()
    rows = queries.listed().filter(id__in=order)
    if tags:
        rows = rows.filter(language__in=tags)
    found = {row.pk: row for row in rows}
    return [found[each] for each in order if each in found][:count]


def readers(threads: Iterable[Thread]) -> dict[int, Readers]:
    """The numbers of several threads by their ids, in one query."""
    lately = Q(day__gt=datetime.now(UTC).date() - MONTH)
    rows = ReadersOfDay.objects.filter(thread__in=[each.pk for each in threads]).order_by().values("thread")
    sums = rows.annotate(total=Sum("readers"), month=Sum("readers", filter=lately, default=0))
    return {row["thread"]: Readers(row["total"], row["month"]) for row in sums}


def _remembered() -> list[int]:
    order: list[int] | None = cache.get("most-read")
    if order is None:
        order = _order()
        cache.set("most-read", order, min(REMEMBERED, 10 * len(order)))
    return order


def _order() -> list[int]:
    days = ReadersOfDay.objects.filter(day__gt=datetime.now(UTC).date() - LATELY)
    sums = days.order_by().values("thread").annotate(sum=Sum("readers")).order_by("-sum", "-thread")
    return list(sums.values_list("thread", flat=True)[:MOST])
