"""The log of what operators do: written before it is done, read in the admin, deleted by the clock alone."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.utils import timezone

from accounts import slices
from accounts.models import Deed, User

KEPT = timedelta(days=730)
"""Longer than anybody takes to complain. The trigger of migration 0005 lets nothing younger be deleted."""


def note(
    operator: User,
    what: str,
    *,
    address: str,
    kind: str = "",
    subjects: Iterable[object] = (),
    reason: str = "",
    details: Mapping[str, object] | None = None,
) -> Deed:
    """Write down what an operator is about to do. What then fails stands in the log all the same."""
    return Deed.objects.create(
        operator_id=operator.pk,
        operator=operator.email,
        what=what[:100],
        address=address,
        kind=kind[:100],
        subjects=" ".join(map(str, subjects)),
        reason=reason,
        details=dict(details or {}),
    )


def tidy() -> int:
    """Delete what is old; how many deeds."""
    return slices.delete(Deed.objects.filter(at__lt=timezone.now() - KEPT))
