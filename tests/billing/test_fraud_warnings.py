"""A bank warns that the card's owner did not pay: whose payment it is, and whether it is meant."""

import pytest

from accounts.models import User
from billing.models import Alert, OutboxCall, Payment
from tests.billing.ground import Money
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.world import World

pytestmark = pytest.mark.django_db
WARNINGS = "radar/early_fraud_warnings"
WARNED = "radar.early_fraud_warning.created"


def refunds() -> int:
    """How many payments were given back, or are about to be."""
    return OutboxCall.objects.filter(action=OutboxCall.Action.REFUND).count()


def test_a_warning_that_names_its_charge_alone_is_followed(money: Money, alice: User) -> None:
    money.subscribe(alice)
    warning = money.stripe.warn_of_fraud(Payment.objects.get().charge_id)
    warning["payment_intent"] = None
    [event] = money.waiting(WARNED)
    event["data"]["object"]["payment_intent"] = None
    money.bring(event)
    assert Alert.objects.get().kind == "fraud"
    assert refunds() == 1
    money.rest()
    assert [charge["amount_refunded"] for charge in money.stripe.store.all("charge")] == [300]


def test_a_warning_about_a_charge_that_is_not_there_leads_nowhere(money: Money, alice: User) -> None:
    money.subscribe(alice)
    money.stripe.warn_of_fraud(Payment.objects.get().charge_id)
    [event] = money.waiting(WARNED)
    event["data"]["object"] |= {"payment_intent": None, "charge": "ch_unknown"}
    money.bring(event)
    assert refunds() == 0


@pytest.mark.parametrize("status", [404, 400])
def test_where_warnings_cannot_be_looked_at_one_is_meant(money: Money, alice: User, world: World, status: int) -> None:
    money.subscribe(alice)
    money.stripe.warn_of_fraud(Payment.objects.get().charge_id)
    world.faults.add("stripe", "error", status=status, path=WARNINGS, times=FOR_EVER)
    money.deliver(WARNED)
    assert refunds() == 1


def test_a_warning_that_is_over_gives_nothing_back(money: Money, alice: User) -> None:
    money.subscribe(alice)
    warning = money.stripe.warn_of_fraud(Payment.objects.get().charge_id)
    warning["actionable"] = False
    money.deliver(WARNED)
    assert refunds() == 0
