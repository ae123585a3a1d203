"""Deleting an account: asked for once, done by a worker, finished even when a part of the site fails at first.

The wish ends every session at once and is kept as a row. A worker then sends `account_closing`, so that each part of
the site lets go of what it holds elsewhere (files, payments), and only after all of them succeeded deletes the person
and settles the row, in one transaction. Killed or failing at any point, it begins again: receivers expect that.
"""

import logging
from contextlib import suppress
from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import mail, security
from accounts.leases import Held, LostLease, Queue
from accounts.models import Closing, Letter, User
from accounts.security import Event
from accounts.signals import account_closing

logger = logging.getLogger(__name__)

QUEUE = Queue(
    Closing,
    is_open=Q(done_at=None),
    task="accounts.close",
    lease=timedelta(minutes=11),  # longer than Celery lets a task live: no two let go of the same things at once
    key="user_id",
    order=("requested_at",),
)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
SWEPT_AT_ONCE = 100
GOODBYE = "goodbye"
KEPT = timedelta(days=30)
"""How long it can be seen that a closing was done: by then it is a number and two dates."""


def ask(user: User) -> Closing:
    """Begin to delete an account: from now on nobody is signed in to it. The second time changes nothing."""
    with transaction.atomic():
        closing, created = Closing.objects.get_or_create(user_id=user.id, defaults={"email": user.email})
        if created:
            user.is_active = False
            user.save(update_fields=["is_active"])
            for session in UserSession.objects.filter(user=user):
                session.end()
            QUEUE.ring_after_commit(user.id)
            security.note(Event.ACCOUNT_CLOSED, user.id)
    return closing


def is_asked(user_id: int) -> bool:
    """Whether an account is being deleted, or was a short while ago."""
    return Closing.objects.filter(user_id=user_id).exists()


def close(user_id: str) -> None:
    """Do one closing, if it is still there to be done. What fails is tried again later, for as long as it takes."""
    held = QUEUE.claim(user_id)
    if held is None:
        return
    try:
        for person in User.objects.filter(id=held.row.user_id):
            account_closing.send(sender=User, user=person)
        _finish(held)
    except LostLease:
        logger.warning("account %s: another worker took over", user_id)
    except Exception as error:
        logger.exception("account %s is not deleted yet", user_id)
        _put_back(held, error)


def sweep() -> int:
    """Ring for closings that wait; forget what nobody needs to know any more. How many it rang for."""
    rung = QUEUE.sweep(SWEPT_AT_ONCE)
    Letter.objects.filter(name=GOODBYE, settled_at__isnull=False).delete()
    Closing.objects.filter(done_at__lt=timezone.now() - KEPT).delete()
    return rung


def _finish(held: Held[Closing]) -> None:
    """The person goes, and with them every row that names them; one last letter says so. Raises LostLease."""
    with transaction.atomic():
        closing = QUEUE.locked(held)
        user_id = closing.user_id
        person = User.objects.filter(id=user_id).first()
        addresses = {closing.email, *EmailAddress.objects.filter(user_id=user_id).values_list("email", flat=True)}
        Letter.objects.filter(Q(user_id=user_id) | Q(to__in=addresses)).delete()
        if person is not None:
            person.delete()
            if not person.mail_stopped:
                mail.send(GOODBYE, closing.email, {})
        closing.email, closing.error = "", ""
        closing.leased_until, closing.done_at = None, timezone.now()
        closing.save()


def _put_back(held: Held[Closing], error: Exception) -> None:
    """Wait, twice as long after each failure, an hour at most."""
    wait = min(FIRST_WAIT * 2 ** min(held.attempt - 1, 10), LONGEST_WAIT)
    with suppress(LostLease):
        QUEUE.put_back(held, wait, error=f"{type(error).__name__}: {error}"[:4000])
