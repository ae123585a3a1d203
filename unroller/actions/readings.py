"""What a reader has read, and where they stopped."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from unroller.models import Reading, Thread


def note(user: User, thread: Thread, *, post_id: str, position: str, finished: bool) -> Reading:
    """Remember that a reader is at a post of a thread; whoever once came to the end has read it."""
    now = timezone.now()
    place = {"post_id": post_id[:512], "position": position[:24], "changed_at": now}
    with transaction.atomic():
        row, created = Reading.objects.get_or_create(user=user, thread=thread, defaults=place)
        mine = Reading.objects.filter(id=row.id)
        if not created:
            mine.update(**place)
        if finished:
            mine.update(read_at=Coalesce(F("read_at"), now))
    row.refresh_from_db()
    return row


def inherit(thread: Thread, parts: Iterable[Thread]) -> None:
    """Threads turned out to be parts of this one: who read one of them has read here already."""
    for part in parts:
        known = Reading.objects.filter(thread=thread).values("user")
        Reading.objects.filter(thread=part).exclude(user__in=known).update(thread=thread)


def forget(user: User, thread: Thread) -> None:
    """As if the reader had never opened it."""
    Reading.objects.filter(user=user, thread=thread).delete()
