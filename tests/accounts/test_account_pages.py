"""Every page below /accounts/ is ours, in our look and within our Content-Security-Policy."""

import re
from pathlib import Path

import allauth
import pytest
from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.template import Template
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from pytest_django import Settings

from accounts.models import User
from tests.accounts.signing import ask_for_code, come_from_x, sign_in
from tests.operating import an_operator

pytestmark = pytest.mark.django_db

THEIRS = Path(allauth.__file__).parent / "templates"
GONE = (
    "password/reset/",
    "password/change/",
    "confirm-email/",
    "2fa/",
    "2fa/totp/activate/",
    "2fa/recovery-codes/",
    "2fa/reauthenticate/",
    "reauthenticate/",
    "3rdparty/",
    "social/login/error/",
    "login/code/confirm/",
)

OPERATORS = {"second_factor", "second_factor_app", "second_factor_app_remove", "second_factor_codes"}
NUMBERED = OPERATORS | {"mfa_edit_webauthn", "mfa_remove_webauthn", "end_session"}
WITHOUT_PAGE = NUMBERED | {"account_signup", "account_email_verification_sent", "mfa_login_webauthn"}
"""They lead elsewhere, take posts only, or are looked at by themselves."""


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {"x": {"APPS": [{"client_id": "client", "secret": "secret"}]}}


def names() -> set[str]:
    """The names of all addresses below /accounts/."""
    resolver = next(each for each in get_resolver().url_patterns if str(each.pattern) == "accounts/")
    assert isinstance(resolver, URLResolver)
    return {str(name) for name in resolver.reverse_dict if isinstance(name, str)}


def shown_to(visitor: Client) -> set[str]:
    """At which of them a visitor sees a page; each page is looked at."""
    shown = set()
    for name in sorted(names() - NUMBERED):  # so the page for a password, which ends waiting for a code, comes later
        answer = visitor.get(reverse(name))
        assert answer.status_code in {200, 302, 401}, name
        if answer.status_code != 302:
            check(answer)
            shown.add(name)
    return shown


def check(answer: HttpResponseBase) -> None:
    """It is a page, made of our templates only, without a script in it."""
    assert isinstance(answer, HttpResponse)
    templates: list[Template] = getattr(answer, "templates", [])
    assert templates
    assert not [each.origin.name for each in templates if Path(each.origin.name).is_relative_to(THEIRS)]
    page = answer.content.decode()
    assert '<a class="brand"' in page
    assert len(re.findall("<h1", page)) == 1
    assert not re.search(r"<script(?! src=| id=\"passkey-options\" type=\"application/json\")", page)
    assert not re.search(r"\son\w+=|\sstyle=|<style", page)


def test_all_are_ours(client: Client) -> None:
    waiting, arriving = Client(), Client()
    ask_for_code(waiting, "ada@example.com")
    come_from_x(arriving)
    sign_in(client)
    shown = shown_to(client)
    bob = User.objects.get(email="bob@example.com")
    passkey = Authenticator.objects.create(user=bob, type="webauthn", data={"name": "Desk", "credential": {}})
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        check(client.get(reverse(name, args=[passkey.pk])))
    client.post("/accounts/email/", {"action_add": "", "email": "robert@example.org"})
    check(client.get("/accounts/email/code/"))
    for visitor in (Client(), waiting, arriving):
        shown |= shown_to(visitor)
    assert names() - shown == WITHOUT_PAGE


@pytest.mark.parametrize("path", GONE)
def test_what_we_do_not_offer_is_not_there(client: Client, path: str) -> None:
    assert client.get(f"/accounts/{path}").status_code == 404
    sign_in(client)
    assert client.get(f"/accounts/{path}").status_code == 404


def test_every_letter_of_allauths_that_can_be_sent_has_our_words(settings: Settings) -> None:
    emails = Path(settings.BASE_DIR) / "templates" / "emails"
    for name in (
        "login_code",
        "email_confirmation",
        "account_already_exists",
        "unknown_account",
        "email_changed",
        "password_changed",
        "webauthn_added",
        "webauthn_removed",
        "account_connected",
        "account_disconnected",
    ):
        assert all((emails / f"{name}.{kind}").exists() for kind in ("subject.txt", "txt", "html")), name


@pytest.mark.parametrize("path", ["email", "password", "passkeys", "passkeys/add", "sessions", "again"])
def test_a_browser_keeps_no_copy_of_what_is_about_an_account(client: Client, path: str) -> None:
    sign_in(client)
    answer = client.get(f"/accounts/{path}/")
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]


def test_those_for_operators_are_ours_too(client: Client) -> None:
    an_operator(client)
    for name in sorted(OPERATORS - {"second_factor_app_remove"}):
        check(client.get(reverse(name)))
    assert client.get(reverse("second_factor_app_remove")).status_code == 404
