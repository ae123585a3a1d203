"""Authors without an account ask, and operators decide what no worker can."""

from uuid import uuid4

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from unroller import mail, networks, queries, unguessable
from unroller import profiles as reads
from unroller.actions import author_wishes, pressing, proving
from unroller.actions.refusals import Refused
from unroller.core.text import one_line
from unroller.models import Author, Claim, Proof, Thread, Wish
from unroller.sources.following import ProfileRef

NOT_HERE = "This thread is not on this site, so there is nothing to take away."
NOT_THEIRS = "This thread was written by somebody else than the account you named."
DECIDED = "Somebody has decided it in the meantime, or a worker is at it: nothing was done."


class CannotAsk(Refused):
    """What is asked for makes no sense; `sentence` says why."""


class CannotDecide(Refused):
    """A wish is not an operator's to decide just now."""


def ask(email: str, wish: str, who: str, *, words: str = "", thread_link: str = "") -> Claim:
    """An author wishes for something, and is answered by mail with a code. Nothing is done before it was seen.

    Raises NotAProfile, NotAPost, CannotAsk.
    """
    ref = networks.find_profile(networks.profile_link(who))
    thread = _thread(ref, thread_link) if wish == Wish.REMOVE else None
    row = Claim(id=uuid4(), email=email, wish=wish, words=words, thread=thread, source=ref.source, key=ref.key)
    row.text = one_line(who)[:500]
    secret = unguessable.secret(reads.WISH, row.id)
    row.digest = unguessable.digest(secret)
    with transaction.atomic():
        queries.lock(f"wish of {email}")
        if same := _same(row):
            return same
        row.save(force_insert=True)
        mail.author_asked(row, secret)
    return row


def _same(row: Claim) -> Claim | None:
    """The wish that the same button sent a moment ago."""
    asked = {name: getattr(row, name) for name in ("email", "wish", "words", "thread", "source", "key")}
    return Claim.objects.filter(**asked, user=None, created_at__gt=timezone.now() - pressing.TWICE).first()


def grant(row: Claim, words: str = "") -> None:
    """An operator believes an author: a worker does the wish, and tells them with these words. What is "something else"
    the operator has done. Raises CannotDecide."""
    with transaction.atomic():
        held = _undecided(row)
        held.answer = words
        if held.wish == Wish.OTHER:
            author_wishes.settle(held)
            return
        held.state, held.proof, held.sentence = Claim.State.CHECKING, Proof.OPERATOR, ""
        held.attempts, held.leased_until, held.not_before, held.rung_at = 0, None, None, None
        held.save()
        proving.QUEUE.ring_after_commit(held.pk)


def refuse(row: Claim, words: str) -> None:
    """An operator does not do what was wished for, and says why by mail. Raises CannotDecide."""
    with transaction.atomic():
        held = _undecided(row)
        held.answer = words
        author_wishes.settle(held, words)


def _thread(ref: ProfileRef, link: str) -> Thread:
    """Raises NotAPost, CannotAsk."""
    post = networks.find(link)
    place = queries.member(post)
    if post.source != ref.source:
        raise CannotAsk(NOT_THEIRS)
    if place is None:
        raise CannotAsk(NOT_HERE)
    named = set(_known(ref).values_list("pk", flat=True))
    if named and place.thread.author_id not in named:
        raise CannotAsk(NOT_THEIRS)
    return place.thread


def _known(ref: ProfileRef) -> QuerySet[Author]:
    """Everybody who is known by a name here, or was; the network is asked when the code is looked for."""
    host, _, user = ref.key.partition("/")
    handle = f"{user}@{host}" if user else ref.key
    return Author.objects.filter(Q(handle__iexact=handle) | Q(network_id=ref.key), source=ref.source)


def _undecided(row: Claim) -> Claim:
    """The row as it is now, locked. Raises CannotDecide."""
    found = reads.undecided_wishes().select_for_update(of=("self",)).filter(pk=row.pk).first()
    if found is None:
        raise CannotDecide(DECIDED)
    return found
