"""`/premium` and the pages around it."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from billing import plans
from billing.models import CheckoutIntent
from tests.billing.ground import Money
from tests.meeting import at_once
from tests.pages.document import Element, read
from tests.sandbox.world import World

Later = Callable[..., None]

pytestmark = pytest.mark.django_db


def page(client: Client, address: str = "/premium") -> Element:
    return read(client.get(address).content.decode())


def test_the_yearly_price_stands_first(money: Money, alice: User, client: Client) -> None:
    client.force_login(alice)
    buttons = page(client).all("button", name="plan")
    assert [button["value"] for button in buttons] == ["year", "month"]
    said = page(client).text
    assert "$30.00" in said
    assert "$3.00" in said
    assert f"{plans.months_free()} months free" in said.lower() or "two months free" in said.lower()


def test_every_line_of_the_comparison_is_there(money: Money, client: Client) -> None:
    said = page(client).text
    for row in plans.comparison():
        assert row.label in said
        assert row.premium in said


def test_a_guest_is_shown_prices_and_the_way_in(money: Money, client: Client) -> None:
    assert page(client).all("a", href="/accounts/login/?next=/premium")
    assert [button.text for button in page(client).all("button", name="plan")] == [
        "Sign in to pay by the year",
        "Sign in to pay by the month",
    ]


def test_a_member_is_shown_the_truth_and_no_prices(money: Money, alice: User, client: Client) -> None:
    account = money.subscribe(alice)
    client.force_login(alice)
    assert "It renews on" in page(client).text
    assert not page(client).all("button", name="plan")
    money.stripe.portal_cancel(account.stripe_customer_id or "")
    money.deliver()
    assert "ends on" in page(client).text
    assert page(client).all("form", action="/premium/resume")


def test_charlie_sees_nothing_of_alices(money: Money, alice: User, charlie: User, client: Client) -> None:
    money.subscribe(alice)
    client.force_login(charlie)
    assert "renews" not in page(client).text
    assert page(client).all("button", name="plan")


def test_what_the_page_asks_the_database_does_not_grow(
    money: Money, alice: User, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    money.subscribe(alice)
    client.force_login(alice)
    with django_assert_max_num_queries(9):
        client.get("/premium")


def test_it_is_done_in_one_go_by_the_browser(money: Money, alice: User, client: Client) -> None:
    client.force_login(alice)
    answer = client.post("/premium/checkout", {"plan": "year"})
    assert answer.status_code == HTTPStatus.SEE_OTHER
    [session] = money.stripe.store.all("checkout.session")
    assert answer["Location"] == session["url"]
    assert "no-store" in answer["Cache-Control"]
    back = money.stripe.pay(session["id"])
    assert back == f"http://localhost:8000/premium/done?session_id={session['id']}"
    assert "Thank you" in page(client, back.removeprefix("http://localhost:8000")).text
    assert session["cancel_url"] == "http://localhost:8000/premium"
    assert session["allow_promotion_codes"] is True


def test_the_host_that_was_asked_for_is_in_no_address(money: Money, alice: User, client: Client) -> None:
    client.force_login(alice)
    client.post(
        "/premium/checkout", {"plan": "year"}, headers={"Host": "127.0.0.1", "X-Forwarded-Host": "evil.example"}
    )
    [session] = money.stripe.store.all("checkout.session")
    assert session["success_url"].startswith("http://localhost:8000/")
    assert session["cancel_url"].startswith("http://localhost:8000/")


@pytest.mark.django_db(transaction=True)
def test_a_month_and_a_year_at_the_same_moment_leave_one_page(money: Money, alice: User) -> None:
    money.a_customer(alice)

    def choose(plan: str) -> int:
        browser = Client()
        browser.force_login(alice)
        return browser.post("/premium/checkout", {"plan": plan}).status_code

    statuses = at_once(*[partial(choose, plan) for plan in ("month", "year", "month", "year")])
    assert set(statuses) <= {HTTPStatus.SEE_OTHER, HTTPStatus.CONFLICT}
    assert HTTPStatus.SEE_OTHER in statuses
    states = [session["status"] for session in money.stripe.store.all("checkout.session")]
    assert states.count("open") == 1
    assert CheckoutIntent.objects.filter(state=CheckoutIntent.State.OPEN).count() == 1


def test_while_stripe_is_away_the_return_page_says_processing(
    money: Money, alice: User, client: Client, world: World
) -> None:
    session = money.begin(alice)
    money.stripe.pay(session)
    client.force_login(alice)
    world.faults.add("stripe", "error", times=3)
    assert "Processing" in page(client, f"/premium/done?session_id={session}").text
    assert "Thank you" in page(client, f"/premium/done?session_id={session}").text


def test_a_page_that_was_left_says_not_paid(money: Money, alice: User, client: Client, later: Later) -> None:
    session = money.begin(alice)
    later(hours=1)
    client.force_login(alice)
    assert "Not paid" in page(client, f"/premium/done?session_id={session}").text


def test_a_failure_that_a_key_repeats_is_over_with_the_next_click(money: Money, alice: User, client: Client) -> None:
    client.force_login(alice)
    money.stripe.failures.append(("POST", "/v1/checkout/sessions"))
    assert client.post("/premium/checkout", {"plan": "year"}).status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert client.post("/premium/checkout", {"plan": "year"}).status_code == HTTPStatus.SEE_OTHER
    money.stripe.pay(money.session(money.account(alice)))
    money.rest()
    assert money.account(alice).status == "active"
