"""The inbox: kept once, tried again with growing pauses, given up with an alert, replayed, swept, and tidied."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from billing import handlers, inbox
from billing.facts import Event
from billing.gateway.client import API_VERSION
from billing.models import Alert, WebhookEvent
from tests.billing.ground import Money
from tests.billing.webhooks import later, letter, newest, row_of, send
from tests.meeting import at_once
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.wire import Json
from tests.sandbox.world import World
from unroller import store

State = WebhookEvent.State

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(money: Money, alice: User) -> Json:
    """Stripe says that a membership ended; the event is kept and not looked at."""
    money.stripe.cancel(money.subscribe(alice).subscription_id)
    event = newest(money, "customer.subscription.deleted")
    assert send(*letter(money, event)) == 200
    return event


def test_a_kept_event_names_what_it_is_about(money: Money, alice: User, event: Json) -> None:
    row, account = row_of(event), money.account(alice)
    assert (row.state, row.type, row.livemode) == (State.NEW, "customer.subscription.deleted", False)
    assert (row.object_id, row.customer_id) == (account.subscription_id, account.stripe_customer_id)
    assert row.api_version == API_VERSION
    assert row.stripe_created == datetime.fromtimestamp(event["created"], UTC)
    assert row.raw.encode() == money.stripe.events.body(event)


def test_keeping_an_event_takes_one_statement(money: Money, event: Json) -> None:
    body, signature = letter(money, {**event, "id": "evt_another"})
    with CaptureQueriesContext(connection) as queries:
        inbox.store(body, signature)
    statements = [each["sql"].split()[0] for each in queries]
    assert [each for each in statements if each not in {"SAVEPOINT", "RELEASE"}] == ["INSERT"]


def test_pauses_grow_from_five_seconds_to_ten_minutes(money: Money, world: World, event: Json) -> None:
    world.faults.add("stripe", "rate-limited", times=FOR_EVER)
    waits = [failed(event) for _ in range(9)]
    assert waits == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    assert not Alert.objects.exists()


def failed(event: Json) -> int:
    """Another try when it is due; how many seconds it then waits."""
    due = row_of(event).not_before or timezone.now()
    with later(seconds=(due - timezone.now()).total_seconds() + 1):
        inbox.process(event["id"])
        waits_until = row_of(event).not_before
        assert waits_until is not None
        return round((waits_until - timezone.now()).total_seconds() / 5) * 5


def test_after_ten_tries_somebody_is_told_and_what_stripe_delays_is_tried_on(
    money: Money, world: World, event: Json
) -> None:
    world.faults.add("stripe", "rate-limited", times=FOR_EVER)
    WebhookEvent.objects.filter(event_id=event["id"]).update(attempts=8)
    failed(event)
    assert not Alert.objects.exists()
    failed(event)
    failed(event)
    alert = Alert.objects.get()
    assert (alert.kind, alert.key) == ("event_failed", event["id"])
    assert row_of(event).state == State.NEW
    world.faults.clear()
    with later(minutes=31):
        inbox.process(event["id"])
    assert row_of(event).state == State.DONE


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A mistake in the code behind one type."""

    def stumble(_: handlers.Hint) -> bool:
        WebhookEvent.objects.update(last_error="rolled back")
        raise KeyError("a mistake")

    monkeypatch.setattr(handlers, "HANDLERS", {**handlers.HANDLERS, "customer.subscription.deleted": stumble})
    return monkeypatch


def test_an_event_that_fails_by_our_mistake_is_given_up_after_ten_tries_and_can_be_replayed(
    money: Money, alice: User, event: Json, broken: pytest.MonkeyPatch
) -> None:
    failed(event)
    assert row_of(event).last_error == "KeyError: 'a mistake'"
    WebhookEvent.objects.filter(event_id=event["id"]).update(attempts=9)
    failed(event)
    assert row_of(event).state == State.FAILED
    assert Alert.objects.get().key == event["id"]
    broken.undo()
    with later(days=1):
        inbox.process(event["id"])
        assert row_of(event).state == State.FAILED
        assert inbox.replay([event["id"], "evt_unknown"]) == 1
        inbox.process(event["id"])
    row = row_of(event)
    assert (row.state, row.attempts, row.last_error) == (State.DONE, 0, "")
    assert money.account(alice).status == "canceled"


@pytest.mark.django_db(transaction=True)
def test_an_event_that_somebody_works_on_is_left_to_them(money: Money, event: Json) -> None:
    def meanwhile() -> tuple[str, int]:
        inbox.process(event["id"])
        return row_of(event).state, inbox.replay([event["id"]])

    with transaction.atomic():
        WebhookEvent.objects.select_for_update().get(event_id=event["id"])
        assert at_once(meanwhile) == [(State.NEW, 0)]
    inbox.process(event["id"])
    assert row_of(event).state == State.DONE


@pytest.mark.django_db(transaction=True)
def test_a_failure_outlives_the_rollback_even_of_a_broken_transaction(
    money: Money, event: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(_: handlers.Hint) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")
        return True

    monkeypatch.setattr(handlers, "HANDLERS", {**handlers.HANDLERS, "customer.subscription.deleted": stumble})
    inbox.process(event["id"])
    row = row_of(event)
    assert (row.state, row.attempts) == (State.NEW, 1)
    assert "division by zero" in row.last_error
    assert bells().count(event["id"]) == 2  # one when it came, one for the next try


def bells() -> list[str]:
    """The events that workers were rung for and have not heard of yet."""
    waiting = [json.loads(message) for message in store.client().lrange("billing", 0, -1)]
    assert {message["headers"]["task"] for message in waiting} <= {"billing.process_event"}
    return [json.loads(base64.b64decode(message["body"]))[0][0] for message in waiting]


def test_the_sweeper_rings_for_what_waits_without_a_bell_and_for_nothing_else(money: Money, event: Json) -> None:
    inbox.sweep()
    assert bells() == []
    with later(seconds=31):
        inbox.sweep()
        assert bells() == [event["id"]]
        WebhookEvent.objects.update(not_before=timezone.now() + timedelta(seconds=5))
        inbox.sweep()
        assert bells() == [event["id"]]
    with later(seconds=40):
        inbox.sweep()
        assert bells() == [event["id"]] * 2
        WebhookEvent.objects.update(state=State.FAILED)
        inbox.sweep()
        assert bells() == [event["id"]] * 2


def test_an_event_from_stripes_list_is_kept_if_it_never_arrived(money: Money, alice: User, event: Json) -> None:
    missed = {**event, "id": "evt_missed"}
    assert inbox.add(listed(event)) is False
    assert inbox.add(listed(missed)) is True
    assert inbox.add(listed(missed)) is False
    inbox.process("evt_missed")
    assert row_of(missed).state == State.DONE
    assert money.account(alice).status == "canceled"


def test_while_the_key_is_denied_events_wait_and_one_alert_tells(
    money: Money, alice: User, event: Json, settings: Settings
) -> None:
    good, settings.STRIPE_SECRET_KEY = settings.STRIPE_SECRET_KEY, "sk_test_rolled"
    for _ in range(12):
        failed(event)
    assert (row_of(event).state, row_of(event).attempts) == (State.NEW, 12)
    alert = Alert.objects.get()
    assert (alert.kind, alert.key) == ("denied", "key")
    assert "sk_test_rolled" not in alert.sentence
    settings.STRIPE_SECRET_KEY = good
    with later(hours=2):
        inbox.process(event["id"])
    assert money.account(alice).status == "canceled"


def listed(event: Json) -> Event:
    created = datetime.fromtimestamp(event["created"], UTC)
    return Event(event["id"], event["type"], event["livemode"], event["api_version"], created, json.dumps(event))


def test_what_is_over_is_kept_for_sixty_days_also_what_failed(money: Money, event: Json) -> None:
    inbox.process(event["id"])
    done = row_of(event)
    ages = {"done": (61, State.DONE), "failed": (61, State.FAILED), "new": (61, State.NEW), "young": (59, State.DONE)}
    for name, (days, state) in ages.items():
        WebhookEvent.objects.create(
            event_id=name, type=done.type, livemode=False, stripe_created=timezone.now(), raw="{}", state=state
        )
        WebhookEvent.objects.filter(event_id=name).update(received_at=timezone.now() - timedelta(days=days))
    inbox.tidy()
    left = set(WebhookEvent.objects.values_list("event_id", flat=True))
    assert left & ages.keys() == {"new", "young"}
