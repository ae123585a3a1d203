"""Mail that readers ask for: rows that a worker makes into mails, and what may become of them.

Mail to friends is here too, and not among the letters of accounts: those are written when they are asked for, and this
has to obey whatever a friend or an author says until it goes out.

Outcome
├── Later     nothing is wrong, but it has to wait
├── Ended     it is not sent, and the reader is told why
└── Nothing   it is not sent, and nobody need know
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts import slices
from accounts.leases import Held, Queue
from accounts.models import User
from unroller.models import Bundled, Parcel, Recommendation, Refusal, Thread

LEASE = timedelta(minutes=5)
"""Longer than a mail server may take with one mail; the making of a book renews it all the time."""
MOST_ATTEMPTS = 6
SWEPT_AT_ONCE = 100
LIFETIME = timedelta(days=2)
"""After so long nobody expects it any more."""
KEPT = timedelta(days=30)
"""How long it is shown what became of a book."""
KEPT_RECOMMENDATIONS = timedelta(days=365)

QUEUE = Queue(Parcel, Q(finished_at=None), "unroller.send_parcel", LEASE, MOST_ATTEMPTS)


class Outcome(Exception):
    """What became of a parcel without a mail."""


class Later(Outcome):
    """It waits, and that counts as no failure."""

    def __init__(self, until: timedelta | datetime) -> None:
        super().__init__(str(until))
        self.until = until


class Ended(Outcome):
    """It is not sent; `sentence` tells the reader why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Nothing(Outcome):
    """There is nothing to send, or nobody who wants it any more: the row goes."""


def put(user: User, kind: Parcel.Kind, to: str, *, thread: Thread | None = None, note: str = "") -> Parcel:
    """A new parcel that a worker will send. Rings after the commit."""
    parcel = Parcel.objects.create(user=user, kind=kind, to=to, thread=thread, note=note)
    QUEUE.ring_after_commit(parcel.pk)
    return parcel


def books(user: User) -> QuerySet[Parcel]:
    """The books of a reader, the newest first; mail to friends is none."""
    mine = Parcel.objects.filter(user=user).exclude(kind=Parcel.Kind.FRIEND)
    return mine.select_related("thread__author").defer("thread__document").order_by("-created_at")


def inherit(thread: Thread, parts: Iterable[Thread]) -> None:
    """Threads that turned out to be parts of this one: whoever asked for them gets the whole of it, and whoever had one
    of them has had it."""
    for part in parts:
        Parcel.objects.filter(thread=part, finished_at=None).update(thread=thread)
        had = Bundled.objects.filter(user=OuterRef("user"), thread=thread)
        Bundled.objects.filter(~Exists(had), thread=part).update(thread=thread)
        sent = Recommendation.objects.filter(
            user=OuterRef("user"), thread=thread, address_digest=OuterRef("address_digest")
        )
        Recommendation.objects.filter(~Exists(sent), thread=part).update(thread=thread)


def is_late(parcel: Parcel) -> bool:
    """Whether it waited for so long that it is not worth sending."""
    return parcel.created_at < timezone.now() - LIFETIME


def settle(held: Held[Parcel], *, sent: bool, sentence: str = "", detail: str = "") -> None:
    """The end of a parcel. Raises LostLease."""
    with transaction.atomic():
        close(QUEUE.locked(held), sent=sent, sentence=sentence, detail=detail)


def close(row: Parcel, *, sent: bool, sentence: str = "", detail: str = "") -> None:
    """The same for a row that the caller has locked. Of one to a friend nothing stays."""
    if row.kind == Parcel.Kind.FRIEND:
        row.delete()
        return
    row.sent, row.sentence, row.detail = sent, sentence, detail
    row.leased_until, row.finished_at = None, timezone.now()
    row.save()


def reopen(row: Parcel, to: str) -> None:
    """Have one that ended sent after all, as if it was asked for now."""
    waits = {"finished_at": None, "attempts": 0, "not_before": None, "rung_at": None}
    Parcel.objects.filter(pk=row.pk).update(**waits, to=to, created_at=timezone.now(), sentence="", detail="")
    QUEUE.ring_after_commit(row.pk)


def sweep() -> int:
    """Ring for parcels that no bell reached; how many there were."""
    return QUEUE.sweep(SWEPT_AT_ONCE)


def tidy() -> int:
    """Delete what is of no use any more; how many rows there were."""
    now = timezone.now()
    ended = Parcel.objects.filter(finished_at__lt=now - KEPT)
    spoiled = Bundled.objects.filter(parcel__sent=False, parcel__finished_at__lt=now - KEPT)  # by a thread in it
    in_order = (
        spoiled,
        ended.filter(Q(sent=True) | ~Exists(spoiled.filter(parcel=OuterRef("pk")))),
        Recommendation.objects.filter(created_at__lt=now - KEPT_RECOMMENDATIONS),
        Refusal.objects.filter(bounced=True, created_at__lt=now - KEPT_RECOMMENDATIONS),
    )
    return sum(slices.delete(rows) for rows in in_order)
