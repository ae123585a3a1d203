"""Chains of followed authors' answers to themselves: they grow with every look, and are unrolled once quiet."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from unroller.actions import jobs
from unroller.models import Author, Chain, Job, Member
from unroller.sources.base import PostRef
from unroller.sources.following import RecentPost

ENOUGH = 2
"""Answers to oneself that make a thread worth unrolling; one more post under a post is still a remark."""
REMEMBERED = timedelta(days=7)
"""How long a single answer waits for another one."""
MOST_KEYS = 200
AT_ONCE = 50


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
    """Queue the threads of chains that are quiet; how many. A chain that came to nothing is forgotten."""
    count = 0
    with transaction.atomic():
        due = Chain.objects.filter(quiet_at__lte=timezone.now()).select_related("author").order_by("quiet_at")
        quiet = list(due.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
        for chain in quiet:
            count += _unroll(chain)
        Chain.objects.filter(id__in=[chain.id for chain in quiet]).delete()
    return count


def _unroll(chain: Chain) -> bool:
    """The thread that is here is fetched again, a new one for the first time."""
    author = chain.author
    if author.unlisted or author.opted_out:
        return False
    place = _places(author, chain.keys).select_related("thread").defer("thread__document").first()
    if place is not None:
        jobs.enqueue(PostRef(author.source, place.thread.path), why=Job.Why.FOLLOWED, thread=place.thread)
        return True
    if chain.replies < ENOUGH:
        return False
    jobs.enqueue(PostRef(author.source, chain.keys[-1]), why=Job.Why.FOLLOWED)
    return True


def _places(author: Author, keys: Iterable[str]) -> QuerySet[Member]:
    """Where posts stand in living threads of the author's own; links to their answers below others lead elsewhere."""
    return Member.objects.filter(source=author.source, path__in=keys, thread__author=author, thread__removed="")


def _chain(growing: Iterable[Chain], post: RecentPost) -> Chain | None:
    """The chain that a post belongs to."""
    own = {post.parent_key, post.key, *post.aliases} - {""}
    return next((chain for chain in growing if not own.isdisjoint(chain.keys)), None)


def _begun(author: Author, post: RecentPost, here: set[str]) -> Chain | None:
    """A new chain from what a post answers, or from itself where it is in a thread that is here and was edited."""
    root = post.parent_key or (post.key if post.key in here else "")
    return Chain(author=author, root=root, keys=[root]) if root else None


def _take_in(chain: Chain, post: RecentPost, *, now: datetime, is_here: bool) -> None:
    """One post more. What continues a thread that is here rests as long as a chain that is long enough."""
    own = (post.key, *post.aliases)
    chain.replies += bool(post.parent_key) and not set(own) & set(chain.keys)
    keys = [*chain.keys, *(key for key in own if key not in chain.keys)]
    chain.keys = [keys[0], *keys[1:][-MOST_KEYS:]]
    rest = timedelta(seconds=settings.FOLLOW_QUIET_SECONDS)
    chain.quiet_at = min(post.time, now) + (rest if is_here or chain.replies >= ENOUGH else REMEMBERED)
