"""Becoming a member: one customer, one page, one subscription, whatever is clicked and in which order things arrive."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.test import Client

from accounts.models import Letter, User
from billing.actions import checkout, customers, performing
from billing.entitlements import plan_for
from billing.gateway import customers as at_stripe
from billing.models import Alert, BillingAccount, CheckoutIntent, OutboxCall
from tests.billing.ground import Money
from tests.meeting import at_once
from tests.sandbox.stripe.errors import Declined

Later = Callable[..., None]
State = CheckoutIntent.State

pytestmark = pytest.mark.django_db


def is_member(user: User) -> bool:
    return plan_for(user).name == "premium"


def sessions(money: Money) -> list[str]:
    return [session["id"] for session in money.stripe.store.all("checkout.session")]


def living(money: Money) -> list[str]:
    return [each["id"] for each in money.stripe.store.all("subscription") if each["status"] == "active"]


def test_a_reader_becomes_a_member(money: Money, alice: User) -> None:
    account = money.subscribe(alice, "year")
    assert (account.status, account.price_key, account.ends_at) == ("active", "year", None)
    assert is_member(alice)
    assert not Alert.objects.exists()


def test_s17_a_death_between_customer_and_row_makes_no_second_customer(
    money: Money, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = customers.account_for(alice)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(BillingAccount, "save", die)
        with pytest.raises(KeyboardInterrupt):
            customers.ensure_customer(account)
    assert money.account(alice).stripe_customer_id is None
    customer_id = customers.ensure_customer(account)
    assert [each["id"] for each in money.stripe.store.all("customer")] == [customer_id]
    assert money.account(alice).stripe_customer_id == customer_id


def test_s17_the_customer_is_found_again_when_its_key_is_forgotten(money: Money, alice: User, later: Later) -> None:
    account = customers.account_for(alice)
    made = at_stripe.create(account=str(account.id), email=alice.email, key=f"cus-test-{account.id}")
    later(days=2)
    assert customers.ensure_customer(account) == made


def test_s17_a_changed_address_does_not_change_the_repeated_call(money: Money, alice: User) -> None:
    account = customers.account_for(alice)
    made = at_stripe.create(account=str(account.id), email=alice.email, key=f"cus-test-{account.id}")
    User.objects.filter(id=alice.id).update(email="alice@example.org")
    assert customers.ensure_customer(money.account(alice)) == made


@pytest.mark.django_db(transaction=True)
def test_s18_two_clicks_at_once_open_one_page_for_one_customer(money: Money, alice: User) -> None:
    addresses = at_once(*[lambda: checkout.begin_premium(alice, "year")] * 4)
    assert len(set(addresses)) == 1
    assert len(sessions(money)) == 1
    assert len(money.stripe.store.all("customer")) == 1


def test_s18_coming_back_leads_to_the_same_page(money: Money, alice: User) -> None:
    assert checkout.begin_premium(alice, "month") == checkout.begin_premium(alice, "month")
    assert len(sessions(money)) == 1


def test_s18_another_plan_closes_the_page_that_was_open(money: Money, alice: User) -> None:
    first = money.begin(alice, "month")
    second = money.begin(alice, "year")
    assert money.stripe.store.get("checkout.session", first)["status"] == "expired"
    assert money.stripe.store.get("checkout.session", second)["status"] == "open"
    assert CheckoutIntent.objects.get(session_id=first).state == State.EXPIRED


def test_s19_of_two_paid_pages_the_second_is_cancelled_and_returned(money: Money, alice: User) -> None:
    money.two_paid_pages(alice)
    money.rest()
    account = money.account(alice)
    assert (account.price_key, account.status, account.duplicate_count) == ("month", "active", 0)
    assert living(money) == [account.subscription_id]
    charges = {charge["amount"]: charge["amount_refunded"] for charge in money.stripe.store.all("charge")}
    assert charges == {300: 0, 3000: 3000}
    assert Letter.objects.filter(name="duplicate_returned", user=alice).count() == 1
    assert Alert.objects.filter(kind="duplicate").count() == 1
    assert is_member(alice)


def test_s19_the_second_is_returned_also_when_its_money_comes_days_later(money: Money, alice: User) -> None:
    money.two_paid_pages(alice, card="delayed")
    money.rest()
    assert [charge["amount_refunded"] for charge in money.stripe.store.all("charge") if charge["paid"]] == [0]
    session = money.session(money.account(alice))
    money.stripe.settle(session)
    money.rest()
    returned = {charge["amount"]: charge["amount_refunded"] for charge in money.stripe.store.all("charge")}
    assert returned == {300: 0, 3000: 3000}
    assert money.account(alice).price_key == "month"


def test_s19_a_second_try_of_the_return_gives_nothing_back_twice(money: Money, alice: User) -> None:
    money.two_paid_pages(alice)
    money.rest()
    OutboxCall.objects.update(done_at=None)
    performing.work_due()
    assert not OutboxCall.objects.filter(done_at=None).exists()
    assert [refund["amount"] for refund in money.stripe.store.all("refund")] == [3000]


@pytest.mark.parametrize("late", [False, True])
def test_s20_a_member_comes_to_the_portal_and_not_to_a_second_page(
    money: Money, alice: User, later: Later, late: bool
) -> None:
    account = money.subscribe(alice, "month", card="works-then-declined" if late else "works")
    if late:
        later(days=32)
        money.deliver()
        assert money.account(alice).status == "past_due"
    address = checkout.begin_premium(alice, "year")
    assert "/portal/" in address
    assert len(sessions(money)) == 1
    assert money.account(alice).subscription_id == account.subscription_id


def test_s20_also_when_no_event_of_it_has_arrived(money: Money, alice: User) -> None:
    money.stripe.pay(money.begin(alice))
    assert "/portal/" in checkout.begin_premium(alice, "year")


def test_s21_a_strangers_session_and_nonsense_are_not_found(
    money: Money, alice: User, charlie: User, client: Client
) -> None:
    session = money.begin(alice)
    money.stripe.pay(session)
    client.force_login(charlie)
    for session_id in (session, "cs_test_nothing", "", "../../etc/passwd", "x" * 5000, "cs_\x00", "cs_é"):
        answer = client.get("/premium/done", {"session_id": session_id})
        assert answer.status_code == HTTPStatus.NOT_FOUND, session_id
    assert client.get("/premium/done").status_code == HTTPStatus.NOT_FOUND
    assert not is_member(charlie)


def test_s21_an_unpaid_session_is_processing_and_gives_nothing(money: Money, alice: User, client: Client) -> None:
    client.force_login(alice)
    answer = client.get("/premium/done", {"session_id": money.begin(alice)})
    assert (answer.status_code, "Processing" in answer.content.decode()) == (HTTPStatus.OK, True)
    assert not is_member(alice)


@pytest.mark.parametrize("order", ["page", "page then event", "event then page", "event"])
def test_s22_premium_comes_once_whoever_notices_first(money: Money, alice: User, client: Client, order: str) -> None:
    session = money.begin(alice)
    money.stripe.pay(session)
    client.force_login(alice)
    for who in order.split(" then "):
        if who == "event":
            money.rest()
        else:
            answer = client.get("/premium/done", {"session_id": session})
            assert "Thank you" in answer.content.decode()
        assert is_member(alice)
    assert CheckoutIntent.objects.get().state == State.COMPLETE
    assert len(living(money)) == 1
    assert not OutboxCall.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_s22_page_and_events_at_once_give_it_once(money: Money, alice: User) -> None:
    session = money.begin(alice)
    money.stripe.pay(session)
    states = at_once(*[lambda: getattr(checkout.settle(session), "state", "")] * 4)
    assert set(states) == {State.COMPLETE}
    assert is_member(alice)


def test_s23_a_late_expiry_of_an_old_page_leaves_the_new_one_alone(money: Money, alice: User, later: Later) -> None:
    old = money.begin(alice)
    later(hours=1)
    assert money.stripe.store.get("checkout.session", old)["status"] == "expired"
    new = money.begin(alice)
    assert new != old
    money.deliver("checkout.session.expired")
    assert CheckoutIntent.objects.get(session_id=old).state == State.EXPIRED
    assert CheckoutIntent.objects.get(session_id=new).state == State.OPEN
    money.stripe.pay(new)
    money.rest()
    assert is_member(alice)


def test_s24_a_delayed_payment_gives_nothing_before_it_arrives(money: Money, alice: User, client: Client) -> None:
    session = money.begin(alice)
    money.stripe.pay(session, card="delayed")
    money.rest()
    client.force_login(alice)
    assert "Processing" in client.get("/premium/done", {"session_id": session}).content.decode()
    assert not is_member(alice)
    money.stripe.settle(session)
    money.rest()
    assert is_member(alice)
    assert CheckoutIntent.objects.get().state == State.COMPLETE


def test_s24_a_delayed_payment_that_fails_gives_nothing_and_is_told(money: Money, alice: User, client: Client) -> None:
    session = money.begin(alice)
    money.stripe.pay(session, card="delayed")
    money.rest()
    money.stripe.settle(session, ok=False)
    money.rest()
    assert not is_member(alice)
    assert CheckoutIntent.objects.get().state == State.FAILED
    assert Letter.objects.filter(user=alice).values_list("name", flat=True).get() == "delayed_payment_failed"
    client.force_login(alice)
    assert "Not paid" in client.get("/premium/done", {"session_id": session}).content.decode()


@pytest.mark.parametrize("plan", ["month", "year"])
def test_s24_after_a_failure_nobody_told_us_of_one_can_begin_again(money: Money, alice: User, plan: str) -> None:
    session = money.begin(alice, "month")
    money.stripe.pay(session, card="delayed")
    money.rest()
    money.stripe.settle(session, ok=False)
    [one] = money.stripe.store.all("subscription")
    if one["status"] not in {"canceled", "incomplete_expired"}:
        money.stripe.cancel(one["id"])
    again = money.begin(alice, plan)
    assert again != session
    money.stripe.pay(again)
    money.rest()
    assert (money.account(alice).price_key, is_member(alice)) == (plan, True)


def test_s24_success_that_is_seen_before_completion_counts(money: Money, alice: User) -> None:
    session = money.begin(alice)
    money.stripe.pay(session, card="delayed")
    money.stripe.settle(session)
    money.deliver("checkout.session.async_payment_succeeded")
    assert is_member(alice)
    money.rest()
    assert is_member(alice)
    assert CheckoutIntent.objects.get().state == State.COMPLETE


def test_s25_a_code_for_all_of_it_gives_access(money: Money, alice: User) -> None:
    money.stripe.pay(money.begin(alice, "year"), promotion_code=money.a_code(percent=100))
    money.rest()
    assert is_member(alice)
    assert CheckoutIntent.objects.get().state == State.COMPLETE


@pytest.mark.parametrize("card", ["declined", "3ds"])
def test_s26_a_first_payment_that_fails_leaves_nothing_and_can_be_tried_again(
    money: Money, alice: User, card: str
) -> None:
    session = money.begin(alice)
    if card == "declined":
        with pytest.raises(Declined):
            money.stripe.pay(session, card=card)
    else:
        money.stripe.pay(session, card=card)
        money.stripe.refuse_3ds(session)
    money.rest()
    assert not is_member(alice)
    assert not Letter.objects.exists()
    assert money.account(alice).status == ""
    assert money.begin(alice) == session
    money.stripe.pay(session)
    money.rest()
    assert is_member(alice)
