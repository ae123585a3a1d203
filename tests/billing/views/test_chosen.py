"""A guest who chooses a price signs in and pays that one, without choosing again."""

from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.guards import GOOD_FOR
from billing.models import CheckoutIntent
from tests.accounts.signing import ask_for_code, newest_code
from tests.billing.ground import Money
from tests.pages.document import read

pytestmark = pytest.mark.django_db

CHOSEN = "/premium/chosen"


def choose(client: Client, plan: str = "year") -> None:
    answer = client.post("/premium/checkout", {"plan": plan})
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.FOUND, f"/accounts/login/?next={CHOSEN}")


def test_a_guest_comes_from_the_price_through_signing_in_to_its_payment(money: Money, client: Client) -> None:
    buttons = read(client.get("/premium").content.decode()).all("button", name="plan")
    assert [button["value"] for button in buttons] == ["year", "month"]
    choose(client, "month")
    assert not CheckoutIntent.objects.exists()
    asked = ask_for_code(client, "new@example.com", next_page=CHOSEN)
    answer = client.post(asked["Location"], {"code": newest_code("new@example.com"), "next": CHOSEN})
    assert answer["Location"] == CHOSEN
    answer = client.get(CHOSEN)
    [session] = money.stripe.store.all("checkout.session")
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, session["url"])
    assert session["amount_total"] == 300


def test_it_is_done_once_and_a_link_alone_does_nothing(money: Money, client: Client, alice: User) -> None:
    choose(client)
    client.force_login(alice)
    assert client.get(CHOSEN)["Location"] != "/premium"
    for asked in (CHOSEN, f"{CHOSEN}?plan=year"):
        assert client.get(asked)["Location"] == "/premium"
    assert CheckoutIntent.objects.count() == 1


def test_what_was_chosen_long_ago_is_forgotten(money: Money, client: Client, alice: User) -> None:
    choose(client)
    client.force_login(alice)
    with time_machine.travel(timezone.now() + GOOD_FOR + timedelta(seconds=5)):
        assert client.get(CHOSEN)["Location"] == "/premium"
    assert not CheckoutIntent.objects.exists()


def test_who_turns_out_to_be_a_member_is_shown_where_they_stand(money: Money, client: Client, alice: User) -> None:
    money.subscribe(alice)
    before = CheckoutIntent.objects.count()
    choose(client)
    client.force_login(alice)
    assert client.get(CHOSEN)["Location"] == "/premium"
    assert CheckoutIntent.objects.count() == before


def test_a_guest_who_chooses_no_plan_is_told_so(money: Money, client: Client) -> None:
    answer = client.post("/premium/checkout", {"plan": "day"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert client.get(CHOSEN)["Location"].startswith("/accounts/login/")
