"""`/gift`, `/gift/done` and `/gift/redeem`."""

from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import User
from billing.actions import gifts
from billing.entitlements import plan_for
from billing.mail import shown
from billing.models import CheckoutIntent, Gift, Grant, Payment
from tests.billing.ground import Money

pytestmark = pytest.mark.django_db


def begin(client: Client) -> str:
    """The session that a browser began."""
    assert client.post("/gift").status_code == HTTPStatus.SEE_OTHER
    return CheckoutIntent.objects.latest("created_at").session_id or ""


def a_gift(money: Money) -> Gift:
    money.stripe.pay(begin(Client()))
    money.rest()
    return Gift.objects.latest("id")


def test_the_page_says_what_it_costs(money: Money, client: Client) -> None:
    page = client.get("/gift").content.decode()
    assert "Pay $30.00" in page
    assert not CheckoutIntent.objects.exists()


def test_the_price_is_ours_whatever_the_browser_sends(money: Money, client: Client) -> None:
    client.post("/gift", {"amount": "1", "price": "price_1", "currency": "jpy"})
    [session] = money.stripe.store.all("checkout.session")
    assert (session["mode"], session["amount_total"], session["currency"]) == ("payment", 3000, "usd")


def test_whoever_bought_it_sees_the_code(money: Money, client: Client) -> None:
    session = begin(client)
    money.stripe.pay(session)
    page = client.get("/gift/done", {"session_id": session}).content.decode()
    gift = Gift.objects.get()
    assert shown(gift.code) in page
    assert gift.email in page


def test_nobody_else_sees_the_code(money: Money, client: Client, charlie: User) -> None:
    session = begin(client)
    money.stripe.pay(session)
    stranger = Client()
    assert stranger.get("/gift/done", {"session_id": session}).status_code == HTTPStatus.NOT_FOUND
    stranger.force_login(charlie)
    assert stranger.get("/gift/done", {"session_id": session}).status_code == HTTPStatus.NOT_FOUND


def test_before_the_money_is_there_it_is_processing(money: Money, client: Client) -> None:
    session = begin(client)
    money.stripe.pay(session, card="delayed")
    page = client.get("/gift/done", {"session_id": session}).content.decode()
    assert "Processing" in page
    assert not Gift.objects.exists()


def test_a_code_that_was_used_or_taken_back_says_so(money: Money, client: Client, alice: User) -> None:
    session = begin(client)
    money.stripe.pay(session)
    money.rest()
    gifts.redeem(alice, Gift.objects.get().code)
    assert "used it already" in client.get("/gift/done", {"session_id": session}).content.decode()
    money.stripe.refund(Payment.objects.get().charge_id)
    money.rest()
    page = client.get("/gift/done", {"session_id": session}).content.decode()
    assert "Taken back" in page
    assert shown(Gift.objects.get().code) not in page


def test_a_page_that_was_left_says_that_nothing_was_charged(money: Money, client: Client) -> None:
    session = begin(client)
    money.stripe.expire(session)
    assert "Nothing was charged" in client.get("/gift/done", {"session_id": session}).content.decode()


def test_a_donation_is_no_gift(money: Money, client: Client) -> None:
    client.post("/donate", {"amount": "500"})
    session = CheckoutIntent.objects.get().session_id or ""
    money.stripe.pay(session)
    assert client.get("/gift/done", {"session_id": session}).status_code == HTTPStatus.NOT_FOUND


def test_a_guest_signs_in_and_finds_the_code_again(money: Money, client: Client) -> None:
    for response in (client.get("/gift/redeem", {"code": "ABCD-1"}), client.post("/gift/redeem", {"code": "ABCD-1"})):
        assert response.status_code == HTTPStatus.FOUND
        after = parse_qs(urlsplit(response["Location"]).query)["next"]
        assert after == ["/gift/redeem?code=ABCD-1"]


def test_the_code_of_the_mail_is_filled_in_and_not_yet_used(money: Money, client: Client, alice: User) -> None:
    gift = a_gift(money)
    client.force_login(alice)
    page = client.get("/gift/redeem", {"code": shown(gift.code)}).content.decode()
    assert f'value="{shown(gift.code)}"' in page
    assert not Grant.objects.exists()


def test_a_code_gives_the_year_and_leads_to_the_account(money: Money, client: Client, alice: User) -> None:
    gift = a_gift(money)
    client.force_login(alice)
    response = client.post("/gift/redeem", {"code": shown(gift.code)}, follow=True)
    assert response.redirect_chain == [("/account", HTTPStatus.SEE_OTHER)]
    assert "you are a premium member now" in response.content.decode()
    assert plan_for(alice).name == "premium"


def test_a_member_is_told_when_the_year_begins(money: Money, client: Client, alice: User) -> None:
    money.subscribe(alice, "year")
    gift = a_gift(money)
    client.force_login(alice)
    page = client.post("/gift/redeem", {"code": gift.code}, follow=True).content.decode()
    ends = money.account(alice).current_period_end
    assert ends is not None
    assert f"It begins on {ends:%B} {ends.day}, {ends.year}" in page


def test_a_used_code_says_so_and_gives_nothing(money: Money, client: Client, alice: User, charlie: User) -> None:
    gift = a_gift(money)
    gifts.redeem(alice, gift.code)
    client.force_login(charlie)
    response = client.post("/gift/redeem", {"code": gift.code})
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert gifts.USED in response.content.decode()
    assert plan_for(charlie).name == "free"


@pytest.mark.parametrize("code", ["", "x" * 500, '"><script>', "\x00", "0123-4567-89AB-CDEF"])
def test_what_is_no_code_is_refused_with_one_sentence(money: Money, client: Client, alice: User, code: str) -> None:
    client.force_login(alice)
    response = client.post("/gift/redeem", {"code": code})
    page = response.content.decode()
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert page.count('role="alert"') == 1
    assert "<script>" not in page.split("<main", 1)[1].split("</main", 1)[0]


def test_whoever_guesses_codes_is_slowed_down(money: Money, client: Client, charlie: User) -> None:
    client.force_login(charlie)
    answers = [client.post("/gift/redeem", {"code": "x"}).status_code for _ in range(31)]
    assert answers[-1] == HTTPStatus.TOO_MANY_REQUESTS
