"""What was decided to end ends without another bill, however late Stripe hears of it, and whoever's key it is."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from accounts.models import Letter, User
from accounts.signals import account_closing
from billing.actions import customers, managing, performing, syncing
from billing.entitlements import plan_for
from billing.gateway.errors import Denied
from billing.models import BillingAccount, OutboxCall, Payment
from tests.billing.ground import Money

pytestmark = pytest.mark.django_db
Later = Callable[..., None]


def charges(money: Money) -> list[tuple[int, int]]:
    return [(each["amount"], each["amount_refunded"]) for each in money.stripe.store.all("charge")]


def test_whoever_left_while_stripe_was_away_gets_the_renewal_back(money: Money, alice: User, later: Later) -> None:
    money.subscribe(alice)
    later(days=29)
    account_closing.send(sender=User, user=alice)  # the outbox does not reach Stripe for three days
    later(days=3)
    money.rest()
    performing.work_due()
    assert charges(money) == [(300, 0), (300, 300)]
    assert BillingAccount.objects.get().status == "canceled"


def test_a_membership_that_was_given_back_is_not_renewed_for_nothing(money: Money, alice: User, later: Later) -> None:
    money.subscribe(alice)
    later(days=29)
    money.stripe.refund(Payment.objects.get().charge_id)
    money.deliver()  # the cancelling waits
    later(days=4)
    money.rest()
    performing.work_due()
    assert charges(money) == [(300, 300), (300, 300)]
    assert plan_for(alice).name == "free"


def test_what_was_paid_before_stays_paid(money: Money, alice: User, later: Later) -> None:
    account = money.subscribe(alice)
    later(days=32)
    money.rest()
    money.stripe.cancel(account.subscription_id)
    account_closing.send(sender=User, user=alice)
    money.rest()
    assert charges(money) == [(300, 0), (300, 0)]


def test_a_test_key_ends_no_live_membership(money: Money, alice: User, settings: Settings) -> None:
    account = money.subscribe(alice)
    before = syncing.mirror_of(account)
    BillingAccount.objects.update(livemode=True, stripe_customer_id="cus_of_the_live_mode")
    account = money.account(alice)
    for act in (
        lambda: syncing.sync_customer("cus_of_the_live_mode"),
        lambda: customers.ensure_customer(account),
        lambda: managing.portal(alice),
    ):
        with pytest.raises(Denied):
            act()
    after = money.account(alice)
    assert (syncing.mirror_of(after), after.stripe_customer_id, after.livemode) == (
        before,
        "cus_of_the_live_mode",
        True,
    )


def test_a_delayed_payment_that_fails_leaves_nothing_to_pay(money: Money, alice: User, later: Later) -> None:
    session = money.begin(alice)
    money.stripe.pay(session, card="delayed")
    money.rest()
    money.stripe.settle(session, ok=False)
    money.rest()
    account = money.account(alice)
    assert (account.status, plan_for(alice).name) == ("canceled", "free")
    assert [letter.name for letter in Letter.objects.all()] == ["delayed_payment_failed"]
    money.stripe.set_card(str(account.stripe_customer_id), "works")
    later(days=40)
    money.rest()
    assert [each for each in money.stripe.store.all("charge") if each["status"] == "succeeded"] == []
    assert money.subscribe(alice, "year").status == "active"


def test_a_card_that_waited_does_not_replace_a_newer_one(money: Money, alice: User, later: Later) -> None:
    account = money.subscribe(alice)
    customer = str(account.stripe_customer_id)
    money.stripe.portal_card(customer, "works-then-declined")
    money.deliver()
    waiting = OutboxCall.objects.get(action=OutboxCall.Action.USE_CARD)
    OutboxCall.objects.filter(id=waiting.id).update(not_before=waiting.created_at.replace(year=2099))
    money.stripe.portal_card(customer, "works")
    money.rest()
    OutboxCall.objects.filter(id=waiting.id).update(not_before=None)
    performing.work_due()
    newest = money.stripe.store.get("customer", customer)["invoice_settings"]["default_payment_method"]
    assert money.stripe.store.get("subscription", account.subscription_id)["default_payment_method"] == newest


def test_a_renewal_that_fails_to_the_end_is_told(money: Money, alice: User, later: Later) -> None:
    money.subscribe(alice, card="works-then-declined")
    for _ in range(7):
        later(days=8)
        money.rest()
    assert money.account(alice).status == "canceled"
    assert [letter.name for letter in Letter.objects.order_by("created_at")][-1] == "membership_ended"
    assert Letter.objects.filter(name="membership_ended").count() == 1
