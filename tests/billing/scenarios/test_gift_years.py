"""The year of a gift: it lies after what is there already, moves with that, and is gone when its money is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from billing.actions import gifts, granting
from billing.entitlements import plan_for
from billing.models import Alert, Gift, Grant, Payment
from tests.billing.ground import Money

Later = Callable[..., None]

pytestmark = pytest.mark.django_db
MOMENT = timedelta(minutes=1)


def is_member(user: User) -> bool:
    return plan_for(user).name == "premium"


def now() -> datetime:
    return datetime.now(UTC)


def year_of(gift: Gift) -> Grant:
    return Grant.objects.get(gift=gift)


def refund(money: Money, gift: Gift) -> str:
    refund = money.stripe.refund(Payment.objects.get(intent=gift.intent).charge_id)
    money.rest()
    return str(refund["id"])


def test_s48_redeemed_while_subscribed_it_begins_after_what_is_paid(money: Money, alice: User, later: Later) -> None:
    account = money.subscribe(alice)
    grant = gifts.redeem(alice, money.a_gift().code)
    assert grant.starts_at == account.current_period_end
    for _ in range(2):
        later(days=31)
        money.rest()
        account = money.account(alice)
        grant.refresh_from_db()
        assert grant.starts_at == account.current_period_end
        assert grant.ends_at is not None
        assert grant.ends_at - grant.starts_at >= timedelta(days=365)
    assert account.status == "active"


def test_s48_it_begins_when_the_subscription_ends(money: Money, alice: User, later: Later) -> None:
    account = money.subscribe(alice)
    gift = money.a_gift()
    gifts.redeem(alice, gift.code)
    money.stripe.portal_cancel(account.stripe_customer_id or "")
    money.rest()
    later(days=40)
    money.rest()
    assert money.account(alice).status == "canceled"
    assert is_member(alice)
    assert year_of(gift).starts_at == account.current_period_end


def test_s48_a_renewal_that_is_heard_of_days_late_costs_the_gift_nothing(
    money: Money, alice: User, later: Later
) -> None:
    money.subscribe(alice)
    gift = money.a_gift()
    gifts.redeem(alice, gift.code)
    later(days=36)
    assert year_of(gift).starts_at < now()
    money.rest()
    grant = year_of(gift)
    assert grant.starts_at == money.account(alice).current_period_end
    assert grant.ends_at is not None
    assert grant.ends_at - grant.starts_at >= timedelta(days=365)


def test_s48_whoever_subscribes_during_a_gift_keeps_the_rest_of_it(money: Money, alice: User, later: Later) -> None:
    gift = money.a_gift()
    gifts.redeem(alice, gift.code)
    later(days=100)
    account = money.subscribe(alice)
    grant = year_of(gift)
    assert account.current_period_end is not None
    assert grant.ends_at is not None
    assert abs(grant.starts_at - account.current_period_end) < MOMENT
    assert abs(grant.ends_at - grant.starts_at - timedelta(days=265)) < timedelta(days=1, minutes=5)


def test_s48_a_gift_comes_forward_when_the_subscription_is_refunded(money: Money, alice: User) -> None:
    money.subscribe(alice, "year")
    gift = money.a_gift()
    gifts.redeem(alice, gift.code)
    assert year_of(gift).starts_at > now() + timedelta(days=300)
    money.stripe.refund(Payment.objects.get(kind="premium").charge_id)
    money.rest()
    assert money.account(alice).status == "canceled"
    assert year_of(gift).starts_at <= now()
    assert is_member(alice)


def test_s48_a_gift_waits_through_the_grace_and_begins_when_that_ends_in_nothing(
    money: Money, alice: User, later: Later
) -> None:
    account = money.subscribe(alice, card="works-then-declined")
    gift = money.a_gift()
    gifts.redeem(alice, gift.code)
    later(days=32)
    money.rest()
    account = money.account(alice)
    assert account.status == "past_due"
    assert year_of(gift).starts_at == account.grace_until
    money.stripe.cancel(account.subscription_id)
    money.rest()
    grant = year_of(gift)
    assert abs(grant.starts_at - now()) < MOMENT
    assert grant.ends_at is not None
    assert grant.ends_at - grant.starts_at >= timedelta(days=365)
    assert is_member(alice)


def test_s48_two_gifts_follow_each_other(money: Money, alice: User) -> None:
    first, second = money.a_gift(), money.a_gift()
    gifts.redeem(alice, first.code)
    gifts.redeem(alice, second.code)
    assert year_of(second).starts_at == year_of(first).ends_at


def test_s48_a_gift_is_not_wasted_on_premium_without_an_end(money: Money, alice: User) -> None:
    Grant.objects.create(user=alice, starts_at=now(), reason="a friend")
    gift = money.a_gift()
    with pytest.raises(gifts.NoGift, match="Give the code to somebody else"):
        gifts.redeem(alice, gift.code)
    gift.refresh_from_db()
    assert gift.redeemed_at is None


def test_s48_refunded_after_it_was_redeemed_it_is_revoked(money: Money, alice: User) -> None:
    gift = money.a_gift()
    gifts.redeem(alice, gift.code)
    refund(money, gift)
    assert not is_member(alice)
    assert year_of(gift).revoked_at is not None


def test_s48_a_partial_refund_of_a_gift_changes_nothing(money: Money, alice: User) -> None:
    gift = money.a_gift()
    gifts.redeem(alice, gift.code)
    money.stripe.refund(Payment.objects.get().charge_id, 1000)
    money.rest()
    assert is_member(alice)


def test_s48_a_refund_that_fails_brings_the_year_back(money: Money, alice: User, later: Later) -> None:
    gift = money.a_gift()
    gifts.redeem(alice, gift.code)
    later(days=65)
    failing = refund(money, gift)
    later(days=10)
    money.stripe.fail_refund(failing)
    money.rest()
    grant = year_of(gift)
    assert is_member(alice)
    assert grant.ends_at is not None
    assert abs(grant.ends_at - now() - timedelta(days=300)) < timedelta(days=1, minutes=5)
    assert Alert.objects.filter(kind="refund_failed").count() == 1


def test_s48_a_dispute_suspends_a_gift_and_a_win_brings_it_back(money: Money, alice: User) -> None:
    gift = money.a_gift()
    gifts.redeem(alice, gift.code)
    dispute = money.stripe.dispute(Payment.objects.get().charge_id)
    money.rest()
    assert not is_member(alice)
    money.stripe.change_dispute(dispute["id"], "won")
    money.rest()
    assert is_member(alice)
    money.stripe.change_dispute(dispute["id"], "lost")
    money.rest()
    assert not is_member(alice)


def test_s48_the_gift_behind_a_refunded_one_comes_forward(money: Money, alice: User) -> None:
    first, second = money.a_gift(), money.a_gift()
    gifts.redeem(alice, first.code)
    gifts.redeem(alice, second.code)
    failing = refund(money, first)
    assert year_of(second).starts_at <= now()
    assert is_member(alice)
    money.stripe.fail_refund(failing)
    money.rest()
    assert year_of(first).starts_at == year_of(second).ends_at


def test_a_year_that_an_operator_ended_stays_ended(money: Money, alice: User) -> None:
    gift = money.a_gift()
    gifts.redeem(alice, gift.code)
    Grant.objects.update(revoked_at=now())
    failing = refund(money, gift)
    money.stripe.fail_refund(failing)
    money.rest()
    assert not is_member(alice)


def test_a_gift_waits_while_something_else_is_given_that_goes_on(money: Money, alice: User, later: Later) -> None:
    """As for a patron, whose premium is prolonged night after night."""
    gift = money.a_gift()
    gifts.redeem(alice, gift.code)
    other = Grant.objects.create(
        user=alice, source=Grant.Source.PATREON, starts_at=now(), ends_at=now() + timedelta(days=4), reason="a patron"
    )
    for _ in range(3):
        gifts.lay(alice)
        assert year_of(gift).starts_at == other.ends_at
        later(days=1)
        other.ends_at = now() + timedelta(days=4)
        other.save()
    granting.revoke([other.pk])
    grant = year_of(gift)
    assert abs(grant.starts_at - now()) < MOMENT
    assert grant.ends_at is not None
    assert abs(grant.ends_at - grant.starts_at - timedelta(days=365)) < timedelta(days=1, minutes=5)
