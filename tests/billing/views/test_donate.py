"""`/donate` and `/donate/thanks`."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from billing.models import CheckoutIntent, Payment
from tests.billing.ground import Money
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.server import Sandbox

pytestmark = pytest.mark.django_db
REFRESHES = 'http-equiv="refresh"'


def begin(client: Client, amount: str = "coffee") -> str:
    """The session that a browser's donation began."""
    assert client.post("/donate", {"amount": amount}).status_code == HTTPStatus.SEE_OTHER
    return CheckoutIntent.objects.latest("created_at").session_id or ""


def thanks(client: Client, session: str) -> str:
    response = client.get("/donate/thanks", {"session_id": session})
    assert response.status_code == HTTPStatus.OK
    assert "no-store" in response["Cache-Control"]
    return response.content.decode()


def test_the_page_offers_coffee_server_and_an_own_amount(money: Money, client: Client) -> None:
    page = client.get("/donate").content.decode()
    assert "Buy us a coffee, $5.00" in page
    assert "Help with the server, $10.00" in page
    assert 'inputmode="decimal"' in page
    assert "PayPal" not in page
    assert not CheckoutIntent.objects.exists()


def test_paypal_and_patreon_are_named_where_they_are_set(money: Money, client: Client, settings: Settings) -> None:
    settings.PAYPAL_DONATE_URL = "https://paypal.me/unroller"
    settings.PATREON_URL = "https://www.patreon.com/unroller"
    page = client.get("/donate").content.decode()
    for address in (settings.PAYPAL_DONATE_URL, settings.PATREON_URL):
        assert f'href="{address}" target="_blank" rel="noopener noreferrer"' in page


@pytest.mark.parametrize(("amount", "cents"), [("coffee", 500), ("server", 1000), ("7.5", 750), ("$20", 2000)])
def test_an_amount_leads_to_a_page_at_stripe(money: Money, client: Client, amount: str, cents: int) -> None:
    session = money.stripe.store.get("checkout.session", begin(client, amount))
    assert (session["mode"], session["submit_type"], session["amount_total"]) == ("payment", "donate", cents)
    assert session["success_url"].endswith("/donate/thanks?session_id={CHECKOUT_SESSION_ID}")
    assert session["cancel_url"].endswith("/donate")


def test_what_was_typed_is_shown_again_with_one_sentence(money: Money, client: Client) -> None:
    response = client.post("/donate", {"amount": '5,00"><script>'})
    page = response.content.decode()
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'value="5,00&quot;&gt;&lt;script&gt;"' in page
    assert page.count('role="alert"') == 1


def test_whoever_gave_is_thanked_and_has_a_receipt(money: Money, client: Client) -> None:
    session = begin(client, "7.50")
    money.stripe.pay(session)
    page = thanks(client, session)
    payment = Payment.objects.get()
    assert "Your $7.50 arrived" in page
    assert payment.receipt_url in page
    assert thanks(client, session) == page
    assert Payment.objects.count() == 1


def test_another_browser_sees_no_receipt(money: Money, client: Client) -> None:
    session = begin(client)
    money.stripe.pay(session)
    page = thanks(Client(), session)
    assert "Thank you" in page
    assert Payment.objects.get().receipt_url not in page


def test_who_is_signed_in_sees_the_receipt_in_any_browser(money: Money, client: Client, alice: User) -> None:
    client.force_login(alice)
    session = begin(client)
    money.stripe.pay(session)
    elsewhere = Client()
    elsewhere.force_login(alice)
    page = thanks(elsewhere, session)
    assert Payment.objects.get().receipt_url in page


def test_before_the_money_is_there_it_is_processing(money: Money, client: Client) -> None:
    session = begin(client)
    assert "Processing" in thanks(client, session)
    money.stripe.pay(session, card="delayed")
    assert "Processing" in thanks(client, session)
    money.stripe.settle(session)
    assert "Thank you" in thanks(client, session)


@pytest.mark.parametrize(("kind", "path"), [("donate", "/donate/thanks"), ("gift", "/gift/done")])
def test_what_takes_days_is_looked_at_again_for_minutes_only(
    money: Money, client: Client, later: Callable[..., None], kind: str, path: str
) -> None:
    client.post(f"/{kind}", {"amount": "coffee"})
    query = {"session_id": CheckoutIntent.objects.get().session_id or ""}
    money.stripe.pay(query["session_id"], card="delayed")
    assert REFRESHES in client.get(path, query).content.decode()
    later(minutes=11)
    assert REFRESHES not in client.get(path, query).content.decode()
    for _ in range(40):
        page = client.get(path, query).content.decode()
    asked = len(money.stripe.requests.of())
    assert client.get(path, query).status_code == HTTPStatus.OK
    assert len(money.stripe.requests.of()) == asked
    assert "Processing" in page


def test_what_was_paid_is_not_asked_about_again(money: Money, client: Client) -> None:
    session = begin(client)
    money.stripe.pay(session)
    thanks(client, session)
    asked = len(money.stripe.requests.of())
    assert "Thank you" in thanks(client, session)
    assert len(money.stripe.requests.of()) == asked


@pytest.mark.parametrize("status", [400, 500])
def test_what_stripe_does_not_tell_is_not_said_to_be_unpaid(
    money: Money, client: Client, sandbox: Sandbox, status: int
) -> None:
    session = begin(client)
    money.stripe.pay(session)
    sandbox.world.faults.add("stripe", "error", status=status, path="checkout/sessions", times=FOR_EVER)
    page = thanks(client, session)
    assert "Processing" in page
    assert "Nothing was charged" not in page


def test_whoever_took_long_to_pay_is_thanked_at_once(money: Money, client: Client, later: Callable[..., None]) -> None:
    session = begin(client)
    later(minutes=25)
    money.stripe.pay(session)
    assert "Thank you" in thanks(client, session)


def test_a_page_that_was_left_says_that_nothing_was_charged(money: Money, client: Client) -> None:
    session = begin(client)
    money.stripe.expire(session)
    assert "Nothing was charged" in thanks(client, session)


@pytest.mark.parametrize("query", [{}, {"session_id": ""}, {"session_id": "cs_test_garbage"}, {"session_id": "../x"}])
def test_what_is_no_session_of_ours_is_not_found(money: Money, client: Client, query: dict[str, str]) -> None:
    assert client.get("/donate/thanks", query).status_code == HTTPStatus.NOT_FOUND


def test_a_session_for_something_else_is_not_found(money: Money, client: Client, alice: User) -> None:
    money.begin(alice)
    query = {"session_id": money.session(money.account(alice))}
    assert client.get("/donate/thanks", query).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("path", ["/donate", "/donate/thanks", "/gift", "/gift/done", "/gift/redeem"])
def test_nothing_is_sold_without_billing(client: Client, path: str) -> None:
    assert client.get(path).status_code == HTTPStatus.NOT_FOUND
    assert client.post(path).status_code == HTTPStatus.NOT_FOUND


def test_a_form_from_elsewhere_is_refused(money: Money) -> None:
    strict = Client(enforce_csrf_checks=True)
    for path in ("/donate", "/gift", "/gift/redeem"):
        assert strict.post(path, {"amount": "coffee", "code": "x"}).status_code == HTTPStatus.FORBIDDEN
    assert not CheckoutIntent.objects.exists()


def test_other_methods_are_refused(money: Money, client: Client) -> None:
    assert client.put("/donate").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert client.post("/donate/thanks").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert client.post("/gift/done").status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_whoever_tries_cards_is_slowed_down(money: Money, client: Client) -> None:
    answers = [client.post("/donate", {"amount": "1e9"}).status_code for _ in range(31)]
    assert answers == [HTTPStatus.UNPROCESSABLE_ENTITY] * 30 + [HTTPStatus.TOO_MANY_REQUESTS]
    assert client.post("/donate", {"amount": "1"}).status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert client.get("/donate").status_code == HTTPStatus.OK
    assert not CheckoutIntent.objects.exists()


def test_with_stripe_away_nothing_is_charged_and_that_is_said(money: Money, client: Client, sandbox: Sandbox) -> None:
    money.stripe.failures.extend([("", "")] * 3)
    response = client.post("/donate", {"amount": "coffee"})
    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "Nothing was charged" in response.content.decode()
