"""Stripe's clock and ours need not agree: in the sandbox time is moved on, elsewhere a server's clock is late."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.actions import switching
from billing.gateway.errors import Away
from billing.models import CheckoutIntent, Payment, Switch
from tests.billing.ground import Money
from tests.sandbox.stripe import checkout_rules
from tests.sandbox.world import World

pytestmark = pytest.mark.django_db


def test_a_switch_is_reckoned_from_a_period_that_began_after_our_now(money: Money, alice: User) -> None:
    account = money.subscribe(alice, "month")
    money.stripe.ground.clock.advance(timedelta(days=40))
    money.stripe.tick()
    money.rest()
    offer = switching.offer(alice)
    assert offer is not None
    done = switching.confirm(alice, offer.id)
    assert done is not None
    assert done.state == Switch.State.DONE
    assert money.stripe.store.all("charge")[-1]["amount"] == offer.amount
    assert money.account(alice).subscription_id == account.subscription_id


def test_a_page_to_pay_opens_while_stripe_lives_later(money: Money, alice: User) -> None:
    money.stripe.ground.clock.advance(timedelta(days=400))
    assert money.subscribe(alice, "month").status == "active"


@pytest.fixture
def ahead(money: Money, monkeypatch: pytest.MonkeyPatch) -> timedelta:
    """Stripe's clock is ahead, and Stripe makes no allowance for it."""
    monkeypatch.setattr(checkout_rules, "by_our_clock", lambda _, ends: ends)
    so_far = timedelta(days=2)
    money.stripe.ground.clock.advance(so_far)
    return so_far


def test_premium_can_be_paid_while_stripes_clock_is_ahead(money: Money, alice: User, ahead: timedelta) -> None:
    session = money.begin(alice, "month")
    assert money.begin(alice, "month") == session, "coming back leads to the same page"
    money.stripe.pay(session)
    money.rest()
    assert money.account(alice).status == "active"


def test_a_donation_can_be_given_while_stripes_clock_is_ahead(money: Money, client: Client, ahead: timedelta) -> None:
    assert client.post("/donate", {"amount": "coffee"}).status_code == HTTPStatus.SEE_OTHER
    money.stripe.pay(CheckoutIntent.objects.get().session_id or "")
    money.rest()
    assert Payment.objects.get().kind == "donation"


def test_what_stripe_says_about_the_end_of_a_page_is_kept(money: Money, alice: User, ahead: timedelta) -> None:
    session = money.stripe.store.get("checkout.session", money.begin(alice))
    intent = CheckoutIntent.objects.get()
    assert intent.expires_at.timestamp() == session["expires_at"]
    assert intent.expires_at - timezone.now() > ahead + timedelta(hours=23)


def test_a_page_whose_answer_was_lost_is_found_again_by_its_key(
    money: Money, alice: User, world: World, ahead: timedelta
) -> None:
    world.faults.add("stripe", "keep-and-close", path="^/v1/checkout/sessions$", skip=1, times=3)
    with pytest.raises(Away):
        money.begin(alice)
    money.begin(alice)
    assert len(money.stripe.store.all("checkout.session")) == 1


def test_a_page_closes_after_half_an_hour_where_the_clocks_agree(money: Money, alice: User) -> None:
    money.begin(alice)
    left = CheckoutIntent.objects.get().expires_at - timezone.now()
    assert timedelta(minutes=29) < left < timedelta(minutes=32)
