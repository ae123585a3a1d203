"""The nightly look: what differs from Stripe is found by few calls, mended once, and told to operators."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from billing import plans
from billing.entitlements import plan_for
from billing.gateway import pacing, setup
from billing.gateway.client import client
from billing.models import Alert, BillingAccount, CheckoutIntent, OutboxCall, Payment, Reconciliation
from tests.accounts.signing import a_person
from tests.billing.ground import Money
from tests.billing.nights import command, end_unheard, look

Later = Callable[..., None]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pretend Stripe has no limit to keep."""
    monkeypatch.setattr(pacing, "CALLS_A_SECOND", 10_000)


def test_where_nothing_differs_nothing_is_said(money: Money, alice: User) -> None:
    money.subscribe(alice)
    row = look()
    assert (row.accounts, row.drift, row.report) == (1, 0, [])
    assert row.finished_at is not None
    assert not Alert.objects.exists()


def test_many_members_cost_no_more_calls_than_one(money: Money, alice: User) -> None:
    money.subscribe(alice)
    few = look().calls
    for number in range(2):
        money.subscribe(a_person(f"member{number}@example.com"))
    row = look()
    assert row.accounts == 3
    assert row.calls == few


def test_a_dry_run_says_everything_and_changes_nothing(money: Money, alice: User, bob: User) -> None:
    ended, renewing = money.subscribe(alice), money.subscribe(bob)
    end_unheard(money, ended)
    BillingAccount.objects.filter(pk=renewing.pk).update(access_until=None, status="paused")
    said = command()
    assert "2 accounts looked at" in said
    assert "2 differed and left as they are (--fix mends them)" in said
    assert "status active → canceled" in said
    assert "status paused → active" in said
    assert plan_for(alice).name == "premium"
    assert plan_for(bob).name == "free"
    assert "drift 0" in said, "a dry run is no nightly look"
    assert Reconciliation.objects.get().fixes is False


def test_what_differs_is_mended_and_differs_no_more(money: Money, alice: User, bob: User) -> None:
    ended, renewing = money.subscribe(alice), money.subscribe(bob)
    end_unheard(money, ended)
    BillingAccount.objects.filter(pk=renewing.pk).update(access_until=None, status="paused")
    assert "2 differed and mended" in command("--fix")
    assert plan_for(alice).name == "free"
    assert plan_for(bob).name == "premium"
    assert look().drift == 0


def test_a_customer_that_was_deleted_at_stripe_has_nothing_left(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    money.stripe.delete_customer(account.stripe_customer_id or "")
    assert look().drift == 1
    assert money.account(alice).status == "canceled"
    assert plan_for(alice).name == "free"


def test_a_price_that_was_replaced_still_is_ours(money: Money, alice: User) -> None:
    money.subscribe(alice)
    setup.price(plans.Price("month", "unroller_premium_month", 500), with_tax=False)
    row = look()
    assert (row.accounts, row.drift) == (1, 0)
    assert plan_for(alice).name == "premium"


def test_somebody_else_s_subscription_to_our_price_is_an_alert_once(money: Money) -> None:
    stranger = client().v1.customers.create(params={"email": "x@example.com"}).id
    money.stripe.set_card(stranger, "works")
    made = client().v1.subscriptions.create(
        params={
            "customer": stranger,
            "items": [{"price": money.prices["month"]}],
            "payment_behavior": "allow_incomplete",
        }
    )
    look()
    look()
    alert = Alert.objects.get()
    assert (alert.kind, alert.key) == ("stranger", made.id)


def test_other_products_of_the_same_account_are_none_of_ours(money: Money, alice: User) -> None:
    money.subscribe(alice)
    api = client().v1
    price = api.prices.create(
        params={
            "currency": "usd",
            "unit_amount": 900,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Something else"},
        }
    )
    stranger = api.customers.create(params={"email": "x@example.com"}).id
    money.stripe.set_card(stranger, "works")
    api.subscriptions.create(params={"customer": stranger, "items": [{"price": price.id}]})
    row = look()
    assert (row.accounts, row.report) == (1, [])
    assert not Alert.objects.exists()


def test_who_deleted_their_account_and_still_has_a_subscription_is_cancelled(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    BillingAccount.objects.filter(pk=account.pk).update(closing_at=timezone.now() + timedelta(seconds=2), user=None)
    look()
    call = OutboxCall.objects.get(done_at=None)
    assert call.action == OutboxCall.Action.CANCEL_SUBSCRIPTION
    assert call.args == {"subscription": account.subscription_id}


def test_customers_of_the_other_mode_are_told_and_left_alone(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    end_unheard(money, account)
    BillingAccount.objects.update(livemode=True)
    row = look()
    assert row.report == ["The key is a test key, and 1 customers were made with a live key."]
    assert money.account(alice).status == "active"
    assert Alert.objects.get().kind == "livemode"


def test_a_payment_without_a_row_gets_one(money: Money, alice: User, later: Later) -> None:
    money.subscribe(alice)
    later(minutes=10)
    Payment.objects.all().delete()
    dry = look(fixes=False)
    assert "was not known" in " ".join(dry.report)
    assert not Payment.objects.exists()
    look()
    assert Payment.objects.get().amount == 300
    assert "was not known" not in " ".join(look().report)


def test_a_checkout_that_ended_unheard_ends_here(money: Money, alice: User, bob: User, later: Later) -> None:
    paid, left = money.begin(alice), money.begin(bob)
    money.stripe.pay(paid)
    lost = CheckoutIntent.objects.create(
        kind="donation", amount=500, currency="usd", expires_at=timezone.now() + timedelta(minutes=31)
    )
    later(hours=25)
    assert look(fixes=False).report.count(f"Checkout {lost.pk} ({lost}) seemed to be open.") == 1
    look()
    states = dict(CheckoutIntent.objects.values_list("session_id", "state"))
    assert states == {paid: "complete", left: "expired", None: "expired"}
    assert plan_for(alice).name == "premium"
    assert plan_for(bob).name == "free"


def test_a_checkout_of_today_is_left_to_its_events(money: Money, alice: User) -> None:
    money.begin(alice)
    look()
    assert CheckoutIntent.objects.get().state == CheckoutIntent.State.OPEN


def test_events_that_may_still_be_travelling_are_waited_for(money: Money, alice: User) -> None:
    money.stripe.pay(money.begin(alice))
    assert look().replayed == 0
