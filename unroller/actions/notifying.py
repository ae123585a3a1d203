"""Sending what is due: batches of readers are claimed, each gets one mail about everything that is due for them."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from time import monotonic

from django.utils import timezone

from accounts.actions.bounces import stop_mail
from accounts.bell import ring
from accounts.delivery import Away, Deferred, Outbox, Refused
from accounts.models import MailStopped
from unroller.actions import claims, digests
from unroller.actions.claims import Batch, LostLease
from unroller.actions.digests import Digest
from unroller.mail import Press
from unroller.models import Notification

logger = logging.getLogger(__name__)

SLICE = 30.0
"""Seconds of one task; then others of the same queue have their turn."""
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
    with Outbox() as outbox:
        turn = Turn(outbox)
        while batch := claims.claim():
            try:
                turn.deliver(batch)
            except LostLease:
                logger.warning("a batch of mails was taken by another worker")
            except Away as error:
                logger.warning("the mail server is away: %s", error)
                break
            if monotonic() > end:
                ring("unroller.notify")
                break
    return turn.sent


def tidy() -> int:
    """Delete what was settled long ago; how many rows there were."""
    return Notification.objects.filter(settled_at__lt=timezone.now() - KEPT).delete()[0]


class Turn:
    """One task's work: mails are made, sent over one connection and settled, one after the other."""

    def __init__(self, outbox: Outbox) -> None:
        self.sent = 0
        self._outbox = outbox
        self._press = Press()

    def deliver(self, batch: Batch) -> None:
        """Send and settle a batch. Raises LostLease, and Away with the rest given back."""
        for digest in _digests(batch):
            batch.renew()
            try:
                self._send(batch, digest)
            except Away:
                batch.put_back(digest.claim, _backoff(digest))
                batch.give_back(AWAY)
                raise

    def _send(self, batch: Batch, digest: Digest) -> None:
        """Send one mail and settle it as the server answered. Raises Away, LostLease."""
        name = digest.claim.message
        try:
            mail = self._press.new_threads(digest.address, digest.groups, message_id=name, stop_all=digest.stop_all)
            self._outbox.send(mail)
        except Away:
            raise
        except Refused as error:
            logger.warning("mail %s was refused: %s", name, error)
            batch.settle(digest.rows, Outcome.STOPPED if error.bounced else Outcome.FAILED)
            if error.bounced:
                stop_mail(digest.address, MailStopped.BOUNCED, at=timezone.now())
        except Exception as error:  # one mail, be it our own mistake, must not hold up the others
            logger.warning("mail %s is tried later: %s", name, error, exc_info=not isinstance(error, Deferred))
            if digest.claim.attempt >= MOST_ATTEMPTS:
                batch.settle(digest.rows, Outcome.FAILED)
            else:
                batch.put_back(digest.claim, _backoff(digest))
        else:
            batch.settle(digest.rows, Outcome.SENT)
            self.sent += 1


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
