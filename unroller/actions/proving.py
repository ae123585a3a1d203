"""Claims: somebody says that a profile is theirs, and a worker looks for the code that shows it.

The rows are a queue like that of lookups, with the same patience. Whose profile it is, is decided by the network's id
at the time of the look: handles change hands. The code belongs to one claim, so that nobody else's proves anything.
"""

import logging
from datetime import timedelta
from time import monotonic
from typing import NamedTuple

import regex
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import limits, slices
from accounts.leases import Held, LostLease, Queue
from accounts.models import User
from accounts.x.identity import identity
from unroller import networks
from unroller import profiles as reads
from unroller.actions import author_wishes, patience, profiles, threads
from unroller.actions.patience import LEASE, MOST_ATTEMPTS
from unroller.budgets import SharedBudget
from unroller.core.errors import Broken, Later, UnrollError
from unroller.core.posts import Person
from unroller.core.text import one_line
from unroller.models import Author, Claim, Profile, Proof
from unroller.models import Wish as Asked
from unroller.sources.base import Wish
from unroller.sources.following import ProfileRef
from unroller.sources.recording import Raw, Recorder, named

logger = logging.getLogger(__name__)

QUEUE = Queue(Claim, Q(state=Claim.State.CHECKING), "unroller.check_claim", LEASE, MOST_ATTEMPTS)
SWEPT_AT_ONCE = 20
OPEN_FOR = timedelta(days=7)
KEPT = timedelta(days=90)
NOT_IN_BIO = "The code is not in the description of this profile yet. Networks may take a minute to show it."
NOT_IN_POST = "We found the post, but the code is not in it."
NOT_THEIRS = "This post was not written by the account you claim."
OTHER_NETWORK = "This link leads to another network than the profile you claim."
WAITS = "The code was not seen within seven days. A person will look at what you asked for, and answer by mail."
TOO_OLD = "The code was not placed within seven days, so this ended. You can begin again."


class TooMany(UnrollError):
    """More claims or looks than anybody needs."""

    sentence = "That is a lot of tries in one hour. Please try again a little later."


class NotFound(UnrollError):
    """The code is not where it should be; `sentence` says what was found."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Shown(NamedTuple):
    """Who showed the code, and where."""

    person: Person
    proof: Proof


def claim(user: User, text: str) -> Claim:
    """Somebody names a profile as theirs: the open claim there is, or a new one. Raises NotAProfile, TooMany."""
    ref = networks.find_profile(networks.profile_link(text))
    mine = reads.claims(user).filter(source=ref.source, key=ref.key)
    if found := mine.first():
        return found
    if not limits.spend(limits.CLAIMS, str(user.pk)):
        raise TooMany
    values = {"text": one_line(text)[:500]}
    return Claim.objects.get_or_create(
        user=user, source=ref.source, key=ref.key, state=Claim.State.OPEN, defaults=values
    )[0]


def by_sign_in(user: User) -> Profile | None:
    """The X account that somebody signs in with is theirs, without a code; None when there is none."""
    mine = identity(user)
    if mine is None:
        return None
    person = Person(id=mine.id, handle=mine.handle, name=mine.name, url=f"https://x.com/{mine.handle}")
    with transaction.atomic():
        known = Author.objects.filter(source="x", network_id=mine.id).first()
        return profiles.grant(user, known or threads.keep_author("x", person), Proof.SIGN_IN)


def look(row: Claim, post_link: str = "") -> None:
    """Have a worker look for the code: in the profile, or in the post that is named. Raises NotAPost, NotFound,
    TooMany."""
    if post_link and networks.find(post_link).source != row.source:
        raise NotFound(OTHER_NETWORK)
    if not limits.spend(limits.CLAIM_LOOKS, str(row.pk)):
        raise TooMany
    asked = {"asked_at": timezone.now(), "attempts": 0, "sentence": ""}
    fresh = asked | {"leased_until": None, "not_before": None, "rung_at": None}
    mine = Claim.objects.filter(pk=row.pk, state=Claim.State.OPEN)
    if mine.update(state=Claim.State.CHECKING, post_link=post_link[:2048], **fresh):
        QUEUE.ring_after_commit(row.pk)


def give_up(row: Claim) -> None:
    """No longer claimed."""
    mine = Claim.objects.filter(pk=row.pk, state__in=reads.OPEN)
    mine.update(state=Claim.State.ENDED, finished_at=timezone.now(), leased_until=None)


def run(claim_id: str) -> None:
    """Look for one code, if that is still to be done. Every way it can end is written to its row."""
    held, began = QUEUE.claim(claim_id, spend=_spend), monotonic()
    if held is None:
        return
    try:
        try:
            if held.row.author_id is None or not held.row.proof:
                _prove(held, _shown(held))
            if held.row.wish and held.row.wish != Asked.OTHER:
                _do_wish(held)
        except Later as error:
            _put_back(held, error, in_vain=monotonic() - began > patience.LONG_SECONDS)
        except UnrollError as error:
            _reopen(held, named(error, held.row.get_source_display()).for_reader)
        except LostLease:
            raise
        except Exception:
            logger.exception("claim %s", claim_id)
            _put_back(held, Broken())
    except LostLease:
        logger.info("claim %s was given up, or taken by another worker", claim_id)


def sweep() -> int:
    """Ring for claims that no bell reached; for how many."""
    return QUEUE.sweep(SWEPT_AT_ONCE)


def tidy() -> int:
    """End claims that are a week old, delete those that ended long ago; how many were deleted.

    Wishes of authors without an account wait for an operator instead, for as long as that takes.
    """
    now = timezone.now()
    old = Claim.objects.filter(state=Claim.State.OPEN, created_at__lt=now - OPEN_FOR)
    old.filter(user__isnull=False).update(state=Claim.State.ENDED, finished_at=now, sentence=TOO_OLD)
    old.filter(user=None).update(state=Claim.State.ENDED, sentence=WAITS)
    return slices.delete(Claim.objects.filter(finished_at__lt=now - KEPT))


def _shown(held: Held[Claim]) -> Shown:
    """Raises NotFound, UnrollError, LostLease."""
    row = held.row
    ref = ProfileRef(row.source, row.key)
    person = networks.followables()[row.source].look_up(ref, _web(held, Raw(source=row.source, key=row.key)))
    if row.proof == Proof.OPERATOR:
        return Shown(person, Proof.OPERATOR)
    if not row.post_link:
        if not _holds(person.bio, row.code):
            raise NotFound(NOT_IN_BIO)
        return Shown(person, Proof.BIO)
    source, post = networks.sources()[row.source], networks.find(row.post_link)
    raw = Raw(source=post.source, key=post.key)
    source.fetch(post, _web(held, raw), Wish(most=1))
    pile = source.parse(raw)
    found = next((each for each in pile.posts if each.id == pile.anchor_id), None)
    if found is None or found.author.id != person.id:
        raise NotFound(NOT_THEIRS)
    if not _holds(found.text, row.code):
        raise NotFound(NOT_IN_POST)
    return Shown(person, Proof.POST)


def _web(held: Held[Claim], raw: Raw) -> Recorder:
    return Recorder(
        raw,
        networks.http(),
        budget=SharedBudget(),
        on_answer=lambda _: QUEUE.renew(held),
        seconds=patience.LOOK_SECONDS,
    )


def _holds(text: str, code: str) -> bool:
    """Whether a text holds a code, whatever invisible marks an editor put around or into it."""
    return code in regex.sub(r"\p{C}", "", text).casefold()


def _prove(held: Held[Claim], shown: Shown) -> None:
    """Raises LostLease."""
    with transaction.atomic():
        row = QUEUE.locked(held)
        row.author = threads.keep_author(row.source, shown.person)
        row.proof, row.sentence = shown.proof, ""
        if row.user is not None:
            row.finished_at = timezone.now()
            profiles.grant(row.user, row.author, shown.proof)
        if row.user is not None or row.wish == Asked.OTHER:
            row.state, row.leased_until = Claim.State.PROVED, None
        row.save()
    held.row.author, held.row.proof = row.author, row.proof


def _do_wish(held: Held[Claim]) -> None:
    """Raises LostLease."""
    QUEUE.renew(held)
    refusal = author_wishes.fulfil(held.row)
    with transaction.atomic():
        author_wishes.settle(QUEUE.locked(held), refusal)


def _put_back(held: Held[Claim], error: Later, *, in_vain: bool = False) -> None:
    """Raises LostLease."""
    sentence = named(error, held.row.get_source_display()).for_reader
    began = held.row.asked_at or held.row.created_at
    then = patience.next_try(began, held.attempt, error, in_vain=in_vain)
    if then is None:
        _reopen(held, sentence)
    else:
        QUEUE.put_back(held, then.at, counts=then.counts, sentence=sentence)


def _reopen(held: Held[Claim], sentence: str) -> None:
    """Raises LostLease."""
    with transaction.atomic():
        _set_aside(QUEUE.locked(held), sentence)


def _spend(row: Claim) -> None:
    _set_aside(row, Broken().for_reader)


def _set_aside(row: Claim, sentence: str) -> None:
    """It was not shown yet, and may be looked for again; a wish that was proved but not done is an operator's now."""
    row.state = Claim.State.ENDED if row.proof else Claim.State.OPEN
    row.sentence, row.leased_until = sentence[:300], None
    row.save()
