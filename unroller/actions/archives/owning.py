"""What becomes of a thread's owners by archive while threads are united."""

from collections.abc import Iterable

from unroller.models import ArchivedThread, Copies, Thread


def inherit(thread: Thread, parts: Iterable[Thread]) -> None:
    """Threads turned out to be parts of this one: who owned one of them owns this one, once."""
    rows = list(parts)
    kept = ArchivedThread.objects.filter(thread__in=rows, copies=Copies.KEPT).values("user")
    ArchivedThread.objects.filter(thread=thread, user__in=kept).update(copies=Copies.KEPT)
    for part in rows:
        has = ArchivedThread.objects.filter(thread=thread).values("user")
        ArchivedThread.objects.filter(thread=part).exclude(user__in=has).update(thread=thread)
