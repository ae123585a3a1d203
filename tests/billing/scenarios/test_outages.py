"""Events survive whatever is away: Redis, a worker, Stripe."""

import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Letter, User
from billing import inbox
from billing.entitlements import plan_for
from billing.gateway import client as gateway_client
from billing.models import BillingAccount, WebhookEvent
from tests.billing.ground import WEBHOOK, Money
from tests.billing.webhooks import later, letter, newest, row_of, send
from tests.processes import Worker, until
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.server import Sandbox
from tests.sandbox.wire import Json
from tests.sandbox.world import World
from unroller.celery import app

State = WebhookEvent.State

pytestmark = pytest.mark.django_db


def the_end(money: Money, user: User) -> Json:
    """Stripe says that a membership ended, and nobody has heard of it."""
    money.stripe.cancel(money.subscribe(user).subscription_id)
    return newest(money, "customer.subscription.deleted")


def mirror(user: User) -> dict[str, Any]:
    """All that is kept of somebody's money."""
    return dict(BillingAccount.objects.filter(user=user).values().get())


POST = """
import sys
import django
django.setup()
from django.test import Client
answer = Client(SERVER_NAME="localhost").post(
    sys.argv[1], sys.stdin.buffer.read(), content_type="application/json", headers={"Stripe-Signature": sys.argv[2]}
)
print(answer.status_code)
"""


@pytest.mark.django_db(transaction=True)
def test_s13_what_comes_while_redis_is_away_is_taken_and_swept_up(
    money: Money, sandbox: Sandbox, alice: User, billing_worker: Worker
) -> None:
    event = the_end(money, alice)
    body, signature = letter(money, event)
    env = {**os.environ, **sandbox.env(), "DATABASE_URL": database_url(), "REDIS_URL": "redis://127.0.0.1:1/0"}
    env |= {"BILLING_ENABLED": "true", "DJANGO_SETTINGS_MODULE": "unroller.settings"}
    run = subprocess.run(
        [sys.executable, "-c", POST, WEBHOOK, signature], env=env, input=body, capture_output=True, check=True
    )
    assert run.stdout.split()[-1] == b"200"
    assert row_of(event).state == State.NEW
    billing_worker.start()
    with later(seconds=31):
        inbox.sweep()
    until(lambda: row_of(event).state == State.DONE, what="the event processed")
    assert plan_for(alice).name == "free"


def database_url() -> str:
    """This test's own."""
    where = connection.settings_dict
    return f"postgresql://{where['USER']}:{where['PASSWORD']}@{where['HOST']}:{where['PORT']}/{where['NAME']}"


def test_s13_the_sweeper_comes_within_90_seconds() -> None:
    sweep = app.conf.beat_schedule["sweep-billing"]
    assert sweep["task"] == "billing.sweep"
    assert inbox.BELL + timedelta(seconds=sweep["schedule"]) <= timedelta(seconds=90)


@pytest.mark.django_db(transaction=True)
def test_s14_the_event_of_a_killed_worker_is_new_again_and_has_its_effect_once(
    money: Money, world: World, alice: User, billing_worker: Worker
) -> None:
    account = money.subscribe(alice, card="works-then-declined")
    assert account.current_period_end is not None
    with later(days=32):
        money.stripe.tick()
        failed = newest(money, "invoice.payment_failed")
        world.faults.add("stripe", "hang", path="/v1/subscriptions$", times=FOR_EVER)
        looks = len(world.log.of("stripe", "/v1/subscriptions$"))
        billing_worker.start()
        assert send(*letter(money, failed)) == 200
        until(lambda: len(world.log.of("stripe", "/v1/subscriptions$")) > looks, what="a worker asking Stripe")
        assert is_held(failed)
        billing_worker.kill()
        world.faults.clear()
        until(lambda: not is_held(failed), what="the row free again")
        row = row_of(failed)
        assert (row.state, row.attempts) == (State.NEW, 0)
        inbox.process(failed["id"])
        inbox.process(failed["id"])
        assert row_of(failed).state == State.DONE
        assert Letter.objects.filter(name="payment_failed").count() == 1


def is_held(event: Json) -> bool:
    """Whether somebody has the event's row in their hands."""
    with transaction.atomic():
        return not WebhookEvent.objects.select_for_update(skip_locked=True).filter(event_id=event["id"]).exists()


def test_s15_with_stripe_out_of_order_the_event_waits_and_nothing_changes(
    money: Money, world: World, alice: User
) -> None:
    event = the_end(money, alice)
    before = mirror(alice)
    world.faults.add("stripe", "error", times=FOR_EVER, status=500)
    assert send(*letter(money, event)) == 200
    inbox.process(event["id"])
    assert_waits(event, attempts=1, seconds=5)
    inbox.process(event["id"])
    assert row_of(event).attempts == 1  # it is not due
    with later(seconds=6):
        inbox.process(event["id"])
        assert_waits(event, attempts=2, seconds=10)
    assert mirror(alice) == before
    world.faults.clear()
    with later(seconds=20):
        inbox.process(event["id"])
    assert row_of(event).state == State.DONE
    assert money.account(alice).status == "canceled"


def assert_waits(event: Json, *, attempts: int, seconds: float) -> None:
    row = row_of(event)
    assert (row.state, row.attempts) == (State.NEW, attempts)
    assert row.last_error
    assert row.not_before is not None
    assert abs((row.not_before - timezone.now()).total_seconds() - seconds) < 3


def test_s15_a_stripe_that_does_not_answer_in_time_is_asked_again_later(
    money: Money, world: World, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = the_end(money, alice)
    monkeypatch.setattr(gateway_client, "READ_SECONDS", 0.2)
    gateway_client._client.cache_clear()
    world.faults.add("stripe", "hang", times=FOR_EVER, seconds=5)
    assert send(*letter(money, event)) == 200
    inbox.process(event["id"])
    assert_waits(event, attempts=1, seconds=5)
    world.faults.clear()
    with later(seconds=10):
        inbox.process(event["id"])
    assert row_of(event).state == State.DONE


def test_s16_a_stripe_that_is_asked_too_often_is_asked_later_and_nothing_is_lost(
    money: Money, world: World, alice: User
) -> None:
    event = the_end(money, alice)
    world.faults.add("stripe", "rate-limited", times=FOR_EVER)
    assert send(*letter(money, event)) == 200
    inbox.process(event["id"])
    assert_waits(event, attempts=1, seconds=5)
    world.faults.clear()
    with later(seconds=10):
        inbox.sweep()
        inbox.process(event["id"])
    assert row_of(event).state == State.DONE
    assert plan_for(alice).name == "free"
