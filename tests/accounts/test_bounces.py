"""Addresses that take no mail: what a provider reports stops mail, what is soft, late or false does not."""

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.actions.bounces import resume_mail, stop_mail
from accounts.models import MailStopped, User

pytestmark = pytest.mark.django_db

SECRET, SIGNING_KEY = "a secret", "a signing key"
HARD = {
    "RecordType": "Bounce",
    "ID": 4323372036854775807,
    "Type": "HardBounce",
    "TypeCode": 1,
    "Name": "Hard bounce",
    "Tag": "",
    "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
    "ServerID": 23,
    "MessageStream": "outbound",
    "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
    "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
    "Email": "bob@example.com",
    "From": "us@wool.example",
    "BouncedAt": "2026-01-20T16:33:54.9070259Z",
    "DumpAvailable": False,
    "Inactive": True,
    "CanActivate": True,
    "Subject": "A new thread",
}
COMPLAINT = {
    **HARD,
    "RecordType": "SpamComplaint",
    "Type": "SpamComplaint",
    "TypeCode": 512,
    "Name": "Spam complaint",
    "Description": "The subscriber explicitly marked this message as spam.",
    "Details": "",
    "BouncedAt": "2026-01-21T16:33:54Z",
}


@pytest.fixture(autouse=True)
def secrets(settings: Settings) -> None:
    settings.MAIL_WEBHOOK_SECRET, settings.MAIL_WEBHOOK_SIGNING_KEY = SECRET, SIGNING_KEY


@pytest.fixture
def bob() -> User:
    return User.objects.create_user("Bob@example.com")


def post(client: Client, provider: str, body: object, *, user: str = "unroller", secret: str = SECRET) -> int:
    """A report as a provider sends it, with the name and secret of the address it was given."""
    authorization = f"Basic {b64encode(f'{user}:{secret}'.encode()).decode()}"
    answer = client.post(
        f"/mail/events/{provider}",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": authorization},
    )
    return answer.status_code


def state(user: User) -> str:
    user.refresh_from_db()
    return user.mail_stopped


def mailgun(event: str, *, key: str = SIGNING_KEY, **facts: object) -> dict[str, Any]:
    """A signed report of Mailgun's."""
    at, token = "1768900000", "c8f4"
    signature = hmac.new(key.encode(), f"{at}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": {"timestamp": at, "token": token, "signature": signature},
        "event-data": {
            "event": event,
            "id": "G9Bn5sl1TC6nu79C8C0bwg",
            "timestamp": float(at),
            "recipient": "bob@example.com",
            "message": {"headers": {"message-id": "1@wool.example", "to": "bob@example.com"}},
            "tags": [],
            "user-variables": {},
            **facts,
        },
    }


def failed(severity: str, reason: str, message: str = "") -> dict[str, Any]:
    report = mailgun("failed", severity=severity, reason=reason)
    report["event-data"]["delivery-status"] = {"code": 550, "message": message, "description": ""}
    return report


def sparkpost(kind: str, **facts: str) -> list[dict[str, Any]]:
    event = {"type": kind, "timestamp": "1768900000", "raw_rcpt_to": "bob@example.com", **facts}
    return [{"msys": {"message_event": event}}, {"msys": {}}]


def resend(kind: str, **data: object) -> dict[str, Any]:
    return {
        "type": kind,
        "created_at": "2026-01-20T16:33:54.000Z",
        "data": {"email_id": "1", "to": ["bob@example.com"], **data},
    }


def bounce(kind: str) -> dict[str, str]:
    return {"type": kind, "subType": "General", "message": "The recipient's server sent a bounce message."}


@pytest.mark.parametrize(
    ("provider", "body", "stopped"),
    [
        ("postmark", HARD, "bounced"),
        ("postmark", COMPLAINT, "complained"),
        ("postmark", {**HARD, "Type": "BadEmailAddress"}, "bounced"),
        ("postmark", {**HARD, "Type": "SoftBounce"}, ""),
        ("postmark", {**HARD, "Type": "Transient"}, ""),
        ("postmark", {**HARD, "Type": "DnsError"}, ""),
        ("postmark", {**HARD, "Type": "Blocked"}, ""),
        ("postmark", {**HARD, "Details": "smtp;550 5.7.1 Rejected by policy"}, ""),
        ("postmark", {**HARD, "RecordType": "Delivery"}, ""),
        ("mailgun", failed("permanent", "bounce", "5.1.1 No such user"), "bounced"),
        ("mailgun", failed("permanent", "suppress-bounce"), "bounced"),
        ("mailgun", failed("temporary", "generic", "4.2.1 Busy"), ""),
        ("mailgun", failed("permanent", "old"), ""),
        ("mailgun", failed("permanent", "bounce", "5.7.1 Spam"), ""),
        ("mailgun", mailgun("complained"), "complained"),
        ("mailgun", mailgun("unsubscribed"), "complained"),
        ("mailgun", mailgun("delivered"), ""),
        ("brevo", {"event": "hard_bounce", "email": "bob@example.com", "ts_epoch": 1768900000000}, "bounced"),
        ("brevo", {"event": "soft_bounce", "email": "bob@example.com", "ts_epoch": 1768900000000}, ""),
        ("brevo", {"event": "spam", "email": "bob@example.com", "ts_epoch": 1768900000000}, "complained"),
        (
            "mailjet",
            [{"event": "bounce", "hard_bounce": True, "email": "bob@example.com", "error": "user unknown"}],
            "bounced",
        ),
        (
            "mailjet",
            [{"event": "bounce", "hard_bounce": False, "email": "bob@example.com", "error": "quota exceeded"}],
            "",
        ),
        ("resend", resend("email.bounced", bounce=bounce("Permanent")), "bounced"),
        ("resend", resend("email.bounced", bounce=bounce("Transient")), ""),
        ("resend", resend("email.complained"), "complained"),
        ("sparkpost", sparkpost("bounce", bounce_class="10"), "bounced"),
        ("sparkpost", sparkpost("bounce", bounce_class="22"), ""),
        ("sparkpost", sparkpost("bounce", bounce_class="51"), ""),
        ("sparkpost", sparkpost("spam_complaint"), "complained"),
    ],
)
def test_what_a_report_means_for_an_address(
    client: Client, bob: User, provider: str, body: object, stopped: str
) -> None:
    assert post(client, provider, body) == 200
    assert state(bob) == stopped


@pytest.mark.parametrize(("user", "secret"), [("unroller", "wrong"), ("somebody", SECRET), ("", ""), ("unroller", "")])
def test_a_wrong_secret_is_refused(client: Client, bob: User, user: str, secret: str) -> None:
    assert post(client, "postmark", HARD, user=user, secret=secret) == 400
    assert client.post("/mail/events/postmark", json.dumps(HARD), content_type="application/json").status_code == 400
    assert state(bob) == ""


def test_a_signature_must_be_right_too(client: Client, bob: User) -> None:
    assert post(client, "mailgun", mailgun("complained", key="wrong")) == 400
    assert post(client, "mailgun", mailgun("complained"), secret="wrong") == 400
    assert state(bob) == ""


@pytest.mark.parametrize("provider", ["postmark", "mailgun", "nobody"])
def test_without_a_secret_there_is_no_such_address(
    client: Client, bob: User, settings: Settings, provider: str
) -> None:
    settings.MAIL_WEBHOOK_SECRET = ""
    assert post(client, provider, HARD, secret="") == 404
    assert state(bob) == ""


def test_mailgun_needs_its_signing_key(client: Client, settings: Settings) -> None:
    settings.MAIL_WEBHOOK_SIGNING_KEY = ""
    assert post(client, "mailgun", mailgun("complained")) == 404


def test_a_provider_may_look_whether_somebody_is_there(client: Client) -> None:
    assert client.head("/mail/events/mailjet").status_code == 200
    assert client.get("/mail/events/mailjet").status_code == 405


def test_a_report_about_nobody_is_taken(client: Client) -> None:
    assert post(client, "postmark", {**HARD, "Email": "stranger@example.com"}) == 200


def test_a_report_that_comes_twice_does_nothing_the_second_time(client: Client, bob: User) -> None:
    post(client, "postmark", HARD)
    bob.refresh_from_db()
    first = bob.mail_stopped_at
    assert first == datetime(2026, 1, 20, 16, 33, 54, 907025, tzinfo=UTC)
    post(client, "postmark", HARD)
    bob.refresh_from_db()
    assert bob.mail_stopped_at == first


def test_a_complaint_is_more_than_a_bounce(client: Client, bob: User) -> None:
    post(client, "postmark", HARD)
    post(client, "postmark", COMPLAINT)
    assert state(bob) == MailStopped.COMPLAINED
    post(client, "postmark", {**HARD, "BouncedAt": "2026-01-22T00:00:00Z"})
    assert state(bob) == MailStopped.COMPLAINED


def test_mail_that_was_resumed_is_not_stopped_by_the_same_report_again(client: Client, bob: User) -> None:
    post(client, "postmark", HARD)
    bob.refresh_from_db()
    assert resume_mail(bob)
    post(client, "postmark", HARD)
    assert state(bob) == ""
    post(client, "postmark", {**HARD, "BouncedAt": "2026-01-21T16:33:54Z"})
    assert state(bob) == MailStopped.BOUNCED


def test_mail_is_not_resumed_again_and_again(bob: User) -> None:
    answers = []
    for _ in range(5):
        stop_mail(bob.email, MailStopped.BOUNCED, at=timezone.now())
        bob.refresh_from_db()
        answers.append(resume_mail(bob))
    assert answers == [True, True, True, False, False]
    assert state(bob) == MailStopped.BOUNCED


def test_a_report_from_the_future_does_not_outlive_the_present(bob: User) -> None:
    assert stop_mail("BOB@EXAMPLE.COM", MailStopped.BOUNCED, at=timezone.now() + timedelta(days=400))
    bob.refresh_from_db()
    assert bob.mail_stopped_at is not None
    assert bob.mail_stopped_at <= timezone.now()
