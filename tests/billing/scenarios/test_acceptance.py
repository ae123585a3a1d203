"""What the webhook takes and what it refuses."""

import json
import logging
import time

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts.models import Letter, User
from billing import inbox
from billing.entitlements import plan_for
from billing.gateway.client import API_VERSION, client
from billing.models import Alert, BillingAccount, WebhookEvent
from tests.billing.ground import WEBHOOK, Money
from tests.billing.webhooks import later, letter, newest, row_of, send
from tests.meeting import at_once
from tests.sandbox.stripe.signing import signed
from tests.sandbox.wire import Json

State = WebhookEvent.State

pytestmark = pytest.mark.django_db


def an_event(money: Money, alice: User) -> Json:
    """Something that Stripe has to say and nobody has heard yet."""
    account = money.subscribe(alice)
    money.stripe.change("subscription", account.subscription_id, metadata={"colour": "blue"})
    return newest(money, "customer.subscription.updated")


@pytest.mark.django_db(transaction=True)
def test_s01_the_same_event_five_times_at_once_is_one_row_with_one_effect_and_five_times_200(
    money: Money, alice: User
) -> None:
    account = money.subscribe(alice)
    money.stripe.cancel(account.subscription_id)
    event = newest(money, "customer.subscription.deleted")
    body, signature = letter(money, event)
    assert at_once(*[lambda: send(body, signature)] * 5) == [200] * 5
    assert WebhookEvent.objects.filter(event_id=event["id"]).count() == 1
    asked = looks(money)
    at_once(*[lambda: inbox.process(event["id"])] * 5)
    assert looks(money) == asked + 1
    assert row_of(event).state == State.DONE
    assert money.account(alice).status == "canceled"


def looks(money: Money) -> int:
    """How often the subscriptions of a customer were asked for."""
    return len(money.stripe.requests.of("GET", "/v1/subscriptions"))


def test_s05_a_captured_request_is_worth_nothing_after_six_minutes(money: Money, alice: User) -> None:
    event = an_event(money, alice)
    body, signature = letter(money, event)
    with later(minutes=6):
        assert send(body, signature) == 400
    assert not WebhookEvent.objects.filter(event_id=event["id"]).exists()


def test_s05_a_captured_request_within_five_minutes_is_a_duplicate(money: Money, alice: User) -> None:
    event = an_event(money, alice)
    body, signature = letter(money, event)
    assert send(body, signature) == 200
    with later(minutes=4):
        assert send(body, signature) == 200
    assert WebhookEvent.objects.filter(event_id=event["id"]).count() == 1


def test_s06_without_a_good_signature_nothing_is_kept(money: Money, alice: User) -> None:
    event = an_event(money, alice)
    body, good = letter(money, event)
    moment, _, proof = good.partition(",v1=")
    before = WebhookEvent.objects.count()
    for signature in (None, "", "nonsense", moment, f"{moment},v0={proof}", f"{moment},v1={'0' * 64}", f"v1={proof}"):
        assert send(body, signature) == 400, signature
    assert send(body, signed(body, ["whsec_of_somebody_else"], int(time.time()))) == 400
    assert send(body + b" ", good) == 400
    assert send(body.replace(b"active", b"activf", 1), good) == 400
    assert send(json.dumps(json.loads(body)).encode(), good) == 400
    assert WebhookEvent.objects.count() == before


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b"not json", b'{"object": "event"}', b"\xff\xfe", b""])
def test_s06_what_is_signed_and_is_no_event_is_refused(money: Money, body: bytes) -> None:
    assert send(body, money.stripe.events.signed(body)) == 400
    assert not WebhookEvent.objects.exists()


BASIL = """{
  "id" : "evt_1SbasilZ",\t"object":"event",
  "api_version":"2025-03-31.basil",  "created": %d, "livemode":false,
\t"data": { "object": { "id":"cus_basil", "object":"customer", "name":"Zoë Łukasiewicz — 山田 🧵 \\u00e9",
      "address": {"city": "Kраків", "line1": "  two  spaces  "} },
      "previous_attributes":{"name":null} },
  "pending_webhooks":1 , "request":{"id":null,"idempotency_key":null},
  "type":"customer.updated"
}
\r\n"""
"""Characters of several scripts and the white space of no serializer."""


def test_s07_a_body_is_kept_byte_for_byte(money: Money) -> None:
    body = (BASIL % int(time.time())).encode()
    assert send(body, money.stripe.events.signed(body)) == 200
    row = WebhookEvent.objects.get()
    assert row.raw.encode() == body
    assert (row.event_id, row.customer_id, row.api_version) == ("evt_1SbasilZ", "cus_basil", "2025-03-31.basil")


def test_s08_while_a_secret_is_changed_the_old_and_the_new_are_good(
    money: Money, alice: User, settings: Settings
) -> None:
    body, _ = letter(money, an_event(money, alice))
    now = int(time.time())
    settings.STRIPE_WEBHOOK_SECRETS = ("whsec_new", "whsec_old")
    assert send(body, signed(body, ["whsec_old"], now)) == 200
    assert send(body, signed(body, ["whsec_new"], now)) == 200
    assert send(body, signed(body, ["whsec_not_here_yet", "whsec_old"], now)) == 200
    settings.STRIPE_WEBHOOK_SECRETS = ("whsec_new",)
    assert send(body, signed(body, ["whsec_old"], now)) == 400
    assert send(body, signed(body, ["whsec_new", "whsec_old"], now)) == 200


@pytest.mark.parametrize(("key", "livemode"), [("sk_test_here", True), ("sk_live_here", False)])
def test_s09_an_event_of_the_other_mode_is_answered_ignored_and_told_to_operators(
    money: Money, alice: User, settings: Settings, key: str, livemode: bool
) -> None:
    account = money.subscribe(alice)
    gone = {**money.stripe.store.get("subscription", account.subscription_id), "status": "canceled"}
    event = money.stripe.events.emit("customer.subscription.deleted", gone, livemode=livemode)
    settings.STRIPE_SECRET_KEY, settings.ADMINS = key, [("", "operator@example.com")]
    assert [send(*letter(money, event)) for _ in range(2)] == [200, 200]
    inbox.process(event["id"])
    assert row_of(event).state == State.IGNORED
    assert Alert.objects.get().kind == "livemode"
    assert Letter.objects.filter(to="operator@example.com").count() == 1
    assert plan_for(alice).name == "premium"


def test_s09_an_event_of_the_other_mode_stays_ignored_when_it_is_replayed(money: Money, alice: User) -> None:
    event = money.stripe.events.emit("customer.subscription.deleted", {"id": "sub_1", "object": "x"}, livemode=True)
    assert send(*letter(money, event)) == 200
    assert inbox.replay([event["id"]]) == 1
    inbox.process(event["id"])
    assert row_of(event).state == State.IGNORED


def test_s10_what_is_about_nobody_here_is_answered_and_ignored(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    store = money.stripe.store
    subscription = store.get("subscription", account.subscription_id)
    gone = {**subscription, "status": "canceled"}
    emit = money.stripe.events.emit
    unknown = [
        emit("moon.phase.changed", {"id": "moon_1", "object": "moon"}),
        emit("customer.subscription.deleted", {**gone, "customer": "cus_of_somebody_else"}),
        emit("customer.subscription.deleted", gone, account="acct_connected"),
        emit("invoice.paid", {"id": "in_1", "object": "invoice", "customer": None}),
        emit("customer.updated", {"id": "cus_of_somebody_else", "object": "customer"}),
        emit("charge.refunded", {"id": "ch_1", "object": "charge", "payment_intent": None}),
    ]
    for event in unknown:
        assert send(*letter(money, event)) == 200
        inbox.process(event["id"])
        assert row_of(event).state == State.IGNORED, event["type"]
    assert plan_for(alice).name == "premium"


def test_s10_a_subscription_to_another_product_gives_nothing(money: Money, alice: User) -> None:
    account = money.a_customer(alice)
    money.stripe.set_card(str(account.stripe_customer_id), "works")
    api = client()
    other = api.v1.products.create(params={"name": "Socks by post"})
    monthly = {"interval": "month"}
    price = api.v1.prices.create(
        params={"product": other.id, "currency": "usd", "unit_amount": 900, "recurring": monthly}  # type: ignore[typeddict-item]
    )
    api.v1.subscriptions.create(
        params={"customer": str(account.stripe_customer_id), "items": [{"price": price.id}]},
    )
    assert money.waiting("customer.subscription.created")
    money.deliver()
    assert money.account(alice).status == ""
    assert plan_for(alice).name == "free"
    assert not Alert.objects.exists()


def test_s12_with_the_database_away_the_answer_is_500_and_the_next_try_is_taken(
    money: Money, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = an_event(money, alice)
    body, signature = letter(money, event)
    headers = {"Stripe-Signature": signature}

    def post() -> int:
        patient = Client(raise_request_exception=False)
        return patient.post(WEBHOOK, body, content_type="application/json", headers=headers).status_code

    with monkeypatch.context() as away:
        away.setitem(connection.settings_dict, "PORT", "1")
        assert at_once(post) == [500]
    assert not WebhookEvent.objects.filter(event_id=event["id"]).exists()
    assert post() == 200
    inbox.process(event["id"])
    assert row_of(event).state == State.DONE


def test_s51_a_clock_that_is_five_minutes_ahead_is_believed_and_noticed(
    money: Money, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    event = an_event(money, alice)
    body = money.stripe.events.body(event)
    with caplog.at_level(logging.WARNING, "billing.inbox"):
        assert send(body, money.stripe.events.signed(body, at=int(time.time()) + 300)) == 200
    assert "in the future" in caplog.text
    inbox.process(event["id"])
    assert row_of(event).state == State.DONE


def test_s51_an_event_dated_in_the_future_is_noticed(
    money: Money, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    event = {**an_event(money, alice), "created": int(time.time()) + 300}
    with caplog.at_level(logging.WARNING, "billing.inbox"):
        assert send(*letter(money, event)) == 200
    assert f"event {event['id']}: " in caplog.text


def test_an_event_of_now_is_nothing_to_write_about(money: Money, alice: User, caplog: pytest.LogCaptureFixture) -> None:
    event = an_event(money, alice)
    assert event["api_version"] == API_VERSION
    with caplog.at_level(logging.WARNING, "billing.inbox"):
        assert send(*letter(money, event)) == 200
    assert not [each for each in caplog.records if each.name == "billing.inbox"]
    assert BillingAccount.objects.count() == 1
