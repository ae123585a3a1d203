"""What Stripe keeps of a customer: whose address counts, and which card is charged."""

import pytest

from accounts.actions import closing
from accounts.models import User
from billing.actions.closing import let_go
from billing.entitlements import plan_for
from billing.models import BillingAccount, OutboxCall
from tests.billing.ground import Money
from tests.billing.webhooks import later

pytestmark = pytest.mark.django_db


def test_an_address_that_was_changed_at_stripe_is_known_and_not_taken_over(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    money.stripe.edit_customer(str(account.stripe_customer_id), email="other@example.com")
    money.deliver("customer.updated")
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    assert money.account(alice).email_synced == "other@example.com"


def test_a_new_card_is_charged_in_the_place_of_the_subscriptions_old_one(money: Money, alice: User) -> None:
    account = money.subscribe(alice, card="works-then-declined")
    money.stripe.portal_card(str(account.stripe_customer_id), "works")
    money.rest()
    with later(days=32):
        money.stripe.tick()
        money.rest()
        assert money.account(alice).status == "active"
        assert plan_for(alice).name == "premium"


def test_every_new_card_is_put_to_use_once(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    for times in (1, 2, 3):
        money.stripe.portal_card(str(account.stripe_customer_id), "works")
        money.rest()
        customer = money.stripe.store.get("customer", str(account.stripe_customer_id))
        subscription = money.stripe.store.get("subscription", account.subscription_id)
        assert subscription["default_payment_method"] == customer["invoice_settings"]["default_payment_method"]
        money.bring(money.stripe.events.all("customer.updated")[-1])
        assert OutboxCall.objects.filter(action=OutboxCall.Action.USE_CARD).count() == times


def test_without_another_card_the_subscription_keeps_its_own(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    money.stripe.edit_customer(str(account.stripe_customer_id), name="Alice")
    money.rest()
    assert not OutboxCall.objects.exists()


def test_a_change_of_a_customer_who_was_deleted_after_it_ends_the_membership(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    money.stripe.edit_customer(str(account.stripe_customer_id), name="Alice")
    money.stripe.delete_customer(str(account.stripe_customer_id))
    money.deliver("customer.updated")
    assert money.account(alice).status == "canceled"
    assert plan_for(alice).name == "free"


@pytest.mark.parametrize("is_gone", [False, True], ids=["while it is deleted", "afterwards"])
def test_the_address_of_a_deleted_account_is_not_kept_again(money: Money, alice: User, *, is_gone: bool) -> None:
    account = money.subscribe(alice)
    if is_gone:
        closing.ask(alice)
        closing.close(str(alice.id))
    else:
        let_go(alice)
    money.stripe.edit_customer(str(account.stripe_customer_id), name="Alice")
    assert money.deliver("customer.updated") > 0
    account.refresh_from_db()
    assert account.closing_at is not None
    assert account.email_synced == ""
    assert BillingAccount.objects.filter(user=alice.id).exists() is not is_gone
