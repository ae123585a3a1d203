"""Reads of highlights: those of one thread, and all of a reader's with their threads. No read takes a document."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from django.db.models import F, Max, Q, QuerySet, Window
from django.db.models.functions import Length

from accounts.models import User
from unroller.core import passages
from unroller.models import Highlight, Member, Thread

ALL = Q()
"""No condition: every passage may be read."""


class Shown(NamedTuple):
    """A highlight in a list: its words as people read them, and where they stand."""

    highlight: Highlight
    words: str
    address: str
    """Of its post on the thread's page."""
    number: str
    """Of its post; empty when that is no longer there."""


class Group(NamedTuple):
    """A thread with highlights of it."""

    thread: Thread
    shown: list[Shown]


def marks(user: User, thread: Thread) -> list[Highlight]:
    """What is marked on a thread's page; one query."""
    return list(Highlight.objects.filter(user=user, thread=thread, lost_at=None).order_by("start", "id"))


def of(user: User, *, words: str = "", color: str = "", thread: str = "", readable: Q = ALL) -> QuerySet[Highlight]:
    """A reader's highlights: the thread they marked last comes first, and its posts in the order they were written.

    `words` stand in the note, or in the passage where `readable` holds; `thread` is `source/path`.
    """
    rows = _sifted(user, words=words, color=color, thread=thread, readable=readable)
    newest = Window(Max("created_at"), partition_by=F("thread_id"))
    return rows.annotate(newest=newest).order_by("-newest", "-thread_id", Length("post_id"), "post_id", "start", "id")


def quotable(user: User, most: int, *, thread: str = "") -> set[tuple[int, str]]:
    """Which posts of X one file may quote, by thread and id: those that were marked last, `most` of them."""
    rows = _sifted(user, thread=thread).filter(thread__source="x").exclude(quote="")
    posts = rows.values_list("thread", "post_id").annotate(last=Max("created_at"))
    return {(row[0], row[1]) for row in posts.order_by("-last", "thread", "post_id")[:most]}


def _sifted(
    user: User, *, words: str = "", color: str = "", thread: str = "", readable: Q = ALL
) -> QuerySet[Highlight]:
    rows = Highlight.objects.filter(user=user)
    if words:
        rows = rows.filter((Q(quote__icontains=words) & readable) | Q(note__icontains=words))
    if color:
        rows = rows.filter(color=color)
    if thread:
        source, _, path = thread.partition("/")
        rows = rows.filter(thread__source=source, thread__path=path)
    return rows


def groups(highlight_ids: Sequence[int]) -> list[Group]:
    """Highlights as `of` ordered them, by thread, with the places of their posts; two queries for any number."""
    rows = Highlight.objects.select_related("thread__author").defer("thread__document").in_bulk(highlight_ids)
    ordered = [rows[highlight_id] for highlight_id in highlight_ids if highlight_id in rows]
    anchors = _anchors(ordered)
    return [
        Group(found[0].thread, [_shown(row, anchors.get((row.thread_id, _path(row)), "")) for row in found])
        for found in (list(rows) for _, rows in groupby(ordered, key=lambda row: row.thread_id))
    ]


def _shown(row: Highlight, anchor: str) -> Shown:
    address = row.thread.get_absolute_url()
    number = anchor.removeprefix("post-")
    return Shown(row, passages.readable(row.quote), f"{address}#{anchor}" if anchor else address, number)


def _anchors(rows: Sequence[Highlight]) -> dict[tuple[int, str], str]:
    """The fragment of each post that has a place, by thread and path."""
    found = Member.objects.filter(thread__in={row.thread_id for row in rows}, path__in={_path(row) for row in rows})
    return {(thread_id, path): anchor for thread_id, path, anchor in found.values_list("thread", "path", "anchor")}


def _path(row: Highlight) -> str:
    """Where a post's page is, by its id: posts of one thread stand beside each other and differ in the last part."""
    head = row.thread.path
    return head[: len(head) - len(head.rpartition("/")[2])] + row.post_id.rpartition("/")[2]
