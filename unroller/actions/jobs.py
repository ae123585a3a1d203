"""The queue of fetches: one open job for a post, done by whoever holds its lease (docs/decisions/0011)."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Concat
from django.utils import timezone

from accounts import slices, tallies
from accounts.leases import Held, Queue
from unroller import queries
from unroller.actions.patience import LEASE, MOST_ATTEMPTS, next_try
from unroller.core.errors import Later, UnrollError
from unroller.models import Job, Thread
from unroller.sources.base import PostRef
from unroller.sources.recording import Raw, pack

UNFINISHED = Q(state__in=[Job.State.QUEUED, Job.State.RUNNING])
QUEUE = Queue(Job, UNFINISHED & Q(slow=False), "unroller.fetch", LEASE, MOST_ATTEMPTS)
FIRST_OF_KEY = Func(F("key"), Value("/"), Value(1), function="split_part", output_field=TextField())
SLOW = Queue(
    Job,
    is_open=UNFINISHED & Q(slow=True),
    task="unroller.fetch_slowly",
    lease=LEASE,
    most_attempts=MOST_ATTEMPTS,
    one_of=Concat("source", Value("/"), FIRST_OF_KEY, output_field=TextField()),
)
"""What took longer than a first turn, for workers of their own: nobody else stands behind a network that is slow. Only
a sweep rings here, for one job at a time of a server of Mastodon, of an author on Bluesky, as their keys begin. On
X each thread stands for itself: that is one service, which nobody can set up to be slow."""
SWEPT_AT_ONCE = 200
SOON = timedelta(seconds=60)
"""Waits up to here are left to the broker's clock; longer ones to the sweeper."""
KEPT = timedelta(days=30)
"""How long a finished job is kept for operators."""
URGENCY = [
    Job.Why.PRIVATE,
    Job.Why.CHECK,
    Job.Why.FOLLOWED,
    Job.Why.MENTIONED,
    Job.Why.ASKED,
    Job.Why.REFRESH,
    Job.Why.MORE,
]
"""A job that waits does what the most demanding asker wants."""
MENDABLE = Q(state=Job.State.QUEUED) | Q(
    state=Job.State.RUNNING, why__in=[Job.Why.FOLLOWED, Job.Why.MENTIONED, Job.Why.PRIVATE]
)
"""What a running job does for followers could still be refused when it is stored, and what it does for a private link
would be kept from everybody else. So would a look at a private thread, of which any unfinished job is mendable."""

ANEW = {
    "state": Job.State.QUEUED,
    "slow": False,
    "recording": None,
    "posts_seen": 0,
    "leased_until": None,
    "rung_at": None,
}
"""An unfinished job as if nobody had begun it; its attempts stay, since they prove leases."""


def enqueue(ref: PostRef, *, why: Job.Why, link: str = "", thread: Thread | None = None) -> Job:
    """The open job for a post: the one there is, or a new one. Rings after the commit."""
    try:
        with transaction.atomic():
            job, created = queries.open_jobs().get_or_create(
                source=ref.source, key=ref.key, defaults={"why": why, "link": link[:2048], "thread": thread}
            )
    except IntegrityError:  # somebody else's was open at the insert and is done by now
        job, created = Job.objects.filter(source=ref.source, key=ref.key).latest("created_at"), False
    if not created and URGENCY.index(why) > URGENCY.index(Job.Why(job.why)) and not _mend(job, why, thread):
        return enqueue(ref, why=why, link=link, thread=thread)
    if created:
        QUEUE.ring_after_commit(job.id)
    return job


def _mend(job: Job, why: Job.Why, thread: Thread | None) -> bool:
    """Have an open job do what a more demanding asker wants; False when it was done for a private link in between, and
    leads nobody else anywhere.

    That a private thread was looked at again is not to be seen in what it does now. A look asks the network for posts
    that only this thread knew, so it begins anew: whoever has it loses it, and what came home is thrown away.
    """
    is_of_private = bool(job.thread_id and Thread.objects.filter(id=job.thread_id, private=True).exists())
    mendable = UNFINISHED if is_of_private else MENDABLE
    meant = thread.pk if thread else None if is_of_private else job.thread_id
    anew = ANEW if is_of_private else {}
    is_mended = Job.objects.filter(mendable, id=job.id).update(why=why, thread=meant, **anew)
    if anew and is_mended:
        QUEUE.ring_after_commit(job.id)
    return bool(is_mended) or not (is_of_private or job.why == Job.Why.PRIVATE)


def claim(job_id: str, queue: Queue[Job] = QUEUE) -> Held[Job] | None:
    """Take a job of one of the two queues that is due and in nobody's hands; None when there is nothing to do."""
    return queue.claim(job_id, spend=_spend, state=Job.State.RUNNING)


def queue_of(job: Job) -> Queue[Job]:
    """The queue that a job is in."""
    return SLOW if job.slow else QUEUE


def finish(job: Job, thread: Thread, landing: str, outcome: dict[str, object]) -> None:
    """Done: where the reader goes, and what was found."""
    job.state, job.thread, job.landing, job.outcome = Job.State.DONE, thread, landing, outcome
    job.finished_at, job.leased_until, job.recording = timezone.now(), None, None
    job.error = job.sentence = job.detail = ""
    job.save()
    tallies.note("fetches", job.source, "done")


def give_up(held: Held[Job], error: UnrollError) -> None:
    """Fail for good. Raises LostLease."""
    with transaction.atomic():
        _fail(queue_of(held.row).locked(held), error)
    tallies.note("fetches", held.row.source, error.code)


def put_back(held: Held[Job], error: Later, raw: Raw, *, slow: bool = False, in_vain: bool = False) -> None:
    """Wait as the network asks, keeping what was already fetched; fail when there is no point. What was `slow` to fail
    is tried again by who has time; `in_vain` if it brought nothing either. Raises LostLease."""
    job, slow = held.row, slow or held.row.slow
    then = next_try(job.created_at, held.attempt, error, in_vain=in_vain)
    if then is None:
        give_up(held, error)
        return
    kept = {"state": Job.State.QUEUED, "recording": pack(raw), "slow": slow, **_in_words(error)}
    queue_of(held.row).put_back(held, then.at, counts=then.counts, **kept)
    tallies.note("fetches", job.source, f"later-{error.code}")
    wait = then.at - timezone.now()
    if wait <= SOON and not slow:
        QUEUE.ring_after_commit(job.id, wait=max(wait, timedelta()))


def leave_to_slow(held: Held[Job], raw: Raw) -> None:
    """The first turn is over, which is no failure: workers that have time go on where it stopped. Raises LostLease."""
    queued = {"state": Job.State.QUEUED, "recording": pack(raw), "slow": True}
    QUEUE.put_back(held, timezone.now(), counts=False, **queued)
    tallies.note("fetches", held.row.source, "left")


def go_on(job: Job) -> None:
    """Ring for the next slow job of the same server."""
    first, slash, _ = job.key.partition("/")
    if slash:
        SLOW.sweep(1, Q(source=job.source, key__startswith=first + slash))


def sweep() -> int:
    """Ring for open jobs that no bell reached; for how many."""
    return QUEUE.sweep(SWEPT_AT_ONCE) + SLOW.sweep(SWEPT_AT_ONCE)


def tidy() -> int:
    """Delete finished jobs that are older than a month; how many there were."""
    return slices.delete(Job.objects.filter(finished_at__lt=timezone.now() - KEPT))


def _spend(job: Job) -> None:
    _fail(job, UnrollError("the worker died every time"))


def _fail(job: Job, error: UnrollError) -> None:
    job.state, job.finished_at, job.leased_until, job.recording = Job.State.FAILED, timezone.now(), None, None
    for name, words in _in_words(error).items():
        setattr(job, name, words)
    job.save()


def _in_words(error: UnrollError) -> dict[str, str]:
    return {"error": error.code, "sentence": error.for_reader, "detail": str(error)[:4000]}
