"""`/premium/switch`, `/premium/manage` and `/premium/resume` as a browser meets them."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.test import Client

from accounts.models import User
from billing.models import Switch
from billing.plans import dollars
from tests.billing.ground import Money
from tests.pages.document import read

Later = Callable[..., None]

pytestmark = pytest.mark.django_db


def test_the_amount_on_the_button_is_what_is_charged(money: Money, alice: User, client: Client, later: Later) -> None:
    money.subscribe(alice)
    later(days=9)
    client.force_login(alice)
    shown = read(client.get("/premium/switch").content.decode())
    form = {field["name"]: field["value"] for field in shown.one("form", action="/premium/switch").all("input")}
    assert client.get("/premium/switch").content.decode().count(form["switch"]) == 1
    answer = client.post("/premium/switch", form, follow=True)
    assert "You pay by the year from now on." in answer.content.decode()
    charged = money.stripe.store.all("charge")[-1]["amount"]
    assert f"Pay {dollars(charged)} and switch" in shown.text
    assert money.account(alice).price_key == "year"


def test_a_double_click_charges_once(money: Money, alice: User, client: Client, later: Later) -> None:
    money.subscribe(alice)
    later(days=1)
    client.force_login(alice)
    client.get("/premium/switch")
    form = {"switch": str(Switch.objects.get().id)}
    for _ in range(2):
        assert client.post("/premium/switch", form)["Location"] == "/account"
    assert len(money.stripe.store.all("charge")) == 2


def test_a_card_that_is_declined_is_said_and_changes_nothing(
    money: Money, alice: User, client: Client, later: Later
) -> None:
    account = money.subscribe(alice)
    later(days=1)
    money.stripe.set_card(account.stripe_customer_id or "", "declined")
    client.force_login(alice)
    client.get("/premium/switch")
    answer = client.post("/premium/switch", {"switch": str(Switch.objects.get().id)})
    assert answer.status_code == HTTPStatus.PAYMENT_REQUIRED
    assert "Your card was not charged" in answer.content.decode()
    assert money.account(alice).price_key == "month"


def test_a_form_without_its_offer_takes_the_one_that_was_shown(money: Money, alice: User, client: Client) -> None:
    money.subscribe(alice)
    client.force_login(alice)
    assert client.post("/premium/switch")["Location"] == "/premium/switch"
    assert len(money.stripe.store.all("charge")) == 1
    client.get("/premium/switch")
    assert client.post("/premium/switch")["Location"] == "/account"
    assert money.account(alice).price_key == "year"


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_membership_it_leads_to_the_prices(money: Money, alice: User, client: Client, method: str) -> None:
    client.force_login(alice)
    answer = getattr(client, method)("/premium/switch")
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert answer["Location"] in {"/premium", "/premium/switch"}
    assert not Switch.objects.exists()


def test_who_leaves_is_led_to_the_account_instead(money: Money, alice: User, client: Client) -> None:
    account = money.subscribe(alice)
    money.stripe.portal_cancel(account.stripe_customer_id or "")
    client.force_login(alice)
    answer = client.get("/premium/switch")
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, "/account")


def test_each_flow_opens_its_page_of_the_portal(money: Money, alice: User, client: Client) -> None:
    money.subscribe(alice)
    client.force_login(alice)
    asked = {"cancel": "subscription_cancel", "card": "payment_method_update", "": None}
    for flow, kind in asked.items():
        client.post("/premium/manage", {"flow": flow})
        session = money.stripe.store.all("billing_portal.session")[-1]
        assert (session["flow"] or {}).get("type") == kind
        assert session["return_url"] == "http://localhost:8000/account"


def test_a_flow_that_stripe_does_not_open_any_more_opens_the_first_page(
    money: Money, alice: User, client: Client
) -> None:
    account = money.subscribe(alice)
    money.stripe.portal_cancel(account.stripe_customer_id or "")
    client.force_login(alice)
    answer = client.post("/premium/manage", {"flow": "cancel"})
    assert (answer.status_code, "/portal/" in answer["Location"]) == (HTTPStatus.SEE_OTHER, True)


def test_nothing_to_take_back_is_said(money: Money, alice: User, client: Client) -> None:
    money.subscribe(alice)
    client.force_login(alice)
    assert "nothing to take back" in client.post("/premium/resume", follow=True).content.decode()


def test_whoever_takes_back_for_ever_is_slowed_down(money: Money, alice: User, client: Client) -> None:
    client.force_login(alice)
    answers = [client.post("/premium/resume").status_code for _ in range(31)]
    assert answers == [HTTPStatus.SEE_OTHER] * 30 + [HTTPStatus.TOO_MANY_REQUESTS]


def test_the_way_on_from_there_is_a_page(money: Money, alice: User, client: Client) -> None:
    client.force_login(alice)
    for path in ("/premium/resume", "/premium/manage", "/premium/checkout"):
        for _ in range(31):
            answer = client.post(path)
        page = read(answer.content.decode())
        assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
        assert client.get(str(page.one("main").all("a")[0]["href"])).status_code == HTTPStatus.OK


def test_what_a_switch_would_cost_is_worked_out_so_often_an_hour(money: Money, alice: User, client: Client) -> None:
    """Whoever cannot switch has no offer that could be shown again, and each look asks Stripe."""
    account = money.subscribe(alice)
    money.stripe.portal_cancel(account.stripe_customer_id or "")
    client.force_login(alice)
    answers = [client.get("/premium/switch").status_code for _ in range(31)]
    assert answers == [HTTPStatus.SEE_OTHER] * 30 + [HTTPStatus.TOO_MANY_REQUESTS]
    asked = len(money.stripe.requests.of())
    assert client.head("/premium/switch").status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert len(money.stripe.requests.of()) == asked


def test_an_offer_that_is_shown_again_is_not_counted(money: Money, alice: User, client: Client) -> None:
    money.subscribe(alice)
    client.force_login(alice)
    assert {client.get("/premium/switch").status_code for _ in range(33)} == {HTTPStatus.OK}
    assert client.post("/premium/manage").status_code == HTTPStatus.SEE_OTHER
