"""One setting says how mail goes out; every provider's form is documented, works, and reports back."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.mail import get_connection
from pytest_django import Settings

from accounts.webhooks import SIGNED, USER, VIEWS
from unroller import env, greeting

ROOT = Path(__file__).resolve().parent.parent
SMTP = "accounts.backends.Smtp"


def asked(what: str, **environ: str) -> str:
    """What a fresh process finds in its settings."""
    run = subprocess.run(
        [sys.executable, "-c", f"from unroller import settings as s; print({what})"],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip()


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("", env.MailServer("accounts.backends.Files")),
        (
            "smtp://us%40wool.example:p%2Fw@mail.example",
            env.MailServer(SMTP, "mail.example", 587, "us@wool.example", "p/w", starttls=True),
        ),
        ("smtp://127.0.0.1:2525", env.MailServer(SMTP, "127.0.0.1", 2525)),
        ("smtp://[::1]:2525", env.MailServer(SMTP, "::1", 2525)),
        ("smtp+plain://relay", env.MailServer(SMTP, "relay", 25)),
        ("smtps://us:secret@mail.example", env.MailServer(SMTP, "mail.example", 465, "us", "secret", tls=True)),
        (
            "postmark://token@",
            env.MailServer("anymail.backends.postmark.EmailBackend", anymail={"POSTMARK_SERVER_TOKEN": "token"}),
        ),
        (
            "mailgun://key@wool.example?api_url=https://api.eu.mailgun.net/v3",
            env.MailServer(
                "anymail.backends.mailgun.EmailBackend",
                anymail={
                    "MAILGUN_API_KEY": "key",
                    "MAILGUN_SENDER_DOMAIN": "wool.example",
                    "MAILGUN_API_URL": "https://api.eu.mailgun.net/v3",
                },
            ),
        ),
    ],
)
def test_one_address_says_how_mail_goes_out(monkeypatch: pytest.MonkeyPatch, url: str, server: env.MailServer) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    assert env.mail_server("EMAIL_URL") == server


@pytest.mark.parametrize("scheme", env.PROVIDERS)
def test_every_provider_can_be_set_up_is_documented_and_reports_back(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, scheme: str
) -> None:
    monkeypatch.setenv("EMAIL_URL", f"{scheme}://key:secret@wool.example")
    server = env.mail_server("EMAIL_URL")
    settings.ANYMAIL = server.anymail
    with get_connection(server.backend) as opened:
        assert opened.esp_name.lower() == scheme
    pages = (ROOT / "docs" / "mail.md").read_text()
    assert f"`{scheme}://" in pages
    assert f"| `{scheme}` |" in pages
    assert scheme in VIEWS


def test_the_address_for_reports_is_documented() -> None:
    pages = (ROOT / "docs" / "mail.md").read_text()
    assert f"https://{USER}:SECRET@unroller.example/mail/events/PROVIDER" in pages
    assert set(SIGNED) == {"mailgun"}


def test_a_key_is_not_said_aloud() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "import unroller.settings"],
        cwd=ROOT,
        env={**os.environ, "EMAIL_URL": "mailgun://very-secret@"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "EMAIL_URL" in run.stderr
    assert "very-secret" not in run.stderr


@pytest.mark.parametrize(
    ("given", "host"), [({}, "127.0.0.1"), ({"EMAIL_URL": "smtps://us:secret@mail.example"}, "mail.example")]
)
def test_an_own_mail_server_wins_over_the_sandboxes(tmp_path: Path, given: dict[str, str], host: str) -> None:
    said = {"EMAIL_URL": "smtp://127.0.0.1:2525"}
    (tmp_path / "sandbox.json").write_text(json.dumps({"pid": os.getpid(), "env": said, "links": []}))
    assert asked("s.EMAIL_HOST", DATA_DIR=str(tmp_path), **given) == host


@pytest.mark.parametrize(("url", "shown"), [("", True), ("smtp://127.0.0.1:2525", True), ("resend://key@", False)])
def test_the_banner_shows_where_mail_is_when_it_goes_to_the_sandbox(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, url: str, *, shown: bool
) -> None:
    state = {"pid": os.getpid(), "env": {"EMAIL_URL": "smtp://127.0.0.1:2525"}, "mail": "http://127.0.0.1:8025"}
    (tmp_path / "sandbox.json").write_text(json.dumps(state))
    settings.DATA_DIR = tmp_path
    monkeypatch.setenv("EMAIL_URL", url)
    assert greeting.mail_lines() == (["  Mail that the site sends:  http://127.0.0.1:8025"] if shown else [])


@pytest.mark.parametrize(
    ("given", "sender"),
    [
        ({}, "Unroller <unroller@wool.example>"),
        ({"CONTACT_EMAIL": "us@wool.example"}, "Unroller <us@wool.example>"),
        ({"DEFAULT_FROM_EMAIL": "Wool <mail@wool.example>"}, "Wool <mail@wool.example>"),
    ],
)
def test_mail_always_comes_from_somebody(tmp_path: Path, given: dict[str, str], sender: str) -> None:
    environ = {"DATA_DIR": str(tmp_path), "SITE_URL": "https://wool.example", **given}
    assert asked("s.DEFAULT_FROM_EMAIL", **environ) == sender
