"""Who is meant by a handle or a profile link: asked by a reader, found out by a worker.

The rows are a queue like that of jobs, with the same times: a lease, a fence, waiting in `not_before`.
"""

import logging
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import limits
from accounts.bell import ring
from accounts.models import User
from unroller import my_authors, networks
from unroller.actions import follows, threads
from unroller.actions.follows import CannotFollow, NotFollowable
from unroller.actions.jobs import BACKOFF, KEPT, LEASE, LONGEST, MOST_ATTEMPTS, RING_AGAIN, LostLease
from unroller.budgets import SharedBudget
from unroller.core.errors import Broken, Later, OutOfCredits, RateLimited, UnrollError
from unroller.core.posts import Person
from unroller.core.text import one_line
from unroller.models import Author, Cadence, Follow, Lookup
from unroller.sources.budget import BREAKER
from unroller.sources.following import ProfileRef
from unroller.sources.recording import Raw, Recorder, named

logger = logging.getLogger(__name__)

SWEPT_AT_ONCE = 20
"""Few at a time: a list of a thousand names must not stand before what others wait for."""


ALREADY = "You followed them already."


class TooMany(UnrollError):
    """A reader looked up more authors in an hour than anybody needs."""

    sentence = "You have looked up a lot of authors in one hour. Please try again a little later."


class Held(NamedTuple):
    """A row in somebody's hands: the lookup, and the attempt that proves the lease."""

    lookup: Lookup
    attempt: int


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
        transaction.on_commit(lambda: _bell(lookup.id), robust=True)
    return lookup


def answer(lookup: Lookup, author: Author | None, refusal: str, *, already: bool = False) -> None:
    """Write into a row, without saving it, who was found, and why they cannot be followed, or that they were."""
    lookup.state = Lookup.State.FAILED if refusal else Lookup.State.DONE
    lookup.author, lookup.sentence = author, (refusal or (ALREADY if already else ""))[:500]
    lookup.finished_at, lookup.leased_until, lookup.not_before = timezone.now(), None, None


def run(lookup_id: str) -> None:
    """Do one lookup, if it is still there to be done. Every way it can end is written to its row."""
    held = _claim(lookup_id)
    if held is None:
        return
    try:
        _run(held)
    except LostLease:
        logger.info("lookup %s was cleared, or taken by another worker", lookup_id)


def _run(held: Held) -> None:
    try:
        _look_up(held)
    except LostLease:
        raise
    except Exception:
        logger.exception("lookup %s", held.lookup.id)
        _put_back(held, Broken())


def _look_up(held: Held) -> None:
    lookup = held.lookup
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
        _put_back(held, error)
    except UnrollError as error:
        _finish(held, None, named(error, label).for_reader)


def _person(held: Held) -> Person:
    """Who the network says it is. Raises UnrollError, LostLease."""
    ref = ProfileRef(held.lookup.source, held.lookup.key)
    web = Recorder(
        Raw(source=ref.source, key=ref.key),
        networks.http(),
        budget=SharedBudget(),
        on_answer=lambda _: _renew(held),
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


def sweep() -> int:
    """Ring for lookups that no bell reached, those that somebody looks at first; how many."""
    now = timezone.now()
    silent = Q(rung_at=None) | Q(rung_at__lt=now - RING_AGAIN)
    waiting = Lookup.objects.filter(_due(now), silent).order_by("cadence", "created_at")
    ids = list(waiting.values_list("id", flat=True)[:SWEPT_AT_ONCE])
    for lookup_id in ids:
        _bell(lookup_id)
    return len(ids)


def tidy() -> int:
    """Delete lookups that are older than a month; how many there were."""
    return Lookup.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]


def free() -> Q:
    """In nobody's hands."""
    return Q(leased_until=None) | Q(leased_until__lt=timezone.now())


def _claim(lookup_id: str) -> Held | None:
    """Take a lookup that is due and in nobody's hands; None when there is nothing to do."""
    now = timezone.now()
    with transaction.atomic():
        lookup = Lookup.objects.select_for_update().filter(_due(now), id=lookup_id).first()
        if lookup is None:
            return None
        lookup.attempts += 1
        if lookup.attempts > MOST_ATTEMPTS:
            answer(lookup, None, Broken().for_reader)
            lookup.save()
            return None
        lookup.leased_until, lookup.not_before = now + LEASE, None
        lookup.save(update_fields=["attempts", "leased_until", "not_before"])
    return Held(lookup, lookup.attempts)


def _renew(held: Held) -> None:
    """Keep the lease. Raises LostLease."""
    if not _mine(held).update(leased_until=timezone.now() + LEASE):
        raise LostLease


def _locked(held: Held) -> Lookup:
    """The row, locked until the end of the transaction. Raises LostLease."""
    lookup = _mine(held).select_for_update().first()
    if lookup is None:
        raise LostLease
    return lookup


def _finish(held: Held, author: Author | None, refusal: str, *, already: bool = False) -> None:
    with transaction.atomic():
        lookup = _locked(held)
        answer(lookup, author, refusal, already=already)
        lookup.save()


def _put_back(held: Held, error: Later) -> None:
    """Wait as the network asks, or fail when there is no point. Raises LostLease."""
    now = timezone.now()
    with transaction.atomic():
        lookup = _locked(held)
        sentence = named(error, lookup.get_source_display()).for_reader
        told_to_wait = isinstance(error, RateLimited | OutOfCredits)
        if now - lookup.created_at > LONGEST or (lookup.attempts >= MOST_ATTEMPTS and not told_to_wait):
            answer(lookup, None, sentence)
        else:
            if told_to_wait:
                lookup.attempts -= 1  # being told to wait is no failure
            if isinstance(error, RateLimited):
                lookup.not_before = max(error.until, now)
            else:
                pause = BREAKER if told_to_wait else BACKOFF[min(lookup.attempts, len(BACKOFF)) - 1]
                lookup.not_before = now + pause
            lookup.leased_until, lookup.rung_at, lookup.sentence = None, None, sentence
        lookup.save()


def _bell(lookup_id: UUID) -> None:
    """Ring for one lookup and note it; when the broker is away the sweeper tries again."""
    if ring("unroller.look_up", str(lookup_id)):
        Lookup.objects.filter(id=lookup_id).update(rung_at=timezone.now())


def _due(now: datetime) -> Q:
    """To be done now, and in nobody's hands."""
    return Q(state=Lookup.State.QUEUED) & free() & (Q(not_before=None) | Q(not_before__lte=now))


def _mine(held: Held) -> QuerySet[Lookup]:
    return Lookup.objects.filter(id=held.lookup.id, state=Lookup.State.QUEUED, attempts=held.attempt)
