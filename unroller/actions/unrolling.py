"""The way of a link: asked for, fetched once by a worker, stored, looked at again."""

import logging
import traceback
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from accounts.leases import Held, LostLease, Queue
from unroller import networks, queries, store
from unroller.actions import chains, jobs, linked, patience, refusing, threads
from unroller.budgets import SharedBudget
from unroller.core import errors
from unroller.core.assemble import Assembly, assemble
from unroller.core.errors import (
    Allowed,
    Broken,
    Gone,
    Hidden,
    Later,
    NotPublic,
    OutOfTime,
    RateLimited,
    Readmitted,
    Removed,
    Uninvited,
    Unreachable,
    UnrollError,
)
from unroller.core.layout import anchors
from unroller.core.merge import changes, merge
from unroller.core.posts import Pile
from unroller.core.posts import Thread as Content
from unroller.models import Job, Thread
from unroller.sources.base import HARD_CAP, PostRef, Source, Wish
from unroller.sources.recording import MOST_SECONDS, Raw, Recorder, named, unpack

logger = logging.getLogger(__name__)

REFRESH_AGAIN = timedelta(minutes=5)
"""How often anybody may have one thread fetched again."""
ASK_AGAIN = timedelta(hours=1)
"""How long a thread that stopped being public is not asked for again."""
FINAL = frozenset({"Gone", "Removed", "Withdrawn", "OptedOut", "Hidden", "Banned"})
"""Removals that nobody's link undoes."""
RENEW_EVERY = 0.5
CHECKED_AT_ONCE = 100


class Fetched(NamedTuple):
    """What a worker brought home, not yet merged with what is stored; whether it was asked for posts that only a
    private thread knew."""

    source: Source
    pile: Pile
    of_private: bool = False


class Outdated(Later):
    """A private thread became everybody's while it was looked at: what the look found would tell what it was before."""


def address(link: str) -> str | None:
    """Where a linked post is already to be found: its place on a page, or the job that fetches it. Raises NotAPost."""
    ref = networks.find(link)
    job = queries.open_job(ref)  # looked for first: a job that ends in between leaves its thread behind
    return _landing(ref) or (job.get_absolute_url() if job else None)


def place(link: str) -> str | None:
    """Where a linked post stands on a page that is here. Raises NotAPost."""
    return _landing(networks.find(link))


def _landing(ref: PostRef) -> str | None:
    found = queries.member(ref)
    return queries.landing(found) if found is not None and not may_be_back(found.thread) else None


def may_be_back(thread: Thread) -> bool:
    """Whether a removed thread is worth asking for again: what was not public may be public by now."""
    if thread.removed in {Allowed.__name__, Readmitted.__name__}:
        return True
    hidden = thread.removed not in {"", *FINAL}
    return hidden and timezone.now() - thread.changed_at > ASK_AGAIN


def ask(link: str) -> Job:
    """The job that fetches the thread of a linked post. Raises NotAPost."""
    return jobs.enqueue(networks.find(link), why=Job.Why.ASKED, link=link.strip())


def ask_again(job: Job) -> Job:
    """A failed job as a new one, because an operator asks."""
    return jobs.enqueue(PostRef(job.source, job.key), why=Job.Why(job.why), link=job.link, thread=job.thread)


def refresh(thread: Thread, *, more: bool = False) -> Job:
    """Fetch a thread again because a reader asks. Raises RateLimited while that happened a moment ago."""
    more = more and "cap" in thread.reasons
    last = queries.last_refresh(thread)
    if last and last.state in {Job.State.DONE, Job.State.FAILED}:
        again = (last.finished_at or last.created_at) + REFRESH_AGAIN
        if again > timezone.now() and not more:
            raise RateLimited(again)
    why = Job.Why.CHECK if thread.private else Job.Why.MORE if more else Job.Why.REFRESH
    return jobs.enqueue(PostRef(thread.source, thread.path), why=why, thread=thread)


def check_due() -> int:
    """Queue the threads whose time has come to be looked at again."""
    count = 0
    for thread in queries.due(timezone.now(), CHECKED_AT_ONCE):
        with transaction.atomic():
            mine = Thread.objects.filter(id=thread.id, check_at=thread.check_at)
            if mine.update(check_at=threads.next_check(thread, thread.checks + 1), checks=thread.checks + 1):
                jobs.enqueue(PostRef(thread.source, thread.path), why=Job.Why.CHECK, thread=thread)
                count += 1
    return count


def run(job_id: str, queue: Queue[Job] = jobs.QUEUE) -> None:
    """Do one job of a queue. Every way it can end is written to its row; a lost lease ends it without a word."""
    held = jobs.claim(job_id, queue)
    if held is None:
        return
    job = held.row
    raw = Raw(source=job.source, key=job.key)
    try:
        raw = unpack(bytes(job.recording)) if job.recording else raw
        _run(held, raw)
    except LostLease:
        logger.warning("job %s was taken by another worker", job.id)
    except Exception:
        logger.exception("job %s", job.id)
        jobs.put_back(held, Broken(traceback.format_exc(limit=-4)), Raw(source=job.source, key=job.key))
    if held.row.slow:
        jobs.go_on(job)


def _run(held: Held[Job], raw: Raw) -> None:
    source, began, had = networks.sources()[held.row.source], monotonic(), len(raw.exchanges)
    try:
        fetched = _fetch(source, held, raw)
        store_thread(held, fetched)
    except Outdated as error:
        jobs.put_back(held, named(error, source.label), Raw(source=held.row.source, key=held.row.key))
    except OutOfTime as error:
        if held.row.slow:
            jobs.put_back(held, named(error, source.label), raw)
        else:
            jobs.leave_to_slow(held, raw)
    except Later as error:
        if isinstance(error, Unreachable):
            del raw.exchanges[-1:]  # the answer that made no sense is asked for again
        is_long = monotonic() - began > patience.LONG_SECONDS
        in_vain = is_long and len(raw.exchanges) <= had
        jobs.put_back(held, named(error, source.label), raw, slow=is_long, in_vain=in_vain)
    except store.Unavailable as error:
        jobs.put_back(held, Unreachable(f"Redis: {error}", network="The page store"), raw)
    except (Gone, NotPublic) as error:
        withdraw(held, named(error, source.label))
    except UnrollError as error:
        jobs.give_up(held, named(error, source.label))


def _fetch(source: Source, held: Held[Job], raw: Raw) -> Fetched:
    job = held.row
    thread = job.thread
    found = threads.content(thread) if thread else None
    known = tuple(post.id for post in found.posts) if found else ()
    ref = PostRef(job.source, job.key)
    seconds = MOST_SECONDS if job.slow else patience.FIRST_TURN_SECONDS
    recorder = Recorder(raw, networks.http(), budget=SharedBudget(), on_answer=_renewing(held), seconds=seconds)
    source.fetch(ref, recorder, Wish(known=known, most=most_for(source, job, len(known))))
    return Fetched(source, source.parse(raw), of_private=bool(thread and thread.private))


def most_for(source: Source, job: Job, known: int) -> int:
    """How many posts are fetched: the source's cap, as often as readers asked for more, up to the hard cap (R9)."""
    rounds = max(1, -(-known // source.cap)) + (job.why == Job.Why.MORE)
    return min(rounds * source.cap, HARD_CAP)


def _renewing(held: Held[Job]) -> Callable[[int], None]:
    """Keeps the lease and the reader's progress line, at most twice a second."""
    last = monotonic()

    def renew(seen: int) -> None:
        nonlocal last
        if monotonic() - last >= RENEW_EVERY:
            last = monotonic()
            jobs.queue_of(held.row).renew(held, posts_seen=seen)

    return renew


def store_thread(held: Held[Job], fetched: Fetched) -> Thread:
    """Merge with what is here and write everything in one transaction, under the job's lease."""
    with transaction.atomic():
        job = jobs.queue_of(held.row).locked(held)
        made, before, private = _merged(fetched, job)
        found = refusing.without_refused(made.thread)
        old = threads.content(before) if before else None
        thread = threads.save(found, before, private=private)
        anchor = anchors(found).get(made.anchor.path, "")
        threads.point_here(thread, job.key, anchor)
        told = old is not None and job.why in {Job.Why.REFRESH, Job.Why.MORE}
        outcome = changes(old, found)._asdict() if old is not None and told else {}
        jobs.finish(job, thread, landing(thread, made, anchor), outcome)
        linked.settle(job, thread)
    return thread


def _merged(fetched: Fetched, job: Job) -> tuple[Assembly, Thread | None, bool]:
    """The thread as it is now known, its row, locked, and whether it is private. Raises Gone when its head was deleted,
    Outdated.

    A private thread that becomes everybody's is begun anew, so that nothing in it tells that it was here before.
    """
    made = assemble(fetched.pile, most=HARD_CAP)
    queries.lock(f"{made.thread.source}/{made.thread.head.path}")
    refusing.need_leave(made.thread)
    before = _row(made, job)
    if before is not None and before.removed in {Removed.__name__, Hidden.__name__}:
        raise getattr(errors, before.removed)
    private = _is_private(made.thread, before, job)
    if fetched.of_private and not private:
        raise Outdated
    old = threads.content(before) if before and before.private == private else None
    if old is None:
        return made, before, private
    merged = merge(old, fetched.pile)
    head = {old.head.id, *old.head.aliases}
    if any(head & {gone.id, *gone.aliases} for gone in merged.gone):
        raise Gone
    return assemble(merged, most=HARD_CAP), before, private


def _is_private(found: Content, before: Thread | None, job: Job) -> bool:
    """Whether a thread is kept from everybody but those with a link. Raises Uninvited where nobody may have it.

    What was everybody's once stays so. Whoever else asks for a private thread makes it everybody's, and is not told
    that it was here already; followers do not, where its author asks to be left alone.
    """
    is_public = before is not None and not before.private
    if job.why in {Job.Why.FOLLOWED, Job.Why.MENTIONED} and (before is None or before.private or before.removed):
        if not _is_uninvited(found, job):
            return False
        if is_public or not linked.wait_for(job):
            raise Uninvited
        return True
    if job.why not in {Job.Why.PRIVATE, Job.Why.CHECK} or is_public:
        return False
    if before is None and not linked.wait_for(job):
        raise Uninvited("the private link ended before its thread came")
    return True


def _is_uninvited(found: Content, job: Job) -> bool:
    """Whether an author asks not to be listed, or told the bot to leave them alone: unless a reader asks for it, their
    thread does not come. Of who opted out nothing comes for anybody."""
    from_bot = job.why == Job.Why.MENTIONED and queries.is_left_alone(
        found.source, found.author.id, found.author.handle
    )
    return found.author.unlisted or from_bot


def _row(made: Assembly, job: Job) -> Thread | None:
    """The row a fetch is about, locked: the one a refresh names, whatever its head is called now; else by its head."""
    rows = Thread.objects.select_for_update()
    named_row = rows.filter(id=job.thread_id).first() if job.thread_id else None
    by_head = rows.filter(source=made.thread.source, path=made.thread.head.path)
    if named_row is None or named_row.private:  # where everybody's thread has this head, the private one becomes it
        return by_head.first() or named_row
    return named_row


def landing(thread: Thread, made: Assembly, anchor: str) -> str:
    """Where the reader is sent: the post they named, with a word when it was somebody else's reply below it."""
    address = thread.get_absolute_url()
    query = "?from=reply" if made.linked_reply else ""
    fragment = f"#{anchor}" if anchor and (made.anchor.path != thread.path or query) else ""
    return address + query + fragment


def withdraw(held: Held[Job], error: UnrollError) -> None:
    """The network no longer shows the post: its page goes, if there is one, and the job says why."""
    with transaction.atomic():
        job = jobs.queue_of(held.row).locked(held)
        thread = Thread.objects.select_for_update().filter(source=job.source, path=job.key).first()
        if thread is not None and not thread.removed:
            threads.remove(thread, error)
        jobs.give_up(held, error)
    if isinstance(error, Gone):
        chains.wake(job)
