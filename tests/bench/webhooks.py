"""How many of Stripe's webhooks are taken a second: verified, stored and answered by the whole of Django."""

import io
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import stripe
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test.utils import override_settings
from django.utils import timezone

from billing.models import WebhookEvent
from tests.sandbox.stripe.shapes import new
from tests.sandbox.stripe.state import Stripe
from tests.sandbox.world import World

WEBHOOKS = 500
ROUNDS = 3
ADDRESS = "/billing/stripe/webhook"
INSERT = (
    "INSERT INTO billing_webhookevent (event_id, type, livemode, api_version, stripe_created, object_id, customer_id,"
    " raw, received_at, state, attempts, last_error) VALUES (%s, %s, false, '', %s, '', '', %s, %s, 'new', 0, '')"
)


def measure() -> Iterator[str]:
    """The two take turns: our door, and an HMAC with one INSERT for each webhook, which nobody can do without."""
    world = World()
    world.stripe.deliveries.paused = True
    secret = world.stripe.webhook_secret
    with override_settings(
        BILLING_ENABLED=True, STRIPE_SECRET_KEY=world.stripe.secret_key, STRIPE_WEBHOOK_SECRETS=(secret,)
    ):
        ours = bare = 0.0
        for _ in range(ROUNDS):
            ours += _ours(_letters(world.stripe))
            bare += _bare(_letters(world.stripe), secret)
    count = ROUNDS * WEBHOOKS
    yield f"webhooks: {count / ours:,.0f} webhooks/s ({bare / ours:.2f} to A BARE SIGNED INSERT)"


def _letters(pretended: Stripe) -> list[tuple[bytes, str]]:
    """Bodies of usual size, with their signatures."""
    events = (
        pretended.events.emit(
            "customer.subscription.updated", new("subscription", id=f"sub_{number}", customer="cus_1")
        )
        for number in range(WEBHOOKS)
    )
    bodies = [pretended.events.body(event) for event in events]
    return [(body, pretended.events.signed(body)) for body in bodies]


def _ours(letters: list[tuple[bytes, str]]) -> float:
    """Seconds, from the WSGI environment to the answer; the bell included."""
    application = get_wsgi_application()
    WebhookEvent.objects.all().delete()
    start = perf_counter()
    for body, signature in letters:
        b"".join(application(_environment(body, signature), _hold_status))
    seconds = perf_counter() - start
    if WebhookEvent.objects.count() != WEBHOOKS:
        raise RuntimeError("webhooks were lost")
    return seconds


def _bare(letters: list[tuple[bytes, str]], secret: str) -> float:
    WebhookEvent.objects.all().delete()
    start = perf_counter()
    with connection.cursor() as cursor:
        for number, (body, signature) in enumerate(letters):
            text, now = body.decode(), timezone.now()
            stripe.WebhookSignature.verify_header(text, signature, secret, stripe.Webhook.DEFAULT_TOLERANCE)
            cursor.execute(INSERT, [f"evt_{number}", "customer.subscription.updated", now, text, now])
    return perf_counter() - start


def _environment(body: bytes, signature: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": ADDRESS,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "HTTP_HOST": "localhost:8000",
        "HTTP_STRIPE_SIGNATURE": signature,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
    }


def _hold_status(status: str, _headers: list[tuple[str, str]], _error: object = None, /) -> Callable[[bytes], object]:
    if not status.startswith("200"):
        raise RuntimeError(status)
    return len
