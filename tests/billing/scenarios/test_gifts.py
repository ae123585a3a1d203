"""A year for somebody, as a code: bought by anybody, mailed once, redeemed once, and nothing without its money."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.models import Letter, User
from billing.actions import checkout, closing, gifts
from billing.entitlements import plan_for
from billing.laying import a_year_from
from billing.mail import shown
from billing.models import CheckoutIntent, Gift, Grant, Payment
from tests.billing.ground import Money
from tests.meeting import at_once

pytestmark = pytest.mark.django_db
MOMENT = timedelta(minutes=1)


def is_member(user: User) -> bool:
    return plan_for(user).name == "premium"


def test_s48_a_gift_is_a_code_by_mail(money: Money) -> None:
    gift = money.a_gift()
    payment = Payment.objects.get()
    assert (payment.kind, payment.amount, payment.account) == ("gift", 3000, None)
    assert gift.email == "payer@example.org"
    letter = Letter.objects.get(name="gift_code")
    assert letter.to == "payer@example.org"
    assert shown(gift.code) in letter.text
    assert len(gift.code) == gifts.LENGTH


def test_s48_every_event_again_makes_one_gift_and_one_mail(money: Money) -> None:
    gift = money.a_gift()
    for event in reversed(money.stripe.events.all()):
        money.bring(event)
    checkout.settle(gift.intent.session_id or "")
    assert Gift.objects.get() == gift
    assert Letter.objects.filter(name="gift_code").count() == 1


def test_s48_nobody_gets_a_code_for_money_that_is_not_there(money: Money) -> None:
    intent = money.buy_gift(card="delayed")
    assert not Gift.objects.exists()
    money.stripe.settle(intent.session_id or "", ok=False)
    money.rest()
    assert not Gift.objects.exists()
    assert not Letter.objects.filter(name="gift_code").exists()


def test_s48_a_code_gives_a_year_from_now(money: Money, alice: User) -> None:
    gift = money.a_gift()
    grant = gifts.redeem(alice, shown(gift.code).lower())
    assert abs(grant.starts_at - datetime.now(UTC)) < MOMENT
    assert grant.ends_at == a_year_from(grant.starts_at)
    assert is_member(alice)


def test_s48_a_code_gives_once(money: Money, alice: User, bob: User) -> None:
    gift = money.a_gift()
    gifts.redeem(alice, gift.code)
    with pytest.raises(gifts.NoGift, match="already: its year is yours"):
        gifts.redeem(alice, gift.code)
    with pytest.raises(gifts.NoGift, match="Somebody has used"):
        gifts.redeem(bob, gift.code)
    assert not is_member(bob)
    assert Grant.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_s48_two_who_enter_it_at_the_same_moment_get_it_once(money: Money, alice: User, bob: User) -> None:
    gift = money.a_gift()

    def enter(user: User) -> bool:
        try:
            gifts.redeem(user, gift.code)
        except gifts.NoGift:
            return False
        return True

    assert sorted(at_once(*(lambda who=who: enter(who) for who in (alice, bob, alice, bob)))) == [False] * 3 + [True]
    assert Grant.objects.count() == 1


@pytest.mark.parametrize("code", ["", " ", "ABCD", "0" * 16, "0" * 17, "\x00" * 16, "U" * 16, "０" * 16, "' OR 1=1 --"])
def test_s48_what_is_no_code_gives_nothing(money: Money, alice: User, code: str) -> None:
    with pytest.raises(gifts.NoGift, match="no gift with this code"):
        gifts.redeem(alice, code)
    assert not Grant.objects.exists()


def test_s48_what_people_misread_is_read_right(money: Money, alice: User) -> None:
    gift = money.a_gift()
    Gift.objects.update(code="0123456789ABCD01")
    gift.refresh_from_db()
    assert gifts.redeem(alice, " oI23-4567-89ab-cdOl ").gift == gift


def test_s48_refunded_before_it_was_redeemed_it_gives_nothing(money: Money, alice: User) -> None:
    gift = money.a_gift()
    money.stripe.refund(Payment.objects.get().charge_id)
    money.rest()
    with pytest.raises(gifts.NoGift, match="taken back"):
        gifts.redeem(alice, gift.code)
    assert not is_member(alice)


def test_s48_refunded_before_we_ever_heard_of_it_no_code_is_mailed(money: Money) -> None:
    Client().post("/gift")
    money.stripe.pay(CheckoutIntent.objects.get().session_id or "")
    money.stripe.refund(money.stripe.store.all("charge")[0]["id"])
    money.rest()
    assert Gift.objects.get().revoked_at is not None
    assert not Letter.objects.filter(name="gift_code").exists()


def test_whoever_gives_while_signed_in_gets_the_mail_at_their_address(money: Money, client: Client, bob: User) -> None:
    client.force_login(bob)
    client.post("/gift")
    money.stripe.pay(CheckoutIntent.objects.get().session_id or "", email="other@example.org")
    money.rest()
    assert Letter.objects.get(name="gift_code").to == "bob@example.com"
    assert not is_member(bob)


def test_whoever_deletes_their_account_leaves_the_gift_and_not_their_address(
    money: Money, client: Client, alice: User, bob: User
) -> None:
    client.force_login(bob)
    client.post("/gift")
    money.stripe.pay(CheckoutIntent.objects.get().session_id or "")
    money.rest()
    closing.let_go(bob)
    gift = Gift.objects.get()
    assert gift.email == ""
    gifts.redeem(alice, gift.code)
    assert is_member(alice)
