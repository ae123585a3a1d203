"""Writing threads: what a fetch brought home is stored, what is gone is removed. Nobody else writes these tables."""

from collections.abc import Collection
from datetime import datetime, timedelta

import regex
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from unroller import pages
from unroller.actions import announcing, media, refusing, withdrawing
from unroller.actions.thread_parts import PARTS
from unroller.core import burying, shown
from unroller.core.errors import Banned, Gone, OptedOut, UnrollError
from unroller.core.layout import anchors
from unroller.core.posts import Person, from_document, to_document
from unroller.core.posts import Thread as Content
from unroller.core.reading import measure
from unroller.core.titles import excerpt, title
from unroller.models import Author, Lookup, Member, Thread

CHECKS = (timedelta(minutes=2), timedelta(minutes=15), timedelta(hours=24))
"""When a fresh thread is looked at again, counted from its first fetch (thread rule R10)."""
MENDING = frozenset({"search-lag", "source-limit", "numbering"})
"""Reasons for being partial that may have passed by the next look: a late index, a server that was away."""
FRESH = timedelta(hours=48)
"""A thread whose last post is older than this has stopped growing."""


def content(thread: Thread) -> Content | None:
    """The words of a thread; None once it was removed."""
    return from_document(thread.document) if thread.document is not None else None


def keep_author(source: str, person: Person) -> Author:
    """The author's row, as they are named today; a new wish not to be listed reaches all their threads at once."""
    described = {
        "handle": regex.sub(r"[^\w.@:-]", "", person.handle)[:300] or "unknown",
        "name": (person.name or person.handle)[:512],
        "url": person.url[:2048],
        "avatar": person.avatar if len(person.avatar) <= 2048 else "",
        "unlisted": person.unlisted,
    }
    known = Author.objects.select_for_update(no_key=True).filter(source=source, network_id=person.id).first()
    if known is not None and known.opted_out:  # read behind the lock: they may be asking for it just now
        return known  # of who asked to be left alone nothing is written down
    if (owner := refusing.refuser(source, person)) is not None:
        return owner
    new = described | {"banned": refusing.is_banned(source, person.handle)}
    row, _ = Author.objects.update_or_create(
        source=source, network_id=person.id, defaults=described, create_defaults=new
    )
    others = row.threads.exclude(unlisted=person.unlisted)
    if others.exists():
        others.update(unlisted=person.unlisted)
        forget_pages_of(row)
    return row


def save(found: Content, before: Thread | None, *, private: bool = False) -> Thread:
    """Store a thread, in the caller's transaction. `before` is its row, locked, when it is here already; `private`: for
    those with a link alone.

    The version grows only when the page changes, so that a refresh that finds nothing leaves the stored page alone.
    Raises OptedOut, Banned where nothing of its author may be here.
    """
    author = keep_author(found.source, found.author)
    if author.opted_out or author.banned:
        raise OptedOut if author.opted_out else Banned
    found = refusing.without_refused(found)
    thread = before or Thread(source=found.source)
    old, was, told = content(thread), _essence(thread), (thread.title, thread.excerpt)
    if before and thread.path != found.head.path:
        forget_page(thread)
        _swallow(thread, Thread.objects.filter(source=found.source, path=found.head.path))
    comes_out = thread.private and not private
    thread.path, thread.author, thread.private = found.head.path, author, private
    _describe(thread, found)
    is_changed = _essence(thread) != was
    _date(thread, is_changed=is_changed, comes_out=comes_out)
    newest = max(post.time for post in found.posts)
    _plan_checks(thread, found, newest)
    announcing.plan(thread, newest)
    thread.save()
    if is_changed:
        _spread(thread, old, found)
    if before and not private and told != (thread.title, thread.excerpt):
        forget_pages_of(author)
    return thread


def _spread(thread: Thread, old: Content | None, found: Content) -> None:
    """Bring a change of a thread's words to everything that is made of them."""
    _keep_members(thread, found)
    forget_page(thread)
    _forget_pictures(old, found)
    for part in PARTS:
        part.replace(thread, found)


def _essence(thread: Thread) -> tuple[object, ...]:
    """What its page, its files and its copies are made of: where one of these changes, they do."""
    return thread.document, thread.path, thread.author_id, thread.private


def _date(thread: Thread, *, is_changed: bool, comes_out: bool) -> None:
    """Note that it was fetched now. A private thread that becomes everybody's is new here from now on: nothing tells
    that it was here before."""
    thread.fetched_at = timezone.now()
    if is_changed:
        thread.version += 1 if thread.pk else 0
        thread.changed_at = thread.fetched_at
    if comes_out:
        thread.created_at, thread.version, thread.checks = thread.fetched_at, 1, 0


def remove(thread: Thread, error: UnrollError) -> None:
    """Take a thread's words and media away, in the caller's transaction; its page answers 410."""
    old = content(thread)
    thread.removed, thread.document = error.code, None
    thread.title = thread.excerpt = ""
    thread.reasons, thread.check_at = [], None
    thread.version += 1
    thread.changed_at = timezone.now()
    thread.save()
    forget_page(thread)
    is_alone = old is not None and not isinstance(error, OptedOut | Banned)  # else the pages with its card go, too
    if is_alone and not thread.private:
        forget_pages_of(thread.author)
    _forget_pictures(old)
    for part in PARTS:
        part.forget(thread)


def bury(thread: Thread, ids: Collection[str]) -> bool:
    """Take posts out of a thread by the network's own ids, in the caller's transaction, its row locked: gaps where they
    stood, no words on cards of them, and without its head the whole thread. Nobody is asked. Whether it held any."""
    old = content(thread)
    if old is None:
        return False
    try:
        rest = burying.bury(old, ids)
    except Gone as error:
        remove(thread, error)
        return True
    if rest is old:
        return False
    _describe(thread, rest)
    thread.unlisted = thread.author.unlisted  # what is stored may be older than the author's wish
    thread.version += 1
    thread.changed_at = timezone.now()
    thread.save()
    _spread(thread, old, rest)
    withdrawing.withdraw(thread)
    return True


def bring_back(thread: Thread, found: Content) -> None:
    """Give a thread that was removed its words again, in the caller's transaction, its row locked. Its network is asked
    what became of it as of all others; nobody is asked about what stands in a place of archives. The author's other
    pages are the caller's (`forget_pages_of`), since many may come back together."""
    _describe(thread, found)
    thread.unlisted = thread.author.unlisted
    if not _is_own(thread):
        thread.look_at = None
        _plan_checks(thread, found, max(post.time for post in found.posts))
    thread.version += 1
    thread.changed_at = timezone.now()
    thread.save()
    _spread(thread, None, found)


def discard(thread: Thread) -> None:
    """Delete a private thread that nobody may read any more, in the caller's transaction, and its author with it where
    nothing else of them is here."""
    _forget_pictures(content(thread))
    for part in PARTS:
        part.discard(thread)
    thread.delete()
    author = Author.objects.filter(id=thread.author_id, threads=None, follows=None, opted_out=False, banned=False)
    author.exclude(id__in=Lookup.objects.exclude(author=None).values("author")).delete()


def forget_page(*rows: Thread) -> None:
    """Drop stored pages before the commit, and again after it: a reader in between may have stored the old ones.

    Pages of private threads are never stored.
    """
    versions = {row.get_absolute_url(): row.version for row in rows if not row.private}
    pages.forget(versions)
    transaction.on_commit(lambda: pages.forget(versions), robust=True)


def forget_pages_of(author: Author) -> None:
    """Drop the pages of all threads of an author, since each shows cards of others."""
    everybodys = author.threads.filter(private=False)
    everybodys.filter(removed="").update(version=F("version") + 1)
    forget_page(*everybodys.defer("document"))


def point_here(thread: Thread, path: str, anchor: str) -> None:
    """Remember another post whose link leads to this thread, unless it has a place of its own."""
    values = {"thread": thread, "anchor": anchor}
    place, _ = Member.objects.get_or_create(source=thread.source, path=path[:512], defaults=values)
    if not thread.private and place.thread.private:
        Member.objects.filter(id=place.id).update(**values)


def _forget_pictures(old: Content | None, new: Content | None = None) -> None:
    """What a thread shows no longer is not kept to be shown again."""
    media.forget(set(shown.addresses(old)).difference(shown.addresses(new)))


def _describe(thread: Thread, found: Content) -> None:
    head = found.head
    line = list(found.posts_of_line)
    length = measure(line)
    thread.document, thread.removed = to_document(found), ""
    thread.title = title(head.opening)[:400]
    thread.excerpt = excerpt(head.opening)
    thread.language, thread.direction = head.lang[:35], head.direction
    thread.post_count, thread.word_count, thread.reading_minutes = len(line), length.words, length.minutes
    thread.reasons = list(found.reasons)
    thread.posted_at = head.created_at
    thread.unlisted = found.author.unlisted


def _plan_checks(thread: Thread, found: Content, newest: datetime) -> None:
    """The next look, at the three times after the first fetch: while it is fresh, or what was missing may come."""
    worth_it = timezone.now() - newest < FRESH or bool(MENDING & set(found.reasons))
    thread.check_at = next_check(thread, thread.checks) if worth_it and not _is_own(thread) else None


def _is_own(thread: Thread) -> bool:
    """Whether it stands in a place of archives, which no network knows."""
    return thread.path.startswith("~")


def next_check(thread: Thread, checks: int) -> datetime | None:
    """When a thread that was looked at again `checks` times is looked at the next time; None after the last."""
    if checks >= len(CHECKS):
        return None
    first = thread.created_at or timezone.now()
    return max(first + CHECKS[checks], timezone.now() + timedelta(seconds=30))


def _keep_members(thread: Thread, found: Content) -> None:
    """Where each post stands. A post that was known elsewhere moves here; a thread that lost its head so is no more.

    A private thread takes nothing of everybody's.
    """
    where = anchors(found)
    living = [post.path for post in found.posts]
    for post in found.posts:
        for old in post.earlier_paths:
            living.append(old)
            where.setdefault(old, where[post.path])
    others = Thread.objects.filter(source=thread.source).exclude(id=thread.id)
    parts = others.filter(path__in=living)
    _swallow(thread, parts.filter(private=True) if thread.private else parts)
    for path in others.filter(path__in=list(where)).values_list("path", flat=True):
        del where[path]  # a deleted head keeps its own page, which says 410
    if thread.private:
        everybodys = Member.objects.filter(source=thread.source, path__in=list(where), thread__private=False)
        for path in everybodys.values_list("path", flat=True):
            del where[path]
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


def _swallow(thread: Thread, parts: QuerySet[Thread]) -> None:
    """Threads that turned out to be parts of this one: their pages go, whatever led there leads here."""
    rows = list(parts.select_for_update().order_by("id").defer("document"))
    if rows:
        for part in PARTS:
            part.inherit(thread, rows)
        forget_page(*rows)
        Member.objects.filter(thread__in=rows).update(thread=thread)
        Thread.objects.filter(id__in=[row.id for row in rows]).delete()


def unite(thread: Thread, private: Thread) -> None:
    """A private thread became this one, which everybody reads."""
    _swallow(thread, Thread.objects.filter(pk=private.pk))
