"""What goes into each mail: of everything a reader was to be told, what they still want to hear."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q

from accounts.models import User
from unroller.actions.claims import Claim
from unroller.mail import Group
from unroller.models import Cadence, Notification, Reader, Reading, Thread

Outcome = Notification.Outcome


class Digest(NamedTuple):
    """A mail to be sent: the notifications in it, and what it says."""

    claim: Claim
    rows: tuple[int, ...]
    address: str
    stop_all: UUID
    groups: tuple[Group, ...]


class Sorted(NamedTuple):
    """A batch after a look at everything: mails, and notifications that are settled without one."""

    digests: list[Digest]
    dropped: dict[Outcome, list[int]]


class Told(NamedTuple):
    """A notification, and what decides whether it is sent. Without a follow its last three facts are None."""

    id: int
    thread_id: int
    opened: bool
    address: str
    is_active: bool
    mail_stopped: str
    mail_off: bool
    stop_all: UUID
    cadence: str | None
    seen_at: datetime | None
    stop_author: UUID


def sort(claims: list[Claim]) -> Sorted:
    """Make mails of claims, leaving out what is read, unwanted or gone by now. The queries do not grow with them."""
    _give_tokens(claims)
    facts = _facts(claims)
    about = {told.thread_id for told in facts.values()}
    threads = Thread.objects.select_related("author").defer("document").in_bulk(about)
    digests: list[Digest] = []
    dropped: dict[Outcome, list[int]] = defaultdict(list)
    for claim in claims:
        kept: list[Told] = []
        for told in (facts[row] for row in claim.rows if row in facts):
            reason = _why_not(told, threads.get(told.thread_id))
            if reason:
                dropped[reason].append(told.id)
            else:
                kept.append(told)
        if kept:
            rows, groups = tuple(told.id for told in kept), tuple(_grouped(kept, threads))
            digests.append(Digest(claim, rows, kept[0].address, kept[0].stop_all, groups))
    return Sorted(digests, dropped)


def _give_tokens(claims: list[Claim]) -> None:
    """Everybody who gets mail can end it."""
    without = User.objects.filter(id__in={claim.reader for claim in claims}, reader=None)
    Reader.objects.bulk_create((Reader(user=user) for user in without), ignore_conflicts=True)


def _facts(claims: list[Claim]) -> dict[int, Told]:
    """Everything about the rows of a batch, by one statement."""
    theirs = FilteredRelation("user__follows", condition=Q(user__follows__author=F("thread__author")))
    opened = Reading.objects.filter(user=OuterRef("user"), thread=OuterRef("thread"))
    rows = Notification.objects.filter(id__in=[row for claim in claims for row in claim.rows], settled_at=None)
    found = rows.annotate(follow=theirs).values_list(
        "id",
        "thread",
        Exists(opened),
        "user__email",
        "user__is_active",
        "user__mail_stopped",
        "user__reader__mail_off",
        "user__reader__mail_token",
        "follow__cadence",
        "follow__seen_at",
        "follow__mail_token",
    )
    return {row[0]: Told(*row) for row in found}


def _why_not(told: Told, thread: Thread | None) -> Outcome | None:
    """Why a reader is not told about a thread after all."""
    if thread is None or thread.removed or thread.unlisted or thread.author.opted_out:
        return Outcome.GONE
    if not told.is_active or told.mail_stopped:
        return Outcome.STOPPED
    if told.cadence in {None, Cadence.HERE} or told.mail_off:
        return Outcome.UNWANTED
    seen = told.seen_at is not None and thread.created_at <= told.seen_at
    return Outcome.READ if seen or told.opened else None


def _grouped(kept: list[Told], threads: dict[int, Thread]) -> Iterator[Group]:
    """By author; the author of the newest thread first, and their newest first."""
    tokens: dict[int, UUID] = {}
    by_author: dict[int, list[Thread]] = defaultdict(list)
    for told in sorted(kept, key=lambda told: (threads[told.thread_id].posted_at, told.thread_id), reverse=True):
        thread = threads[told.thread_id]
        tokens[thread.author_id] = told.stop_author
        by_author[thread.author_id].append(thread)
    for author_id, theirs in by_author.items():
        yield Group(theirs[0].author, tokens[author_id], tuple(theirs))
