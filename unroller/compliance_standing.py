"""Reads of how far what is here is held against its networks: what waits, what vanished, what went wrong."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Min, Q
from django.utils import timezone

from unroller.models import Sweep, Thread, Vanished
from unroller.models.threads import SourceKey

MONTH = timedelta(days=30)


class Standing(NamedTuple):
    """One network. `oldest` is the earliest time at which a thread was or is to be looked at; `never` counts those
    that were not yet. `vanished` counts by reason and outcome, of the last month; `waiting` is still to be done."""

    source: SourceKey
    held: int
    due: int
    never: int
    oldest: datetime | None
    waiting: int
    vanished: dict[tuple[str, str], int]
    looks: list[Sweep]


class Told(NamedTuple):
    """How often something vanished so, and how often it is still to be done."""

    source: str
    reason: str
    outcome: str
    done: int
    waiting: int


def standings() -> list[Standing]:
    """All networks; three queries."""
    now = timezone.now()
    held = {
        row["source"]: row
        for row in Thread.objects.filter(removed="")
        .order_by()
        .values("source")
        .annotate(
            held=Count("pk"),
            due=Count("pk", filter=Q(look_at=None) | Q(look_at__lte=now)),
            never=Count("pk", filter=Q(look_at=None)),
            oldest=Min("look_at"),
        )
    }
    news = Vanished.objects.filter(Q(seen_at__gte=now - MONTH) | Q(done_at=None)).order_by()
    counted = news.values("source", "reason", "outcome").annotate(
        done=Count("pk", filter=~Q(done_at=None)), waiting=Count("pk", filter=Q(done_at=None))
    )
    told = [Told(**row) for row in counted]
    sweeps = Sweep.objects.in_bulk()
    return [_standing(source, held.get(source, {}), told, sweeps) for source in SourceKey]


def _standing(
    source: SourceKey,
    held: dict[str, object],
    told: list[Told],
    sweeps: dict[str, Sweep],
) -> Standing:
    mine = [row for row in told if row.source == source]
    names = [source.value, *([Sweep.Look.STREAM.value] if source == SourceKey.BLUESKY else [])]
    return Standing(
        source=source,
        held=_number(held.get("held")),
        due=_number(held.get("due")),
        never=_number(held.get("never")),
        oldest=found if isinstance(found := held.get("oldest"), datetime) else None,
        waiting=sum(row.waiting for row in mine),
        vanished={(row.reason, row.outcome): row.done for row in mine if row.done},
        looks=[sweeps[name] for name in names if name in sweeps],
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
