"""Webhooks as tests send them: any bytes under any signature, and what became of them."""

from collections.abc import Mapping
from datetime import timedelta

import time_machine
from django.test import Client
from django.utils import timezone

from billing.models import WebhookEvent
from tests.billing.ground import WEBHOOK, Money
from tests.sandbox.wire import Json


def send(body: bytes, signature: str | None) -> int:
    """The answer's status to a webhook with this header, or without one."""
    headers = {} if signature is None else {"Stripe-Signature": signature}
    return Client().post(WEBHOOK, body, content_type="application/json", headers=headers).status_code


def letter(money: Money, event: Mapping[str, object]) -> tuple[bytes, str]:
    """The body and the signature that Stripe would send now."""
    body = money.stripe.events.body(dict(event))
    return body, money.stripe.events.signed(body)


def newest(money: Money, type: str) -> Json:  # noqa: A002 - Stripe's own word
    """The last event of a type that the pretend Stripe made."""
    return money.stripe.events.all(type)[-1]


def row_of(event: Json) -> WebhookEvent:
    """What was kept of an event."""
    return WebhookEvent.objects.get(event_id=event["id"])


def later(**ahead: float) -> time_machine.travel:
    """The clock is ahead, and goes on."""
    return time_machine.travel(timezone.now() + timedelta(**ahead), tick=True)
