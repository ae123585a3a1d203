"""Reading the words of threads into what full-text search looks into.

The rows themselves say what is to be done: a thread's words are due while there is no row of them, or one of another
time or an older edition, or one that is wrong about whether the thread is listed. Nobody needs to tell this module of a
change.
"""

import logging
import time
from collections.abc import Iterable
from datetime import timedelta
from itertools import chain

from django.db import DatabaseError, transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.utils import timezone

from unroller import store
from unroller.core.posts import from_document
from unroller.core.vectors import Field, fields, vector
from unroller.core.words import pieces
from unroller.models import Thread, ThreadWords
from unroller.queries import LISTED
from unroller.stemming import Stems

logger = logging.getLogger(__name__)

EDITION = 1
"""Of the way words are found. Whoever changes that (core/words.py, core/vectors.py, stemming.py) counts on: then all
threads are read again."""
BUDGET = timedelta(seconds=4)
"""The clock rings every five seconds."""
AT_ONCE = 20
"""Threads in one transaction: whoever refreshes one of them meanwhile waits for it."""
RECENT = timedelta(minutes=15)
"""How far back every look goes. Older ones were read, or their time was a bad one for workers: those are found by a
look through all threads."""
LOOK_THROUGH_ALL = timedelta(minutes=10)
LOOKED = "search:looked-through-all"


def index_due() -> int:
    """Read the words of threads that are due, the newest first, for some seconds; how many were read or given up.

    Several workers share a backlog.
    """
    end = time.monotonic() + BUDGET.total_seconds()
    done = _catch_up(Thread.objects.filter(changed_at__gt=timezone.now() - RECENT), end)
    if time.monotonic() < end and _may_look_through_all():
        done += _catch_up(Thread.objects.all(), end)
        if time.monotonic() >= end:
            _look_through_all_again()
    return done


def forget(*threads: Thread) -> None:
    """Forget the words of threads that are removed, in the caller's transaction."""
    ThreadWords.objects.filter(thread__in=threads).delete()


def _catch_up(threads: QuerySet[Thread], end: float) -> int:
    """Read what is due of some threads, until a time of the monotonic clock; how many were."""
    ThreadWords.objects.filter(thread__in=threads.exclude(removed="").values("id")).delete()
    fresh = ThreadWords.objects.filter(thread=OuterRef("pk"), changed_at=OuterRef("changed_at"), edition__gte=EDITION)
    fresh = fresh.filter(listed=OuterRef("is_listed"))
    threads = threads.annotate(is_listed=ExpressionWrapper(Q(**LISTED), output_field=BooleanField()))
    due = threads.filter(~Exists(fresh), removed="").order_by("-changed_at", "-id")
    done = 0
    while count := _read_some(due):
        done += count
        if count < AT_ONCE or time.monotonic() >= end:
            break
    return done


def _read_some(due: QuerySet[Thread]) -> int:
    """Read a few threads in one transaction; other workers take others meanwhile."""
    with transaction.atomic():
        threads = list(due.select_for_update(skip_locked=True, no_key=True, of=("self",))[:AT_ONCE])
        texts = {thread.id: _texts(thread) for thread in threads}
        words = {
            (field.language, piece.text)
            for field in chain.from_iterable(texts.values())
            for piece in pieces(field.text)
            if not piece.pair
        }
        stems = Stems(words)
        for thread in threads:
            _keep(thread, texts[thread.id], stems)
    return len(threads)


def _texts(thread: Thread) -> list[Field]:
    """What there is to read; nothing of a thread that cannot be read, which must not stop the others."""
    try:
        return fields(from_document(thread.document or {}), title=thread.title)
    except ValueError:
        logger.exception("the words of thread %s cannot be read", thread.id)
        return []


def _keep(thread: Thread, texts: Iterable[Field], stems: Stems) -> None:
    described = {
        "changed_at": thread.changed_at,
        "edition": EDITION,
        "source": thread.source,
        "posted_at": thread.posted_at,
        "listed": not (thread.unlisted or thread.private),
    }
    try:
        with transaction.atomic():
            _write(thread, described | {"vector": vector(texts, stems)})
    except (DatabaseError, ValueError):
        logger.exception("the words of thread %s cannot be kept", thread.id)
        _write(thread, described | {"vector": ""})


def _write(thread: Thread, values: dict[str, object]) -> None:
    ThreadWords.objects.update_or_create(thread=thread, defaults=values)


def _may_look_through_all() -> bool:
    """Whether nobody did lately. With Redis away everybody may: it costs little more than time."""
    try:
        return bool(store.client().set(LOOKED, 1, nx=True, ex=LOOK_THROUGH_ALL))
    except store.Unavailable:
        return True


def _look_through_all_again() -> None:
    """There is more than could be read now."""
    try:
        store.client().delete(LOOKED)
    except store.Unavailable:
        return
