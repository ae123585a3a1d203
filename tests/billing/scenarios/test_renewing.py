"""Renewals: that they go on, fail, want the bank's question answered, or are not heard of."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.models import Letter, User
from billing import tasks
from billing.actions import dunning
from billing.entitlements import plan_for
from billing.models import Alert
from billing.standing import GRACE
from tests.billing.ground import Money

Later = Callable[..., None]

pytestmark = pytest.mark.django_db


def is_member(user: User) -> bool:
    return plan_for(user).name == "premium"


def told(user: User) -> Counter[str]:
    """How often each mail was written to somebody."""
    return Counter(Letter.objects.filter(user=user).values_list("name", flat=True))


def test_s27_a_renewal_that_fails_three_times_and_is_then_paid(
    money: Money, alice: User, later: Later, client: Client
) -> None:
    customer = money.subscribe(alice, card="works-then-declined").stripe_customer_id or ""
    later(days=31, hours=2)
    failed_at = datetime.now(UTC)
    money.deliver()
    account = money.account(alice)
    assert account.status == "past_due"
    assert account.grace_until is not None
    assert abs(account.grace_until - (failed_at + GRACE)) < timedelta(days=1, hours=3)
    until = account.grace_until
    for _ in range(3):
        later(days=3)
        money.deliver()
        dunning.sweep()
        account = money.account(alice)
        assert (account.grace_until, is_member(alice)) == (until, True)
    assert told(alice)["payment_failed"] == 1
    assert set(told(alice).values()) == {1}
    client.force_login(alice)
    assert account.payment_url in client.get("/account").content.decode().replace("&amp;", "&")
    money.stripe.pay_invoice(account.payment_url.rpartition("/")[2])
    money.deliver()
    account = money.account(alice)
    assert (account.status, account.past_due_since, account.grace_until) == ("active", None, None)
    assert is_member(alice)
    assert customer == account.stripe_customer_id


def test_s28_a_renewal_that_never_succeeds_ends_access_with_the_grace(money: Money, alice: User, later: Later) -> None:
    money.subscribe(alice, card="works-then-declined")
    later(days=31, hours=2)
    money.deliver()
    until = money.account(alice).grace_until
    assert until is not None
    seen_after_grace = False
    for _ in range(20):
        later(days=1)
        money.deliver()
        dunning.sweep()
        account = money.account(alice)
        seen_after_grace = seen_after_grace or datetime.now(UTC) > until
        assert is_member(alice) == (account.status == "past_due" and datetime.now(UTC) < until)
    assert seen_after_grace
    assert money.account(alice).status == "canceled"
    three = {"payment_failed": 1, "payment_still_failing": 1, "payment_last_call": 1}
    assert told(alice) == {**three, "membership_ended": 1}
    assert User.objects.filter(id=alice.id).exists()


def test_s29_a_renewal_that_the_bank_asks_about_is_approved_on_stripes_page(
    money: Money, alice: User, later: Later
) -> None:
    money.subscribe(alice, card="works-then-3ds")
    later(days=31, hours=2)
    money.deliver()
    account = money.account(alice)
    assert (account.status, is_member(alice)) == ("past_due", True)
    letter = Letter.objects.get(user=alice)
    assert letter.name == "payment_approval"
    assert account.payment_url in letter.text
    money.stripe.approve_3ds(account.payment_url.rpartition("/")[2])
    money.deliver()
    assert (money.account(alice).status, is_member(alice)) == ("active", True)
    assert told(alice) == {"payment_approval": 1}


def test_s32_a_renewal_nobody_told_us_of_is_bridged_and_then_found(money: Money, alice: User, later: Later) -> None:
    before = money.subscribe(alice).current_period_end
    later(days=32)
    assert before is not None
    assert before < datetime.now(UTC)
    assert is_member(alice)
    later(days=2, hours=23)
    assert not is_member(alice)
    tasks.reconcile()
    account = money.account(alice)
    assert account.current_period_end is not None
    assert account.current_period_end > before
    assert is_member(alice)
    assert not Alert.objects.filter(kind="outbox").exists()


def test_s32_an_end_nobody_told_us_of_gives_no_leeway_without_end(money: Money, alice: User, later: Later) -> None:
    account = money.subscribe(alice)
    money.stripe.set_card(account.stripe_customer_id or "", "declined")
    money.stripe.cancel(account.subscription_id)
    assert is_member(alice)
    tasks.reconcile()
    assert not is_member(alice)


def test_a_member_for_a_year_pays_twelve_times(money: Money, alice: User, later: Later) -> None:
    money.subscribe(alice)
    for _ in range(11):
        later(days=31)
        money.deliver()
        assert is_member(alice)
    assert [charge["amount"] for charge in money.stripe.store.all("charge")] == [300] * 12
