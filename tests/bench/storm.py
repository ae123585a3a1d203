"""A storm of Stripe's webhooks, in disorder and with duplicates, through the door and a real worker."""

import random
from collections.abc import Iterator
from time import perf_counter

import httpx
from django.test.utils import override_settings

from billing.models import WebhookEvent
from tests.bench.serving import serving
from tests.bench.webhooks import ADDRESS
from tests.processes import Worker, until
from tests.sandbox.server import Sandbox
from tests.sandbox.stripe.shapes import new
from tests.sandbox.stripe.state import Stripe
from tests.sandbox.world import World

EVENTS, WEBHOOKS, CUSTOMERS = 8_000, 10_000, 500
SECONDS = 900


def measure() -> Iterator[str]:
    """Webhooks taken a second, then events settled a second; every event once, whatever came how often."""
    world = World()
    world.stripe.deliveries.paused = True
    with Sandbox(world) as sandbox, override_settings(BILLING_ENABLED=True):
        letters = _letters(world.stripe)
        WebhookEvent.objects.all().delete()
        with serving(**sandbox.env()) as port:
            start = perf_counter()
            _deliver(port, letters)
            taken = perf_counter() - start
        worker = Worker(sandbox.env(), "--beat", queues="billing")
        start = perf_counter()
        worker.start()
        waiting = WebhookEvent.objects.filter(state=WebhookEvent.State.NEW)
        until(lambda: not waiting.exists(), what="all settled", seconds=SECONDS)
        settled = perf_counter() - start
        worker.kill()
    states = {state: WebhookEvent.objects.filter(state=state).count() for state in WebhookEvent.State.values}
    if WebhookEvent.objects.count() != EVENTS:
        raise RuntimeError(f"{WebhookEvent.objects.count()} rows of {EVENTS} events")
    yield (
        f"storm of {WEBHOOKS:,} webhooks in disorder, {WEBHOOKS - EVENTS:,} of them duplicates:"
        f" {WEBHOOKS / taken:,.0f} webhooks/s taken, {EVENTS / settled:,.0f} events/s settled, each once ({states})"
    )


def _letters(pretended: Stripe) -> list[tuple[bytes, str]]:
    """Signed bodies of events about customers who bought nothing here, shuffled, some of them more than once."""
    events = [
        pretended.events.emit(
            "customer.subscription.updated",
            new("subscription", id=f"sub_{number}", customer=f"cus_{number % CUSTOMERS}"),
        )
        for number in range(EVENTS)
    ]
    chance = random.Random(7)
    chosen = [*events, *chance.choices(events, k=WEBHOOKS - EVENTS)]
    chance.shuffle(chosen)
    bodies = [pretended.events.body(event) for event in chosen]
    return [(body, pretended.events.signed(body)) for body in bodies]


def _deliver(port: int, letters: list[tuple[bytes, str]]) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        for body, signature in letters:
            headers = {"Stripe-Signature": signature, "Host": "localhost", "Content-Type": "application/json"}
            client.post(ADDRESS, content=body, headers=headers).raise_for_status()
