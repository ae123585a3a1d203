"""`POST /billing/stripe/webhook`: the door itself."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from pytest_django import Settings

from billing.models import WebhookEvent
from tests.billing.ground import WEBHOOK, Money
from tests.billing.webhooks import letter, send
from tests.sandbox.stripe.signing import signed

pytestmark = pytest.mark.django_db


def an_event(money: Money) -> dict[str, object]:
    return money.stripe.events.emit("customer.updated", {"id": "cus_1", "object": "customer"})


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete"])
def test_only_post_is_answered(method: str) -> None:
    assert getattr(Client(), method)(WEBHOOK).status_code == 405


def test_a_signature_takes_the_place_of_a_token(money: Money) -> None:
    body, signature = letter(money, an_event(money))
    strict = Client(enforce_csrf_checks=True)
    headers = {"Stripe-Signature": signature}
    answer = strict.post(WEBHOOK, body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert "Set-Cookie" not in answer.headers


def test_ten_megabytes_are_refused_and_not_kept(money: Money) -> None:
    body = b'{"id": "' + b"x" * 10_000_000 + b'"}'
    assert send(body, money.stripe.events.signed(body)) == 413
    assert not WebhookEvent.objects.exists()


def test_without_a_secret_nothing_is_believed(money: Money, settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ()
    body, signature = letter(money, an_event(money))
    assert send(body, signature) == 400
    assert send(body, signed(body, [""], money.stripe.now())) == 400
    assert not WebhookEvent.objects.exists()


def test_the_refusal_says_what_is_missing_and_no_more(money: Money) -> None:
    answer = Client().post(WEBHOOK, b"{}", content_type="application/json", headers={"Stripe-Signature": "t=1,v1=x"})
    assert answer.status_code == 400
    assert answer.content == b"No valid signature.\n"


def test_a_signature_of_other_letters_is_none(money: Money) -> None:
    body, signature = letter(money, an_event(money))
    for strange in ("v1=\u00e9", "v1=\u0661", "\u00e9=1"):
        assert send(body, f"{signature},{strange}") == 400
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize("added", ["t=99999999999999999", "t=0", "t=", "t=-1", "t", "t=" + "9" * 5000])
def test_what_is_added_to_a_header_that_was_caught_changes_nothing(money: Money, added: str) -> None:
    body, signature = letter(money, an_event(money))
    assert send(body, f"{signature},{added}") in {200, 400}
    assert WebhookEvent.objects.count() <= 1


@pytest.mark.parametrize("created", [10**18, -(10**18), 10**30, -1, "soon", None])
def test_an_event_of_an_impossible_time_is_kept(money: Money, created: object) -> None:
    event = {**an_event(money), "created": created}
    assert send(*letter(money, event)) == 200
    assert WebhookEvent.objects.get().stripe_created < datetime.now(UTC)
