"""Readers as they come: thread pages mostly, authors, search, a few who are signed in; more and more at once."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from django.db import connection
from django.utils import timezone

from accounts.models import User
from tests.bench.cookies import cookie_of
from tests.bench.serving import serving
from tests.bench.threads import WORDS
from tests.bench.visiting import Kind, Visits, visit
from tests.threads import a_thread
from unroller import media, store
from unroller.actions import indexing, library
from unroller.actions import media as pictures
from unroller.core.posts import Person
from unroller.models import Author, Follow, Reader, Thread

THREADS, AUTHORS, POSTS = 1_000, 50, 12
SECONDS = 5.0
CONNECTIONS = (1, 2, 4, 8, 16, 32, 64)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60_000)
KNEE = 1.05
"""Twice the connections that bring no more than this are beyond the knee."""
ASKED = ("pier", "sailor", "rhythm+of+its+own", "count+seconds", "lighthouse")


def measure() -> Iterator[str]:
    """The curve with all pages stored, its knee, and the same mixture while every thread page has to be rendered."""
    before = _database()
    kinds = prepare()
    yield f"readers, a thread of {POSTS} posts takes {(_database() - before) / THREADS / 1000:.1f} kB in the database"
    with serving() as port:
        before = _memory()
        visit(port, kinds[:1], connections=1, seconds=120, once=True)
        yield f"readers, a stored page takes {(_memory() - before) / THREADS / 1000:.1f} kB in Redis"
        for kind in (*kinds, *_beside()):
            began = _spent()
            alone = visit(port, [kind], connections=1, seconds=SECONDS)
            each = 1000 * (_spent() - began) / len(alone.times)
            yield f"readers, one at a time, {kind.name}: {said(alone)}, {each:.2f} ms of PostgreSQL's processor each"
        curve = {}
        for connections in CONNECTIONS:
            curve[connections] = visit(port, kinds, connections=connections, seconds=SECONDS)
            yield f"readers, {connections} at once: {said(curve[connections])}"
            if connections > 1 and curve[connections].rate < KNEE * curve[connections // 2].rate:
                break
        knee = max(curve, key=lambda each: curve[each].rate)
        yield f"readers, the knee: {knee} at once, {said(curve[knee])}"
        store.client().flushdb()
        began = _spent()
        cold = visit(port, kinds, connections=knee, seconds=120, once=True)
        each = 1000 * (_spent() - began) / len(cold.times)
        share = cold.rate / curve[knee].rate
        yield f"readers, no page stored, {knee} at once: {said(cold)} ({share:.2f} to ALL PAGES STORED)"
        yield f"readers, no page stored: {each:.2f} ms of PostgreSQL's processor each"


def prepare() -> list[Kind]:
    """A site with a thousand threads, and what is asked of it."""
    people = [
        Person(id=str(number), handle=f"author{number}", name=f"Author {number}", url="https://x.com/author")
        for number in range(1, AUTHORS + 1)
    ]
    for number in range(THREADS):
        a_thread(POSTS, first=1_000 * (number + 1), author=people[number % AUTHORS], text=f"{number}. {WORDS}")
    while indexing.index_due():
        pass
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    threads = tuple(thread.get_absolute_url() for thread in Thread.objects.defer("document"))
    authors = tuple(author.get_absolute_url() for author in Author.objects.all())
    searches = tuple(f"/search?q={words}" for words in ASKED)
    return [
        Kind("thread", 0.90, threads),
        Kind("author", 0.05, authors),
        Kind("search", 0.03, searches),
        Kind("signed in", 0.02, ("/my-authors", "/library"), _cookie()),
    ]


def _beside() -> list[Kind]:
    """What comes with a page: what it tells of its reader, and a picture of a network that is in the cache."""
    picture = "https://pbs.twimg.com/media/bench.png"
    pictures._keep(pictures._place(picture), PNG)
    thread = Thread.objects.defer("document").latest("id")
    counted = Kind("counting a reader", 1, ("/read",), body=urlencode({"thread": f"{thread.source}/{thread.path}"}))
    return [counted, Kind("a picture", 1, (media.address(picture),))]


def said(visits: Visits) -> str:
    """The figures of some visits. Raises RuntimeError where a visit failed: a rate with errors in it is none."""
    if visits.errors:
        raise RuntimeError(f"answers: {visits.statuses}")
    times = f"p50 {visits.middle * 1000:.1f} ms, p99 {visits.slowest * 1000:.0f} ms"
    return f"{visits.rate:,.0f} requests/s, {times}, errors 0"


def _database() -> int:
    """Bytes, indexes with it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def _spent() -> float:
    """Seconds of a processor that PostgreSQL has used since it began, with all its processes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone() or (0,)
    server = int(_stat(backend)[1])
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    ticks = sum(int(each) for each in _stat(server)[11:15])  # with those of children that are gone
    ticks += sum(int(each) for child in children for each in _stat(int(child))[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(process: int) -> list[str]:
    """What follows a process's name in the kernel's line about it: its state, its parent, …"""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def _memory() -> int:
    """Bytes of Redis."""
    return int(store.client().info("memory")["used_memory"])


def _cookie() -> str:
    """Of a reader who follows ten authors and saved twenty threads."""
    user, _ = User.objects.get_or_create(email="reader@example.com")
    Reader.objects.get_or_create(user=user)
    for author in Author.objects.all()[:10]:
        Follow.objects.get_or_create(user=user, author=author)
    Follow.objects.update(created_at=timezone.now() - timedelta(days=1))
    for thread in Thread.objects.defer("document")[:20]:
        library.save(user, thread)
    return cookie_of(user)
