"""Telling other services what is new: one worker for one service, one delivery after the other.

A service that takes nothing is left alone for longer and longer, with all that waits for it; what it did not take
within a day is given up, and after fifty failures in a row it is told nothing more. A delivery may arrive twice, under
the same id: when a worker is killed between the answer and the row.
"""

import logging
import time
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts import mail, slices
from accounts.leases import Held, LostLease
from unroller.actions import integrations, tidings
from unroller.actions.integrations import PATIENCE, QUEUE
from unroller.actions.tidings import Outcome, Told
from unroller.models import Delivery, Integration

logger = logging.getLogger(__name__)

BACKOFF = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
)
LONGEST_WAIT = timedelta(hours=6)
"""However long a service asks to be left alone."""
MOST_FAILURES = 50
MOST_ATTEMPTS = 50
"""Of one delivery; in a day there are fewer, unless it kills its workers."""
RUN_SECONDS = 15.0
"""After which a worker looks after others."""
QUICK_SECONDS = 2.0
RESTS = 3
"""So many times as long as it took, a service that is not quick waits for its next turn: however many are slow, and
never fail, most of the workers' time is left for others."""
AFTER_TROUBLE = timedelta(minutes=1)
SWEPT_AT_ONCE = 100
KEPT = timedelta(days=30)


def run(integration_id: str) -> None:
    """Tell one service what is new, if nobody else does."""
    held = QUEUE.claim(integration_id)
    if held is None:
        return
    try:
        _tell(held)
    except LostLease:
        logger.info("integration %s was removed or stopped, or another worker has it", integration_id)
    except Exception:
        logger.exception("integration %s", integration_id)
        with suppress(LostLease):
            QUEUE.put_back(held, AFTER_TROUBLE, counts=False)


def sweep() -> int:
    """Ring for services that no bell reached; for how many."""
    return QUEUE.sweep(SWEPT_AT_ONCE)


def tidy() -> int:
    """Forget what was told a month ago; how many there were."""
    return slices.delete(Delivery.objects.filter(finished_at__lt=timezone.now() - KEPT))


def _tell(held: Held[Integration]) -> None:
    """For a while, or until there is nothing more, or the service wants to be left alone. Raises LostLease."""
    began = time.monotonic()
    while time.monotonic() - began < RUN_SECONDS:
        delivery = _next(held)
        if delivery is None:
            break
        until = _write(held, delivery, _told(held.row, delivery))
        if until is not None:
            QUEUE.put_back(held, until, counts=False, rests_until=until)
            return
        QUEUE.renew(held)
    _let_go(held, time.monotonic() - began)


def _told(row: Integration, delivery: Delivery) -> Told:
    try:
        return tidings.tell(row, delivery)
    except Exception:
        logger.exception("delivery %s", delivery.id)
        return Told(Outcome.BROKEN, sentence=tidings.BROKEN)


def _next(held: Held[Integration]) -> Delivery | None:
    """The oldest delivery that is due, with its attempt counted: one that kills its worker is given up in the end.

    Raises LostLease.
    """
    with transaction.atomic():
        row = QUEUE.locked(held)
        spent = _open(row).filter(attempts__gte=MOST_ATTEMPTS)
        spent.update(finished_at=timezone.now(), detail=tidings.BROKEN)
        due = _open(row).filter(Q(not_before=None) | Q(not_before__lte=timezone.now()))
        found = due.order_by("created_at", "id").first()
        if found is not None:
            found.attempts += 1
            found.save(update_fields=["attempts"])
        held.row.secret = row.secret  # it may have been renewed
        return found


def _write(held: Held[Integration], delivery: Delivery, told: Told) -> datetime | None:
    """Keep what came of it; until when the service is to be left alone, if so. Raises LostLease, also when it stops."""
    with transaction.atomic():
        row = QUEUE.locked(held)
        delivery.status, delivery.detail = told.status, told.sentence
        if told.outcome is Outcome.TAKEN:
            row.told_at, row.failures, row.sentence = timezone.now(), 0, ""
        elif told.outcome in {Outcome.AWAY, Outcome.REFUSED, Outcome.STOP}:
            row.failures, row.sentence = row.failures + 1, told.sentence
        row.save(update_fields=["told_at", "failures", "sentence"])
        until = _when_again(row, delivery, told)
        if until is None or timezone.now() > delivery.give_up_at:
            delivery.finished_at, delivery.delivered = timezone.now(), told.outcome is Outcome.TAKEN
        delivery.not_before = until
        delivery.save(
            update_fields=["status", "detail", "not_before", "give_up_at", "attempts", "finished_at", "delivered"]
        )
        stops = told.outcome is Outcome.STOP or row.failures >= MOST_FAILURES
        if stops:
            _stop(row)
    if stops:
        raise LostLease
    return until if told.outcome is Outcome.AWAY else None


def _when_again(row: Integration, delivery: Delivery, told: Told) -> datetime | None:
    """When a delivery is tried again; None when it is over."""
    now = timezone.now()
    if told.outcome is Outcome.LATER:
        assert told.until is not None
        delivery.attempts, delivery.give_up_at = delivery.attempts - 1, told.until + PATIENCE
        return told.until
    if told.outcome not in {Outcome.AWAY, Outcome.REFUSED, Outcome.BROKEN}:
        return None
    tries = row.failures if told.outcome is Outcome.AWAY else delivery.attempts
    wait = BACKOFF[min(tries, len(BACKOFF)) - 1]
    return max(now + wait, min(told.until or now, now + LONGEST_WAIT))


def _stop(row: Integration) -> None:
    """Tell a service nothing any more, and its reader why, once."""
    integrations.stop(row, row.sentence)
    context = {
        "service": row.get_kind_display(),
        "address": row.url,
        "sentence": row.sentence,
        "url": settings.SITE_URL + reverse("integrations"),
    }
    mail.send("integration_stopped", row.user.email, context, user=row.user)


def _let_go(held: Held[Integration], seconds: float) -> None:
    """Give the service back: until its next delivery is due, or something happens. Raises LostLease."""
    with transaction.atomic():
        row = QUEUE.locked(held)
        waits = list(
            _open(row).order_by(F("not_before").asc(nulls_first=True)).values_list("not_before", flat=True)[:1]
        )
        now = timezone.now()
        rests_until = now + timedelta(seconds=seconds * RESTS) if seconds > QUICK_SECONDS else None
        if not waits:
            QUEUE.put_back(held, now, counts=False, rests_until=rests_until, has_news=False)
            return
        due = max(waits[0] or now, rests_until or now)
        QUEUE.put_back(held, due, counts=False, rests_until=rests_until)
        if due <= now:
            QUEUE.ring_after_commit(row.id)


def _open(row: Integration) -> QuerySet[Delivery]:
    return Delivery.objects.filter(integration=row, finished_at=None)
