"""The nightly look at everything: our rows are held against Stripe in slices, and what differs is mended.

A slice is short and leaves its place in the row, so that a killed worker, an outage of Stripe's or a million members
cost time and nothing else. What is looked at is in billing/actions/looks.py.
"""

import logging
import math
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.bell import ring
from accounts.turns import turn
from billing.actions import alerts, denials
from billing.actions.looks import FAR_BACK, LOOKS, Cursor, Look, Wanted
from billing.gateway.errors import Away
from billing.gateway.pacing import paced
from billing.models import CheckoutIntent, Reconciliation

SLICE_SECONDS = 240.0
"""Less than half of what Celery gives a task."""
HOUR = 3
"""Of the day in UTC, when few people pay."""
OVERLAP = timedelta(hours=1)
STILL_TRAVELLING = timedelta(minutes=5)
"""Events younger than this may be about to arrive by themselves."""
GIVEN_UP = timedelta(hours=20)
TURN = "reconcile"
"""One at a time mends."""

logger = logging.getLogger(__name__)


class BusyError(Exception):
    """Somebody mends already."""


def nightly(wanted: Wanted) -> bool:
    """Begin tonight's look when it is time, or go on with it; whether all of it is done now.

    Called every few minutes; does nothing by day.
    """
    if not (settings.BILLING_ENABLED and settings.STRIPE_SECRET_KEY):
        return True
    with turn(TURN) as is_alone:
        row = _tonights(timezone.now()) if is_alone else None
        if row is None:
            return True
        try:
            is_done = _go_on(row, wanted, SLICE_SECONDS)
        except Away as error:
            logger.warning("Stripe is away, the nightly look goes on later: %s", error)
            denials.tell(error)
            return False
    if not is_done:
        ring("billing.reconcile")
    return is_done


def look_at_everything(wanted: Wanted, *, fixes: bool) -> Reconciliation:
    """All of it at once, from the beginning. Raises BusyError, and StripeError when Stripe fails on the way."""
    if not fixes:
        return _whole(wanted, fixes=False)
    with turn(TURN) as is_alone:
        if not is_alone:
            raise BusyError("The nightly look is under way.")
        return _whole(wanted, fixes=True)


def _whole(wanted: Wanted, *, fixes: bool) -> Reconciliation:
    row = _begun(timezone.now(), fixes=fixes)
    _go_on(row, wanted, math.inf)
    return row


def _tonights(now: datetime) -> Reconciliation | None:
    """The look that is to be worked on; None when tonight's is done."""
    latest = Reconciliation.objects.filter(fixes=True).order_by("-started_at").first()
    if latest and latest.finished_at is None:
        if latest.started_at > now - GIVEN_UP:
            return latest
        alerts.alert("reconciliation", str(latest.pk), f"The nightly look of {latest.started_at:%Y-%m-%d} did not end.")
    tonight = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    tonight -= timedelta(days=1) if tonight > now else timedelta()
    return None if latest and latest.started_at >= tonight else _begun(now, fixes=True)


def _begun(now: datetime, *, fixes: bool) -> Reconciliation:
    progress = {"since": _since(now).isoformat(), "until": (now - STILL_TRAVELLING).isoformat()}
    return Reconciliation.objects.create(started_at=now, fixes=fixes, progress=progress)


def _since(now: datetime) -> datetime:
    """From when on payments and events are looked for: where the last look ended, or else since anybody paid."""
    before = Reconciliation.objects.filter(fixes=True, finished_at__isnull=False).order_by("-started_at").first()
    if before:
        begin = datetime.fromisoformat(before.progress["until"])
    else:
        first = CheckoutIntent.objects.order_by("created_at").first()
        begin = first.created_at if first else now
    return max(begin - OVERLAP, now - FAR_BACK)


def _go_on(row: Reconciliation, wanted: Wanted, seconds: float) -> bool:
    """Work until all is looked at, or for about so long; whether it is the former."""
    end = time.monotonic() + seconds
    look = Look(row, wanted)
    progress = row.progress
    for number in range(progress.get("look", 0), len(LOOKS)):
        cursor = progress.pop("cursor", {})
        while cursor is not None:
            progress |= {"look": number, "cursor": cursor}
            if time.monotonic() >= end:
                row.save()
                return False
            cursor = _step(look, number, cursor)
        progress.pop("cursor")
    progress["look"] = len(LOOKS)
    row.finished_at = timezone.now()
    row.save()
    logger.info("%d accounts reconciled, %d differed, %d lost events", row.accounts, row.drift, row.replayed)
    return True


def _step(look: Look, number: int, cursor: Cursor) -> Cursor | None:
    """One page of one look. What it found is kept even if it fails on the way; the page is then looked at again."""
    with paced() as meter:
        try:
            return LOOKS[number](look, cursor)
        finally:
            look.row.calls += meter.calls
            look.row.save()
