"""Letters on their way: claimed in batches, sent over one connection, tried again when a mail server is away.

A claimed row carries a lease, and the lease's end is also the fence: whoever finds another one in the row has lost it.
Each letter is settled by itself as soon as the server has it, so that a worker that dies repeats at most the one whose
settling did not reach the database; that one carries the same Message-ID again.
"""

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest, Lower
from django.utils import timezone

from accounts import mail, slices, tallies
from accounts.actions.bounces import stop_mail
from accounts.delivery import Away, Deferred, Outbox, Refused
from accounts.models import Letter, MailStopped, User

logger = logging.getLogger(__name__)

BATCH = 50
LEASE = timedelta(minutes=5)
"""Longer than one mail may take (accounts/backends.py), since it is renewed when less than half of it is left."""
BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
SINCE = Greatest("created_at", "not_before", "leased_until")
"""When a letter that waits became due."""
AWAY = timedelta(minutes=1)
"""A server that is away is everybody's trouble and soon over: each letter would wait too long by itself."""
TURN = 120.0
"""Seconds after which a worker takes no further batch; the next bell goes on."""
KEPT = timedelta(days=30)
"""How long a settled letter, without its words, is kept for operators."""
EMPTIED = {"subject": "", "text": "", "html": ""}


class _Batch:
    """Letters in this worker's hands until `lease`."""

    def __init__(self, letters: list[Letter], lease: datetime) -> None:
        self.waiting = letters
        self._lease = lease

    def each(self) -> Iterator[Letter]:
        """One letter after the other, each with enough time left to send it. Those that were lost are left out."""
        while self.waiting:
            if self._lease - timezone.now() < LEASE / 2:
                self._renew()
                continue
            yield self.waiting.pop(0)

    def settle(self, letter: Letter, outcome: Letter.Outcome, *, error: str = "") -> None:
        """The end of a letter; its words go."""
        self._write([letter], settled_at=timezone.now(), outcome=outcome, error=error[:1000], **EMPTIED)

    def put_back(self, letters: list[Letter], wait: timedelta, error: str) -> None:
        """Later."""
        self._write(letters, not_before=timezone.now() + wait, error=error[:1000])

    def return_untried(self, wait: timedelta) -> None:
        """What is left, later. It counts as no attempt: the letter that was tried comes after all others then, so that
        one with which a server cannot cope holds up nobody."""
        if self.waiting:
            self._write(self.waiting, not_before=timezone.now() + wait, attempts=F("attempts") - 1)

    def _write(self, letters: list[Letter], **fields: object) -> None:
        """Let go of letters, unless another worker has taken them meanwhile: then they are its own."""
        if self._mine(letters).update(leased_until=None, **fields) < len(letters):
            logger.warning("letters were taken by another worker")

    def _mine(self, letters: list[Letter]) -> QuerySet[Letter]:
        ids = [letter.id for letter in letters]
        return Letter.objects.filter(id__in=ids, settled_at=None, leased_until=self._lease)

    def _renew(self) -> None:
        lease = timezone.now() + LEASE
        self._mine(self.waiting).update(leased_until=lease)
        self._lease = lease
        kept = set(self._mine(self.waiting).values_list("id", flat=True))
        self.waiting = [letter for letter in self.waiting if letter.id in kept]


def deliver_due() -> int:
    """Send the letters that wait; how many went out."""
    expire()
    sent, end = 0, time.monotonic() + TURN
    with Outbox() as outbox:
        while time.monotonic() < end:
            batch = claim()
            if batch is None:
                break
            sent += _send_batch(batch, outbox)
    return sent


def waiting() -> QuerySet[Letter]:
    """Letters that are due, and in nobody's hands."""
    return Letter.objects.filter(_free(timezone.now()), settled_at=None)


def claim() -> _Batch | None:
    """Take letters that are due and in nobody's hands, those tried least first; None when there are none."""
    now = timezone.now()
    lease = now + LEASE
    with transaction.atomic():
        due = waiting().select_for_update(skip_locked=True)
        letters = list(due.order_by("attempts", "created_at")[:BATCH])
        ids = [letter.id for letter in letters]
        Letter.objects.filter(id__in=ids).update(leased_until=lease, not_before=None, attempts=F("attempts") + 1)
    return _Batch(letters, lease) if letters else None


def expire() -> int:
    """Settle the letters that are in nobody's hands and not worth sending any more; how many there were."""
    now = timezone.now()
    late = Q(created_at__lt=now - mail.LIFETIME) | Q(
        created_at__lt=now - mail.LIFETIME_ASKED_FOR, name__in=mail.ASKED_FOR
    )
    waiting = Letter.objects.filter(late, Q(leased_until=None) | Q(leased_until__lt=now), settled_at=None)
    expired = waiting.update(settled_at=now, leased_until=None, outcome=Letter.Outcome.EXPIRED, **EMPTIED)
    if expired:
        tallies.note("mail", "letter", "expired", by=expired)
    return expired


def tidy() -> int:
    """Delete letters that were settled more than a month ago; how many there were."""
    return slices.delete(Letter.objects.filter(settled_at__lt=timezone.now() - KEPT))


def _send_batch(batch: _Batch, outbox: Outbox) -> int:
    sent, stopped = 0, _stopped(batch.waiting)
    for letter in batch.each():
        if letter.to.lower() in stopped and letter.name not in mail.ASKED_FOR:
            batch.settle(letter, Letter.Outcome.REFUSED, error="mail to this address was stopped")
            continue
        try:
            sent += _send(letter, batch, outbox)
        except Away as error:
            logger.warning("the mail server is away: %s", error)
            tallies.note("mail", "letter", "away")
            batch.put_back([letter], AWAY, str(error))
            batch.return_untried(AWAY)
            break
    return sent


def _send(letter: Letter, batch: _Batch, outbox: Outbox) -> bool:
    """Send one letter and write down what came of it. Raises Away."""
    try:
        outbox.send(mail.message_of(letter))
    except Away:
        raise
    except Refused as error:
        batch.settle(letter, Letter.Outcome.REFUSED, error=str(error))
        tallies.note("mail", "letter", "refused")
        if error.bounced:
            stop_mail(letter.to, MailStopped.BOUNCED, at=timezone.now())
        return False
    except Exception as error:
        if not isinstance(error, Deferred):  # a letter that is our own mistake must not hold up the others
            logger.exception("letter %s cannot be sent", letter.id)
        batch.put_back([letter], BACKOFF[min(letter.attempts, len(BACKOFF) - 1)], str(error))
        tallies.note("mail", "letter", "later")
        return False
    batch.settle(letter, Letter.Outcome.SENT)
    tallies.note("mail", "letter", "sent")
    return True


def _stopped(letters: list[Letter]) -> set[str]:
    """The addresses of letters, in small letters, that take no mail."""
    addresses = {letter.to.lower() for letter in letters}
    people = User.objects.annotate(address=Lower("email")).filter(address__in=addresses).exclude(mail_stopped="")
    return set(people.values_list("address", flat=True))


def _free(now: datetime) -> Q:
    """Due, and in nobody's hands."""
    return (Q(leased_until=None) | Q(leased_until__lt=now)) & (Q(not_before=None) | Q(not_before__lte=now))
