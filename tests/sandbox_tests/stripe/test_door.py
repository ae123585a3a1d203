"""Bad luck at the door of the API, the account by HTTP, and the panel for people."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
from stripe import APIConnectionError, APIError, RateLimitError, StripeClient

from tests.sandbox import Sandbox, World
from tests.sandbox.faults import Kind
from tests.sandbox.stripe.state import Stripe

from .conftest import Receiver
from .shop import Shop, open_shop


@pytest.fixture
def shop(client: StripeClient) -> Shop:
    return open_shop(client)


@pytest.fixture
def panel(sandbox: Sandbox) -> str:
    return sandbox.urls()["stripe"]


def do(panel: str, **fields: Any) -> Any:
    """What an act by HTTP came to."""
    answer = httpx.post(f"{panel}/_sandbox/stripe", json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def create(client: StripeClient) -> str:
    return client.v1.customers.create({"email": "ada@example.org"}, {"idempotency_key": "ada"}).id


# The next calls


def test_a_500_happens_before_anything_is_done(world: World, client: StripeClient) -> None:
    world.faults.add("stripe", "error", status=500)
    with pytest.raises(APIError, match="Internal Server Error") as caught:
        create(client)
    assert caught.value.http_status == 500
    assert world.stripe.store.all("customer") == []
    create(client)


def test_a_429_is_in_stripes_shape(world: World, client: StripeClient) -> None:
    world.faults.add("stripe", "rate-limited")
    with pytest.raises(RateLimitError) as caught:
        create(client)
    assert caught.value.error is not None
    assert caught.value.error.code == "rate_limit"
    create(client)


@pytest.mark.parametrize(("kind", "done"), [("close", 0), ("keep-and-close", 1)])
def test_an_answer_may_get_lost_before_or_after_the_deed(
    world: World, client: StripeClient, kind: Kind, done: int
) -> None:
    world.faults.add("stripe", kind)
    with pytest.raises(APIConnectionError):
        create(client)
    assert len(world.stripe.store.all("customer")) == done
    again = create(client)
    assert [customer["id"] for customer in world.stripe.store.all("customer")] == [again]


def test_a_500_of_stripes_own_making_is_remembered_with_its_key(panel: str, client: StripeClient) -> None:
    do(panel, do="fail-call", method="POST", path="/v1/customers")
    for _ in range(2):
        with pytest.raises(APIError):
            create(client)
    assert do(panel, do="objects", kind="customer") == []


def test_faults_for_some_paths_leave_others_alone(world: World, client: StripeClient) -> None:
    world.faults.add("stripe", "error", path="/v1/prices")
    create(client)
    with pytest.raises(APIError):
        client.v1.prices.list()


# By HTTP


def test_a_member_lives_a_year_by_http(shop: Shop, stripe: Stripe, panel: str) -> None:
    customer = shop.customer()
    session = shop.begin(customer=customer)
    assert session.id in do(panel, do="pay", session=session.id)
    (subscription,) = do(panel, do="objects", kind="subscription")
    for _ in range(11):
        do(panel, do="renew", subscription=subscription["id"])
    do(panel, do="set-card", customer=customer, card="declined")
    assert do(panel, do="renew", subscription=subscription["id"])["status"] == "past_due"
    assert len(do(panel, do="objects", kind="charge")) == 13
    assert len(do(panel, do="events", type="invoice.payment_failed")) == 1
    httpx.post(f"{panel}/_sandbox/advance", json={"seconds": 20 * 24 * 3600}).raise_for_status()
    assert do(panel, do="objects", kind="subscription")[0]["status"] == "canceled"


def test_money_goes_back_by_http(shop: Shop, stripe: Stripe, panel: str) -> None:
    charge = shop.paid(stripe)
    refund = do(panel, do="refund", charge=charge, amount=100)
    do(panel, do="fail-refund", refund=refund["id"])
    dispute = do(panel, do="dispute", charge=charge)
    do(panel, do="change-dispute", dispute=dispute["id"], status="lost")
    do(panel, do="warn-of-fraud", charge=charge)
    told = [event["type"] for event in do(panel, do="events")]
    assert {"refund.failed", "charge.dispute.closed", "radar.early_fraud_warning.created"} <= set(told)


def test_an_object_can_be_made_strange(shop: Shop, stripe: Stripe, panel: str) -> None:
    _, subscription = shop.member(stripe)
    do(panel, do="change", kind="subscription", id=subscription.id, fields={"status": "dreaming"})
    assert shop.client.v1.subscriptions.retrieve(subscription.id).status == "dreaming"
    (event,) = stripe.events.all("customer.subscription.updated")
    assert event["data"]["previous_attributes"] == {"status": "active"}


def test_webhooks_are_spoiled_and_watched_by_http(
    client: StripeClient, panel: str, stripe: Stripe, receiver: Receiver
) -> None:
    endpoint = client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["customer.created"]})
    do(panel, do="webhook-fault", kind="duplicate", copies=3)
    do(panel, do="pause-webhooks", paused=True)
    create(client)
    assert receiver.received == []
    do(panel, do="pause-webhooks", paused=False)
    assert stripe.deliveries.wait_until_quiet()
    assert [one["status"] for one in do(panel, do="tries")] == [200, 200, 200]
    do(panel, do="resend", event=json.loads(receiver.received[0].body)["id"])
    assert stripe.deliveries.wait_until_quiet()
    assert len(receiver.received) == 4
    assert do(panel, do="roll-secret", endpoint=endpoint.id) != stripe.webhook_secret


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"do": "dance"}, "cannot 'dance'"),
        ({"do": "pay", "session": "cs_nowhere"}, "No such"),
        ({"do": "refund", "charge": "ch_nowhere"}, "No such"),
        ({"do": "webhook-fault", "kind": "eaten"}, "no such webhook fault"),
        ({"do": "webhook-fault", "kind": "duplicate", "copies": 0}, "at least one copy"),
        ({"do": "pay"}, "session"),
    ],
)
def test_what_cannot_be_done_is_said(panel: str, body: dict[str, Any], words: str) -> None:
    answer = httpx.post(f"{panel}/_sandbox/stripe", json=body)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_a_refused_card_is_said_by_http(shop: Shop, panel: str) -> None:
    answer = httpx.post(f"{panel}/_sandbox/stripe", json={"do": "pay", "session": shop.donate().id, "card": "declined"})
    assert (answer.status_code, "card_declined" in answer.json()["error"]) == (400, True)


# By hand

FORM = re.compile(r'<form method="post" action="/do"[^>]*>(?P<inside>.*?)<button>(?P<words>[^<]*)</button></form>')
HIDDEN = re.compile(r'<input[^>]* name="(\w+)" value="([^"]*)"')
FIRST_CHOICE = re.compile(r'<select name="(\w+)"[^>]*><option value="([^"]*)"')


def press(panel: str, words: str, **filled: str) -> httpx.Response:
    """Presses the first button with these words on the panel, as a browser would."""
    page = httpx.get(panel).text
    inside = next(form["inside"] for form in FORM.finditer(page) if form["words"] == words)
    fields = {name: unescape(value) for name, value in HIDDEN.findall(inside) + FIRST_CHOICE.findall(inside)}
    return httpx.post(f"{panel}/do", data=fields | filled, follow_redirects=True)


def test_an_empty_account_has_a_panel(panel: str) -> None:
    page = httpx.get(panel)
    assert page.status_code == 200
    assert "Nobody wants to be told." in page.text
    assert httpx.get(f"{panel}/nowhere").status_code == 404


def test_the_panel_shows_the_account_and_its_buttons_work(shop: Shop, stripe: Stripe, panel: str) -> None:
    open_session = shop.donate()
    customer, subscription = shop.member(stripe)
    page = httpx.get(panel).text
    assert all(
        each in page for each in (open_session.id, customer, subscription.id, "3.00 USD", open_session.url or "")
    )
    assert press(panel, "Let it expire").status_code == 200
    assert shop.again(open_session).status == "expired"
    before = stripe.now()
    press(panel, "Next renewal")
    assert stripe.now() - before > 27 * 24 * 3600
    press(panel, "Put on file", card="declined")
    press(panel, "a month")
    assert shop.client.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    press(panel, "Refund")
    assert "refund.created" in [event["type"] for event in stripe.events.all()]
    press(panel, "It fails after all")
    press(panel, "Dispute")
    press(panel, "Becomes this", status="won")
    assert stripe.store.all("dispute")[0]["status"] == "won"
    press(panel, "Cancel now")
    press(panel, "Delete")
    assert stripe.store.get("customer", customer)["deleted"] is True
    assert httpx.get(panel).status_code == 200


def test_the_panel_makes_calls_and_webhooks_fail(
    world: World, client: StripeClient, stripe: Stripe, panel: str, receiver: Receiver
) -> None:
    client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    press(panel, "Fail so", kind="rate-limited", times="2")
    with pytest.raises(RateLimitError):
        create(client)
    press(panel, "Fail no more")
    press(panel, "Spoil so", kind="drop", type="customer.*")
    create(client)
    assert stripe.deliveries.wait_until_quiet()
    assert receiver.received == []
    press(panel, "Again")
    assert stripe.deliveries.wait_until_quiet()
    assert len(receiver.received) == 1
    press(panel, "Hold them back")
    assert stripe.deliveries.paused
    press(panel, "Send on")
    assert not stripe.deliveries.paused


def test_what_the_panel_cannot_do_is_said_on_it(shop: Shop, stripe: Stripe, panel: str) -> None:
    shop.paid(stripe)
    press(panel, "Refund")
    again = press(panel, "Refund")
    assert again.status_code == 400
    assert "has already been refunded" in again.text
    answer = httpx.post(f"{panel}/do", content=urlencode(parse_qsl("do=refund&charge=<script>")))
    assert "<script>" not in answer.text
