"""What hangs on threads that are hidden or reported, when their rows change (actions/thread_parts)."""

from collections.abc import Sequence

from unroller.models import Case, Hiding, Report, Thread


def forget(thread: Thread) -> None:
    """It was taken away for another reason: there is nothing left to show again."""
    Hiding.objects.filter(thread=thread).delete()


def inherit(thread: Thread, parts: Sequence[Thread]) -> None:
    """Threads turned out to be parts of this one: what was reported about them is about this one, in one open case."""
    for case in Case.objects.filter(thread__in=[part.pk for part in parts]).order_by("id"):
        whole = Case.objects.filter(thread=thread, decided_at=None).first()
        if whole is None or case.decided_at is not None:
            Case.objects.filter(pk=case.pk).update(thread=thread)
        else:
            known = Report.objects.filter(case=whole).values("reporter")
            Report.objects.filter(case=case).exclude(reporter__in=known).update(case=whole)
            case.delete()
