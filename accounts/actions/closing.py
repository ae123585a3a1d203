"""Deleting an account: asked for once, done by a worker, finished even when a part of the site fails at first.

The wish ends every session at once and is kept as a row. A worker then sends `account_closing`, so that each part of
the site lets go of what it holds elsewhere (files, payments), and only after all of them succeeded deletes the person
and settles the row, in one transaction. Killed or failing at any point, it begins again: receivers expect that.
"""

import logging
from datetime import timedelta
from typing import NamedTuple

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import mail
from accounts.bell import ring
from accounts.models import Closing, Letter, User
from accounts.signals import account_closing

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=11)
"""Longer than Celery lets a task live, so that no two workers let go of the same things at once."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
SWEPT_AT_ONCE = 100
GOODBYE = "goodbye"
KEPT = timedelta(days=30)
"""How long it can be seen that a closing was done: by then it is a number and two dates."""


class LostLease(Exception):
    """Another worker has the row now: stop without writing."""


class Held(NamedTuple):
    """A row in this worker's hands: whose account, and the attempt that proves the lease."""

    user_id: int
    attempt: int


def ask(user: User) -> Closing:
    """Begin to delete an account: from now on nobody is signed in to it. The second time changes nothing."""
    with transaction.atomic():
        closing, created = Closing.objects.get_or_create(user_id=user.id, defaults={"email": user.email})
        if created:
            user.is_active = False
            user.save(update_fields=["is_active"])
            for session in UserSession.objects.filter(user=user):
                session.end()
            transaction.on_commit(lambda: _bell(user.id), robust=True)
    return closing


def is_asked(user_id: int) -> bool:
    """Whether an account is being deleted, or was a short while ago."""
    return Closing.objects.filter(user_id=user_id).exists()


def close(user_id: str) -> None:
    """Do one closing, if it is still there to be done. What fails is tried again later, for as long as it takes."""
    held = _claim(int(user_id))
    if held is None:
        return
    try:
        for person in User.objects.filter(id=held.user_id):
            account_closing.send(sender=User, user=person)
        _finish(held)
    except LostLease:
        logger.warning("account %s: another worker took over", user_id)
    except Exception as error:
        logger.exception("account %s is not deleted yet", user_id)
        _put_back(held, error)


def sweep() -> int:
    """Ring for closings that wait; forget what nobody needs to know any more. How many it rang for."""
    now = timezone.now()
    waiting = list(Closing.objects.filter(_due()).values_list("user_id", flat=True)[:SWEPT_AT_ONCE])
    for user_id in waiting:
        _bell(user_id)
    Letter.objects.filter(name=GOODBYE, settled_at__isnull=False).delete()
    Closing.objects.filter(done_at__lt=now - KEPT).delete()
    return len(waiting)


def _bell(user_id: int) -> None:
    ring("accounts.close", str(user_id))


def _due() -> Q:
    """Not done, in nobody's hands, and not told to wait."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    return free & (Q(not_before=None) | Q(not_before__lte=now)) & Q(done_at=None)


def _claim(user_id: int) -> Held | None:
    with transaction.atomic():
        closing = Closing.objects.select_for_update().filter(_due(), user_id=user_id).first()
        if closing is None:
            return None
        closing.attempts += 1
        closing.leased_until = timezone.now() + LEASE
        closing.save(update_fields=["attempts", "leased_until"])
    return Held(user_id, closing.attempts)


def _finish(held: Held) -> None:
    """The person goes, and with them every row that names them; one last letter says so. Raises LostLease."""
    with transaction.atomic():
        closing = _mine(held).select_for_update().first()
        if closing is None:
            raise LostLease
        person = User.objects.filter(id=held.user_id).first()
        addresses = {closing.email, *EmailAddress.objects.filter(user_id=held.user_id).values_list("email", flat=True)}
        Letter.objects.filter(Q(user_id=held.user_id) | Q(to__in=addresses)).delete()
        if person is not None:
            person.delete()
            if not person.mail_stopped:
                mail.send(GOODBYE, closing.email, {})
        closing.email, closing.error = "", ""
        closing.leased_until, closing.done_at = None, timezone.now()
        closing.save()


def _put_back(held: Held, error: Exception) -> None:
    """Wait, twice as long after each failure, an hour at most."""
    wait = min(FIRST_WAIT * 2 ** min(held.attempt - 1, 10), LONGEST_WAIT)
    _mine(held).update(
        leased_until=None, not_before=timezone.now() + wait, error=f"{type(error).__name__}: {error}"[:4000]
    )


def _mine(held: Held) -> QuerySet[Closing]:
    return Closing.objects.filter(user_id=held.user_id, attempts=held.attempt, done_at=None)
