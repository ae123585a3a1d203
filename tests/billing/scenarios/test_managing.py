"""Staying, leaving, changing the price: what the portal, the API and our own pages do, and what a member has then."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.models import User
from billing.actions import managing, switching
from billing.entitlements import plan_for
from billing.models import Switch
from tests.billing.ground import Money
from tests.sandbox.wire import Json

Later = Callable[..., None]

pytestmark = pytest.mark.django_db


def is_member(user: User) -> bool:
    return plan_for(user).name == "premium"


def only(money: Money) -> Json:
    """The one subscription there is."""
    [one] = money.stripe.store.all("subscription")
    return one


def period_end(money: Money) -> datetime:
    [item] = only(money)["items"]["data"]
    return datetime.fromtimestamp(item["current_period_end"], UTC)


def test_s30_a_cancel_in_the_portal_ends_with_the_period(money: Money, alice: User, later: Later) -> None:
    customer = money.subscribe(alice).stripe_customer_id or ""
    end = period_end(money)
    money.stripe.portal_cancel(customer)
    assert only(money)["cancel_at_period_end"] is False
    money.deliver()
    account = money.account(alice)
    assert (account.status, account.ends_at, account.access_until) == ("active", end, end)
    later(days=27)
    assert is_member(alice)
    later(days=5)
    assert not is_member(alice)
    money.deliver()
    assert (money.account(alice).status, is_member(alice)) == ("canceled", False)


@pytest.mark.parametrize("by", ["portal", "API"])
def test_s31_both_ways_to_cancel_are_taken_back(money: Money, alice: User, client: Client, by: str) -> None:
    account = money.subscribe(alice)
    for _ in range(2):
        if by == "portal":
            money.stripe.portal_cancel(account.stripe_customer_id or "")
        else:
            money.stripe.cancel(account.subscription_id, at_period_end=True)
        money.deliver()
        assert money.account(alice).ends_at is not None
        client.force_login(alice)
        answer = client.post("/premium/resume", follow=True)
        assert "goes on as before" in answer.content.decode()
        money.rest()
        account = money.account(alice)
        assert (account.status, account.ends_at) == ("active", None)
        assert (only(money)["cancel_at"], only(money)["cancel_at_period_end"]) == (None, False)


def test_s31_a_resume_in_the_portal_is_understood(money: Money, alice: User) -> None:
    customer = money.subscribe(alice).stripe_customer_id or ""
    money.stripe.portal_cancel(customer)
    money.stripe.portal_resume(customer)
    money.deliver()
    assert money.account(alice).ends_at is None


def test_s31_what_ended_cannot_be_resumed(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    money.stripe.cancel(account.subscription_id)
    assert managing.resume(alice) is False
    assert money.account(alice).status == "canceled"


def test_s33_the_year_costs_what_was_shown(money: Money, alice: User, later: Later) -> None:
    account = money.subscribe(alice, "month")
    later(days=10)
    offer = switching.offer(alice)
    assert offer is not None
    assert 2700 < offer.amount < 3000
    later(minutes=20)
    done = switching.confirm(alice, offer.id)
    assert done is not None
    assert done.state == Switch.State.DONE
    money.deliver()
    newest = money.stripe.store.all("charge")[-1]
    assert (newest["amount"], newest["currency"]) == (offer.amount, offer.currency)
    assert len(only(money)["items"]["data"]) == 1
    account = money.account(alice)
    assert (account.price_key, account.status) == ("year", "active")
    assert period_end(money) > datetime.now(UTC) + timedelta(days=364)


@pytest.mark.parametrize("card", ["declined", "3ds"])
def test_s33_a_card_that_fails_leaves_all_as_it_was(money: Money, alice: User, later: Later, card: str) -> None:
    account = money.subscribe(alice, "month")
    later(days=3)
    before = account.access_until
    money.stripe.set_card(account.stripe_customer_id or "", card)
    offer = switching.offer(alice)
    assert offer is not None
    done = switching.confirm(alice, offer.id)
    assert done is not None
    assert done.state == Switch.State.FAILED
    money.rest()
    account = money.account(alice)
    assert (account.price_key, account.status, account.access_until) == ("month", "active", before)
    assert [item["price"]["id"] for item in only(money)["items"]["data"]] == [money.prices["month"]]
    assert is_member(alice)
    money.stripe.set_card(account.stripe_customer_id or "", "works")
    again = switching.offer(alice)
    assert again is not None
    assert again.id != offer.id
    changed = switching.confirm(alice, again.id)
    assert changed is not None
    assert changed.state == Switch.State.DONE
    assert money.account(alice).price_key == "year"


def test_s33_an_answer_that_was_lost_charges_nothing_twice(money: Money, alice: User, later: Later) -> None:
    money.subscribe(alice, "month")
    later(days=3)
    offer = switching.offer(alice)
    assert offer is not None
    switching.confirm(alice, offer.id)
    Switch.objects.update(state=Switch.State.OFFERED)
    again = switching.confirm(alice, offer.id)
    assert again is not None
    assert again.state == Switch.State.DONE
    assert len([charge for charge in money.stripe.store.all("charge") if charge["paid"]]) == 2


def test_s33_an_old_offer_is_made_again_before_anything_is_charged(
    money: Money, alice: User, later: Later, client: Client
) -> None:
    money.subscribe(alice, "month")
    offer = switching.offer(alice)
    assert offer is not None
    later(hours=2)
    client.force_login(alice)
    answer = client.post("/premium/switch", {"switch": str(offer.id)})
    assert (answer.status_code, answer["Location"]) == (303, "/premium/switch")
    assert money.account(alice).price_key == "month"
    assert len(money.stripe.store.all("charge")) == 1


def test_s34_from_year_to_month_at_the_periods_end(money: Money, alice: User, later: Later, client: Client) -> None:
    account = money.subscribe(alice, "year")
    client.force_login(alice)
    assert "Nothing is charged today" in client.get("/premium/switch").content.decode()
    answer = client.post("/premium/switch")
    assert answer.status_code == 303
    assert "/portal/" in answer["Location"]
    money.stripe.portal_switch(account.stripe_customer_id or "", money.prices["month"])
    money.deliver()
    account = money.account(alice)
    assert (account.price_key, account.next_price_key) == ("year", "month")
    assert len(money.stripe.store.all("charge")) == 1
    later(days=366)
    money.deliver()
    account = money.account(alice)
    assert (account.price_key, account.next_price_key, account.status) == ("month", "", "active")
    assert money.stripe.store.all("charge")[-1]["amount"] == 300
    assert is_member(alice)


def test_s34_a_change_that_waits_is_taken_back(money: Money, alice: User, later: Later) -> None:
    account = money.subscribe(alice, "year")
    money.stripe.portal_switch(account.stripe_customer_id or "", money.prices["month"])
    money.deliver()
    assert managing.resume(alice) is True
    assert money.account(alice).next_price_key == ""
    later(days=366)
    money.deliver()
    assert money.account(alice).price_key == "year"
