"""Looking at one payment from several places at the same moment, over real locks."""

import pytest
from django.test import Client

from accounts.models import Letter, User
from billing.actions import checkout, gifts, payments
from billing.entitlements import plan_for
from billing.models import CheckoutIntent, Gift, OutboxCall, Payment
from tests.billing.ground import Money
from tests.meeting import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def bought(money: Money, path: str, **fields: str) -> str:
    """The session of something that a guest paid, and that nobody here has heard of."""
    Client().post(path, fields)
    session = CheckoutIntent.objects.latest("created_at").session_id or ""
    money.stripe.pay(session)
    return session


def test_a_donation_that_four_look_at_is_one_row(money: Money) -> None:
    session = bought(money, "/donate", amount="coffee")
    [charge] = money.stripe.store.all("charge")

    def look() -> None:
        payments.sync_payment(charge["payment_intent"])

    def settle() -> None:
        checkout.settle(session)

    at_once(look, settle, look, settle)
    assert Payment.objects.get().amount == 500
    assert CheckoutIntent.objects.get().state == CheckoutIntent.State.COMPLETE


def test_a_gift_that_four_settle_is_one_code_and_one_mail(money: Money) -> None:
    session = bought(money, "/gift")
    at_once(*[lambda: checkout.settle(session)] * 4)
    assert Gift.objects.count() == 1
    assert Letter.objects.filter(name="gift_code").count() == 1


def test_a_refund_that_four_look_at_cancels_once(money: Money, alice: User) -> None:
    money.subscribe(alice)
    payment = Payment.objects.get()
    money.stripe.refund(payment.charge_id)
    at_once(*[lambda: payments.sync_payment(payment.payment_intent)] * 4)
    assert OutboxCall.objects.filter(action=OutboxCall.Action.CANCEL_SUBSCRIPTION).count() == 1
    assert Letter.objects.filter(name="membership_refunded").count() == 1
    money.rest()
    assert plan_for(alice).name == "free"


def test_a_code_that_is_entered_while_its_money_goes_back_gives_nothing(money: Money, alice: User) -> None:
    checkout.settle(bought(money, "/gift"))
    gift, payment = Gift.objects.get(), Payment.objects.get()
    money.stripe.refund(payment.charge_id)

    def enter() -> None:
        try:
            gifts.redeem(alice, gift.code)
        except gifts.NoGift:
            return

    def look() -> None:
        payments.sync_payment(payment.payment_intent)

    at_once(enter, look)
    assert plan_for(alice).name == "free"
    gift.refresh_from_db()
    assert gift.revoked_at is not None
