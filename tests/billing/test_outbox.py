"""What is to be done at Stripe is done once, whoever is away, dies, or does the same at that moment."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing.actions import outbox, performing
from billing.gateway.errors import Refused
from billing.models import Alert, BillingAccount, OutboxCall
from tests.billing.ground import Money
from tests.meeting import at_once
from tests.processes import Worker, until
from tests.sandbox.world import World

Later = Callable[..., None]
Action = OutboxCall.Action

pytestmark = pytest.mark.django_db


def asked(money: Money, method: str, path: str) -> int:
    return len(money.stripe.requests.of(method, path))


def status(money: Money) -> str:
    [one] = money.stripe.store.all("subscription")
    return str(one["status"])


def to_cancel(account: BillingAccount) -> OutboxCall:
    key = f"test-{account.subscription_id}"
    return outbox.queue(Action.CANCEL_SUBSCRIPTION, key, account=account, subscription=account.subscription_id)


def test_the_same_key_is_one_thing(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    assert to_cancel(account) == to_cancel(account)
    assert (performing.work_due(), performing.work_due()) == (1, 0)
    assert status(money) == "canceled"
    assert money.account(alice).status == "canceled"


def test_what_is_done_already_is_not_asked_for(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    to_cancel(account)
    money.stripe.cancel(account.subscription_id)
    assert performing.work_due() == 1
    assert asked(money, "DELETE", "/v1/subscriptions") == 0


def test_a_call_that_was_rolled_back_was_never_kept(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    with transaction.atomic():
        to_cancel(account)
        transaction.set_rollback(True)
    assert not OutboxCall.objects.exists()


def test_an_answer_that_is_lost_is_no_second_call(money: Money, alice: User, world: World, later: Later) -> None:
    account = money.subscribe(alice)
    [charge] = money.stripe.store.all("charge")
    intent = charge["payment_intent"]
    outbox.queue(Action.REFUND, "test-refund", account=account, payment_intent=intent, reason="duplicate")
    world.faults.add("stripe", "keep-and-close", path="/v1/refunds", skip=1, times=3)
    assert performing.work_due() == 0
    later(seconds=10)
    assert performing.work_due() == 1
    assert [refund["amount"] for refund in money.stripe.store.all("refund")] == [300]


def test_a_failure_that_its_key_only_repeats_is_tried_with_another(money: Money, alice: User, later: Later) -> None:
    account = money.subscribe(alice)
    address = f"/v1/subscriptions/{account.subscription_id}"
    call = outbox.queue(Action.STOP_RENEWAL, "test-stop", account=account, subscription=account.subscription_id)
    money.stripe.failures.append(("POST", address))
    assert performing.work_due() == 0
    call.refresh_from_db()
    assert (call.round, money.account(alice).ends_at) == (1, None)
    later(seconds=10)
    assert performing.work_due() == 1
    assert money.account(alice).ends_at is not None
    assert {one.idempotency_key for one in money.stripe.requests.of("POST", address)} == {"test-stop-0", "test-stop-1"}


def test_after_a_day_the_key_is_another(money: Money, alice: User, world: World, later: Later) -> None:
    call = to_cancel(money.subscribe(alice))
    world.faults.add("stripe", "close", path="/v1/subscriptions/sub_", times=3)
    assert performing.work_due() == 0
    later(hours=24)
    assert performing.work_due() == 1
    [asking] = money.stripe.requests.of("DELETE")
    assert asking.idempotency_key == f"{call.idempotency_key}-1"


def test_pauses_double_up_to_ten_minutes_and_then_somebody_is_told(
    money: Money, alice: User, world: World, later: Later
) -> None:
    call = to_cancel(money.subscribe(alice))
    world.faults.add("stripe", "error", times=-1)
    pauses = []
    for _ in range(10):
        before = timezone.now()
        performing.work_due()
        call.refresh_from_db()
        assert call.not_before is not None
        pauses.append(round((call.not_before - before).total_seconds() / 5))
        later(minutes=11)
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 120, 120, 120]
    assert Alert.objects.get().kind == "outbox"
    assert "Away" in call.last_error


def test_what_stripe_never_does_is_told_at_once(money: Money, alice: User, world: World) -> None:
    call = to_cancel(money.subscribe(alice))
    world.faults.add("stripe", "error", status=400, path="/v1/subscriptions/sub_")
    performing.work_due()
    call.refresh_from_db()
    assert call.done_at is None
    assert call.last_error.startswith(Refused.__name__)
    assert Alert.objects.filter(kind="outbox").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_it_once(money: Money, alice: User) -> None:
    to_cancel(money.subscribe(alice))
    assert sorted(at_once(*[performing.work_due] * 3)) == [0, 0, 1]
    assert asked(money, "DELETE", "/v1/subscriptions") == 1


@pytest.mark.django_db(transaction=True)
def test_what_another_worker_holds_is_passed_over(money: Money, alice: User, bob: User) -> None:
    held = to_cancel(money.subscribe(alice))
    to_cancel(money.subscribe(bob))
    with transaction.atomic():
        OutboxCall.objects.select_for_update().get(id=held.id)
        [done] = at_once(performing.work_due)
    assert done == 1
    assert set(OutboxCall.objects.filter(done_at=None)) == {held}


def test_a_worker_that_dies_leaves_it_to_the_next(
    money: Money, alice: User, world: World, billing_worker: Worker
) -> None:
    account = money.subscribe(alice)
    world.faults.add("stripe", "hang", path="/v1/subscriptions/sub_", seconds=30)
    billing_worker.start()
    call = to_cancel(account)
    until(lambda: is_held(call), what="the call in a worker's hands")
    billing_worker.kill()
    until(lambda: not is_held(call), what="the row free again")
    assert performing.work_due() == 1
    assert status(money) == "canceled"


def is_held(call: OutboxCall) -> bool:
    """Whether somebody has the row's lock."""
    with transaction.atomic():
        return not OutboxCall.objects.select_for_update(skip_locked=True).filter(id=call.id).exists()


def test_the_sweep_rings_only_for_what_waits(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    assert outbox.sweep() is False
    call = to_cancel(account)
    assert outbox.sweep() is True
    OutboxCall.objects.filter(id=call.id).update(not_before=timezone.now() + timedelta(minutes=1))
    assert outbox.sweep() is False
