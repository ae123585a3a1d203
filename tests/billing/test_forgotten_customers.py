"""A customer that was made at Stripe and never written down is found again, also when the key for it has lapsed."""

from collections.abc import Callable

import pytest

from accounts.models import User
from billing.actions import customers
from billing.models import BillingAccount
from tests.billing.ground import Money

pytestmark = pytest.mark.django_db


def test_a_customer_that_was_forgotten_days_ago_is_found_by_its_account(
    money: Money, alice: User, bob: User, later: Callable[..., None]
) -> None:
    money.a_customer(bob)
    made = money.a_customer(alice).stripe_customer_id
    BillingAccount.objects.filter(user=alice).update(stripe_customer_id=None)
    later(days=2)
    assert customers.ensure_customer(money.account(alice)) == made
    assert len(money.stripe.store.all("customer")) == 2
