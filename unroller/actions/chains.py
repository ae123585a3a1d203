"""Chains of followed authors' answers to themselves: they grow with every look, and are unrolled once quiet."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from unroller.actions import jobs
from unroller.core.errors import (
    BadAnswer,
    Banned,
    Broken,
    Gone,
    Hidden,
    OptedOut,
    OutOfCredits,
    OutOfTime,
    RateLimited,
    Removed,
    Unreachable,
    Withdrawn,
)
from unroller.models import Author, Chain, Job, Member, Thread
from unroller.sources.base import PostRef
from unroller.sources.following import RecentPost

ENOUGH = 2
"""Answers to oneself that make a thread worth unrolling; one more post under a post is still a remark."""
REMEMBERED = timedelta(days=7)
"""How long a single answer waits for another one."""
MOST_KEYS = 200
AT_ONCE = 50
MOST_TRIES = 72
"""Failed jobs after which a thread is no longer asked for: with a job's own patience, those of about a day."""
PASSING = frozenset(error.__name__ for error in (RateLimited, OutOfCredits, OutOfTime, Broken, Unreachable, BadAnswer))
"""How a job fails that is worth another one."""
FINAL = frozenset(error.__name__ for error in (Gone, Removed, Withdrawn, OptedOut, Hidden, Banned))
"""Removals that no addition undoes."""


def grow(author: Author, posts: Sequence[RecentPost], *, now: datetime) -> None:
    """Take an author's new posts (the oldest first) into chains, in the caller's transaction.

    Posts that answer nobody, or somebody else, are passed over; but an edited one is a change of the chain it is in.
    """
    answers = [post for post in posts if post.parent_key or post.aliases]
    if not answers:
        return
    named = {key for post in answers for key in (post.parent_key, post.key, *post.aliases)} - {""}
    here = set(_places(author, named).values_list("path", flat=True))
    growing = list(Chain.objects.select_for_update().filter(author=author, keys__overlap=list(named)))
    changed: dict[str, Chain] = {}
    for post in answers:
        chain = _chain(growing, post) or _begun(author, post, here)
        if chain is not None:
            growing += [chain] if chain not in growing else []
            _take_in(chain, post, now=now, is_here=bool(here.intersection((post.parent_key, post.key))))
            changed[chain.root] = chain
    for chain in changed.values():
        chain.save()


def unroll_quiet() -> int:
    """Queue the threads of chains that are quiet; how many.

    A chain whose thread was queued stays, and rests once more: it is forgotten once its newest post has a place, or
    cannot have one. So no job that fails, or that had read its answers before the chain grew, takes posts with it.
    """
    count, now = 0, timezone.now()
    with transaction.atomic():
        due = Chain.objects.filter(quiet_at__lte=now).select_related("author").order_by("quiet_at")
        for chain in due.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE]:
            if _unroll(chain):
                chain.quiet_at = now + _rest()
                chain.save()
                count += 1
            else:
                chain.delete()
    return count


def wake(job: Job) -> None:
    """A post that a chain asked for is gone: the chain goes on at once, with the post before it."""
    if job.why == Job.Why.FOLLOWED:
        Chain.objects.filter(author__source=job.source, keys__contains=[job.key]).update(quiet_at=timezone.now())


def _unroll(chain: Chain) -> bool:
    """Queue the thread of a chain; False when there is nothing to ask for. What is gone leaves the chain."""
    author = chain.author
    if author.unlisted or author.opted_out or author.banned:
        return False
    rows = Member.objects.filter(source=author.source, path__in=chain.keys, thread__private=False)
    places = {place.path: place.thread for place in rows.select_related("thread").defer("thread__document")}
    own = [thread for thread in places.values() if thread.author_id == author.id]
    if any(thread.removed in FINAL for thread in own):
        return False
    here = next((thread for thread in own if not thread.removed), None)
    # One that was just fetched without the newest post would be so again: that post itself is asked for then.
    again = here if here and here.fetched_at < chain.quiet_at - _rest() else None
    while chain.keys and chain.keys[-1] not in places and (here or chain.replies >= ENOUGH):
        ref = PostRef(author.source, again.path if again else chain.keys[-1])
        failures = _failures(ref, again)
        if Gone.__name__ not in failures:
            return _ask(ref, again, failures)
        chain.keys, chain.replies = chain.keys[:-1], max(chain.replies - 1, 0)
    return False


def _ask(ref: PostRef, again: Thread | None, failures: Sequence[str]) -> bool:
    """Queue a thread, unless it was asked for in vain too often, or will never be shown."""
    if len(failures) >= MOST_TRIES or not PASSING.issuperset(failures):
        return False
    jobs.enqueue(ref, why=Job.Why.FOLLOWED, thread=again)
    return True


def _failures(ref: PostRef, again: Thread | None) -> list[str]:
    """Why a post was asked for in vain; of a thread that is here, since it was last fetched.

    Jobs that failed without a thread are few, and the index of jobs begins with the thread.
    """
    failed = Job.objects.filter(thread=again, source=ref.source, key=ref.key, state=Job.State.FAILED)
    if again is not None:
        failed = failed.filter(created_at__gt=again.fetched_at)
    return list(failed.values_list("error", flat=True))


def _places(author: Author, keys: Iterable[str]) -> QuerySet[Member]:
    """Where posts stand in living threads of the author's own; links to their answers below others lead elsewhere."""
    own = Member.objects.filter(source=author.source, path__in=keys, thread__author=author)
    return own.filter(thread__removed="", thread__private=False)


def _chain(growing: Iterable[Chain], post: RecentPost) -> Chain | None:
    """The chain that a post belongs to."""
    own = {post.parent_key, post.key, *post.aliases} - {""}
    return next((chain for chain in growing if not own.isdisjoint(chain.keys)), None)


def _begun(author: Author, post: RecentPost, here: set[str]) -> Chain | None:
    """A new chain from what a post answers, or from itself where it is in a thread that is here and was edited."""
    root = post.parent_key or (post.key if post.key in here else "")
    return Chain(author=author, root=root, keys=[root]) if root else None


def _take_in(chain: Chain, post: RecentPost, *, now: datetime, is_here: bool) -> None:
    """One post more. What continues a thread that is here rests as long as a chain that is long enough.

    The first key is known as a parent only; should it come after its answer, it is an answer like any other.
    """
    own = (post.key, *post.aliases)
    above = [post.parent_key] if post.parent_key and post.key == chain.keys[0] else []
    chain.replies += bool(above) or (bool(post.parent_key) and not set(own) & set(chain.keys))
    keys = [*above, *chain.keys, *(key for key in own if key not in chain.keys)]
    chain.keys = [keys[0], *keys[1:][-MOST_KEYS:]]
    chain.quiet_at = min(post.time, now) + (_rest() if is_here or chain.replies >= ENOUGH else REMEMBERED)


def _rest() -> timedelta:
    return timedelta(seconds=settings.FOLLOW_QUIET_SECONDS)
