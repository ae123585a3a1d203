"""Requests that are done once, however often they come: what a key did is remembered for a day.

That is a status and an address, no words: those may be changed or removed meanwhile. Only what was done is kept. A
request that was refused, or that a dying process left undone, begins anew with its key.
"""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from accounts import slices
from accounts.models import User
from unroller.models import Replay

KEPT = timedelta(days=1)
LONGEST = timedelta(minutes=1)
"""No request takes so long: whoever began one before that is dead."""
MOST = 1_000
"""Keys of a person in that time."""


class KeyReused(Exception):
    """The key came with another request."""


class StillRunning(Exception):
    """The first request with this key has no answer yet."""


class TooManyKeys(Exception):
    """A person has as many as may be remembered; `until` when the oldest is forgotten."""

    def __init__(self, until: datetime) -> None:
        super().__init__(str(until))
        self.until = until


def begin(user: User, key: str, request: str) -> Replay:
    """The row of a key. With a `status`, it says what was done; without, the caller does the request, and says what
    came of it by `finish` or `forget`. `request` is the request's digest.

    Raises KeyReused, StillRunning, TooManyKeys.
    """
    now = timezone.now()
    Replay.objects.filter(user=user, key=key, created_at__lte=now - KEPT).delete()
    row, created = Replay.objects.get_or_create(user=user, key=key, defaults={"request": request})
    if created:
        _bound(row)
        return row
    if row.request != request:
        raise KeyReused
    if row.status is None and not _taken_over(row):
        raise StillRunning
    return row


def finish(row: Replay, *, status: int, location: str) -> None:
    """What the key did, and where that is."""
    _in_hand(row).update(status=status, location=location)


def forget(row: Replay) -> None:
    """Nothing was done: the key is free."""
    _in_hand(row).delete()


def tidy() -> int:
    """Delete the keys that are older than a day; how many there were."""
    return slices.delete(Replay.objects.filter(created_at__lte=timezone.now() - KEPT))


def _bound(row: Replay) -> None:
    """Raises TooManyKeys, and forgets the row."""
    others = Replay.objects.filter(user=row.user).exclude(id=row.id)
    if others.count() >= MOST:
        forget(row)
        raise TooManyKeys(others.earliest("created_at").created_at + KEPT)


def _in_hand(row: Replay) -> QuerySet[Replay]:
    """The row of a key, unless it has its answer, or another took it over."""
    return Replay.objects.filter(id=row.id, status=None, created_at=row.created_at)


def _taken_over(row: Replay) -> bool:
    now = timezone.now()
    is_mine = bool(_in_hand(row).filter(created_at__lte=now - LONGEST).update(created_at=now))
    row.created_at = now
    return is_mine
