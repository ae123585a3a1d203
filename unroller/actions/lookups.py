"""Who is meant by a handle or a profile link: asked by a reader, found out by a worker.

The rows are two queues like those of jobs, with the same patience (docs/decisions/0011): of names that somebody looks
at, for a first turn, and of all others.
"""

import logging
from datetime import timedelta
from time import monotonic

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts import limits, slices
from accounts.leases import Held, LostLease, Queue
from accounts.models import User
from unroller import my_authors, networks
from unroller.actions import follows, patience, threads
from unroller.actions.follows import CannotFollow, NotFollowable
from unroller.actions.patience import LEASE, MOST_ATTEMPTS
from unroller.budgets import SharedBudget
from unroller.core.errors import Broken, Later, UnrollError
from unroller.core.posts import Person
from unroller.core.text import one_line
from unroller.models import Author, Cadence, Follow, Lookup
from unroller.sources.following import ProfileRef
from unroller.sources.recording import Raw, Recorder, named

logger = logging.getLogger(__name__)

OPEN = Q(state=Lookup.State.QUEUED)
QUEUE = Queue(Lookup, OPEN & Q(slow=False, cadence=""), "unroller.look_up", LEASE, MOST_ATTEMPTS)
SLOW = Queue(
    Lookup,
    is_open=OPEN & (Q(slow=True) | ~Q(cadence="")),
    task="unroller.look_up_slowly",
    lease=LEASE,
    most_attempts=MOST_ATTEMPTS,
    order=("cadence", "created_at"),  # of a reader first the names that somebody looks at
    one_of=F("user"),
)
"""One name of each reader at a time: a list of a thousand on servers that drip must not stand before what others wait
for."""
SWEPT_AT_ONCE = 200
KEPT = timedelta(days=30)
ALREADY = "You followed them already."


class TooMany(UnrollError):
    """A reader looked up more authors in an hour than anybody needs."""

    sentence = "You have looked up a lot of authors in one hour. Please try again a little later."


def ask(user: User, text: str) -> Lookup:
    """A reader names an author. Done at once when we know who that is. Raises NotAProfile, TooMany."""
    ref = networks.find_profile(networks.profile_link(text))
    open_row = Lookup.objects.filter(user=user, source=ref.source, key=ref.key, cadence="", state=Lookup.State.QUEUED)
    waiting = open_row.first()
    if waiting is not None:
        return waiting
    author = my_authors.known([ref]).get(ref)
    if author is None and not limits.spend(limits.LOOKUPS, str(user.id)):
        raise TooMany
    lookup = Lookup(user=user, text=one_line(text)[:500], source=ref.source, key=ref.key)
    if author is not None:
        answer(lookup, author, my_authors.left_alone(author))
    lookup.save()
    if author is None:
        QUEUE.ring_after_commit(lookup.id)
    return lookup


def answer(lookup: Lookup, author: Author | None, refusal: str, *, already: bool = False) -> None:
    """Write into a row, without saving it, who was found, and why they cannot be followed, or that they were."""
    lookup.state = Lookup.State.FAILED if refusal else Lookup.State.DONE
    lookup.author, lookup.sentence = author, (refusal or (ALREADY if already else ""))[:500]
    lookup.finished_at, lookup.leased_until, lookup.not_before = timezone.now(), None, None


def run(lookup_id: str, queue: Queue[Lookup] = QUEUE) -> None:
    """Do one lookup of a queue, if it is still there to be done. Every way it can end is written to its row."""
    held = queue.claim(lookup_id, spend=_spend)
    if held is None:
        return
    try:
        _run(held)
    except LostLease:
        logger.info("lookup %s was cleared, or taken by another worker", lookup_id)
    if queue is SLOW:
        go_on(held.row.user_id)


def _run(held: Held[Lookup]) -> None:
    try:
        _look_up(held)
    except LostLease:
        raise
    except Exception:
        logger.exception("lookup %s", held.row.id)
        _put_back(held, Broken())


def _look_up(held: Held[Lookup]) -> None:
    lookup, began = held.row, monotonic()
    label = lookup.get_source_display()
    try:
        if lookup.cadence:
            follows.need_room(lookup.user)
        author = _keep(lookup.source, _person(held))
        already = _grant(lookup, author)
        _finish(held, author, "", already=already)
    except CannotFollow as error:
        _finish(held, None, error.sentence)
    except Later as error:
        _put_back(held, error, in_vain=monotonic() - began > patience.LONG_SECONDS)
    except UnrollError as error:
        _finish(held, None, named(error, label).for_reader)


def _person(held: Held[Lookup]) -> Person:
    """Who the network says it is. Raises UnrollError, LostLease."""
    ref = ProfileRef(held.row.source, held.row.key)
    web = Recorder(
        Raw(source=ref.source, key=ref.key),
        networks.http(),
        budget=SharedBudget(),
        on_answer=lambda _: _queue_of(held).renew(held),
        seconds=patience.LOOK_SECONDS if _queue_of(held) is SLOW else patience.FIRST_TURN_SECONDS,
    )
    return networks.followables()[ref.source].look_up(ref, web)


def _keep(source: str, person: Person) -> Author:
    with transaction.atomic():
        return threads.keep_author(source, person)


def _grant(lookup: Lookup, author: Author) -> bool:
    """Follow, where the reader ordered that; whether they did already. Raises CannotFollow."""
    if lookup.cadence:
        already = Follow.objects.filter(user=lookup.user, author=author).exists()
        follows.follow(lookup.user, author, Cadence(lookup.cadence))
        return already
    if reason := my_authors.left_alone(author):
        raise NotFollowable(reason)
    return False


def go_on(user_id: int) -> None:
    """Ring for the next name of a reader's list."""
    SLOW.sweep(1, Q(user=user_id))


def sweep() -> int:
    """Ring for lookups that no bell reached; for how many."""
    return QUEUE.sweep(SWEPT_AT_ONCE) + SLOW.sweep(SWEPT_AT_ONCE)


def tidy() -> int:
    """Delete lookups that are older than a month; how many there were."""
    return slices.delete(Lookup.objects.filter(created_at__lt=timezone.now() - KEPT))


def _queue_of(held: Held[Lookup]) -> Queue[Lookup]:
    return SLOW if held.row.slow or held.row.cadence else QUEUE


def _spend(lookup: Lookup) -> None:
    answer(lookup, None, Broken().for_reader)
    lookup.save()


def _finish(held: Held[Lookup], author: Author | None, refusal: str, *, already: bool = False) -> None:
    """Raises LostLease."""
    with transaction.atomic():
        lookup = _queue_of(held).locked(held)
        answer(lookup, author, refusal, already=already)
        lookup.save()


def _put_back(held: Held[Lookup], error: Later, *, in_vain: bool = False) -> None:
    """Wait as the network asks, or fail when there is no point. What failed is tried again by who has time. Raises
    LostLease."""
    lookup = held.row
    sentence = named(error, lookup.get_source_display()).for_reader
    then = patience.next_try(lookup.created_at, held.attempt, error, in_vain=in_vain)
    if then is None:
        _finish(held, None, sentence)
    else:
        slow = lookup.slow or then.counts
        _queue_of(held).put_back(held, then.at, counts=then.counts, slow=slow, sentence=sentence)
