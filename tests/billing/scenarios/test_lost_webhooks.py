"""Nothing arrives for a day, and the night brings it back."""

from collections.abc import Callable

import pytest

from accounts.models import User
from billing import handlers, inbox, metrics
from billing.actions import reconciling
from billing.actions.looks import Wanted
from billing.entitlements import plan_for
from billing.models import Payment, Reconciliation, WebhookEvent
from tests.billing.ground import Money
from tests.processes import Worker, until

Later = Callable[..., None]
WANTED = Wanted(sorted(handlers.HANDLERS), inbox.add, inbox.replay)

pytestmark = pytest.mark.django_db


def a_day_without_webhooks(money: Money, alice: User, bob: User, later: Later) -> None:
    """One becomes a member, the other's membership ends, and a donation is given back; nothing of it arrives."""
    ended = money.subscribe(bob)
    paid = Payment.objects.get()
    session = money.begin(alice)
    money.stripe.pay(session)
    money.stripe.cancel(ended.subscription_id)
    money.stripe.refund(paid.charge_id, 100)
    later(hours=24)


def test_s42_a_day_of_lost_webhooks_is_replayed_at_night_and_nothing_differs_then(
    money: Money, alice: User, bob: User, later: Later
) -> None:
    a_day_without_webhooks(money, alice, bob, later)
    assert (plan_for(alice).name, plan_for(bob).name) == ("free", "premium")
    lost = {event["id"] for event in money.waiting() if event["type"] in handlers.HANDLERS}
    first = reconciling.look_at_everything(WANTED, fixes=True)
    assert (plan_for(alice).name, plan_for(bob).name) == ("premium", "free")
    assert first.drift == 2
    assert first.replayed == len(lost) > 0
    rows = WebhookEvent.objects.filter(event_id__in=lost)
    assert {row.event_id for row in rows} == lost
    for row in rows:
        inbox.process(row.event_id)
    assert set(rows.values_list("state", flat=True)) <= {"done", "ignored"}
    assert Payment.objects.get(amount_refunded__gt=0).amount_refunded == 100
    assert Payment.objects.count() == 2
    second = reconciling.look_at_everything(WANTED, fixes=True)
    assert (second.drift, second.replayed, second.report) == (0, 0, [])
    assert metrics.numbers()["drift"] == 0


@pytest.mark.django_db(transaction=True)
def test_s42_a_real_worker_does_it_by_itself(
    money: Money, alice: User, bob: User, later: Later, billing_worker: Worker
) -> None:
    a_day_without_webhooks(money, alice, bob, later)
    billing_worker.start()
    reconciling.nightly(WANTED)
    until(lambda: not WebhookEvent.objects.filter(state=WebhookEvent.State.NEW).exists(), what="all events are done")
    assert not WebhookEvent.objects.filter(state=WebhookEvent.State.FAILED).exists()
    assert (plan_for(alice).name, plan_for(bob).name) == ("premium", "free")
    assert Reconciliation.objects.get().replayed > 0
