"""Accounts that are deleted, customers that vanish, addresses that change."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions import closing
from accounts.models import Letter, User
from billing import tasks
from billing.actions import addresses, customers, performing
from billing.actions.closing import let_go
from billing.entitlements import plan_for
from billing.models import Alert, BillingAccount, CheckoutIntent, OutboxCall
from tests.billing.ground import Money
from tests.processes import Worker, until
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.stripe.errors import ApiError
from tests.sandbox.world import World

Later = Callable[..., None]

pytestmark = pytest.mark.django_db


def is_member(user: User) -> bool:
    return plan_for(user).name == "premium"


def leave(user: User) -> None:
    """Somebody deletes their account, and the worker of that does its work."""
    closing.ask(user)
    closing.close(str(user.id))
    assert not User.objects.filter(id=user.id).exists()


def statuses(money: Money) -> list[str]:
    return [each["status"] for each in money.stripe.store.all("subscription")]


def test_s37_a_customer_deleted_at_stripe_ends_and_the_next_checkout_makes_another(money: Money, alice: User) -> None:
    old = money.subscribe(alice).stripe_customer_id
    assert old is not None
    money.stripe.delete_customer(old)
    money.deliver("customer.deleted")
    account = money.account(alice)
    assert (account.status, account.access_until, is_member(alice)) == ("canceled", None, False)
    money.deliver()
    account = money.subscribe(alice, "year")
    assert account.stripe_customer_id not in {None, old}
    assert (account.status, account.price_key, is_member(alice)) == ("active", "year", True)


def test_s37_a_death_while_the_next_customer_is_made_makes_one(money: Money, alice: User) -> None:
    account = money.a_customer(alice)
    money.stripe.delete_customer(account.stripe_customer_id or "")
    first = customers.ensure_customer(account)
    BillingAccount.objects.update(stripe_customer_id=account.stripe_customer_id)
    assert customers.ensure_customer(account) == first


def test_s37_the_portal_of_a_deleted_customer_leads_to_the_prices(money: Money, alice: User, client: Client) -> None:
    account = money.subscribe(alice)
    money.stripe.delete_customer(account.stripe_customer_id or "")
    client.force_login(alice)
    answer = client.post("/premium/manage")
    assert (answer.status_code, answer["Location"]) == (303, "/premium")
    assert not is_member(alice)


@pytest.mark.django_db(transaction=True)
def test_s38_an_account_deleted_while_stripe_is_away_is_not_charged_again(
    money: Money, alice: User, world: World, later: Later
) -> None:
    account = money.subscribe(alice)
    fault = world.faults.add("stripe", "error", times=FOR_EVER, status=500)
    leave(alice)
    assert performing.work_due() == 0
    call = OutboxCall.objects.get()
    assert (call.attempts, call.done_at, statuses(money)) == (1, None, ["active"])
    assert call.not_before is not None
    assert call.not_before > timezone.now()
    for _ in range(11):
        later(minutes=11)
        performing.work_due()
    assert Alert.objects.filter(kind="outbox").count() == 1
    fault.times = 0
    later(minutes=11)
    assert performing.work_due() == 1
    assert statuses(money) == ["canceled"]
    later(days=40)
    money.rest()
    assert len(money.stripe.store.all("charge")) == 1
    kept = BillingAccount.objects.get(id=account.id)
    assert (kept.user, kept.status, kept.access_until) == (None, "canceled", None)


def test_s38_a_real_worker_ends_it_when_stripe_is_back(
    money: Money, alice: User, world: World, billing_worker: Worker
) -> None:
    money.subscribe(alice)
    world.faults.add("stripe", "error", times=6, status=500)
    billing_worker.start()
    leave(alice)
    until(lambda: statuses(money) == ["canceled"], what="the subscription ended", seconds=60)


def test_s38_everything_that_lives_is_ended(money: Money, alice: User, later: Later) -> None:
    money.subscribe(alice, card="works-then-declined")
    later(days=32)
    money.deliver()
    assert money.account(alice).status == "past_due"
    leave(alice)
    money.rest()
    assert statuses(money) == ["canceled"]
    assert not Letter.objects.filter(to=alice.email).exclude(name="goodbye").exists()


def test_s39_a_page_that_is_open_when_its_owner_leaves_is_closed(money: Money, alice: User) -> None:
    session = money.begin(alice)
    leave(alice)
    money.rest()
    assert money.stripe.store.get("checkout.session", session)["status"] == "expired"
    with pytest.raises(ApiError):
        money.stripe.pay(session)


def test_s39_what_is_paid_after_leaving_is_cancelled_and_returned(money: Money, alice: User) -> None:
    session = money.begin(alice, "year")
    leave(alice)
    money.stripe.pay(session)
    money.rest()
    assert statuses(money) == ["canceled"]
    assert [charge["amount_refunded"] for charge in money.stripe.store.all("charge")] == [3000]


def test_s39_a_delayed_payment_that_comes_after_leaving_is_returned(money: Money, alice: User) -> None:
    session = money.begin(alice)
    money.stripe.pay(session, card="delayed")
    money.rest()
    leave(alice)
    money.rest()
    money.stripe.settle(session)
    money.rest()
    assert statuses(money) == ["canceled"]
    assert [charge["amount_refunded"] for charge in money.stripe.store.all("charge")] == [300]


def test_s39_what_was_paid_before_leaving_is_not_returned(money: Money, alice: User, later: Later) -> None:
    money.subscribe(alice)
    later(days=3)
    leave(alice)
    money.rest()
    assert statuses(money) == ["canceled"]
    assert money.stripe.store.all("refund") == []


def test_s39_leaving_is_said_twice_and_done_once(money: Money, alice: User) -> None:
    money.subscribe(alice)
    let_go(alice)
    first = money.account(alice).closing_at
    let_go(alice)
    assert money.account(alice).closing_at == first
    assert OutboxCall.objects.count() == 1


def test_s40_a_new_address_is_told_to_stripe_once(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    for email in ("alice@example.org", "alice@example.com", "alice@example.org"):
        User.objects.filter(id=alice.id).update(email=email)
        tasks.sweep()
        tasks.sweep()
        money.rest()
        assert money.stripe.store.get("customer", account.stripe_customer_id or "")["email"] == email
        assert money.account(alice).email_synced == email
    assert OutboxCall.objects.filter(action=OutboxCall.Action.PUSH_EMAIL).count() == 3
    asked = money.stripe.requests.of("POST", f"/v1/customers/{account.stripe_customer_id}")
    assert len(asked) == 3


def test_s40_an_address_changed_at_stripe_changes_nothing_here(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    customer = account.stripe_customer_id or ""
    money.stripe.edit_customer(customer, email="mallory@example.net")
    money.rest()
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    tasks.sweep()
    money.rest()
    assert money.stripe.store.get("customer", customer)["email"] == "alice@example.com"
    assert addresses.push_changed() == 0


def test_an_open_page_of_somebody_who_leaves_is_kept_apart_from_others(money: Money, alice: User, bob: User) -> None:
    money.begin(alice)
    session = money.begin(bob)
    leave(alice)
    money.rest()
    assert money.stripe.store.get("checkout.session", session)["status"] == "open"
    assert CheckoutIntent.objects.get(session_id=session).state == CheckoutIntent.State.OPEN
