"""Writing threads: what a fetch brought home is stored, what is gone is removed. Nobody else writes these tables."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from html import unescape

import regex
from django.db import transaction
from django.utils import timezone

from unroller import pages
from unroller.actions import media
from unroller.core.errors import UnrollError
from unroller.core.layout import anchors
from unroller.core.posts import Person, Post, from_document, to_document
from unroller.core.posts import Thread as Content
from unroller.core.reading import measure
from unroller.core.titles import excerpt, title
from unroller.models import Author, Member, Thread

CHECKS = (timedelta(minutes=2), timedelta(minutes=15), timedelta(hours=24))
"""When a fresh thread is looked at again, counted from its first fetch (thread rule R10)."""
MENDING = frozenset({"search-lag", "source-limit", "numbering"})
"""Reasons for being partial that may have passed by the next look: a late index, a server that was away."""
EMOJI = regex.compile(r'<img class="emoji"[^>]* src="([^"]+)"')
"""The one kind of picture that stands inside a post's words (core.markup)."""
FRESH = timedelta(hours=48)
"""A thread whose last post is older than this has stopped growing."""


def content(thread: Thread) -> Content | None:
    """The words of a thread; None once it was removed."""
    return from_document(thread.document) if thread.document is not None else None


def keep_author(source: str, person: Person) -> Author:
    """The author's row, as they are named today."""
    described = {
        "handle": regex.sub(r"[^\w.@:-]", "", person.handle)[:300] or "unknown",
        "name": (person.name or person.handle)[:512],
        "url": person.url[:2048],
        "avatar": person.avatar if len(person.avatar) <= 2048 else "",
        "unlisted": person.unlisted,
    }
    row, _ = Author.objects.update_or_create(source=source, network_id=person.id, defaults=described)
    return row


def save(found: Content, before: Thread | None) -> Thread:
    """Store a thread, in the caller's transaction. `before` is its row, locked, when it is here already.

    The version grows only when the page changes, so that a refresh that finds nothing leaves the stored page alone.
    """
    now = timezone.now()
    author = keep_author(found.source, found.author)
    document = to_document(found)
    thread = before or Thread(source=found.source, path=found.head.path)
    changed = thread.document != document or thread.removed != "" or thread.author_id != author.id
    thread.author, thread.document, thread.removed = author, document, ""
    _describe(thread, found)
    thread.fetched_at = now
    if changed:
        thread.version += 1 if before else 0
        thread.changed_at = now
    _plan_checks(thread, found)
    thread.save()
    if changed:
        _keep_members(thread, found)
        forget_page(thread)
    return thread


def remove(thread: Thread, error: UnrollError) -> None:
    """Take a thread's words and media away for good, in the caller's transaction; its page answers 410."""
    found = content(thread)
    thread.removed, thread.document = error.code, None
    thread.title = thread.excerpt = ""
    thread.reasons, thread.check_at = [], None
    thread.version += 1
    thread.changed_at = timezone.now()
    thread.save()
    forget_page(thread)
    if found is not None:
        transaction.on_commit(partial(media.forget, pictures(found.posts)), robust=True)


def forget_page(thread: Thread) -> None:
    """Drop the stored page before the commit, and again after it: a reader in between may have stored the old one."""
    address, version = thread.get_absolute_url(), thread.version
    pages.forget(address, before=version)
    transaction.on_commit(partial(pages.forget, address, before=version), robust=True)


def point_here(thread: Thread, path: str, anchor: str) -> None:
    """Remember another post whose link leads to this thread, unless it has a place of its own."""
    Member.objects.get_or_create(source=thread.source, path=path[:512], defaults={"thread": thread, "anchor": anchor})


def pictures(posts: Iterable[Post]) -> list[str]:
    """Every address of media that a page shows through the proxy."""
    found: list[str] = []
    for post in posts:
        for medium in (*post.media, *(post.quote.media if post.quote else ())):
            found += [medium.url, medium.poster]
        found += [post.card.image if post.card else "", post.author.avatar]
        found += [emoji.url for emoji in (*post.emojis, *post.author.emojis)]
        found += [unescape(source) for source in EMOJI.findall(post.html)]
    return [address for address in found if address]


def _describe(thread: Thread, found: Content) -> None:
    head = found.head
    line = list(found.posts_of_line)
    length = measure(line)
    thread.title = title(head.opening)[:400]
    thread.excerpt = excerpt(head.opening)
    thread.language, thread.direction = head.lang[:35], head.direction
    thread.post_count, thread.word_count, thread.reading_minutes = len(line), length.words, length.minutes
    thread.reasons = list(found.reasons)
    thread.posted_at = head.created_at
    thread.unlisted = found.author.unlisted


def _plan_checks(thread: Thread, found: Content) -> None:
    """The next look, at the three times after the first fetch: while it is fresh, or what was missing may come."""
    newest = max(post.time for post in found.posts)
    worth_it = timezone.now() - newest < FRESH or bool(MENDING & set(found.reasons))
    if worth_it and thread.checks < len(CHECKS):
        first = thread.created_at or timezone.now()
        thread.check_at = max(first + CHECKS[thread.checks], timezone.now() + timedelta(seconds=30))
    else:
        thread.check_at = None


def _keep_members(thread: Thread, found: Content) -> None:
    """Where each post stands; a post that was known elsewhere moves here."""
    where = anchors(found)
    for post in found.posts:
        for old in post.aliases:
            where.setdefault(_sibling(post, old), where[post.path])
    rows = [
        Member(source=thread.source, path=path[:512], thread=thread, anchor=anchor) for path, anchor in where.items()
    ]
    Member.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["source", "path"],
        update_fields=["thread", "anchor"],
        batch_size=1_000,
    )


def _sibling(post: Post, old_id: str) -> str:
    """The path of an earlier version of a post: the same place with another id."""
    last = post.id.rpartition("/")[2]
    return post.path[: len(post.path) - len(last)] + old_id.rpartition("/")[2]
