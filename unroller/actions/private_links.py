"""Private links: made, prolonged and ended, and with the last of them the private thread behind it.

Rows are locked in one order: the thread, then the reader (their limit), then links.
"""

from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from unroller import networks, queries, unguessable
from unroller.actions import jobs, refusing, threads, unrolling
from unroller.actions.refusals import Refused
from unroller.core import errors
from unroller.core.errors import UnrollError
from unroller.models import ArchivedThread, Job, PrivateLink, Saved, Thread
from unroller.sources.base import PostRef

DAYS = (1, 7, 30)
"""How long a link may open what it leads to."""
MOST = 200
"""Links that one person has at a time."""
ENDED_AT_ONCE = 200


class CannotLink(Refused):
    """A private link cannot be made, or no longer be prolonged."""


def is_here(user: User, link: str) -> bool:
    """Whether a link to the thread of a linked post would lead somewhere at once. Raises UnrollError."""
    return _here(user, networks.find(link)) is not None


def make(user: User, link: str, days: int) -> PrivateLink:
    """A link to the thread of a linked post, which is fetched where it is not here; `days` is one of DAYS.

    Raises CannotLink, UnrollError.
    """
    ref = networks.find(link)
    with transaction.atomic():
        thread = _here(user, ref)
        if thread is not None:  # locked, so that it is not deleted with the last of its other links
            thread = Thread.objects.select_for_update(no_key=True).filter(id=thread.id).first()
        User.objects.select_for_update(no_key=True).get(id=user.id)
        if queries.private_links().filter(user=user).count() >= MOST:
            raise CannotLink(f"You have {MOST} private links. Revoke one that you no longer need.")
        job = jobs.enqueue(ref, why=Job.Why.PRIVATE, link=link.strip()) if thread is None else None
        row = PrivateLink(id=uuid4(), user=user, job=job, thread=thread)
        row.digest = unguessable.digest(unguessable.secret(queries.PRIVATE_LINK, row.id))
        row.expires_at = timezone.now() + timedelta(days=days)
        row.save(force_insert=True)
    return row


def prolong(link: PrivateLink, days: int) -> None:
    """A link opens for so many days from now; one that opens for longer already stays as it is. Raises CannotLink."""
    until = timezone.now() + timedelta(days=days)
    found = queries.private_links().filter(id=link.id)
    if not found.exists():
        raise CannotLink("This link ended in the meantime. You can make a new one.")
    found.filter(expires_at__lt=until).update(expires_at=until)


def revoke(link: PrivateLink) -> None:
    """A link opens nothing from now on. A private thread that nobody else keeps goes with it."""
    with transaction.atomic():
        private = _locked(link.thread_id) if link.thread_id is not None else None
        PrivateLink.objects.filter(id=link.id).delete()
        if private is not None:
            _end_if_unkept(private.pk)


def sweep() -> int:
    """Delete links that ended, and private threads that nobody may read any more; how many threads."""
    _settle_late()
    PrivateLink.objects.filter(expires_at__lte=timezone.now()).delete()
    unkept = list(_unkept().order_by("created_at").values_list("id", flat=True)[:ENDED_AT_ONCE])
    for thread_id in unkept:
        with transaction.atomic():
            _end_if_unkept(thread_id)
    return len(unkept)


def _here(user: User, ref: PostRef) -> Thread | None:
    """The thread of a post, where a link leads there at once; None where it has to be fetched. Raises UnrollError.

    A private thread of others counts as not here: that it is there already would tell of their links.
    """
    place = queries.places(ref).first()
    if place is None or unrolling.may_be_back(place.thread):
        return None
    thread = place.thread
    if thread.private and not queries.own_private_threads(user).filter(id=thread.id).exists():
        return None
    if thread.removed:
        raise getattr(errors, thread.removed, UnrollError)(network=thread.get_source_display())
    return thread


def _settle_late() -> None:
    """Links that were made while their job was being finished lead to what it brought."""
    late = PrivateLink.objects.filter(thread=None, job__thread__isnull=False)
    for link_id, thread_id in late.values_list("id", "job__thread"):
        PrivateLink.objects.filter(id=link_id, thread=None).update(thread=thread_id)


def _unkept() -> QuerySet[Thread]:
    """Private threads without a link that opens them, in nobody's library, and out of nobody's archive; but a row that
    says that operators or its author took one away stays, or the next link would bring it back."""
    links = queries.private_links().filter(Q(thread=OuterRef("pk")) | Q(job__thread=OuterRef("pk")))
    saved = Saved.objects.filter(thread=OuterRef("pk"))
    brought = ArchivedThread.objects.filter(thread=OuterRef("pk"))
    unread = Thread.objects.filter(~Exists(links), ~Exists(saved), ~Exists(brought), private=True)
    return unread.exclude(removed__in=refusing.NOT_HERE)


def _end_if_unkept(thread_id: int) -> None:
    """Delete a private thread unless somebody may read it; whoever would save it or link to it waits meanwhile."""
    locked = _locked(thread_id)
    if locked is not None and _unkept().filter(id=locked.pk).exists():
        threads.discard(locked)


def _locked(thread_id: int) -> Thread | None:
    """A thread as it is now, while it is private."""
    return Thread.objects.select_for_update().filter(id=thread_id, private=True).first()
