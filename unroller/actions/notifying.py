"""Sending what is due: batches of readers are claimed, each gets one mail about everything that is due for them."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from time import monotonic

from django.utils import timezone

from accounts import slices, tallies
from accounts.actions.bounces import stop_mail
from accounts.bell import ring
from accounts.delivery import Away, Deferred, Refused
from accounts.models import MailStopped
from unroller.actions import claims, digests
from unroller.actions.claims import Batch, LostLease
from unroller.actions.digests import Digest
from unroller.actions.senders import NotBegun, Senders
from unroller.mail import Press
from unroller.models import Notification

logger = logging.getLogger(__name__)

SLICE = 30.0
"""Seconds of one task; then others of the same queue have their turn."""
CONNECTIONS = 2
"""To the mail server, from each worker process."""
AHEAD = 2 * CONNECTIONS
"""Mails that are underway, on a connection or waiting for one: at most so many may come again, as the same mails, when
a worker is killed."""
LOOK_AGAIN = 30.0
"""Seconds after which the lease is looked at while a server takes its time."""
FRESH = 5.0
"""Seconds for which it is believed what was looked up for a batch."""
AWAY = timedelta(minutes=1)
BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
MOST_ATTEMPTS = 10
"""A mail that a server did not want to take now, so often, is given up: after about a day."""
KEPT = timedelta(days=90)
"""How long it is kept who was told what. That a thread was announced is known for good."""

Outcome = Notification.Outcome


def send_due() -> int:
    """Send mails until nothing is due, or the mail server is away, or the time of one task is up; how many went out."""
    end = monotonic() + SLICE
    with Senders[Digest](CONNECTIONS) as senders:
        turn = Turn(senders, end)
        while not senders.away and (batch := claims.claim()):
            try:
                turn.deliver(batch)
            except LostLease:
                logger.warning("a batch of mails was taken by another worker")
                break
            if monotonic() > end:
                ring("unroller.notify")
                break
    return turn.sent


def tidy() -> int:
    """Delete what was settled long ago; how many rows there were."""
    return slices.delete(Notification.objects.filter(settled_at__lt=timezone.now() - KEPT))


class Turn:
    """One task's work: mails are made here, and settled one by one as soon as the server has them."""

    def __init__(self, senders: Senders[Digest], end: float) -> None:
        self.sent = 0
        self._senders = senders
        self._end = end
        self._press = Press()

    def deliver(self, batch: Batch) -> None:
        """Send and settle a batch. What was not begun when the mail server went away, or the time was up, is given
        back. Raises LostLease."""
        try:
            for digest in _digests(batch):
                if self._senders.away or monotonic() > self._end:
                    break
                batch.renew()
                self._begin(batch, digest)
                self._collect(batch, most=AHEAD)
            self._collect(batch, most=0)
        except LostLease:
            self._let_go(batch)
            raise
        batch.give_back(AWAY if self._senders.away else timedelta())

    def _let_go(self, batch: Batch) -> None:
        """Some of it is another worker's now. What is underway is answered all the same, and settled if it is ours."""
        while self._senders.underway:
            answer = self._senders.answer(LOOK_AGAIN)
            if answer is not None:
                with suppress(LostLease):
                    self._settle(batch, *answer)
        batch.give_back(timedelta())

    def _begin(self, batch: Batch, digest: Digest) -> None:
        try:
            mail = self._press.new_threads(
                digest.address, digest.groups, message_id=digest.claim.message, stop_all=digest.stop_all
            )
        except Exception:  # our own mistake; it must not hold up the others
            logger.exception("mail %s cannot be made", digest.claim.message)
            self._defer(batch, digest)
        else:
            self._senders.send(digest, mail)

    def _collect(self, batch: Batch, *, most: int) -> None:
        """Settle what has been answered, until at most so many are underway."""
        while self._senders.underway > most or self._senders.has_news():
            answer = self._senders.answer(LOOK_AGAIN)
            if answer is None:
                batch.renew()
            else:
                self._settle(batch, *answer)

    def _settle(self, batch: Batch, digest: Digest, error: Exception | None) -> None:
        """What the mail server said to one mail."""
        name = digest.claim.message
        if error is None:
            batch.settle(digest.rows, Outcome.SENT)
            self.sent += 1
            tallies.note("mail", "notification", "sent")
        elif isinstance(error, NotBegun):
            pass  # given back with the rest
        elif isinstance(error, Away):
            logger.warning("the mail server is away: %s", error)
            batch.put_back(digest.claim, _backoff(digest))
            tallies.note("mail", "notification", "away")
        elif isinstance(error, Refused):
            tallies.note("mail", "notification", "refused")
            logger.warning("mail %s was refused: %s", name, error)
            batch.settle(digest.rows, Outcome.STOPPED if error.bounced else Outcome.FAILED)
            if error.bounced:
                stop_mail(digest.address, MailStopped.BOUNCED, at=timezone.now())
        else:
            known = isinstance(error, Deferred)
            logger.warning("mail %s is tried later: %s", name, error, exc_info=None if known else error)
            self._defer(batch, digest)

    def _defer(self, batch: Batch, digest: Digest) -> None:
        if digest.claim.attempt >= MOST_ATTEMPTS:
            batch.settle(digest.rows, Outcome.FAILED)
            tallies.note("mail", "notification", "failed")
        else:
            batch.put_back(digest.claim, _backoff(digest))
            tallies.note("mail", "notification", "later")


def _digests(batch: Batch) -> Iterator[Digest]:
    """One mail after the other. What was looked up a while ago is looked up again: mail servers may be slow."""
    waiting = batch.claims
    while waiting:
        found, fresh_until = digests.sort(waiting), monotonic() + FRESH
        for outcome, rows in found.dropped.items():
            batch.settle(rows, outcome)
        waiting = []
        for position, digest in enumerate(found.digests):
            if position and monotonic() > fresh_until:
                waiting = [late.claim for late in found.digests[position:]]
                break
            yield digest


def _backoff(digest: Digest) -> timedelta:
    return BACKOFF[min(digest.claim.attempt, len(BACKOFF)) - 1]
