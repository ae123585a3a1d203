"""The queue of fetches: rows with leases. Whoever holds a lease may write; whoever lost it may not.

A worker that dies leaves a lease that runs out; the sweeper rings for it and another takes the row. `attempts` is both
the count that ends poison rows and the fence: a worker that comes back after its lease was taken finds another number.
"""

import logging
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.bell import ring
from unroller import queries
from unroller.core.errors import Later, OutOfCredits, RateLimited, UnrollError
from unroller.models import Job, Thread
from unroller.sources.base import PostRef
from unroller.sources.budget import BREAKER
from unroller.sources.recording import Raw, pack

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
"""Longer than one question to a network may take, since a lease is renewed after each answer."""
MOST_ATTEMPTS = 5
BACKOFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
RING_AGAIN = timedelta(seconds=60)
SWEPT_AT_ONCE = 200
SOON = timedelta(seconds=60)
"""Waits up to here are left to the broker's clock; longer ones to the sweeper."""

LONGEST = timedelta(days=1)
"""A job that a network kept waiting for longer than this ends."""
KEPT = timedelta(days=30)
"""How long a finished job is kept for operators."""
URGENCY = [Job.Why.CHECK, Job.Why.FOLLOWED, Job.Why.ASKED, Job.Why.REFRESH, Job.Why.MORE]
"""A job that waits does what the most demanding asker wants."""


class LostLease(Exception):
    """Another worker has the row now: stop without writing."""


class Held(NamedTuple):
    """A row in somebody's hands: the job, and the attempt that proves the lease."""

    job: Job
    attempt: int


def enqueue(ref: PostRef, *, why: Job.Why, link: str = "", thread: Thread | None = None) -> Job:
    """The open job for a post: the one there is, or a new one. Rings after the commit."""
    try:
        with transaction.atomic():
            job, created = queries.open_jobs().get_or_create(
                source=ref.source, key=ref.key, defaults={"why": why, "link": link[:2048], "thread": thread}
            )
    except IntegrityError:  # somebody else's was open at the insert and is done by now
        job, created = Job.objects.filter(source=ref.source, key=ref.key).latest("created_at"), False
    if not created and URGENCY.index(why) > URGENCY.index(Job.Why(job.why)):
        # One that runs because of followers could still be refused when it is stored; now it will not be.
        mendable = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, why=Job.Why.FOLLOWED)
        Job.objects.filter(mendable, id=job.id).update(why=why, thread=thread or job.thread)
    if created:
        transaction.on_commit(lambda: bell(job.id), robust=True)
    return job


def bell(job_id: UUID, *, wait: timedelta = timedelta()) -> None:
    """Ring for one job and note it; when the broker is away the sweeper tries again."""
    if ring("unroller.fetch", str(job_id), countdown=wait.total_seconds()):
        Job.objects.filter(id=job_id).update(rung_at=timezone.now() + wait)


def claim(job_id: str) -> Held | None:
    """Take a job that is due and in nobody's hands; None when there is nothing to do."""
    now = timezone.now()
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(_due(now), id=job_id).first()
        if job is None:
            return None
        job.attempts += 1
        if job.attempts > MOST_ATTEMPTS:
            _fail(job, UnrollError("the worker died every time"))
            return None
        job.state, job.leased_until, job.not_before = Job.State.RUNNING, now + LEASE, None
        job.save(update_fields=["attempts", "state", "leased_until", "not_before"])
    return Held(job, job.attempts)


def renew(held: Held, posts_seen: int) -> None:
    """Keep the lease, and tell the progress page. Raises LostLease."""
    renewed = _mine(held).update(leased_until=timezone.now() + LEASE, posts_seen=posts_seen)
    if not renewed:
        raise LostLease


def locked(held: Held) -> Job:
    """The row, locked until the end of the transaction. Raises LostLease."""
    job = _mine(held).select_for_update().first()
    if job is None:
        raise LostLease
    return job


def finish(job: Job, thread: Thread, landing: str, outcome: dict[str, object]) -> None:
    """Done: where the reader goes, and what was found."""
    job.state, job.thread, job.landing, job.outcome = Job.State.DONE, thread, landing, outcome
    job.finished_at, job.leased_until, job.recording = timezone.now(), None, None
    job.error = job.sentence = job.detail = ""
    job.save()


def give_up(held: Held, error: UnrollError) -> None:
    """Fail for good. Raises LostLease."""
    with transaction.atomic():
        _fail(locked(held), error)


def put_back(held: Held, error: Later, raw: Raw) -> None:
    """Wait as the network asks, keeping what was already fetched; fail when there is no point. Raises LostLease."""
    now = timezone.now()
    with transaction.atomic():
        job = locked(held)
        told_to_wait = isinstance(error, RateLimited | OutOfCredits)
        if now - job.created_at > LONGEST or (job.attempts >= MOST_ATTEMPTS and not told_to_wait):
            _fail(job, error)
            return
        if told_to_wait:
            job.attempts -= 1  # being told to wait is no failure
        if isinstance(error, RateLimited):
            job.not_before = max(error.until, now)
        elif isinstance(error, OutOfCredits):
            job.not_before = now + BREAKER
        else:
            job.not_before = now + BACKOFF[min(job.attempts, len(BACKOFF)) - 1]
        job.state, job.leased_until, job.rung_at = Job.State.QUEUED, None, None
        job.recording = pack(raw)
        job.error, job.sentence, job.detail = error.code, error.for_reader, str(error)[:4000]
        job.save()
        wait = job.not_before - now
        if wait <= SOON:
            transaction.on_commit(lambda: bell(job.id, wait=wait), robust=True)


def sweep() -> int:
    """Ring for open jobs that no bell reached: due, in nobody's hands, and not rung for within a minute."""
    now = timezone.now()
    silent = Q(rung_at=None) | Q(rung_at__lt=now - RING_AGAIN)
    waiting = Job.objects.filter(_due(now), silent).order_by("created_at")
    ids = list(waiting.values_list("id", flat=True)[:SWEPT_AT_ONCE])
    for job_id in ids:
        bell(job_id)
    return len(ids)


def tidy() -> int:
    """Delete finished jobs that are older than a month; how many there were."""
    ended = Job.objects.filter(finished_at__lt=timezone.now() - KEPT)
    return ended.delete()[0]


def wait_until(job: Job) -> datetime | None:
    """When a job that waits for a network goes on; None for one that does not wait."""
    waiting = job.state == Job.State.QUEUED and job.not_before and job.not_before > timezone.now()
    return job.not_before if waiting else None


def _due(now: datetime) -> Q:
    """To be done now, and in nobody's hands: queued or with a lease that ran out, and not told to wait."""
    free = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, leased_until__lt=now)
    return free & (Q(not_before=None) | Q(not_before__lte=now))


def _mine(held: Held) -> QuerySet[Job]:
    return Job.objects.filter(id=held.job.id, state=Job.State.RUNNING, attempts=held.attempt)


def _fail(job: Job, error: UnrollError) -> None:
    job.state, job.finished_at, job.leased_until, job.recording = Job.State.FAILED, timezone.now(), None, None
    job.error, job.sentence, job.detail = error.code, error.for_reader, str(error)[:4000]
    job.save()
