"""Pages that Stripe knows no more (data deleted, a sandbox begun anew, another account's key) are in nobody's way."""

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.actions import checkout
from billing.entitlements import plan_for
from billing.models import CheckoutIntent, Kind
from tests.billing.ground import Money
from tests.billing.nights import command, look

State = CheckoutIntent.State

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost(money: Money, alice: User) -> CheckoutIntent:
    """The page that alice opened for a month is gone at Stripe."""
    money.begin(alice, "month")
    CheckoutIntent.objects.update(session_id="cs_test_gone")
    return CheckoutIntent.objects.get()


@pytest.mark.parametrize("plan", ["month", "year"])
def test_whoever_had_it_gets_a_new_one_for_any_plan(
    money: Money, alice: User, client: Client, lost: CheckoutIntent, plan: str
) -> None:
    client.force_login(alice)
    assert client.post("/premium/checkout", {"plan": plan}).status_code == HTTPStatus.SEE_OTHER
    lost.refresh_from_db()
    assert (lost.state, lost.url) == (State.EXPIRED, "")
    money.stripe.pay(money.session(money.account(alice)))
    money.rest()
    assert plan_for(alice).name == "premium"


def test_coming_back_from_it_ends_it(lost: CheckoutIntent) -> None:
    found = checkout.settle("cs_test_gone")
    assert found is not None
    assert found.state == State.EXPIRED
    assert found.done_at is not None


def test_what_was_paid_by_it_stays_paid(lost: CheckoutIntent) -> None:
    CheckoutIntent.objects.update(state=State.COMPLETE)
    found = checkout.settle("cs_test_gone")
    assert found is not None
    assert found.state == State.COMPLETE


@pytest.mark.parametrize("how", [lambda: look().report, lambda: command("--fix")])
def test_the_nightly_look_and_the_command_end_it(
    lost: CheckoutIntent, later: Callable[..., None], how: Callable[[], str | list[str]]
) -> None:
    later(hours=25)
    assert str(lost.pk) in str(how())
    lost.refresh_from_db()
    assert lost.state == State.EXPIRED


def test_a_new_sandbox_takes_the_place_of_the_old_one(money: Money, alice: User, client: Client) -> None:
    money.begin(alice, "year")
    for kind in ("checkout.session", "customer"):
        for each in money.stripe.store.all(kind):
            money.stripe.store.drop(each)
    client.force_login(alice)
    for plan in ("year", "month", "year"):
        assert client.post("/premium/checkout", {"plan": plan}).status_code == HTTPStatus.SEE_OTHER
    assert CheckoutIntent.objects.filter(kind=Kind.PREMIUM, state=State.OPEN).count() == 1


def test_what_nobody_paid_is_forgotten_after_sixty_days_and_what_was_paid_is_not(money: Money) -> None:
    gift = money.buy_gift()
    old, young = timezone.now() - timedelta(days=61), timezone.now() - timedelta(days=59)
    CheckoutIntent.objects.filter(id=gift.id).update(done_at=old)
    ends = {State.EXPIRED: old, State.FAILED: old, State.COMPLETE: old, State.OPEN: None}
    rows = {state: ended_wish(state, at) for state, at in ends.items()}
    fresh = ended_wish(State.EXPIRED, young)
    assert checkout.tidy() == 2
    left = set(CheckoutIntent.objects.values_list("id", flat=True))
    assert left == {gift.id, rows[State.COMPLETE].id, rows[State.OPEN].id, fresh.id}


def ended_wish(state: CheckoutIntent.State, at: datetime | None) -> CheckoutIntent:
    now = timezone.now()
    return CheckoutIntent.objects.create(
        kind=Kind.DONATION, amount=500, currency="usd", expires_at=now, state=state, done_at=at
    )
