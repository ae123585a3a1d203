"""Stripe's events: kept first, understood later. The row is the queue; whoever works on it holds its lock."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import slices
from accounts.bell import ring
from billing import handlers, keys
from billing.actions import denials
from billing.actions.alerts import alert
from billing.facts import Event
from billing.gateway import events, reading
from billing.gateway.client import API_VERSION
from billing.gateway.errors import Away, Denied, StripeError
from billing.handlers import HANDLERS, Hint
from billing.models import WebhookEvent

BELL = timedelta(seconds=30)
"""How long the bell may take; after it the sweeper rings."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
MOST_TRIES = 10
SWEPT = 500
"""Bells a sweep: those of the next one come soon enough."""
KEPT = timedelta(days=60)
"""Twice as long as Stripe lists its events, so that none comes back from there."""
SKEW = timedelta(minutes=1)
"""How far Stripe's clock may be ahead of ours before somebody should look at ours."""

logger = logging.getLogger(__name__)


def store(body: bytes, signature: str) -> str:
    """Keep an event that Stripe signed, once, and ring for it after the commit; answers its id at Stripe.

    `body` is the request's, byte for byte. Raises Forged, and then nothing is kept.
    """
    event = events.verify(body, signature)
    moment = events.signed_at(signature)
    return _keep(event, body.decode(), signed_at=moment)


def add(event: Event) -> bool:
    """Keep an event that Stripe lists and that never arrived; False when it is here already."""
    if WebhookEvent.objects.filter(event_id=event.id).exists():
        return False
    _keep(json.loads(event.raw), event.raw, signed_at=None)
    return True


def process(event_id: str) -> None:
    """Do what an event asks for, unless somebody does already, it is done, or it is not due.

    What goes wrong is rolled back and kept beside the event, which is tried again later.
    """
    try:
        with transaction.atomic():
            event = due().select_for_update(skip_locked=True).filter(event_id=event_id).first()
            if event is not None:
                _settle(event)
    except Exception as error:
        is_ours = not isinstance(error, StripeError)
        logger.warning("event %s: %s: %s", event_id, type(error).__name__, error, exc_info=is_ours)
        _put_back(event_id, error)


def due() -> QuerySet[WebhookEvent]:
    """Events to be worked on now."""
    ready = Q(not_before=None) | Q(not_before__lte=timezone.now())
    return WebhookEvent.objects.filter(ready, state=WebhookEvent.State.NEW)


def sweep() -> None:
    """Ring for what waits without a bell: Redis was away, a worker died, a pause is over."""
    late = due().filter(Q(not_before__isnull=False) | Q(received_at__lte=timezone.now() - BELL))
    _ring_for(late.order_by("received_at").values_list("event_id", flat=True)[:SWEPT])


def replay(event_ids: Iterable[str]) -> int:
    """Do events over again, whatever became of them; how many. Those that are being worked on are left alone."""
    with transaction.atomic():
        free = WebhookEvent.objects.select_for_update(skip_locked=True).filter(event_id__in=list(event_ids))
        found = list(free.values_list("event_id", flat=True))
        WebhookEvent.objects.filter(event_id__in=found).update(
            state=WebhookEvent.State.NEW, attempts=0, not_before=None, last_error="", done_at=None
        )
        transaction.on_commit(lambda: _ring_for(found), robust=True)
    return len(found)


def tidy() -> None:
    """Delete what is old, failed or not: it holds what people entered at Stripe, and the night has looked since."""
    settled = WebhookEvent.objects.exclude(state=WebhookEvent.State.NEW)
    slices.delete(settled.filter(received_at__lt=timezone.now() - KEPT))


def _keep(event: dict[str, Any], raw: str, *, signed_at: datetime | None) -> str:
    row = _row(event, raw)
    _log_oddities(row, signed_at)
    with transaction.atomic():
        WebhookEvent.objects.bulk_create([row], ignore_conflicts=True)
        if row.livemode != keys.is_live(settings.STRIPE_SECRET_KEY):
            _alert_of_mode(row)
        if row.state == WebhookEvent.State.NEW:
            transaction.on_commit(lambda: ring("billing.process_event", row.event_id), robust=True)
    return row.event_id


def _row(event: dict[str, Any], raw: str) -> WebhookEvent:
    """What concerns nobody here is kept too, and answered like all others: an error would make Stripe repeat it."""
    hint, ignored = Hint.of(event), _why_ignored(event)
    return WebhookEvent(
        event_id=event["id"],
        type=event["type"][:100],
        livemode=event.get("livemode") is True,
        api_version=reading.word(event.get("api_version"))[:40],
        stripe_created=reading.moment(event.get("created")) or timezone.now(),
        object_id=hint.object_id[:255],
        customer_id=hint.customer_id[:255],
        raw=raw,
        state=WebhookEvent.State.IGNORED if ignored else WebhookEvent.State.NEW,
        last_error=ignored,
        done_at=timezone.now() if ignored else None,
    )


def _why_ignored(event: dict[str, Any]) -> str:
    """Empty for what is to be worked on."""
    if (event.get("livemode") is True) != keys.is_live(settings.STRIPE_SECRET_KEY):
        return "Of Stripe's other mode: live for test, or test for live."
    if event.get("account"):
        return "Of a connected account."
    return "" if event["type"] in HANDLERS else "Of a type that nothing here depends on."


def _alert_of_mode(row: WebhookEvent) -> None:
    mode, other = ("live", "test") if row.livemode else ("test", "live")
    alert(
        "livemode",
        mode,
        f"A {mode} event ({row.type}, {row.event_id}) arrived at this site, which has a {other} key. It was ignored: "
        f"the webhook endpoint of Stripe's {mode} mode should lead somewhere else.",
    )


def _log_oddities(row: WebhookEvent, signed_at: datetime | None) -> None:
    """Nothing is refused for these: what counts is read again at Stripe, in our version."""
    if row.api_version != API_VERSION:
        logger.error("event %s: of API version %s, not %s", row.event_id, row.api_version or "none", API_VERSION)
    ahead = max(row.stripe_created, signed_at or row.stripe_created) - timezone.now()
    if ahead > SKEW:
        logger.warning("event %s: %d s in the future: is this clock right?", row.event_id, ahead.total_seconds())


def _settle(event: WebhookEvent) -> None:
    """Under the row's lock."""
    given = json.loads(event.raw)
    ignored = _why_ignored(given)
    concerned = not ignored and handlers.handle(Hint.of(given))
    event.state = WebhookEvent.State.DONE if concerned else WebhookEvent.State.IGNORED
    event.last_error = "" if concerned else ignored or "About nobody and nothing that is known here."
    event.done_at = timezone.now()
    event.save(update_fields=["state", "last_error", "done_at"])


def _put_back(event_id: str, error: Exception) -> None:
    """In a transaction of its own, so that the error outlives the rollback."""
    with transaction.atomic():
        event = due().select_for_update(skip_locked=True).filter(event_id=event_id).first()
        if event is None:
            return
        event.attempts += 1
        pause = min(FIRST_PAUSE * 2 ** min(event.attempts - 1, 16), LONGEST_PAUSE)
        event.not_before = timezone.now() + pause
        event.last_error = f"{type(error).__name__}: {error}"[:4000]
        if isinstance(error, Denied):
            denials.tell(error)
        elif event.attempts >= MOST_TRIES:
            _give_up(event, error)
        event.save(update_fields=["attempts", "not_before", "last_error", "state"])
        seconds = pause.total_seconds()
        transaction.on_commit(lambda: ring("billing.process_event", event_id, countdown=seconds), robust=True)


def _give_up(event: WebhookEvent, error: Exception) -> None:
    """While Stripe itself is away nothing is wrong with the event: it goes on being tried, and somebody is told."""
    if not isinstance(error, Away):
        event.state = WebhookEvent.State.FAILED
    then = "It is tried on." if isinstance(error, Away) else "It waits in the inbox for somebody to replay it."
    alert("event_failed", event.event_id, f"{event} failed {event.attempts} times: {event.last_error} {then}"[:4000])


def _ring_for(event_ids: Iterable[str]) -> None:
    for event_id in event_ids:
        if not ring("billing.process_event", event_id):
            return
