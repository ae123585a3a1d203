"""The numbers that say how money's machinery is doing."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from billing import metrics
from billing.actions import alerts, outbox
from billing.models import Alert, OutboxCall, Reconciliation, WebhookEvent

pytestmark = pytest.mark.django_db

State = WebhookEvent.State


def an_event(state: State = State.NEW) -> WebhookEvent:
    number = WebhookEvent.objects.count()
    return WebhookEvent.objects.create(
        event_id=f"evt_{number}",
        type="invoice.paid",
        livemode=False,
        stripe_created=timezone.now(),
        raw="{}",
        state=state,
    )


@pytest.fixture
def sells(settings: Settings) -> None:
    settings.BILLING_ENABLED, settings.STRIPE_SECRET_KEY = True, "sk_test_key"


def test_at_rest_every_number_is_nought_and_has_a_meaning() -> None:
    found = metrics.numbers()
    assert found.keys() == metrics.MEANINGS.keys()
    assert set(found.values()) == {0}


def test_a_site_that_sells_and_was_never_looked_at_says_so(sells: None) -> None:
    assert metrics.numbers()["reconciled_seconds"] == -1


def test_what_waits_is_counted_with_its_age() -> None:
    with time_machine.travel(timezone.now() - timedelta(minutes=10)):
        an_event()
        an_event(State.DONE)
        outbox.queue(OutboxCall.Action.PUSH_EMAIL, "one")
    an_event()
    an_event(State.FAILED)
    found = metrics.numbers()
    assert (found["inbox_events"], found["failed_events"], found["open_calls"]) == (2, 1, 1)
    assert found["inbox_age_seconds"] == pytest.approx(600, abs=5)
    assert found["open_call_age_seconds"] == pytest.approx(600, abs=5)


def test_drift_is_that_of_the_latest_look_that_ended(sells: None, settings: Settings) -> None:
    now = timezone.now()
    for days, drift, fixes, ended in ((3, 7, True, True), (2, 3, True, True), (1, 9, False, True), (0, 5, True, False)):
        began = now - timedelta(days=days)
        Reconciliation.objects.create(
            started_at=began, finished_at=began if ended else None, fixes=fixes, drift=drift, replayed=drift + 1
        )
    found = metrics.numbers()
    assert (found["drift"], found["replayed_events"]) == (3, 4)
    assert found["reconciled_seconds"] == pytest.approx(2 * 86400, abs=5)
    settings.STRIPE_SECRET_KEY = ""
    assert metrics.numbers()["reconciled_seconds"] == 0


def test_alerts_are_counted_until_they_are_settled() -> None:
    alerts.alert("stranger", "sub_1", "Somebody pays for nothing.")
    assert metrics.numbers()["open_alerts"] == 1
    alerts.settle(list(Alert.objects.values_list("id", flat=True)))
    assert metrics.numbers()["open_alerts"] == 0


@pytest.mark.parametrize("count", [1, 20])
def test_the_numbers_take_the_same_queries_whatever_waits(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        an_event()
    with django_assert_num_queries(7):
        metrics.numbers()
