"""The log of what operators do: written before it is done, read in the admin, deleted by the clock alone."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

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
        what=_kept(what)[:100],
        address=address,
        kind=kind[:100],
        subjects=_kept(" ".join(map(str, subjects))),
        reason=_kept(reason),
        details=_kept_in(dict(details or {})),
    )


def _kept(text: str) -> str:
    """As PostgreSQL keeps it: what was sent may hold NUL or half a character."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _kept_in(value: Any) -> Any:
    if isinstance(value, dict):
        return {_kept(name): _kept_in(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_kept_in(inner) for inner in value]
    return _kept(value) if isinstance(value, str) else value


def tidy() -> int:
    """Delete what is old; how many deeds."""
    return slices.delete(Deed.objects.filter(at__lt=timezone.now() - KEPT))
