"""Reads of the archives that somebody brought: what became of each, in numbers and sentences."""

from typing import Any, NamedTuple

from django.db.models import QuerySet

from accounts.models import User
from unroller.models import Archive, ArchivedThread
from unroller.sources.x_archive import WORDS


class Line(NamedTuple):
    """So many of something, and how the sentence goes on."""

    number: int
    words: str


class Report(NamedTuple):
    """What the page of an archive says once it was read. `private`: threads that only its owner reads."""

    posts_read: int
    posts_in_threads: int
    long_posts: int
    new: int
    completed: int
    here: int
    private: int
    published: int
    media: int
    without_room: int
    is_partial: bool
    missing_files: list[str]
    skipped_posts: list[Line]
    skipped_threads: list[Line]


THREADS_LEFT_OUT = {
    "removed": "had been removed from this site, and stay so",
    "withdrawn": "had been taken away from this site by their author, and stay so",
    "not-yours": "hold a post that stands in a thread of somebody else",
}


def latest(user: User) -> QuerySet[Archive]:
    """A reader's archives, the newest first."""
    return Archive.objects.filter(user=user).order_by("-created_at")


def threads(archive: Archive) -> QuerySet[ArchivedThread]:
    """What came out of an archive, the newest thread first; none of their documents."""
    rows = ArchivedThread.objects.filter(archive=archive).select_related("thread__author").defer("thread__document")
    return rows.order_by("-thread__posted_at", "-id")


def report(archive: Archive) -> Report:
    """Two queries."""
    stored: dict[str, Any] = archive.report
    posts, outcomes = stored.get("posts", {}), stored.get("threads", {})
    mine = ArchivedThread.objects.filter(archive=archive)
    return Report(
        posts_read=posts.get("posts_read", archive.posts_read),
        posts_in_threads=posts.get("posts_in_threads", 0),
        long_posts=posts.get("long_posts", 0),
        new=outcomes.get("new", 0),
        completed=outcomes.get("completed", 0),
        here=outcomes.get("here", 0),
        private=mine.filter(thread__private=True).count(),
        published=mine.filter(thread__private=False).count(),
        media=stored.get("media", 0),
        without_room=stored.get("without_room", 0),
        is_partial=posts.get("is_partial", False),
        missing_files=posts.get("missing_files", []),
        skipped_posts=_lines(posts.get("skipped", {}), WORDS),
        skipped_threads=_lines(outcomes, THREADS_LEFT_OUT),
    )


def _lines(counts: dict[str, int], words: Any) -> list[Line]:
    """The most frequent first."""
    found = [Line(count, words[name]) for name, count in counts.items() if name in words and count]
    return sorted(found, reverse=True)
