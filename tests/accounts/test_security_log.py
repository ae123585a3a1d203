"""The log of what concerns security: each event by its real page, with an account's number and without secrets."""

import logging
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts import limits
from accounts.actions import closing, tokens
from accounts.models import Token, User
from tests.accounts import test_passkey_ceremony as ceremony
from tests.accounts import test_second_factor as locks
from tests.accounts.security_lines import lines, named, text
from tests.accounts.signing import ADDRESS_CODE, CODE, LOGIN, a_person, ask_for_code, newest_code, sign_in
from tests.accounts.soft_passkey import PRESENT, SoftPasskey
from tests.operating import an_operator
from unroller import logs
from unroller.models import Lookup

pytestmark = pytest.mark.django_db

PASSWORD = "three quiet herons"
WAY_IN = "/accounts/login/password/"
FORGED = "a@b.example\r\n2026-11-23 05:00:00,000 INFO accounts.security signed-in person=1"
INFO, WARNING = "info", "warning"


@pytest.fixture(autouse=True)
def everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.fixture
def bob(client: Client, caplog: pytest.LogCaptureFixture) -> User:
    """Signed in, which was read already."""
    bob = a_person(password=PASSWORD)
    sign_in(client)
    caplog.clear()
    return bob


def line(level: str, event: str, person: int | None = None, **facts: str | int) -> dict[str, str | int]:
    return {"level": level, "security": event, **({} if person is None else {"person": person}), **facts}


# Coming in


def test_a_newcomer_and_who_was_here_before_come_in_by_code(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        ask_for_code(client)
        code = newest_code("bob@example.com")
        wrong = "000000" if code != "000000" else "111111"
        client.post(CODE, {"code": wrong})
        client.post(CODE, {"code": code})
        client.post("/accounts/logout/")
        bob = User.objects.get().pk
        written = text(caplog, logs.Json())
        assert not [secret for secret in (code, wrong, "bob@example.com") if secret in written]
        assert lines(caplog) == [
            line(WARNING, "sign-in-failed", bob, way="code", why="wrong-code"),
            line(INFO, "signed-in", bob, way="code"),
            line(INFO, "signed-out", bob),
        ]


def test_a_password_that_is_right_and_one_that_is_not(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    bob = a_person(password=PASSWORD).pk
    for address, password in (
        ("Bob@example.com", "not my password"),
        ("who@example.com", PASSWORD),
        ("bob@example.com", PASSWORD),
    ):
        client.post(WAY_IN, {"login": address, "password": password})
    written = text(caplog, logs.Json())
    assert not [said for said in (PASSWORD, "not my password", "who@example.com") if said in written]
    assert lines(caplog) == [
        line(WARNING, "sign-in-failed", bob, way="password", why="wrong-password"),
        line(WARNING, "sign-in-failed", way="password", why="wrong-password"),
        line(INFO, "signed-in", bob, way="password"),
    ]


def test_an_account_that_is_closed(client: Client, bob: User, caplog: pytest.LogCaptureFixture) -> None:
    closing.ask(bob)
    client.post(WAY_IN, {"login": bob.email, "password": PASSWORD})
    assert lines(caplog)[-2:] == [
        line(INFO, "account-closed", bob.pk),
        line(WARNING, "sign-in-failed", bob.pk, way="password", why="account-closed"),
    ]


def test_guessing_too_often(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(4):
        ask_for_code(Client())
    assert lines(caplog) == [line(WARNING, "limit-hit", limit="sign-in")]


def test_a_passkey_is_added_signs_in_is_refused_and_removed(
    settings: Settings, client: Client, bob: User, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SITE_URL = "https://unroll.example"
    key, other = SoftPasskey(), Client()
    ceremony.added(client, key.made(ceremony.wish(client)))
    ceremony.opens(other, key.signed(ceremony.challenge(other), flags=PRESENT))
    ceremony.opens(other, '{"id": 1}')
    assert ceremony.opens(other, key.signed(ceremony.challenge(other)))
    other.post(f"/accounts/passkeys/{Authenticator.objects.get(user=bob).pk}/remove/")
    assert lines(caplog) == [
        line(INFO, "passkey-added", bob.pk),
        line(WARNING, "sign-in-failed", way="passkey", why="not-accepted"),
        line(WARNING, "sign-in-failed", way="passkey", why="not-accepted"),
        line(INFO, "signed-in", bob.pk, way="passkey"),
        line(INFO, "passkey-removed", bob.pk),
        line(INFO, "sessions-ended", bob.pk, sessions="others"),
    ]


# Ways in that change


def test_a_password_and_an_address_that_change(client: Client, bob: User, caplog: pytest.LogCaptureFixture) -> None:
    client.post("/accounts/password/", {"password1": "four quiet herons", "password2": "four quiet herons"})
    client.post("/accounts/email/", {"action_add": "", "email": "robert@example.org"})
    client.post(ADDRESS_CODE, {"code": "none"})
    client.post(ADDRESS_CODE, {"code": newest_code("robert@example.org")})
    written = text(caplog, logs.Json())
    assert not [said for said in ("quiet herons", "robert@example.org") if said in written]
    assert lines(caplog) == [
        line(INFO, "password-changed", bob.pk),
        line(INFO, "sessions-ended", bob.pk, sessions="others"),
        line(WARNING, "sign-in-failed", bob.pk, way="new-address", why="wrong-code"),
        line(INFO, "address-changed", bob.pk),
    ]


def test_a_browser_that_is_signed_out(client: Client, bob: User, caplog: pytest.LogCaptureFixture) -> None:
    client.post(f"/accounts/sessions/{UserSession.objects.get(user=bob).pk}/end/")
    assert lines(caplog) == [line(INFO, "sessions-ended", bob.pk, sessions="one")]


def test_a_token_is_made_and_revoked(bob: User, caplog: pytest.LogCaptureFixture) -> None:
    made = tokens.make(bob, name=FORGED[:60], scope=Token.Scope.READ, browser=FORGED)
    tokens.revoke(bob, made.token.pk)
    assert lines(caplog) == [
        line(INFO, "token-made", bob.pk, number=made.token.pk, scope="read"),
        line(INFO, "token-revoked", bob.pk, number=made.token.pk),
    ]


# Operators


def test_an_operators_second_factor(
    client: Client,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    call_command("createsuperuser", email=locks.BOSS, interactive=False, verbosity=0)
    sign_in(client, locks.BOSS)
    boss = User.objects.get().pk
    caplog.clear()
    with django_capture_on_commit_callbacks(execute=True):
        secret, codes = locks.set_up(client)
    assert lines(caplog) == [
        line(INFO, "second-factor-shown", boss, way="app"),
        line(INFO, "recovery-codes-made", boss),
        line(INFO, "second-factor-set-up", boss),
    ]
    other = Client()
    sign_in(other, locks.BOSS)
    caplog.clear()
    for code in ("000000", codes[0]):
        other.post(locks.HERE, {"code": code})
    written = text(caplog, logs.Json())
    assert not [said for said in (secret, *codes) if said in written]
    assert lines(caplog) == [
        line(WARNING, "second-factor-failed", boss, way="code", why="wrong-code"),
        line(INFO, "second-factor-shown", boss, way="recovery-code"),
    ]
    client.post(locks.REMOVE)
    call_command("reset_second_factor", locks.BOSS)
    assert named(caplog) == ["second-factor-removed", "sessions-ended", "sessions-ended", "second-factor-reset"]


def test_who_only_reads_an_operators_mail(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    call_command("createsuperuser", email=locks.BOSS, interactive=False, verbosity=0)
    sign_in(client, locks.BOSS)
    locks.set_up(client)
    thief = Client()
    sign_in(thief, locks.BOSS)
    caplog.clear()
    thief.post(locks.PASSKEY)
    assert lines(caplog) == [line(WARNING, "access-refused", User.objects.get().pk, why="second-factor")]


# What is refused


def test_a_reader_in_the_admin(client: Client, bob: User, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/admin/accounts/user/", follow=True)
    assert lines(caplog) == [line(WARNING, "access-refused", bob.pk, why="rights", view="admin:login")]


def test_an_operator_without_a_right(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    operator = an_operator(client)
    person = User.objects.get()
    person.is_superuser = False
    person.save()
    operator.get("/admin/accounts/user/")
    refused = line(WARNING, "access-refused", person.pk, why="rights", view="admin:accounts_user_changelist")
    assert lines(caplog)[-1:] == [refused]


def test_a_form_without_its_token_and_one_of_another_site(bob: User, caplog: pytest.LogCaptureFixture) -> None:
    visitor = Client(enforce_csrf_checks=True)
    visitor.force_login(bob)
    caplog.clear()
    visitor.post("/accounts/logout/")
    visitor.post("/unroll", {"url": "x"}, headers={"origin": "https://evil.example"})
    found = lines(caplog)
    assert [(each["security"], each["why"], each["view"]) for each in found] == [
        ("access-refused", "form-token", "account_logout"),
        ("access-refused", "other-site", "unroll"),
    ]


def test_tokens_that_open_nothing(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/api/v1/me")
    client.get("/api/v1/me", headers={"Authorization": "Bearer unr_nonsense"})
    assert "unr_nonsense" not in text(caplog, logs.Json())
    assert lines(caplog) == [line(WARNING, "token-refused", why="none"), line(WARNING, "token-refused", why="wrong")]


def test_a_limit_is_told_with_the_account_and_never_with_an_address(caplog: pytest.LogCaptureFixture) -> None:
    for who in ("person 7", "192.0.2.1"):
        for _ in range(limits.RESUMED_MAIL.item.amount + 1):
            limits.spend(limits.RESUMED_MAIL, who)
    assert lines(caplog) == [
        line(WARNING, "limit-hit", 7, limit="resumed-mail"),
        line(WARNING, "limit-hit", limit="resumed-mail"),
    ]


def test_what_is_somebody_elses(client: Client, bob: User, caplog: pytest.LogCaptureFixture) -> None:
    theirs = Lookup.objects.create(user=a_person("charlie@example.com"), source="x", key="maralind")
    for number in (theirs.pk, uuid4()):
        assert client.get(f"/my-authors/find/{number}").status_code == 404
    assert lines(caplog) == [line(INFO, "not-found", bob.pk)] * 2


# Whoever would like to write it


def test_nobody_writes_lines_of_their_own(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    headers = {"User-Agent": FORGED.replace("\r\n", " "), "X-Request-ID": FORGED.replace("\r\n", " ")}
    visitor = Client(headers=headers, enforce_csrf_checks=True)
    visitor.post(f"/a%0D%0A{FORGED}", {"x": FORGED})
    client.post(LOGIN, {"email": FORGED, "next": FORGED})
    client.post(WAY_IN, {"login": FORGED, "password": FORGED})
    client.post(WAY_IN, {"login": "a@b.example", "password": FORGED}, headers=headers)
    written = text(caplog, logs.Line()).splitlines()
    assert not [each for each in written if each.startswith("2026-11-23 05:00:00,000")]
    assert len(written) == len(caplog.records)
    assert [each for each in named(caplog) if each != "access-refused"] == ["sign-in-failed"]


def test_events_are_counted(client: Client) -> None:
    def counted() -> float:
        page = client.get("/metrics").content.decode()
        name = 'unroller_security_events_total{event="token-refused"} '
        return sum(float(each.removeprefix(name)) for each in page.splitlines() if each.startswith(name))

    before = counted()
    client.get("/api/v1/me")
    assert counted() == before + 1
