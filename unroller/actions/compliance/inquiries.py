"""Asking X about every post of it that is here: rounds of lists, one list open at a time.

`Sweep` says how far a round is, an `Inquiry` is one list and the queue at once. A list has one job at X, named after
its row: a worker that dies after it began one leaves it to the next, which finds it by that name. What came of a list
and how far the round is are written together. A job that X loses ends its row; the same part of the round begins anew.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import slices
from accounts.leases import Held, LostLease, Queue
from unroller import networks
from unroller.actions.archives.placing import NEVER
from unroller.actions.compliance import EVERY, post_by_post, sweeps, vanished
from unroller.budgets import SharedBudget
from unroller.core.errors import Broken, OutOfCredits, RateLimited, UnrollError
from unroller.models import Inquiry, Member, Sweep, Thread
from unroller.models.threads import Quoted
from unroller.sources.budget import BREAKER
from unroller.sources.recording import Raw, Recorder
from unroller.sources.x.compliance import Compliance, Inquest, JobOver, NotEntitled
from unroller.sources.x.payload import post_id

logger = logging.getLogger(__name__)

SOURCE = "x"
BATCH = 100_000
"""Members in one list."""
POLL = timedelta(seconds=30)
"""How often a job is looked at; X allows ten times as many."""
MOST_ATTEMPTS = 8
"""Failures of one list in a row, half a day in all; after that it begins anew, with a new job."""
LONGEST_WAIT = timedelta(hours=1)
KEPT = timedelta(days=90)
OPEN = Q(state__in=[Inquiry.State.NEW, Inquiry.State.UPLOADED])
QUEUE = Queue(Inquiry, is_open=OPEN, task="unroller.comply_inquiry", lease=timedelta(minutes=5))


def go_on() -> None:
    """Begin the next list when its time has come, and ring for the one that is open. Where X has no jobs for us, look
    posts up instead."""
    if not settings.X_BEARER_TOKEN:
        return
    with transaction.atomic():
        row = sweeps.locked(Sweep.Look.X)
        if row.due_at <= timezone.now() and not Inquiry.objects.filter(OPEN).exists():
            _begin(row)
    QUEUE.sweep(1)
    if row.error == NotEntitled.__name__:
        post_by_post.go_on()


def run(inquiry_id: str) -> None:
    """Take one list a step further."""
    held = QUEUE.claim(inquiry_id)
    if held is None:
        return
    with suppress(LostLease):
        try:
            _advance(held)
        except UnrollError as error:
            _excuse(held, error)
        except LostLease:
            raise
        except Exception as error:
            logger.exception("inquiry %s", inquiry_id)
            _excuse(held, Broken(str(error)))


def tidy() -> int:
    """Delete what was asked long ago; how many rows."""
    return slices.delete(Inquiry.objects.filter(finished_at__lt=timezone.now() - KEPT))


def asked(first: int, last: int) -> dict[str, datetime]:
    """X's ids of the posts between two members and of the cards beside them, and when what shows each was fetched."""
    places = _living().filter(id__range=(first, last))
    found = {path: at for path, at in places.values_list("path", "thread__fetched_at") if post_id(path)}
    rows = Thread.objects.filter(id__in=places.values("thread")).alias(quoted=Quoted("document"))
    with_cards = rows.exclude(quoted=[]).annotate(cards=Quoted("document")).values_list("cards", "fetched_at")
    for cards, at in with_cards.iterator():
        for card in filter(post_id, cards):
            found[card] = max(at, found.get(card, at))
    return found


def _living() -> QuerySet[Member]:
    """Places of posts whose words are here; what came out of its author's own archive is nobody else's to take."""
    return Member.objects.filter(source=SOURCE, thread__removed="").exclude(thread__look_at=NEVER)


def _begin(row: Sweep) -> None:
    """The next list of a round, or its end; in the caller's transaction, the row locked."""
    now = timezone.now()
    if row.began_at is None:
        row.began_at, row.cursor = now, ""
    after = _living().filter(id__gt=int(row.cursor or 0)).order_by("id")
    ids = list(after.values_list("id", flat=True)[:BATCH])
    if ids:
        inquiry = Inquiry.objects.create(first=ids[0], last=ids[-1], count=len(ids))
        QUEUE.ring_after_commit(inquiry.pk)
    else:
        row.due_at, row.ended_at, row.began_at, row.cursor = max(now, row.began_at + EVERY), now, None, ""
    row.save()


def _advance(held: Held[Inquiry]) -> None:
    """Raises UnrollError, LostLease."""
    row, is_new = held.row, held.row.state == Inquiry.State.NEW
    ids = asked(row.first, row.last) if is_new else {}
    if is_new and not ids:
        _finish(held, {})
        return
    web = Recorder(Raw(source=SOURCE, key=str(row.id)), networks.http(), budget=SharedBudget())
    desk = Compliance(web, settings.X_API_URL, settings.X_BEARER_TOKEN)
    job = _job(held, desk)
    if job.status == "created" and is_new:
        desk.upload(job, ids)
    elif job.status == "complete":
        _finish(held, desk.download(job))
        return
    elif job.status in {"failed", "expired"}:
        raise JobOver(f"X says {job.status}")
    QUEUE.put_back(held, POLL, counts=False, state=Inquiry.State.UPLOADED, count=len(ids) or row.count, error="")


def _job(held: Held[Inquiry], desk: Compliance) -> Inquest:
    """The list's job at X, which is begun where there is none."""
    row = held.row
    if row.job_id:
        job = desk.look(row.job_id)
        urls = job.upload_url or row.upload_url, job.download_url or row.download_url
        return job._replace(upload_url=urls[0], download_url=urls[1])
    job = desk.named(str(row.id)) or desk.create(str(row.id))
    QUEUE.renew(held, job_id=job.id, upload_url=job.upload_url, download_url=job.download_url)
    return job


def _finish(held: Held[Inquiry], gone: dict[str, str]) -> None:
    """Write down what X told, the end of the list, and how far the round is. Raises LostLease."""
    shown = asked(held.row.first, held.row.last) if gone else {}
    with transaction.atomic():
        row = QUEUE.locked(held)
        _close(row, Inquiry.State.DONE, found=len(gone.keys() & shown.keys()))
        vanished.note_news(SOURCE, gone, shown, by="inquiry")
        now = timezone.now()
        Sweep.objects.filter(look=Sweep.Look.X).update(cursor=str(row.last), due_at=now, failures=0, error="")


def _excuse(held: Held[Inquiry], error: UnrollError) -> None:
    """Wait, or give the job up. Raises LostLease."""
    if isinstance(error, RateLimited | OutOfCredits):
        until = error.until if isinstance(error, RateLimited) else timezone.now() + BREAKER
        QUEUE.put_back(held, until, counts=False, error=error.code)
    elif isinstance(error, NotEntitled | JobOver) or held.attempt >= MOST_ATTEMPTS:
        logger.warning("inquiry %s: %s", held.row.id, error)
        _give_up(held, error)
    else:
        logger.warning("inquiry %s, attempt %d: %s", held.row.id, held.attempt, error)
        QUEUE.put_back(held, _patience(held.attempt), error=error.code)


def _give_up(held: Held[Inquiry], error: UnrollError) -> None:
    """End a list without an answer: the round does not move, and asks the same anew. Raises LostLease."""
    with transaction.atomic():
        _close(QUEUE.locked(held), Inquiry.State.FAILED, error=error.code)
        row = sweeps.locked(Sweep.Look.X)
        row.failures, row.error = row.failures + 1, error.code
        row.due_at = timezone.now() + (EVERY if isinstance(error, NotEntitled) else _patience(row.failures))
        row.save()


def _close(row: Inquiry, state: Inquiry.State, *, found: int = 0, error: str = "") -> None:
    row.state, row.finished_at, row.leased_until, row.found, row.error = state, timezone.now(), None, found, error[:40]
    row.upload_url = row.download_url = ""
    row.save()


def _patience(failures: int) -> timedelta:
    return min(timedelta(seconds=30) * 2.0 ** min(failures, 20), LONGEST_WAIT)
