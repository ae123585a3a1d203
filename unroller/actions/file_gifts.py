"""Gifts of files: a member lets a friend take one file of one thread, once."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from accounts import slices
from accounts.models import User
from unroller import queries, unguessable
from unroller.actions.refusals import Refused
from unroller.models import FileGift, Thread, ThreadFile

A_MONTH = 20
"""Gifts that one member makes in MONTH."""
MONTH = timedelta(days=30)
GOOD_FOR = timedelta(days=30)
AGAIN = timedelta(minutes=10)
"""For so long the browser that took a file may take it once more: its download may have broken."""


class CannotGive(Refused):
    """A member has given as much as they may."""


def give(user: User, thread: Thread, kind: ThreadFile.Kind) -> FileGift:
    """A gift that nobody took yet: the one there is, or a new one. Raises CannotGive."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(id=user.id)
        mine = FileGift.objects.filter(user=user, thread=thread, kind=kind, taken_at=None)
        if found := mine.filter(expires_at__gt=timezone.now()).order_by("expires_at").last():
            return found
        if (again := _full_until(user)) is not None:
            when = again.astimezone(ZoneInfo(user.time_zone))
            raise CannotGive(f"You have given {A_MONTH} files in 30 days. You can give another from {when:%B %-d} on.")
        mine.delete()
        row = FileGift(id=uuid4(), user=user, thread=thread, kind=kind, expires_at=timezone.now() + GOOD_FOR)
        row.digest = unguessable.digest(unguessable.secret(queries.FILE_GIFT, row.id))
        row.save(force_insert=True)
    return row


def take(gift: FileGift) -> bool:
    """The file is handed out now; False when somebody else had it in the meantime."""
    return bool(FileGift.objects.filter(id=gift.id, taken_at=None).update(taken_at=timezone.now()))


def revoke(gift: FileGift) -> bool:
    """Nobody can take it any more; False when somebody has. What nobody took does not count against the month."""
    return bool(FileGift.objects.filter(id=gift.id, taken_at=None).delete()[0])


def may_be_taken_again(gift: FileGift) -> bool:
    """Whether the browser that took it may have it once more."""
    return gift.taken_at is not None and timezone.now() - gift.taken_at < AGAIN


def inherit(thread: Thread, parts: Iterable[Thread]) -> None:
    """Threads turned out to be parts of this one: what was given of them is given of it. Two friends may then have a
    gift of one file each: nobody knows that their links are not out."""
    FileGift.objects.filter(thread__in=list(parts)).update(thread=thread)


def tidy() -> int:
    """Delete gifts that ended; how many there were. All of them count against the month until then."""
    return slices.delete(FileGift.objects.filter(expires_at__lte=timezone.now()))


def _full_until(user: User) -> datetime | None:
    """When the month's first gift no longer counts; None while there is room."""
    lately = FileGift.objects.filter(user=user, created_at__gt=timezone.now() - MONTH)
    newest = list(lately.order_by("-created_at").values_list("created_at", flat=True)[:A_MONTH])
    return newest[-1] + MONTH if len(newest) >= A_MONTH else None
