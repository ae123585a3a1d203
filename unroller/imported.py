"""Reads of the lists that readers brought: what became of their links."""

from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from unroller.models import ImportedLink, LibraryImport

SHOWN = 500
"""Links that a report lists of those that failed."""
NEXT = 5
"""Links that a report lists of those that wait."""


class Report(NamedTuple):
    """How many links of a list are where, and why some of them are not in the library."""

    saved: int
    waiting: int
    failed: int
    held_back: int
    """Saved, but without their tags and notes."""
    failures: list[ImportedLink]
    next: list[ImportedLink]


def latest(user: User) -> QuerySet[LibraryImport]:
    """A reader's lists with their counts, the newest first."""
    states = ImportedLink.State
    counts = {state.value: Count("links", filter=Q(links__state=state)) for state in states}
    return LibraryImport.objects.filter(user=user).annotate(**counts).order_by("-created_at")


def report(origin: LibraryImport) -> Report:
    """Of one list; three queries."""
    mine, states = ImportedLink.objects.filter(origin=origin), ImportedLink.State
    counts = mine.aggregate(
        **{state.value: Count("id", filter=Q(state=state)) for state in states},
        held_back=Count("id", filter=Q(state=states.SAVED) & ~Q(sentence="")),
    )
    failures = list(mine.filter(state=states.FAILED).order_by("id")[:SHOWN])
    waiting = list(mine.filter(state=states.WAITING).order_by("id")[:NEXT])
    return Report(**counts, failures=failures, next=waiting)
