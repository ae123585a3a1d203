"""Reads of My Authors: whom a reader follows, and what is new of them. No list reads a thread's document."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest, Upper
from django.utils import timezone

from accounts.models import User
from unroller import queries
from unroller.core import errors
from unroller.core.errors import UnrollError
from unroller.models import Author, Follow, Lookup, Reading, Thread, Watch
from unroller.queries import LISTED
from unroller.sources.following import ProfileRef

NEWEST = 3
"""Threads that are shown of each author."""
PATIENCE = 3
"""Looks without an answer that nobody needs to hear about."""
CERTAIN = timedelta(days=30)
"""How long a handle is taken for the author's who was seen under it."""


class Shown(NamedTuple):
    """A thread in the list, and what the reader did with it."""

    thread: Thread
    state: Literal["new", "opened", "read", ""]


class Row(NamedTuple):
    """A followed author with their newest threads."""

    follow: Follow
    unread: int
    threads: list[Shown]
    trouble: str
    """Why nothing new of theirs comes, as a sentence; empty for most."""


def followed(user: User, *, name: str = "", unread_only: bool = False) -> QuerySet[Follow]:
    """A reader's follows, the author with the newest thread first; `name` is a part of a name or handle."""
    threads = Thread.objects.filter(**LISTED, author=OuterRef("author")).order_by("-posted_at", "-id")
    opened = Reading.objects.filter(user=user, thread=OuterRef("pk"))
    unread = threads.filter(~Exists(opened), created_at__gt=Greatest(OuterRef("created_at"), OuterRef("seen_at")))
    counted = unread.order_by().values("author").annotate(count=Count("pk")).values("count")
    rows = Follow.objects.filter(user=user).select_related("author", "author__watch")
    rows = rows.annotate(
        unread=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
        newest=ArraySubquery(threads.values("id")[:NEWEST]),
        newest_at=Subquery(threads.values("posted_at")[:1]),
    )
    if name:
        rows = rows.filter(Q(author__name__icontains=name) | Q(author__handle__icontains=name))
    if unread_only:
        rows = rows.filter(unread__gt=0)
    return rows.order_by(F("newest_at").desc(nulls_last=True), "-id")


def rows(user: User, follows: Sequence[Follow]) -> list[Row]:
    """Follows as `followed` found them, with the threads to show; two queries for any number."""
    ids = [thread_id for follow in follows for thread_id in _newest(follow)]
    threads = Thread.objects.defer("document").select_related("author").in_bulk(ids)
    readings = {row.thread_id: row for row in Reading.objects.filter(user=user, thread_id__in=ids)}
    return [
        Row(
            follow,
            follow.unread,  # type: ignore[attr-defined]  # annotated by `followed`
            [
                Shown(threads[thread_id], _state(threads[thread_id], follow, readings.get(thread_id)))
                for thread_id in _newest(follow)
                if thread_id in threads
            ],
            trouble(follow.author),
        )
        for follow in follows
    ]


def left_alone(author: Author) -> str:
    """Why an author is not followed, as a sentence; empty for most."""
    if author.opted_out:
        return "This author asked this site not to follow them."
    if author.banned:
        return "The people who run this site do not show the threads of this author."
    if author.unlisted:
        return "This author asks other sites not to list them, so their new threads are not looked for."
    return ""


def trouble(author: Author) -> str:
    """Why nothing new of a followed author comes, as a sentence; empty while all is well, or may be soon."""
    watch: Watch | None = getattr(author, "watch", None)
    if left_alone(author) or watch is None or not watch.error:
        return left_alone(author)
    network = author.get_source_display()
    error = getattr(errors, watch.error, UnrollError)(network=network)
    if error.permanent:
        return str(error.for_reader)
    if watch.failures < PATIENCE:
        return ""
    last = watch.looked_at or watch.created_at
    return f"{network} has not answered about this author since {last:%B} {last.day}. We keep asking."


def news(user: User, count: int) -> QuerySet[Thread]:
    """What came last of all authors a reader follows."""
    threads = Thread.objects.filter(**LISTED, author__follows__user=user)
    return threads.select_related("author").defer("document").order_by("-created_at", "-id")[:count]


def with_words(threads: list[Thread]) -> list[Thread]:
    """The same rows with their documents, but those of X, whose words stay here; one query."""
    ids = [thread.id for thread in threads if thread.source != "x"]
    documents = dict(Thread.objects.filter(id__in=ids).values_list("id", "document"))
    for thread in threads:
        thread.document = documents.get(thread.id)
    return threads


def known(refs: Iterable[ProfileRef]) -> dict[ProfileRef, Author]:
    """The authors among some names who need not be looked up; one query for each network.

    Handles change hands, so only those count that were seen lately. Unlisted authors are asked about again, since they
    may have changed their mind.
    """
    found: dict[ProfileRef, Author] = {}
    lately = timezone.now() - CERTAIN
    by_source: dict[str, dict[str, ProfileRef]] = {}
    for ref in refs:
        by_source.setdefault(ref.source, {})[_name(ref)] = ref
    for source, names in by_source.items():
        authors = (
            queries.authors()
            .alias(name_here=Upper("handle"))
            .filter(
                Q(name_here__in=names) | Q(network_id__in=[name for name in names if name.startswith("did:")]),
                Q(unlisted=False) | Q(opted_out=True),
                source=source,
                seen_at__gt=lately,
            )
        )
        for author in authors.order_by("seen_at"):
            for name in {author.handle.upper(), author.network_id} & names.keys():
                found[names[name]] = author
    return found


def imported(user: User) -> QuerySet[Lookup]:
    """What a reader's imported lists named, until they clear the report."""
    return Lookup.objects.filter(user=user).exclude(cadence="").order_by("created_at")


def counts(lookups: QuerySet[Lookup]) -> dict[str, int]:
    """How many lookups there are in each state."""
    return dict(lookups.order_by().values_list("state").annotate(count=Count("id")))


def why_waiting(lookups: QuerySet[Lookup]) -> str:
    """Why some of them take long, as a sentence; empty while all goes well."""
    waiting = lookups.filter(state=Lookup.State.QUEUED, not_before__gt=timezone.now()).exclude(sentence="")
    return waiting.values_list("sentence", flat=True).first() or ""


def all_of(user: User) -> QuerySet[Follow]:
    """All of a reader's follows by name, for files."""
    return Follow.objects.filter(user=user).select_related("author").order_by("author__name", "author_id")


def _name(ref: ProfileRef) -> str:
    """A name as authors' rows have it: the handle in capitals, or a DID."""
    if ref.key.startswith("did:"):
        return ref.key
    if ref.source == "mastodon":
        host, _, user = ref.key.rpartition("/")
        return f"{user}@{host}".upper()
    return ref.key.upper()


def _newest(follow: Follow) -> list[int]:
    return follow.newest  # type: ignore[attr-defined, no-any-return]  # annotated by `followed`


def _state(thread: Thread, follow: Follow, reading: Reading | None) -> Literal["new", "opened", "read", ""]:
    if reading is not None:
        return "read" if reading.read_at else "opened"
    since = max(filter(None, (follow.created_at, follow.seen_at)))
    return "new" if thread.created_at > since else ""
