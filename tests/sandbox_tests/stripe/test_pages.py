"""Stripe's own pages as a browser without script sees them: paying, 3-D Secure, invoices, receipts."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from stripe import StripeClient

from tests.sandbox.stripe.errors import Declined
from tests.sandbox.stripe.state import Stripe

from .shop import BACK, SUCCESS, Shop, open_shop


@pytest.fixture
def shop(client: StripeClient) -> Shop:
    return open_shop(client)


def get(address: str | None) -> httpx.Response:
    assert address is not None
    return httpx.get(address, timeout=10)


def press(address: str | None, act: str = "pay", **fields: str) -> httpx.Response:
    assert address is not None
    return httpx.post(address, data={"act": act, **fields}, timeout=10)


def fill_in(address: str | None, card: str = "works", **fields: str) -> httpx.Response:
    return press(address, card=card, email="dora@example.org", **fields)


def test_the_pay_page_says_what_is_sold_and_offers_every_card(shop: Shop) -> None:
    page = get(shop.begin(allow_promotion_codes=True).url)
    assert page.headers["cache-control"] == "no-store"
    for text in ("Premium", "$3.00 / month", 'name="email"', 'name="promotion_code"', ">Pay<", ">Back to the site<"):
        assert text in page.text
    for card in ("works", "declined", "3ds", "delayed", "works-then-declined", "works-then-3ds"):
        assert f'name="card" value="{card}"' in page.text
    assert 'name="promotion_code"' not in get(shop.begin().url).text
    assert "<script" not in page.text
    assert "Donate" in get(shop.donate().url).text


def test_paying_leads_to_the_success_page_and_the_link_says_so_afterwards(shop: Shop) -> None:
    session = shop.begin()
    answer = fill_in(session.url)
    assert answer.status_code == 303
    assert answer.headers["location"] == SUCCESS.replace("{CHECKOUT_SESSION_ID}", session.id)
    assert shop.again(session).payment_status == "paid"
    assert "paid already" in get(session.url).text
    assert "paid already" in fill_in(session.url).text


def test_a_declined_card_is_said_on_the_page_with_the_form_as_it_was(shop: Shop) -> None:
    session = shop.begin()
    answer = fill_in(session.url, "declined")
    assert answer.status_code == 402
    assert "Your card was declined." in answer.text
    assert "dora@example.org" in answer.text
    assert "email is incomplete" in press(session.url, card="works", email="dora").text
    assert shop.again(session).status == "open"


def test_giving_up_leads_back_and_leaves_the_session_open(shop: Shop) -> None:
    session = shop.begin()
    assert press(session.url, "back").headers["location"] == BACK
    assert shop.again(session).status == "open"


def test_a_wrong_code_is_said_on_the_page(shop: Shop) -> None:
    answer = fill_in(shop.begin(allow_promotion_codes=True).url, promotion_code="nothing")
    assert "This code is invalid." in answer.text


def test_the_bank_asks_on_a_page_of_its_own(shop: Shop) -> None:
    session = shop.donate()
    question = fill_in(session.url, "3ds").headers["location"]
    assert "3-D Secure" in get(question).text
    assert press(question, "refuse").headers["location"] == session.url
    assert get(question).status_code == 400
    question = fill_in(session.url, "3ds").headers["location"]
    assert session.id in press(question, "approve").headers["location"]
    assert shop.again(session).payment_status == "paid"


def test_an_expired_session_has_no_form(shop: Shop, stripe: Stripe) -> None:
    session = shop.begin()
    stripe.expire(session.id)
    page = get(session.url)
    assert page.status_code == 410
    assert BACK in page.text
    assert "<form" not in page.text


def test_what_a_stranger_wrote_stays_text(shop: Shop) -> None:
    data = {"currency": "usd", "unit_amount": 500, "product_data": {"name": "<b>Coffee</b>"}}
    session = shop.donate(line_items=[{"price_data": data, "quantity": 1}])
    assert "<b>Coffee" not in get(session.url).text


def test_an_open_invoice_is_paid_on_its_page(shop: Shop, stripe: Stripe, client: StripeClient) -> None:
    customer, subscription = shop.member(stripe)
    stripe.set_card(customer, "declined")
    client.v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"id": subscription["items"].data[0].id, "price": shop.year}],
            "payment_behavior": "pending_if_incomplete",
            "proration_behavior": "always_invoice",
        },
    )
    invoice = client.v1.invoices.list({"customer": customer, "status": "open"}).data[0]
    page = get(invoice.hosted_invoice_url)
    assert "$27.00" in page.text
    assert "Your card was declined." in press(invoice.hosted_invoice_url, card="declined").text
    with pytest.raises(Declined):
        stripe.pay_invoice(invoice.id, "declined")
    assert press(invoice.hosted_invoice_url, card="works").status_code == 303
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"
    assert "<form" not in get(invoice.hosted_invoice_url).text
    after = client.v1.subscriptions.retrieve(subscription.id)
    assert after["items"].data[0].price.id == shop.year


def test_an_invoice_can_need_the_banks_question(shop: Shop, stripe: Stripe, client: StripeClient) -> None:
    customer, subscription = shop.member(stripe)
    stripe.set_card(customer, "3ds")
    client.v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"id": subscription["items"].data[0].id, "price": shop.year}],
            "payment_behavior": "pending_if_incomplete",
            "proration_behavior": "always_invoice",
        },
    )
    invoice = client.v1.invoices.list({"customer": customer, "status": "open"}).data[0]
    assert f"/3ds/{invoice.id}" in get(invoice.hosted_invoice_url).text
    assert stripe.approve_3ds(invoice.id) == invoice.hosted_invoice_url
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"


def test_a_receipt_says_what_was_paid_and_what_came_back(shop: Shop, stripe: Stripe, client: StripeClient) -> None:
    charge = shop.paid(stripe)
    stripe.refund(charge, 200)
    page = get(client.v1.charges.retrieve(charge).receipt_url).text
    assert "$5.00" in page
    assert "$2.00 of it was given back" in page


@pytest.mark.parametrize("path", ["/pay/cs_test_none", "/3ds/cs_test_none", "/portal/bps_none", "/invoice/in_none"])
def test_pages_of_nothing_are_not_there(stripe: Stripe, path: str) -> None:
    assert get(stripe.url + path).status_code == 404


def test_a_button_pressed_twice_at_once_is_paid_once(shop: Shop, stripe: Stripe) -> None:
    session = shop.begin(customer=shop.customer())
    with ThreadPoolExecutor(4) as pressing:
        answers = list(pressing.map(lambda _: fill_in(session.url), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 303]
    assert len(stripe.store.all("subscription")) == len(stripe.store.all("charge")) == 1
