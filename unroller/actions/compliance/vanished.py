"""What a network took away, from the news of it to the end of it here: the rows are queue and log in one."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import slices
from accounts.leases import NOW, Held, LostLease, Queue
from unroller import queries
from unroller.actions import jobs, threads
from unroller.actions.archives import placing
from unroller.core.errors import (
    ClosedServer,
    Gone,
    KeptOut,
    NoSuchAccount,
    Protected,
    SignInOnly,
    Suspended,
    UnrollError,
    Withheld,
)
from unroller.models import Author, Job, Member, Thread, Vanished
from unroller.sources.base import PostRef

OPEN = Q(done_at=None)
QUEUE = Queue(
    Vanished,
    is_open=OPEN,
    task="unroller.comply_vanished",
    lease=timedelta(minutes=5),
    most_attempts=20,
    order=("seen_at",),
)
SWEPT_AT_ONCE = 200
KEPT = timedelta(days=90)
"""How long the log is kept."""
EDITED = "edited"
"""The one reason for which nothing is taken away: other words are fetched."""
OF_ACCOUNTS: dict[str, type[UnrollError]] = {
    "suspended": Suspended,
    "protected": Protected,
    "deactivated": NoSuchAccount,
    "signed-in": SignInOnly,
    "closed": ClosedServer,
    "kept-out": KeptOut,
}
"""Reasons that concern everything of the account whose post it is, and how the pages say so."""


def note(source: str, *, reason: str, by: str, path: str = "", author_id: str = "") -> None:
    """Write down a post (by its path) or an account that is gone, in the caller's transaction; rings after it. Once,
    however often it is told while it is still to be done; what was edited may be gone before that is done."""
    told = Vanished.objects.filter(OPEN, source=source, path=path, author_id=author_id, reason=EDITED)
    if reason != EDITED and told.update(reason=reason, by=by):
        return
    row, created = Vanished.objects.filter(OPEN).get_or_create(
        source=source, path=path, author_id=author_id, done_at=None, defaults={"reason": reason, "by": by}
    )
    if created:
        QUEUE.ring_after_commit(row.pk)


def note_news(source: str, gone: Mapping[str, str], shown: Mapping[str, datetime], *, by: str) -> int:
    """Note posts (path → reason) as `note` does, in the caller's transaction: those that are shown, and were not told
    of since what shows them was fetched (`shown`). How many."""
    wanted = sorted(gone.keys() & shown.keys())
    rows = Vanished.objects.filter(source=source, path__in=wanted, author_id="").exclude(outcome="failed")
    counted = rows.values_list("path", "reason").annotate(models.Max("seen_at"))
    told = {path for path, reason, at in counted if at >= shown[path] and (gone[path] == EDITED or reason != EDITED)}
    news = [path for path in wanted if path not in told]
    for path in news:
        note(source, path=path, reason=gone[path], by=by)
    return len(news)


def run(row_id: str) -> None:
    """Do what one row asks for. It may be done twice without harm; a lost lease ends it without a word."""
    held = QUEUE.claim(row_id, spend=_spend)
    if held is None:
        return
    row = held.row
    try:
        outcome = _end_account(held, row.author_id) if row.author_id else _end_post(held)
    except LostLease:
        return
    _finish(held, outcome)


def sweep() -> int:
    """Ring for rows that no bell reached; for how many."""
    return QUEUE.sweep(SWEPT_AT_ONCE)


def tidy() -> int:
    """Delete what was done long ago; how many rows."""
    return slices.delete(Vanished.objects.filter(done_at__lt=timezone.now() - KEPT))


def _spend(row: Vanished) -> None:
    """It killed every worker that took it: an operator finds it, and the next look notes it anew."""
    row.done_at, row.outcome, row.leased_until = timezone.now(), "failed", None
    row.save(update_fields=["done_at", "outcome", "leased_until"])


def _finish(held: Held[Vanished], outcome: str) -> None:
    with transaction.atomic():
        try:
            row = QUEUE.locked(held)
            if row.reason != held.row.reason:  # worse was told in the meantime
                QUEUE.put_back(held, NOW, counts=False)
                return
        except LostLease:
            return
        row.done_at, row.outcome, row.leased_until = timezone.now(), outcome, None
        row.save(update_fields=["done_at", "outcome", "leased_until"])


def _end_post(held: Held[Vanished]) -> str:
    row = held.row
    place = Member.objects.select_related("thread").filter(source=row.source, path=row.path).first()
    found = threads.content(place.thread) if place else None
    post = next((each for each in found.posts if each.path == row.path), None) if found else None
    if row.reason == EDITED:
        if place and post:
            jobs.enqueue(PostRef(row.source, place.thread.path), why=Job.Why.CHECK, thread=place.thread)
        return "refreshed" if post else "nothing"
    if place and post and row.reason in OF_ACCOUNTS:
        return _end_account(held, post.author.id)
    ids = {post.id, *post.aliases} if post else {queries.card_id(row.source, row.path)}
    cards = queries.showing_cards(row.source, ids)
    if row.source == "mastodon":  # the ids of a server are its own
        cards = cards.filter(path__startswith=row.path.rpartition("/")[0] + "/")
    own = [place.thread_id] if place and post else []
    if place:  # whose posts have their places in the thread that everybody reads
        private = Thread.objects.filter(source=row.source, author=place.thread.author_id, private=True, removed="")
        own = list(dict.fromkeys([*own, *private.exclude(placing.OWN).values_list("id", flat=True)]))
    error = Withheld() if row.reason == "withheld" else Gone()
    others = list(cards.exclude(id__in=own).values_list("id", flat=True))
    done = [_bury(id_, ids, error) for id_ in _held(held, [*own, *others])]
    return "removed" if any(done) else "nothing"


def _bury(thread_id: int, ids: set[str], error: UnrollError) -> bool:
    with transaction.atomic():
        thread = Thread.objects.select_for_update(of=("self",)).select_related("author").filter(id=thread_id).first()
        found = threads.content(thread) if thread else None
        if thread is None or found is None:
            return False
        if not ids.isdisjoint((found.head.id, *found.head.aliases)):
            threads.remove(thread, error)
            return True
        return threads.bury(thread, ids)


def _end_account(held: Held[Vanished], author_id: str) -> str:
    row = held.row
    author = Author.objects.filter(source=row.source, network_id=author_id).first()
    error = OF_ACCOUNTS.get(row.reason, NoSuchAccount)()
    done = [_remove(author.threads.filter(id=id_), error) for id_ in _held(held, _standing(author))] if author else []
    return "removed" if any(done) else "nothing"


def _held(held: Held[Vanished], ids: list[int]) -> Iterator[int]:
    """Threads one by one, keeping the lease before each. Raises LostLease."""
    for id_ in ids:
        QUEUE.renew(held)
        yield id_


def _standing(author: Author) -> list[int]:
    """What came out of an archive for its owner's eyes is nobody else's to take."""
    return list(author.threads.filter(removed="").exclude(placing.OWN).values_list("id", flat=True))


def _remove(rows: "QuerySet[Thread]", error: UnrollError) -> bool:
    with transaction.atomic():
        thread = rows.select_for_update(of=("self",)).filter(removed="").first()
        if thread is not None:
            threads.remove(thread, error)
    return thread is not None
