"""How the machinery of money is doing, in plain numbers: none of them should ever be large."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.waiting import Line
from billing import inbox
from billing.actions import outbox
from billing.models import Alert, OutboxCall, Reconciliation, WebhookEvent

LINES = (
    Line("billing.process_event", inbox.due, Greatest("received_at", "not_before"), ("received_at",)),
    Line("billing.outbox", outbox.due, Greatest("created_at", "not_before"), ("created_at",)),
)
"""What waits for the workers of money."""

MEANINGS = {
    "inbox_age_seconds": "How long the oldest event waits to be worked on.",
    "inbox_events": "Events that wait.",
    "failed_events": "Events that were given up; an operator may replay them.",
    "open_calls": "Things to do at Stripe that are not done.",
    "open_call_age_seconds": "How long the oldest of them waits.",
    "open_alerts": "Alerts that nobody has settled.",
    "drift": "Accounts that differed from Stripe in the latest nightly look.",
    "replayed_events": "Events that had not arrived, in the latest nightly look.",
    "reconciled_seconds": "How long ago the latest nightly look ended; -1 before the first, 0 where nothing is sold.",
}
"""What each number is, for pages and documents."""


def numbers() -> dict[str, int]:
    """All of them as they are now, by the names in MEANINGS."""
    now = timezone.now()
    waiting = WebhookEvent.objects.filter(state=WebhookEvent.State.NEW)
    calls = OutboxCall.objects.filter(done_at=None)
    look = Reconciliation.objects.filter(fixes=True, finished_at__isnull=False).order_by("-started_at").first()
    return {
        "inbox_age_seconds": _age(waiting.aggregate(oldest=Min("received_at"))["oldest"], now),
        "inbox_events": waiting.count(),
        "failed_events": WebhookEvent.objects.filter(state=WebhookEvent.State.FAILED).count(),
        "open_calls": calls.count(),
        "open_call_age_seconds": _age(calls.aggregate(oldest=Min("created_at"))["oldest"], now),
        "open_alerts": Alert.objects.filter(resolved_at=None).count(),
        "drift": look.drift if look else 0,
        "replayed_events": look.replayed if look else 0,
        "reconciled_seconds": _since(look, now),
    }


def _since(look: Reconciliation | None, now: datetime) -> int:
    if not (settings.BILLING_ENABLED and settings.STRIPE_SECRET_KEY):
        return 0
    return _age(look.finished_at, now) if look else -1


def _age(since: datetime | None, now: datetime) -> int:
    return int(max(now - since, timedelta()).total_seconds()) if since else 0
