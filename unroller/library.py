"""Reads of the library: what a reader saved, sorted and sifted. No list reads a thread's document."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import CharField, Count, Exists, F, Func, OuterRef, Q, QuerySet, TextChoices
from django.db.models.functions import Lower

from accounts.models import User
from unroller.models import Reading, Saved, Thread


class Show(TextChoices):
    """Which part of a library is listed."""

    UNREAD = "unread", "Unread"
    ALL = "all", "All"
    FAVORITES = "favorites", "Favorites"
    ARCHIVE = "archive", "Archive"


class Sort(TextChoices):
    """In which order."""

    NEWEST = "newest", "Saved last"
    OLDEST = "oldest", "Saved first"
    POSTED = "posted", "Written last"
    AUTHOR = "author", "By author"
    LENGTH = "length", "Shortest first"
    TITLE = "title", "By title"


ORDERS: dict[Sort, tuple[Any, ...]] = {
    Sort.NEWEST: ("-saved_at", "-id"),
    Sort.OLDEST: ("saved_at", "id"),
    Sort.POSTED: ("-thread__posted_at", "-id"),
    Sort.AUTHOR: (Lower("thread__author__name"), "thread__author", "-thread__posted_at", "-id"),
    Sort.LENGTH: ("thread__word_count", "-id"),
    Sort.TITLE: (Lower("thread__title"), "-id"),
}


class Sift(NamedTuple):
    """What of a library is listed, and how. `author` is an id; 0 and empty words sift nothing."""

    show: Show = Show.ALL
    tag: str = ""
    author: int = 0
    source: str = ""
    words: str = ""
    sort: Sort = Sort.NEWEST

    @property
    def narrows(self) -> bool:
        """Whether it shows only a part of what `show` holds."""
        return bool(self.tag or self.author or self.source or self.words)


class Row(NamedTuple):
    """A saved thread in the list, and what the reader did with it."""

    saved: Saved
    place: str
    """`read`, `at post 14 of 72`, or nothing for a thread that was not begun."""


class Counts(NamedTuple):
    """How many threads each part of a library holds."""

    all: int
    unread: int
    favorites: int
    archive: int


class Tag(NamedTuple):
    """A tag, and how many threads have it."""

    name: str
    threads: int


def saved(user: User, thread: Thread) -> Saved | None:
    """What a reader keeps of a thread, if they saved it."""
    return Saved.objects.filter(user=user, thread=thread).first()


def of(user: User) -> QuerySet[Saved]:
    """Everything a reader saved, in an order that stays: for files."""
    return _mine(user).order_by("id")


def found(user: User, sift: Sift) -> QuerySet[Saved]:
    """What a sift lets through, in its order."""
    rows = _mine(user).filter(_SHOWN[sift.show])
    if sift.show == Show.UNREAD:
        rows = rows.filter(~_is_read())
    if sift.tag:
        rows = rows.filter(tags__contains=[sift.tag])
    if sift.author:
        rows = rows.filter(thread__author=sift.author)
    if sift.source:
        rows = rows.filter(thread__source=sift.source)
    if sift.words:
        author = Q(thread__author__name__icontains=sift.words) | Q(thread__author__handle__icontains=sift.words)
        rows = rows.filter(Q(thread__title__icontains=sift.words) | author)
    return rows.order_by(*ORDERS[sift.sort])


def chosen(user: User, ids: Iterable[int]) -> QuerySet[Saved]:
    """A reader's own saved threads among some ids."""
    return Saved.objects.filter(user=user, id__in=list(ids))


def unread(user: User) -> QuerySet[Saved]:
    """What a reader saved and has not read, nor put away."""
    return found(user, Sift(show=Show.UNREAD))


def rows(user: User, page: Sequence[Saved]) -> list[Row]:
    """Saved threads with where their reader is in each; one query for any number."""
    readings = Reading.objects.filter(user=user, thread__in=[row.thread_id for row in page])
    by_thread = {reading.thread_id: reading for reading in readings}
    return [Row(row, place(row.thread, by_thread.get(row.thread_id))) for row in page]


def place(thread: Thread, reading: Reading | None) -> str:
    """Where a reader is in a thread, in words; nothing where they have not begun."""
    if reading is None:
        return ""
    if reading.read_at:
        return "read"
    post = reading.position.removeprefix("post-").partition("-")[0]
    return f"at post {post} of {thread.post_count}" if post.isdecimal() and int(post) > 1 else ""


def counts(user: User) -> Counts:
    """How much there is of each; one query."""
    mine = Saved.objects.filter(user=user)
    return Counts(
        **mine.aggregate(
            all=Count("id"),
            unread=Count("id", filter=Q(archived_at=None) & ~_is_read()),
            favorites=Count("id", filter=_SHOWN[Show.FAVORITES]),
            archive=Count("id", filter=_SHOWN[Show.ARCHIVE]),
        )
    )


def tags(user: User) -> list[Tag]:
    """A reader's tags by name, with how many threads have each; one query."""
    each = Func(F("tags"), function="unnest", output_field=CharField())
    mine = Saved.objects.filter(user=user).exclude(tags=[]).values(name=each).annotate(threads=Count("id"))
    return [Tag(row["name"], row["threads"]) for row in mine.order_by("name")]


def _mine(user: User) -> QuerySet[Saved]:
    return Saved.objects.filter(user=user).select_related("thread__author").defer("thread__document")


def _is_read() -> Exists:
    """That a saved row's own reader has read its thread."""
    return Exists(Reading.objects.filter(user=OuterRef("user"), thread=OuterRef("thread"), read_at__isnull=False))


_SHOWN = {
    Show.UNREAD: Q(archived_at=None),
    Show.ALL: Q(),
    Show.FAVORITES: Q(favorite=True),
    Show.ARCHIVE: Q(archived_at__isnull=False),
}
