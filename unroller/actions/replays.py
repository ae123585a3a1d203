"""Requests that are done once, however often they come: the answer to a key is kept for a day.

Only what was done is kept. A request that was refused, or that a dying process left undone, begins anew with its key.
"""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from unroller.models import Replay

KEPT = timedelta(days=1)
LONGEST = timedelta(minutes=1)
"""No request takes so long: whoever began one before that is dead."""


class KeyReused(Exception):
    """The key came with another request."""


class StillRunning(Exception):
    """The first request with this key has no answer yet."""


def begin(user: User, key: str, request: str) -> Replay:
    """The row of a key. With a `status`, it holds the answer; without, the caller does the request, and says what came
    of it by `finish` or `forget`. `request` is the request's digest.

    Raises KeyReused, StillRunning.
    """
    now = timezone.now()
    Replay.objects.filter(user=user, key=key, created_at__lte=now - KEPT).delete()
    row, created = Replay.objects.get_or_create(user=user, key=key, defaults={"request": request})
    if created:
        return row
    if row.request != request:
        raise KeyReused
    if row.status is None and not _taken_over(row):
        raise StillRunning
    return row


def finish(row: Replay, *, status: int, body: Any, location: str) -> None:
    """The answer that the key has from now on."""
    Replay.objects.filter(id=row.id).update(status=status, body=body, location=location[:600])


def forget(row: Replay) -> None:
    """Nothing was done: the key is free."""
    Replay.objects.filter(id=row.id, status=None).delete()


def tidy() -> int:
    """Delete the keys that are older than a day; how many there were."""
    return Replay.objects.filter(created_at__lte=timezone.now() - KEPT).delete()[0]


def _taken_over(row: Replay) -> bool:
    now = timezone.now()
    dead = Replay.objects.filter(id=row.id, status=None, created_at=row.created_at, created_at__lte=now - LONGEST)
    return bool(dead.update(created_at=now))
