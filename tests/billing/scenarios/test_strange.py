"""What nobody expects of Stripe: new words, missing and odd things, keys that were used for something else."""

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

import pytest
from django.test import Client

from accounts.models import User
from billing.actions import customers, syncing
from billing.entitlements import plan_for
from billing.gateway import customers as at_stripe
from billing.gateway.errors import Misused
from billing.models import Alert, CheckoutIntent
from tests.billing.ground import Money
from tests.sandbox.wire import Json

Later = Callable[..., None]

pytestmark = pytest.mark.django_db


def is_member(user: User) -> bool:
    return plan_for(user).name == "premium"


def alerts() -> set[str]:
    return set(Alert.objects.values_list("kind", flat=True))


def only(money: Money) -> Json:
    [one] = money.stripe.store.all("subscription")
    return one


def test_s41_a_key_used_for_something_else_is_a_bug_and_said_so(money: Money, alice: User, client: Client) -> None:
    account = customers.account_for(alice)
    at_stripe.create(account=str(account.id), email="another@example.com", key=f"cus-test-{account.id}")
    with pytest.raises(Misused):
        customers.ensure_customer(account)
    client.force_login(alice)
    for _ in range(2):
        answer = client.post("/premium/checkout", {"plan": "year"})
        assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert "Nothing was charged" in answer.content.decode()
    assert Alert.objects.get().kind == "refused"
    assert money.account(alice).stripe_customer_id is None
    assert not CheckoutIntent.objects.exists()
    assert len(money.stripe.store.all("customer")) == 1


def test_s43_an_unknown_status_gives_access_to_the_periods_end_and_an_alert(
    money: Money, alice: User, later: Later
) -> None:
    account = money.subscribe(alice)
    money.stripe.change("subscription", account.subscription_id, status="hibernating")
    money.deliver()
    account = money.account(alice)
    assert (account.status, account.access_until) == ("hibernating", account.current_period_end)
    assert alerts() == {"unknown_status"}
    assert is_member(alice)
    later(days=32)
    assert not is_member(alice)


def test_s43_the_same_surprise_is_one_alert(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    money.stripe.change("subscription", account.subscription_id, status="hibernating")
    for _ in range(3):
        syncing.sync_customer(account.stripe_customer_id or "")
    assert Alert.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"pause_collection": {"behavior": "shrugged", "resumes_at": None}},
        {"collection_method": "carrier_pigeon"},
        {"a_new_field": {"deep": [1, {"deeper": None}]}},
        {"default_payment_method": None, "cancellation_details": None, "metadata": {}},
        {"latest_invoice": None},
    ],
    ids=["behavior", "enum", "extra", "missing", "no invoice"],
)
def test_s43_words_and_fields_that_nobody_knows_break_nothing(money: Money, alice: User, fields: Json) -> None:
    account = money.subscribe(alice)
    money.stripe.change("subscription", account.subscription_id, **fields)
    money.deliver()
    assert (money.account(alice).status, is_member(alice)) == ("active", True)


def test_s43_paused_collection_that_voids_gives_no_access(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    money.stripe.change(
        "subscription", account.subscription_id, pause_collection={"behavior": "void", "resumes_at": None}
    )
    money.deliver()
    assert not is_member(alice)


def test_s44_of_several_items_the_latest_end_counts(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    items = only(money)["items"]
    second = {**items["data"][0], "id": "si_second"}
    second["current_period_end"] += 86_400 * 10
    money.stripe.change("subscription", account.subscription_id, items={**items, "data": [*items["data"], second]})
    money.deliver()
    assert money.account(alice).current_period_end == datetime.fromtimestamp(second["current_period_end"], UTC)
    assert is_member(alice)


def test_s44_without_items_there_is_no_access_and_an_alert(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    empty = {**only(money)["items"], "data": []}
    money.stripe.change("subscription", account.subscription_id, items=empty)
    money.deliver()
    account = money.account(alice)
    assert (account.status, account.access_until, is_member(alice)) == ("active", None, False)
    assert alerts() == {"no_items"}


def test_s44_items_beyond_the_first_page_are_read(money: Money, alice: User) -> None:
    money.subscribe(alice)
    one = only(money)
    first = one["items"]["data"][0]
    far = first["current_period_end"] + 86_400 * 300
    ends = [*[first["current_period_end"]] * 119, far]
    more = [{**first, "id": f"si_more{number}", "current_period_end": end} for number, end in enumerate(ends)]
    money.stripe.change("subscription", one["id"], items={**one["items"], "data": [first, *more], "has_more": True})
    money.deliver()
    account = money.account(alice)
    assert account.current_period_end == datetime.fromtimestamp(far, UTC)
    pages = money.stripe.requests.of("GET", "/v1/subscription_items")
    assert len(pages) == 2


def test_another_products_subscription_is_none_of_ours(money: Money, alice: User) -> None:
    account = money.a_customer(alice)
    other = money.another_subscription(account.stripe_customer_id or "")
    money.deliver()
    assert (money.account(alice).status, is_member(alice)) == ("", False)
    assert other in {each["id"] for each in money.stripe.store.all("subscription")}
    money.subscribe(alice)
    money.rest()
    assert money.account(alice).duplicate_count == 0
    assert {each["status"] for each in money.stripe.store.all("subscription")} == {"active"}
