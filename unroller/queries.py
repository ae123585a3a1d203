"""Reads. No list reads a thread's document."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import User
from unroller.models import (
    ArchivedThread,
    Author,
    FileGift,
    Follow,
    Job,
    LeftAlone,
    Lookup,
    Member,
    PrivateLink,
    Reading,
    Saved,
    Thread,
)
from unroller.models.threads import Quoted, SourceKey
from unroller.pseudonyms import pseudonyms
from unroller.sources.base import PostRef

Row = TypeVar("Row", bound=Model)

LISTED = {"removed": "", "unlisted": False, "private": False}

PRIVATE_LINK, FILE_GIFT = "private link", "gift of a file"
"""By which the secrets of such addresses differ (unroller.unguessable)."""


def member(ref: PostRef) -> Member | None:
    """Where a post stands, if its thread is here (or was) for everybody."""
    return places(ref).filter(thread__private=False).first()


def places(ref: PostRef) -> QuerySet[Member]:
    """The one place of a post, in a private thread too; for who asks whether they may see it. A Bluesky link may name
    the author by handle."""
    key = ref.key
    if ref.source == "bluesky" and not key.startswith("did:"):
        handle, _, rkey = key.partition("/")
        author = Author.objects.filter(source="bluesky", handle__iexact=handle).order_by("-seen_at").first()
        key = f"{author.network_id}/{rkey}" if author else key
    found = Member.objects.select_related("thread__author").defer("thread__document")
    return found.filter(source=ref.source, path=key)


def landing(place: Member) -> str:
    """The address of a post on its thread's page; the head's is the page itself."""
    address = place.thread.get_absolute_url()
    return f"{address}#{place.anchor}" if place.anchor and place.path != place.thread.path else address


def open_job(ref: PostRef) -> Job | None:
    """The job that is fetching a post, or waits to; none that does so for private links alone."""
    found = open_jobs().filter(source=ref.source, key=ref.key)
    return found.exclude(why=Job.Why.PRIVATE).exclude(thread__private=True).first()


def open_jobs() -> QuerySet[Job]:
    """Jobs that are not finished; there is one for a post at most."""
    return Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])


def lock(name: str) -> None:
    """Be the only transaction that works on a name, until its end: for rows that may not exist yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def lock_together(name: str) -> None:
    """Be one of several transactions that work on a name beside each other, while none has it alone (`lock`)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [name])


def in_slices(rows: QuerySet[Row], size: int) -> Iterator[Row]:
    """All of them, by their keys, each slice a question of its own: where the connection is pooled, PostgreSQL keeps no
    cursor, and all rows would come at once."""
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:size]):
        yield from found
        last = found[-1].pk


def card_id(source: str, path: str) -> str:
    """The network's own id of a post, as cards have it, by the post's path."""
    head, _, last = path.rpartition("/")
    return f"at://{head}/app.bsky.feed.post/{last}" if source == "bluesky" else last


def showing_cards(source: str, ids: Iterable[str]) -> QuerySet[Thread]:
    """Threads that show one of these posts (`Quote.id`) as a card; by the index that has all of these ids."""
    shown = Thread.objects.filter(source=source, removed="").alias(quoted=Quoted("document"))
    return shown.filter(quoted__has_any_keys=sorted(set(ids)))


def recent(tags: tuple[str, ...] = ()) -> QuerySet[Thread]:
    """Listed threads, those that were unrolled last first; of the languages with these tags, or all."""
    rows = listed().order_by("-created_at")
    return rows.filter(language__in=tags) if tags else rows


def by_author(author: Author) -> QuerySet[Thread]:
    """All of an author's threads, newest first."""
    return listed().filter(author=author).order_by("-posted_at", "-id")


def others(thread: Thread, count: int) -> QuerySet[Thread]:
    """More from this author."""
    return by_author(thread.author).exclude(id=thread.id)[:count]


def author(source: str, handle: str) -> Author | None:
    """The listed author who was last seen under a handle; where nobody is, one who opted out while it was theirs."""
    was_theirs = [Q(handle__iexact=name, opted_out=True) for name in pseudonyms(source, handle)]
    names = reduce(or_, was_theirs, Q(handle__iexact=handle))
    found = authors().filter(names, source=source, unlisted=False)
    return found.order_by("opted_out", "-seen_at").first()


def authors() -> QuerySet[Author]:
    """Authors whose threads everybody reads, or whom a reader follows or looked for; none who is here by private links
    alone. One whom an operator protects is known, too."""
    is_read = Exists(Thread.objects.filter(author=OuterRef("pk"), private=False))
    is_followed = Exists(Follow.objects.filter(author=OuterRef("pk")))
    is_looked_for = Exists(Lookup.objects.filter(author=OuterRef("pk")))
    return Author.objects.filter(is_read | is_followed | is_looked_for | Q(opted_out=True))


def has_opted_out(source: str, network_id: str, handle: str = "") -> bool:
    """Whether somebody asked us for no unrolls that nobody ordered. On Mastodon every server has a number of its own
    for them, so their handle counts too."""
    known = [handle, *pseudonyms(source, handle)] if handle and source == SourceKey.MASTODON else []
    names = reduce(or_, [Q(handle__iexact=name) for name in known], Q(network_id=network_id))
    return Author.objects.filter(names, source=source, opted_out=True).exists()


def is_left_alone(source: str, network_id: str, handle: str = "") -> bool:
    """Whether somebody told the bot to leave them alone, or an operator did."""
    return left_alone(source, network_id, handle).exists()


def left_alone(source: str, network_id: str, handle: str = "") -> QuerySet[LeftAlone]:
    """The rows that say so, by all that somebody goes by."""
    return LeftAlone.objects.filter(
        source=source, network_id__in={network_id, lasting_name(source, network_id, handle)}
    )


def lasting_name(source: str, network_id: str, handle: str) -> str:
    """What somebody is remembered by: their number, which never changes; on Mastodon their handle, which never changes
    either and is the same on all servers."""
    return handle.lower() if handle and source == SourceKey.MASTODON else network_id


def due(now: datetime, count: int) -> QuerySet[Thread]:
    """Threads to look at again, the longest waiting first."""
    return Thread.objects.filter(check_at__lte=now, removed="").order_by("check_at")[:count]


def last_refresh(thread: Thread) -> Job | None:
    """The newest refresh of a thread that a reader forced."""
    return thread.jobs.filter(why__in=[Job.Why.REFRESH, Job.Why.MORE]).order_by("-created_at").first()


def listed() -> QuerySet[Thread]:
    """The threads that lists may show to everybody."""
    return Thread.objects.filter(**LISTED).select_related("author").defer("document")


def follow(user: User, author: Author) -> Follow | None:
    """Whether a reader follows an author, and how they are told."""
    return Follow.objects.filter(user=user, author=author).first()


def follow_count(user: User) -> int:
    """How many authors a reader follows."""
    return Follow.objects.filter(user=user).count()


def unread(user: User) -> QuerySet[Thread]:
    """Listed threads of followed authors that came since the reader followed them, or marked all as read, and that
    the reader has not opened."""
    seen = Greatest("author__follows__created_at", "author__follows__seen_at")
    came = Thread.objects.filter(**LISTED, author__follows__user=user, created_at__gt=seen)
    return came.filter(~Exists(Reading.objects.filter(user=user, thread=OuterRef("pk")))).defer("document")


def unread_count(user: User) -> int:
    """How many threads wait for a reader."""
    return unread(user).count()


def reading(user: User, thread: Thread) -> Reading | None:
    """Where a reader stopped in a thread."""
    return Reading.objects.filter(user=user, thread=thread).first()


def follow_by_mail_token(token: UUID) -> Follow | None:
    """Whom a mail was about, and who got it."""
    return Follow.objects.select_related("user", "author").filter(mail_token=token).first()


def user_by_mail_token(token: UUID) -> User | None:
    """Whose mail a token ends."""
    return User.objects.filter(reader__mail_token=token).first()


def private_links() -> QuerySet[PrivateLink]:
    """Links that open what they lead to."""
    return PrivateLink.objects.filter(expires_at__gt=timezone.now(), user__is_active=True)


def file_gifts() -> QuerySet[FileGift]:
    """Gifts of files that may still be taken, or were."""
    return FileGift.objects.filter(expires_at__gt=timezone.now(), user__is_active=True)


def own_private_threads(user: User) -> QuerySet[Thread]:
    """The private threads that somebody may read by themselves: they have a link of their own there, saved it, or
    brought it in an archive of theirs."""
    linked = private_links().filter(user=user)
    saved = Saved.objects.filter(user=user, thread__private=True).values("thread")
    brought = ArchivedThread.objects.filter(user=user, thread__private=True).values("thread")
    kept = Q(id__in=saved) | Q(id__in=brought)
    reached = Q(id__in=linked.values("thread")) | Q(id__in=linked.values("job__thread")) | kept
    return Thread.objects.filter(reached, private=True)


def own_private_place(user: User, ref: PostRef) -> Member | None:
    """Where a post stands in a private thread that somebody may read by themselves."""
    return places(ref).filter(thread__in=own_private_threads(user)).first()
