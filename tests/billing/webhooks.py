"""Webhooks as tests send them: any bytes under any signature, and several things at the same moment."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TypeVar

import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from billing.models import WebhookEvent
from tests.billing.ground import WEBHOOK, Money
from tests.sandbox.wire import Json

Result = TypeVar("Result")


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


def at_once(*acts: Callable[[], Result]) -> list[Result]:
    """What each of several acts answered that began at the same moment, each on a connection of its own."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Result]) -> Result:
        start.wait()
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def later(**ahead: float) -> time_machine.travel:
    """The clock is ahead, and goes on."""
    return time_machine.travel(timezone.now() + timedelta(**ahead), tick=True)
