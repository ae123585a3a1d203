"""The address at Stripe follows the account's, also when Stripe refused one in between."""

from collections.abc import Callable

import pytest

from accounts.models import User
from billing import tasks
from billing.actions import performing
from billing.models import OutboxCall
from tests.billing.ground import Money
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.world import World

pytestmark = pytest.mark.django_db


def test_an_address_that_stripe_refuses_does_not_hold_up_the_next_one(
    money: Money, alice: User, world: World, later: Callable[..., None]
) -> None:
    account = money.subscribe(alice)
    customer = str(account.stripe_customer_id)
    User.objects.filter(id=alice.id).update(email="mistyped@example.org")
    world.faults.add("stripe", "error", path=f"/v1/customers/{customer}", times=FOR_EVER, status=400)
    tasks.sweep()
    performing.work_due()
    User.objects.filter(id=alice.id).update(email="right@example.org")
    tasks.sweep()
    assert [each.args["email"] for each in OutboxCall.objects.filter(done_at=None)] == ["right@example.org"]
    world.faults.clear()
    later(minutes=1)
    performing.work_due()
    assert money.stripe.store.get("customer", customer)["email"] == "right@example.org"
    assert money.account(alice).email_synced == "right@example.org"
    tasks.sweep()
    assert not OutboxCall.objects.filter(done_at=None).exists()
