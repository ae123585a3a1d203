"""Money that goes back: what that ends, what it does not, and what happens when it never arrives."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import Letter, User
from billing.actions import payments, refunding
from billing.entitlements import plan_for
from billing.models import Alert, Grant, Payment
from tests.accounts.signing import a_person
from tests.billing.ground import Money

Later = Callable[..., None]

pytestmark = pytest.mark.django_db


def is_member(user: User) -> bool:
    return plan_for(user).name == "premium"


def paid_last(user: User) -> Payment:
    return Payment.objects.filter(account__user=user).latest("paid_at", "id")


def letters(name: str) -> list[str]:
    return list(Letter.objects.filter(name=name).values_list("to", flat=True))


def test_a_payment_of_a_member_becomes_a_row(money: Money, alice: User) -> None:
    account = money.subscribe(alice, "year")
    payment = paid_last(alice)
    assert (payment.kind, payment.amount, payment.currency, payment.amount_refunded) == ("premium", 3000, "usd", 0)
    assert (payment.subscription_id, payment.period_end) == (account.subscription_id, account.current_period_end)
    assert payment.receipt_url
    assert payment.invoice_id


def test_s35_a_partial_refund_changes_nothing(money: Money, alice: User) -> None:
    money.subscribe(alice)
    money.stripe.refund(paid_last(alice).charge_id, 100)
    money.rest()
    assert paid_last(alice).amount_refunded == 100
    assert is_member(alice)
    assert money.account(alice).status == "active"
    assert not letters("membership_refunded")


def test_s35_a_full_refund_ends_premium_with_one_mail(money: Money, alice: User) -> None:
    money.subscribe(alice)
    money.stripe.refund(paid_last(alice).charge_id)
    money.rest()
    assert not is_member(alice)
    assert money.account(alice).status == "canceled"
    assert paid_last(alice).ended_access
    for event in money.stripe.events.all():
        money.bring(event)
    money.rest()
    assert letters("membership_refunded") == ["alice@example.com"]
    assert not is_member(alice)


def test_s35_two_partial_refunds_make_a_full_one(money: Money, alice: User) -> None:
    money.subscribe(alice)
    money.stripe.refund(paid_last(alice).charge_id, 200)
    money.rest()
    assert is_member(alice)
    money.stripe.refund(paid_last(alice).charge_id, 100)
    money.rest()
    assert not is_member(alice)


def test_s35_the_refund_of_an_older_period_ends_nothing(money: Money, alice: User, later: Later) -> None:
    money.subscribe(alice)
    first = paid_last(alice)
    later(days=32)
    money.rest()
    assert paid_last(alice) != first
    money.stripe.refund(first.charge_id)
    money.rest()
    first.refresh_from_db()
    assert first.is_refunded
    assert not first.ended_access
    assert is_member(alice)


def test_s35_the_refund_of_the_month_that_a_year_replaced_ends_nothing(money: Money, alice: User, later: Later) -> None:
    account = money.subscribe(alice)
    month = paid_last(alice)
    later(days=3)
    money.stripe.portal_switch(account.stripe_customer_id or "", money.prices["year"])
    money.rest()
    assert money.account(alice).price_key == "year"
    money.stripe.refund(month.charge_id)
    money.rest()
    assert is_member(alice)
    money.stripe.refund(paid_last(alice).charge_id)
    money.rest()
    assert not is_member(alice)


def test_s35_the_refund_of_a_duplicate_leaves_the_valid_one_alone(money: Money, alice: User) -> None:
    money.two_paid_pages(alice)
    money.rest()
    rows = Payment.objects.filter(account=money.account(alice))
    assert sorted(row.is_refunded for row in rows) == [False, True]
    assert not any(row.ended_access for row in rows)
    assert is_member(alice)
    assert not letters("membership_refunded")


def test_s35_a_refund_that_fails_gives_the_period_back(money: Money, alice: User, later: Later) -> None:
    ends = money.subscribe(alice, "year").current_period_end
    refund = money.stripe.refund(paid_last(alice).charge_id)
    money.rest()
    assert not is_member(alice)
    later(days=6)
    money.stripe.fail_refund(refund["id"])
    money.rest()
    assert is_member(alice)
    grant = Grant.objects.get(source=Grant.Source.REFUND_FAILED)
    assert grant.ends_at == ends
    assert Alert.objects.filter(kind="refund_failed", key=refund["id"]).count() == 1
    money.stripe.refund(paid_last(alice).charge_id)
    money.rest()
    assert not is_member(alice)


def test_s35_an_alert_that_was_settled_is_not_raised_again(money: Money, alice: User) -> None:
    money.subscribe(alice)
    refund = money.stripe.refund(paid_last(alice).charge_id, 100)
    money.stripe.fail_refund(refund["id"])
    money.rest()
    Alert.objects.update(resolved_at=timezone.now())
    payments.sync_payment(paid_last(alice).payment_intent)
    assert Alert.objects.count() == 1
    assert is_member(alice)


def test_an_operator_gives_a_payment_back(money: Money, alice: User) -> None:
    boss = a_person("boss@example.com")
    money.subscribe(alice)
    first = refunding.refund(paid_last(alice), "They asked kindly", boss)
    assert refunding.refund(paid_last(alice), "Again", boss) == first
    money.rest()
    assert first.args["why"] == "They asked kindly"
    assert paid_last(alice).is_refunded
    assert not is_member(alice)
    with pytest.raises(refunding.NothingLeft):
        refunding.refund(paid_last(alice), "Once more", boss)
    assert len(money.stripe.store.all("refund")) == 1


def test_an_operator_tries_again_after_a_refund_that_failed(money: Money, alice: User) -> None:
    boss = a_person("boss@example.com")
    money.subscribe(alice)
    refunding.refund(paid_last(alice), "They asked", boss)
    money.rest()
    money.stripe.fail_refund(money.stripe.store.all("refund")[0]["id"])
    money.rest()
    refunding.refund(paid_last(alice), "They asked still", boss)
    money.rest()
    assert paid_last(alice).is_refunded
    assert len(money.stripe.store.all("refund")) == 2


def test_a_disputed_payment_is_not_given_back(money: Money, alice: User) -> None:
    money.subscribe(alice)
    money.stripe.dispute(paid_last(alice).charge_id)
    money.rest()
    with pytest.raises(refunding.NothingLeft, match="dispute"):
        refunding.refund(paid_last(alice), "Peace", a_person("boss@example.com"))


def test_a_warning_of_fraud_gives_a_small_payment_back_at_once(money: Money, alice: User) -> None:
    money.subscribe(alice)
    money.stripe.warn_of_fraud(paid_last(alice).charge_id)
    money.rest()
    assert paid_last(alice).is_refunded
    assert not is_member(alice)
    assert Alert.objects.filter(kind="fraud").count() == 1


def test_a_warning_of_fraud_about_more_is_left_to_an_operator(money: Money, alice: User) -> None:
    money.subscribe(alice, "year")
    money.stripe.warn_of_fraud(paid_last(alice).charge_id)
    money.rest()
    assert not paid_last(alice).amount_refunded
    assert is_member(alice)
    assert Alert.objects.filter(kind="fraud").count() == 1


def test_a_payment_of_nothing_of_ours_is_nothing_to_us(money: Money) -> None:
    assert payments.sync_payment("pi_unknown") is None
    assert not payments.warned("pi_unknown")
    assert not Payment.objects.exists()
