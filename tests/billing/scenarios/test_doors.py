"""The doors to money: who may come in how, and what they may bring."""

from http import HTTPStatus
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from billing.actions import switching
from billing.models import BillingAccount, CheckoutIntent
from tests.billing.ground import Money
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.world import World

POSTS = ["/premium/checkout", "/premium/manage", "/premium/resume"]
PAGES = ["/premium/done?session_id=cs_test_1", "/premium/switch"]

pytestmark = pytest.mark.django_db


def asked(money: Money) -> int:
    """How many calls Stripe got."""
    return len(money.stripe.requests.of())


@pytest.mark.parametrize("address", POSTS)
def test_s49_what_changes_something_is_no_link(money: Money, alice: User, client: Client, address: str) -> None:
    client.force_login(alice)
    before = asked(money)
    for ask in (client.get, client.head, client.put, client.delete):
        assert ask(address).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert asked(money) == before


@pytest.mark.parametrize("address", [*POSTS, "/premium/switch"])
def test_s49_a_form_needs_its_token(money: Money, alice: User, address: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    before = asked(money)
    assert strict.post(address, {"plan": "year"}).status_code == HTTPStatus.FORBIDDEN
    assert asked(money) == before
    assert not BillingAccount.objects.exists()


@pytest.mark.parametrize("address", POSTS)
def test_s49_a_guest_signs_in_and_comes_to_the_prices(money: Money, client: Client, address: str) -> None:
    answer = client.post(address, {"plan": "year"})
    way = "/premium/chosen" if address == "/premium/checkout" else "/premium"
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.FOUND, f"/accounts/login/?next={way}")
    assert not BillingAccount.objects.exists()


@pytest.mark.parametrize("address", PAGES)
def test_s49_a_guest_signs_in_and_comes_back(money: Money, client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == HTTPStatus.FOUND
    assert answer["Location"].startswith("/accounts/login/?next=/premium/")


def test_s49_charlie_reaches_nothing_of_alices(money: Money, alice: User, charlie: User, client: Client) -> None:
    money.subscribe(alice)
    offer = switching.offer(alice)
    assert offer is not None
    client.force_login(charlie)
    answer = client.post("/premium/manage", {"customer": money.account(alice).stripe_customer_id, "user": alice.id})
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, "/premium")
    assert client.post("/premium/switch", {"switch": str(offer.id)}).status_code == HTTPStatus.NOT_FOUND
    assert client.post("/premium/switch", {"switch": str(uuid4())}).status_code == HTTPStatus.NOT_FOUND
    assert client.post("/premium/switch", {"switch": "' OR 1=1"}).status_code == HTTPStatus.NOT_FOUND
    client.post("/premium/resume")
    account = money.account(alice)
    assert (account.price_key, account.ends_at, account.status) == ("month", None, "active")


@pytest.mark.parametrize("plan", ["", "day", "YEAR", "price_123", "3000", "month\x00", "١", "month year", "x" * 10_000])
def test_s49_a_plan_that_is_none_is_refused_with_a_sentence(
    money: Money, alice: User, client: Client, plan: str
) -> None:
    client.force_login(alice)
    before = asked(money)
    answer = client.post("/premium/checkout", {"plan": plan})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Choose a year or a month." in answer.content.decode()
    assert asked(money) == before
    assert not CheckoutIntent.objects.exists()


def test_s49_amounts_prices_and_persons_sent_along_count_for_nothing(
    money: Money, alice: User, bob: User, client: Client
) -> None:
    client.force_login(alice)
    lies = {"amount": "1", "price": "price_other", "user": bob.id, "customer": "cus_other", "quantity": "-1"}
    answer = client.post("/premium/checkout", {"plan": "year", **lies})
    assert answer.status_code == HTTPStatus.SEE_OTHER
    [session] = money.stripe.store.all("checkout.session")
    assert (session["amount_total"], session["currency"]) == (3000, "usd")
    assert session["customer"] == money.account(alice).stripe_customer_id
    assert not BillingAccount.objects.filter(user=bob).exists()


@pytest.mark.parametrize("address", [*POSTS, *PAGES, "/premium"])
def test_s49_without_billing_there_is_nothing_there(
    money: Money, alice: User, client: Client, settings: Settings, address: str
) -> None:
    settings.BILLING_ENABLED = False
    client.force_login(alice)
    ask = client.post if address in POSTS else client.get
    assert ask(address).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("address", [*POSTS, "/premium/switch"])
def test_s49_while_stripe_is_away_one_sentence_is_said(
    money: Money, alice: User, client: Client, world: World, address: str
) -> None:
    money.subscribe(alice)
    client.force_login(alice)
    world.faults.add("stripe", "error", times=FOR_EVER)
    answer = client.post(address, {"plan": "year"})
    if address != "/premium/switch":
        assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert "Nothing was charged" in answer.content.decode()
    assert client.get("/premium/switch").status_code == HTTPStatus.SERVICE_UNAVAILABLE


def test_s49_whoever_tries_cards_by_the_hundred_is_slowed_down(
    money: Money, alice: User, bob: User, client: Client
) -> None:
    client.force_login(alice)
    statuses = [client.post("/premium/manage").status_code for _ in range(31)]
    assert statuses == [HTTPStatus.SEE_OTHER] * 30 + [HTTPStatus.TOO_MANY_REQUESTS]
    client.force_login(bob)
    assert client.post("/premium/manage").status_code == HTTPStatus.SEE_OTHER


def test_s49_the_portals_address_is_in_no_cache(money: Money, alice: User, client: Client) -> None:
    money.subscribe(alice)
    client.force_login(alice)
    for flow in ("", "cancel", "card", "nonsense"):
        answer = client.post("/premium/manage", {"flow": flow})
        assert answer.status_code == HTTPStatus.SEE_OTHER
        assert "/portal/" in answer["Location"]
        assert "no-store" in answer["Cache-Control"]
