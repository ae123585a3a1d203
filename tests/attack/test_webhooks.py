"""What services tell us: signed nonsense is no error of ours, and nothing happens that was not signed."""

import hashlib
import hmac
import json
import time
from base64 import b64encode
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.models import User
from billing import inbox
from billing.models import WebhookEvent
from tests.attack.depth import examples
from tests.attack.mutations import Spoiled, spoiled
from tests.attack.people import rows
from tests.follows import a_reader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox", "people")]

EXAMPLES = 40
STRIPE, PATREON, MAIL = "/billing/stripe/webhook", "/billing/patreon/webhook", "/mail/events/postmark"
SECRET = "whsec_attack"
EVENT: dict[str, Any] = {
    "id": "evt_1",
    "object": "event",
    "type": "customer.subscription.deleted",
    "api_version": "2026-01-28.clover",
    "created": 1_790_000_000,
    "livemode": False,
    "data": {
        "object": {"id": "sub_1", "object": "subscription", "customer": "cus_1", "items": {"data": [{"id": "si_1"}]}},
        "previous_attributes": {"status": "active"},
    },
}
MEMBER = {"data": {"id": "m-1", "type": "member", "relationships": {"user": {"data": {"id": "17", "type": "user"}}}}}
BOUNCE = {"RecordType": "Bounce", "ID": 1, "Type": "HardBounce", "Email": "bob@example.com", "Details": "550 5.1.1"}
RAW = (
    b"",
    b"\xff",
    b"null",
    b"[]",
    b'"\\ud800"',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"id": "evt_1", "id": "evt_2", "object": "event", "type": "a", "type": "b"}',
    b'{"id": "evt_\\u0000", "object": "event", "type": "a"}',
    b'{"id": "evt_\\ud800", "object": "event", "type": "a"}',
    b'{"id": "evt_3", "object": "event", "type": "a", "data": "\\u0000"}',
    json.dumps(EVENT | {"id": "e" * 5_000}).encode(),
    json.dumps(EVENT | {"created": 10**30}).encode(),
    b'{"id": "evt_4", "object": "event", "type": "a", "created": 1e400}',
    b'{"id": "evt_5", "object": "event", "type": "a", "created": ' + b"9" * 5_000 + b"}",
    b"x" * 900_000,
    json.dumps(BOUNCE | {"Email": "bob\0@example.com"}).encode(),
)


@pytest.fixture
def people(settings: Settings) -> User:
    settings.BILLING_ENABLED = True
    settings.STRIPE_WEBHOOK_SECRETS = ("whsec_other", SECRET)
    settings.PATREON_WEBHOOK_SECRET, settings.MAIL_WEBHOOK_SECRET = SECRET, SECRET
    settings.PATREON_CLIENT_ID = settings.PATREON_CLIENT_SECRET = settings.PATREON_CREATOR_TOKEN = "set up"
    settings.PATREON_CAMPAIGN_ID = "1"
    return a_reader("bob")


def signed(body: bytes, at: float | None = None, secret: str = SECRET) -> str:
    moment = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def post(address: str, body: bytes, **headers: str) -> int:
    """What is answered; a view that raises fails the test."""
    said = Client().post(address, body, content_type="application/json", headers=headers)
    return int(said.status_code)


def told(address: str, body: bytes) -> int:
    """Told by who knows the secret."""
    if address == STRIPE:
        return post(address, body, **{"Stripe-Signature": signed(body)})
    if address == PATREON:
        digest = hmac.new(SECRET.encode(), body, hashlib.md5).hexdigest()
        return post(address, body, **{"X-Patreon-Signature": digest, "X-Patreon-Event": "members:update"})
    return post(address, body, Authorization=f"Basic {b64encode(f'unroller:{SECRET}'.encode()).decode()}")


def encoded(document: Any) -> bytes:
    return json.dumps(document).encode()


@pytest.mark.parametrize("address", [STRIPE, PATREON, MAIL])
def test_odd_bodies_with_the_right_signature_break_nothing(address: str) -> None:
    assert {told(address, body) for body in RAW} <= {200, 400, 413}


@pytest.mark.parametrize(("address", "sound"), [(STRIPE, EVENT), (PATREON, MEMBER), (MAIL, BOUNCE)])
def test_spoiled_reports_with_the_right_signature_break_nothing(address: str, sound: dict[str, Any]) -> None:
    @examples(EXAMPLES)
    @given(report=spoiled(sound))
    def attack(report: Spoiled) -> None:
        point = transaction.savepoint()
        assert told(address, encoded(report.document)) in {200, 400, 413}
        for row in WebhookEvent.objects.all():
            assert row.event_id
            inbox.process(row.event_id)
        transaction.savepoint_rollback(point)

    attack()


def test_without_the_right_signature_nothing_is_written() -> None:
    body, before = encoded(EVENT), rows()
    sound = signed(body)

    @examples(EXAMPLES)
    @given(signature=st.one_of(st.text(max_size=80), st.sampled_from(flipped(sound))))
    def attack(signature: str) -> None:
        for address, header in (
            (STRIPE, "Stripe-Signature"),
            (PATREON, "X-Patreon-Signature"),
            (MAIL, "Authorization"),
        ):
            assert post(address, body, **{header: signature}) == 400

    attack()
    late, ours = time.time() - 301, (signed(body, secret="whsec_else"), "", "t=1", "v1=", sound[:-1])
    for wrong in (*ours, signed(body, late), signed(body + b" "), sound.replace("v1", "v0")):
        assert post(STRIPE, body, **{"Stripe-Signature": wrong}) == 400
    assert rows() == before


def flipped(signature: str) -> list[str]:
    """Each character of a signature's digest changed by a bit."""
    start = signature.index("v1=") + 3
    return [
        f"{signature[:at]}{chr(ord(signature[at]) ^ 1)}{signature[at + 1 :]}" for at in range(start, len(signature))
    ]


def test_an_event_told_a_hundred_times_is_kept_once() -> None:
    body = encoded(EVENT)
    assert {told(STRIPE, body) for _ in range(20)} == {200}
    assert WebhookEvent.objects.count() == 1
