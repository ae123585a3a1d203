"""Stripe's clock and ours need not agree: in the sandbox time is moved on, elsewhere a server's clock is late."""

from datetime import timedelta

import pytest

from accounts.models import User
from billing.actions import switching
from billing.models import Switch
from tests.billing.ground import Money

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
