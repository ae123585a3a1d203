"""Somebody deletes their account: what billing keeps of them, and that nothing holds it up."""

import pytest
from django.db import connection
from django.test import Client

from accounts.actions import closing
from accounts.models import Letter, User
from billing.actions import addresses, once
from billing.actions.closing import let_go
from billing.models import Gift, Kind, OutboxCall
from tests.accounts.signing import sign_in
from tests.billing.ground import Money
from tests.pages.document import read

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_gone", [False, True], ids=["while it is deleted", "afterwards"])
def test_a_gift_that_is_paid_after_leaving_is_mailed_and_keeps_no_address(
    money: Money, alice: User, *, is_gone: bool
) -> None:
    money.a_customer(alice)
    intent = once.begin(Kind.GIFT, 3000, "A year", user=alice, done="/gift/done", back="/gift")
    money.stripe.pay(intent.session_id or "")
    if is_gone:
        closing.ask(alice)
        closing.close(str(alice.id))
    else:
        let_go(alice)
    money.rest()
    assert Gift.objects.get().email == ""
    assert "@" in Letter.objects.get(name="gift_code").to


@pytest.mark.django_db(transaction=True)
def test_an_address_that_is_being_told_to_stripe_is_not_waited_for(money: Money, alice: User) -> None:
    money.a_customer(alice)
    User.objects.filter(id=alice.id).update(email="alice@example.org")
    assert addresses.push_changed() == 1
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM billing_outboxcall FOR UPDATE")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        let_go(alice)
    finally:
        other.rollback()
        other.close()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    assert money.account(alice).closing_at is not None
    assert OutboxCall.objects.filter(action=OutboxCall.Action.CANCEL_ALL).exists()


def test_an_address_that_waits_to_be_told_is_forgotten(money: Money, alice: User) -> None:
    money.a_customer(alice)
    User.objects.filter(id=alice.id).update(email="alice@example.org")
    assert addresses.push_changed() == 1
    let_go(alice)
    assert not OutboxCall.objects.filter(action=OutboxCall.Action.PUSH_EMAIL).exists()


def test_the_page_says_what_stripe_keeps_of_who_paid(money: Money, alice: User, bob: User) -> None:
    money.subscribe(alice)
    kept = "record of you as a customer, with your e-mail address and your payments"
    for user, is_said in ((alice, True), (bob, False)):
        client = Client()
        sign_in(client, user.email)
        stays = read(client.get("/account/delete").content.decode()).one("section", **{"aria-labelledby": "stays"})
        assert (kept in stays.text) is is_said
