"""A bank asks, takes the money back, and decides: what premium does meanwhile."""

from collections.abc import Callable

import pytest

from accounts.models import User
from billing.actions.alerts import settle
from billing.entitlements import plan_for
from billing.models import Alert, BillingAccount, Grant, OutboxCall, Payment
from tests.billing.ground import Money

Later = Callable[..., None]

pytestmark = pytest.mark.django_db


def is_member(user: User) -> bool:
    return plan_for(user).name == "premium"


def paid_last(user: User) -> Payment:
    return Payment.objects.filter(account__user=user).latest("paid_at", "id")


def disputed(money: Money, user: User, key: str = "month", *, status: str = "needs_response") -> str:
    """A member whose bank disputes what they paid; the dispute's id."""
    money.subscribe(user, key)
    dispute = money.stripe.dispute(paid_last(user).charge_id, status)
    money.rest()
    return str(dispute["id"])


def decide(money: Money, dispute: str, status: str) -> None:
    money.stripe.change_dispute(dispute, status)
    money.rest()


def alerts() -> list[str]:
    return list(Alert.objects.order_by("id").values_list("kind", flat=True))


def renews(account: BillingAccount) -> bool:
    return account.status == "active" and account.ends_at is None


def test_s36_an_inquiry_is_an_alert_and_nothing_else(money: Money, alice: User) -> None:
    dispute = disputed(money, alice, status="warning_needs_response")
    assert alerts() == ["inquiry"]
    assert is_member(alice)
    assert renews(money.account(alice))
    decide(money, dispute, "warning_closed")
    assert alerts() == ["inquiry"]
    assert renews(money.account(alice))


def test_s36_a_dispute_suspends_and_stops_the_renewal(money: Money, alice: User) -> None:
    disputed(money, alice)
    account = money.account(alice)
    assert not is_member(alice)
    assert account.suspended_at is not None
    assert account.ends_at == account.current_period_end
    alert = Alert.objects.get()
    assert alert.kind == "dispute"
    assert "Evidence: account since" in alert.sentence


@pytest.mark.parametrize("status", ["under_review", "appeal_under_review", "something_new"])
def test_s36_while_it_is_reviewed_nothing_changes(money: Money, alice: User, status: str) -> None:
    decide(money, disputed(money, alice), status)
    assert not is_member(alice)
    assert money.account(alice).ends_at is not None


@pytest.mark.parametrize("status", ["won", "prevented"])
def test_s36_a_dispute_that_is_won_restores_everything(money: Money, alice: User, status: str) -> None:
    decide(money, disputed(money, alice), status)
    account = money.account(alice)
    assert is_member(alice)
    assert renews(account)
    assert account.suspended_at is None
    assert not account.stopped_for_dispute


def test_s36_events_that_come_again_and_late_change_nothing(money: Money, alice: User) -> None:
    decide(money, disputed(money, alice), "won")
    for event in reversed(money.stripe.events.all()):
        money.bring(event)
    money.rest()
    assert is_member(alice)
    assert renews(money.account(alice))
    assert alerts() == ["dispute"]


def test_s36_a_dispute_that_is_lost_cancels(money: Money, alice: User) -> None:
    decide(money, disputed(money, alice), "lost")
    assert money.account(alice).status == "canceled"
    assert not is_member(alice)
    assert alerts() == ["dispute", "dispute_lost"]


def test_s36_whoever_lost_a_dispute_can_pay_again(money: Money, alice: User) -> None:
    decide(money, disputed(money, alice), "lost")
    money.subscribe(alice)
    assert is_member(alice)
    assert money.account(alice).suspended_at is None


def test_s36_a_dispute_that_is_lost_at_once_cancels_too(money: Money, alice: User) -> None:
    disputed(money, alice, status="lost")
    assert money.account(alice).status == "canceled"
    assert not is_member(alice)


def test_s36_what_the_member_cancelled_themselves_stays_cancelled(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    money.stripe.portal_cancel(account.stripe_customer_id or "")
    money.rest()
    dispute = money.stripe.dispute(paid_last(alice).charge_id)
    money.rest()
    assert not is_member(alice)
    decide(money, dispute["id"], "won")
    assert is_member(alice)
    assert money.account(alice).ends_at is not None


def test_s36_a_win_that_overtakes_the_stop_leaves_the_renewal_alone(money: Money, alice: User) -> None:
    """Stripe was away while the dispute was open: the stop never happened, and must not happen after the win."""
    money.subscribe(alice)
    dispute = money.stripe.dispute(paid_last(alice).charge_id)
    money.deliver()
    assert OutboxCall.objects.filter(action=OutboxCall.Action.STOP_RENEWAL, done_at=None).exists()
    decide(money, dispute["id"], "won")
    assert renews(money.account(alice))
    assert is_member(alice)


def test_s36_an_appeal_after_a_win_suspends_again(money: Money, alice: User) -> None:
    dispute = disputed(money, alice)
    decide(money, dispute, "won")
    decide(money, dispute, "appeal_under_review")
    assert not is_member(alice)
    assert money.account(alice).ends_at is not None
    decide(money, dispute, "won")
    assert renews(money.account(alice))


def test_s36_a_dispute_of_the_second_of_two_touches_the_first_not(money: Money, alice: User) -> None:
    money.two_paid_pages(alice)
    money.deliver()
    second = Payment.objects.get(account__user=alice, amount=3000)
    money.stripe.dispute(second.charge_id)
    money.rest()
    assert is_member(alice)
    assert renews(money.account(alice))


def test_s36_a_dispute_that_outlives_its_subscription_does_not_bind_the_next(
    money: Money, alice: User, later: Later
) -> None:
    disputed(money, alice)
    later(days=35)
    money.rest()
    assert money.account(alice).status == "canceled"
    money.subscribe(alice)
    assert is_member(alice)


def test_s36_a_renewal_that_is_resumed_in_the_portal_is_stopped_again(money: Money, alice: User, later: Later) -> None:
    dispute = disputed(money, alice)
    customer = money.account(alice).stripe_customer_id or ""
    for _ in range(2):
        money.stripe.portal_resume(customer)
        money.rest()
        assert money.account(alice).ends_at is not None
        assert money.account(alice).stopped_for_dispute
    assert OutboxCall.objects.filter(action=OutboxCall.Action.STOP_RENEWAL).count() == 3
    decide(money, dispute, "won")
    assert renews(money.account(alice))
    later(days=32)
    money.rest()
    assert Payment.objects.count() == 2


def test_s36_nobody_who_resumed_meanwhile_is_charged(money: Money, alice: User, later: Later) -> None:
    disputed(money, alice)
    money.stripe.portal_resume(money.account(alice).stripe_customer_id or "")
    money.rest()
    later(days=32)
    money.rest()
    assert Payment.objects.count() == 1
    assert money.account(alice).status == "canceled"


def test_s36_what_they_resumed_meanwhile_renews_after_the_win(money: Money, alice: User) -> None:
    """They had cancelled themselves, and changed their mind while the bank decided."""
    account = money.subscribe(alice)
    money.stripe.portal_cancel(account.stripe_customer_id or "")
    money.rest()
    dispute = money.stripe.dispute(paid_last(alice).charge_id)
    money.rest()
    money.stripe.portal_resume(account.stripe_customer_id or "")
    money.rest()
    assert money.account(alice).ends_at is not None
    decide(money, dispute["id"], "won")
    assert renews(money.account(alice))


def test_s36_a_win_after_the_end_gives_the_suspended_time(money: Money, alice: User, later: Later) -> None:
    money.subscribe(alice)
    later(days=10)
    dispute = money.stripe.dispute(paid_last(alice).charge_id)["id"]
    money.rest()
    account = money.account(alice)
    assert account.suspended_at is not None
    assert account.current_period_end is not None
    owed = account.current_period_end - account.suspended_at
    later(days=40)
    money.rest()
    assert money.account(alice).status == "canceled"
    assert not is_member(alice)
    decide(money, dispute, "won")
    assert is_member(alice)
    grant = Grant.objects.get()
    assert grant.ends_at is not None
    assert grant.ends_at - grant.starts_at == owed
    for event in money.stripe.events.all():
        money.bring(event)
    assert Grant.objects.get() == grant
    later(days=owed.days + 1)
    assert not is_member(alice)


def test_s36_a_win_after_the_end_may_be_appealed_and_won_again(money: Money, alice: User, later: Later) -> None:
    dispute = disputed(money, alice)
    later(days=40)
    money.rest()
    for _ in range(2):
        decide(money, dispute, "won")
        assert is_member(alice)
        later(days=10)
        decide(money, dispute, "appeal_under_review")
        assert not is_member(alice)
    decide(money, dispute, "lost")
    assert not is_member(alice)


def test_s36_a_dispute_that_is_lost_and_won_on_appeal_gives_the_rest(money: Money, alice: User) -> None:
    dispute = disputed(money, alice)
    decide(money, dispute, "lost")
    assert not is_member(alice)
    decide(money, dispute, "won")
    assert is_member(alice)


def test_s36_what_was_won_and_then_given_back_gives_nothing(money: Money, alice: User, later: Later) -> None:
    dispute = disputed(money, alice)
    later(days=40)
    money.rest()
    decide(money, dispute, "won")
    money.stripe.refund(paid_last(alice).charge_id)
    money.rest()
    assert not is_member(alice)


def test_s36_only_what_asks_for_an_answer_is_told(money: Money, alice: User) -> None:
    dispute = disputed(money, alice)
    for status, told in {"under_review": 1, "appeal_needs_response": 2, "appeal_under_review": 2, "won": 2}.items():
        settle(list(Alert.objects.values_list("id", flat=True)))
        decide(money, dispute, status)
        assert Alert.objects.filter(kind="dispute").count() == told
    assert alerts() == ["dispute", "dispute"]


def test_s36_a_newer_dispute_that_is_won_hides_no_lost_one(money: Money, alice: User) -> None:
    decide(money, disputed(money, alice), "lost")
    payment = paid_last(alice)
    money.stripe.store.get("charge", payment.charge_id)["disputed"] = False
    second = money.stripe.dispute(payment.charge_id)
    money.rest()
    assert alerts() == ["dispute", "dispute_lost", "dispute"]
    decide(money, second["id"], "won")
    payment.refresh_from_db()
    assert payment.dispute == "lost"
    assert not is_member(alice)
