"""A storm of Stripe's webhooks about members who paid, in disorder and with duplicates, through a real site."""

import json
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter, time
from typing import Any

import httpx
from django.conf import settings
from django.test.utils import override_settings

from accounts.models import User
from billing import plans
from billing.actions import checkout, customers
from billing.gateway import catalog, setup
from billing.handlers import HANDLERS
from billing.models import BillingAccount, CheckoutIntent, OutboxCall, Payment, WebhookEvent
from tests.bench.serving import serving
from tests.bench.webhooks import ADDRESS
from tests.processes import Worker, until
from tests.sandbox.stripe.signing import signed

MEMBERS = int(os.environ.get("BENCH_MEMBERS", "200"))
WEBHOOKS = 50 * MEMBERS
CONNECTIONS = 8
ROUNDS = 9
"""How often each member changes their mind, and what is written about them, before they come to what they are last."""
LAST = ("stays", "leaves at the end", "has left", "got money back")
BACK = 100
SECONDS = 1_800
STRIPE = """
import json, sys
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
world = World()
world.stripe.deliveries.paused = True
with Sandbox(world) as sandbox:
    print(json.dumps(sandbox.env()), flush=True)
    sys.stdin.read()
"""
"""The pretended Stripe in a process of its own, which sends nothing by itself."""
Letter = tuple[bytes, str]


def measure() -> Iterator[str]:
    """Webhooks taken a second, then events settled a second; at the end everything is as Stripe says, once."""
    for model in (WebhookEvent, Payment, CheckoutIntent, OutboxCall, BillingAccount, User):
        model._default_manager.all().delete()
    with _stripe() as environment:
        stripe = _Stripe(environment["STRIPE_API_URL"])
        users = [User.objects.create_user(f"member{number}@example.com") for number in range(MEMBERS)]
        for number, user in enumerate(users):
            _live(stripe, user, LAST[number % len(LAST)])
        events = [event for event in stripe.do("events") if event["type"] in HANDLERS]
        with serving(**environment) as port:
            start = perf_counter()
            _deliver(port, _letters(events, environment["STRIPE_WEBHOOK_SECRETS"]))
            taken = perf_counter() - start
        settled = _settled(environment)
        _hold(stripe, events)
    kinds = len({event["type"] for event in events})
    yield (
        f"storm of {WEBHOOKS:,} webhooks of {kinds} kinds about {MEMBERS} members, in disorder over {CONNECTIONS}"
        f" connections, {WEBHOOKS - len(events):,} of them duplicates: {WEBHOOKS / taken:,.0f} webhooks/s taken,"
        f" {len(events) / settled:,.0f} events/s settled; each is once, every member and payment as Stripe says"
    )


@contextmanager
def _stripe() -> Iterator[dict[str, str]]:
    """The environment of a site that sells; Stripe has our prices."""
    command = [sys.executable, "-c", STRIPE]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ)
    assert running.stdout is not None
    try:
        environment: dict[str, str] = json.loads(running.stdout.readline())
        names = ("STRIPE_API_URL", "STRIPE_SECRET_KEY")
        secrets = (environment["STRIPE_WEBHOOK_SECRETS"],)
        own: dict[str, Any] = {name: environment[name] for name in names}
        with override_settings(BILLING_ENABLED=True, STRIPE_WEBHOOK_SECRETS=secrets, **own):
            setup.product("Premium", "A membership")
            for price in plans.PRICES.values():
                setup.price(price, with_tax=False)
            ids = [catalog.price_id(price) for price in plans.PRICES.values()]
            setup.portal(price_ids=ids, back="http://localhost:8000/account")
            yield environment
    finally:
        running.kill()
        running.wait()


class _Stripe:
    """What people do at the pretended Stripe."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, timeout=120)

    def do(self, what: str, **fields: Any) -> Any:
        """Raises HTTPStatusError where it cannot be done."""
        answer = self._client.post("/_sandbox/stripe", json={"do": what, **fields}).raise_for_status()
        return answer.json()["result"]


def _live(stripe: _Stripe, user: User, last: str) -> None:
    """Somebody pays, goes back and forth, and comes to what they are last. The site has heard nothing of it."""
    checkout.begin_premium(user, "month")
    account = customers.account_for(user)
    customer = account.stripe_customer_id
    stripe.do("pay", session=CheckoutIntent.objects.get(account=account).session_id)
    for number in range(ROUNDS):
        stripe.do("portal-cancel", customer=customer)
        stripe.do("edit-customer", customer=customer, fields={"name": f"Name {number}"})
        stripe.do("portal-resume", customer=customer)
        stripe.do("portal-card", customer=customer)
    if last == "leaves at the end":
        stripe.do("portal-cancel", customer=customer)
    elif last == "has left":
        [own] = [one for one in stripe.do("objects", kind="subscription") if one["customer"] == customer]
        stripe.do("cancel", subscription=own["id"])
    elif last == "got money back":
        [own] = [one for one in stripe.do("objects", kind="charge") if one["customer"] == customer]
        stripe.do("refund", charge=own["id"], amount=BACK)


def _letters(events: list[Any], secret: str) -> list[Letter]:
    """Signed bodies, shuffled, some of them more than once."""
    if len(events) > WEBHOOKS:
        raise RuntimeError(f"{len(events)} events are more than {WEBHOOKS} webhooks")
    chance = random.Random(7)
    chosen = [*events, *chance.choices(events, k=WEBHOOKS - len(events))]
    chance.shuffle(chosen)
    bodies = [json.dumps(event).encode() for event in chosen]
    return [(body, signed(body, [secret], int(time()))) for body in bodies]


def _deliver(port: int, letters: list[Letter]) -> None:
    """Over several connections at once. Raises RuntimeError unless each is taken."""
    answers = Counter[int | str]()

    def go(first: int) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            for body, signature in letters[first::CONNECTIONS]:
                headers = {"Stripe-Signature": signature, "Host": "localhost", "Content-Type": "application/json"}
                try:
                    answers[client.post(ADDRESS, content=body, headers=headers).status_code] += 1
                except httpx.HTTPError as error:
                    answers[repr(error)] += 1

    threads = [threading.Thread(target=go, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if answers != {200: len(letters)}:
        raise RuntimeError(f"answers: {answers}")


def _settled(environment: dict[str, str]) -> float:
    """Seconds until real workers have understood everything."""
    schedule = str(settings.DATA_DIR / "beat")
    worker = Worker(environment, "--beat", "--schedule", schedule, queues="billing,clock")
    start = perf_counter()
    worker.start()
    try:
        waiting = WebhookEvent.objects.filter(state=WebhookEvent.State.NEW)
        calls = OutboxCall.objects.filter(done_at=None)
        until(lambda: not waiting.exists() and not calls.exists(), what="all settled", seconds=SECONDS)
    finally:
        worker.kill()
    return perf_counter() - start


def _hold(stripe: _Stripe, events: list[Any]) -> None:
    """Raise RuntimeError unless each event is there once and done, and every member and payment is as Stripe says."""
    rows = Counter(WebhookEvent.objects.values_list("event_id", flat=True))
    states = Counter(WebhookEvent.objects.values_list("state", flat=True))
    if rows != Counter(event["id"] for event in events) or set(states) != {WebhookEvent.State.DONE}:
        raise RuntimeError(f"{len(rows)} rows of {len(events)} events, by state {dict(states)}")
    accounts = {account.subscription_id: account for account in BillingAccount.objects.all()}
    subscriptions = {one["id"]: one for one in stripe.do("objects", kind="subscription")}
    if set(accounts) != set(subscriptions) or len(accounts) != MEMBERS:
        raise RuntimeError(f"{len(accounts)} accounts, {len(subscriptions)} subscriptions, {MEMBERS} members")
    wrong = [account for key, account in accounts.items() if _differs(account, subscriptions[key])]
    charges = {one["id"]: (one["amount"], one["amount_refunded"]) for one in stripe.do("objects", kind="charge")}
    paid = {one.charge_id: (one.amount, one.amount_refunded) for one in Payment.objects.all()}
    if wrong or paid != charges or len(paid) != MEMBERS:
        raise RuntimeError(f"wrong: {wrong}; {len(paid)} payments, {len(charges)} charges")
    counted = Counter(Payment.objects.values_list("account", flat=True))
    if set(counted.values()) != {1} or CheckoutIntent.objects.exclude(state=CheckoutIntent.State.COMPLETE).exists():
        raise RuntimeError("somebody paid twice, or got nothing for it")


def _differs(account: BillingAccount, subscription: Any) -> bool:
    """Whether a mirror says other than Stripe: its state, whether it ends, and what it gives."""
    ends = bool(subscription["cancel_at"] or subscription["cancel_at_period_end"] or subscription["ended_at"])
    lives = subscription["status"] == "active"
    ours = (account.status, account.stripe_customer_id, account.ends_at is not None, account.access_until is not None)
    return ours != (subscription["status"], subscription["customer"], ends, lives)
