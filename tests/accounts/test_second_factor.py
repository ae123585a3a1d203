"""The admin behind a second factor: set up, shown, lost, and what a stolen mailbox or session is worth without it."""

import re
import time
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import quote

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Letter, User
from tests.accounts.signing import a_person, sign_in
from tests.operating import an_operator, confirmed

pytestmark = pytest.mark.django_db

BOSS = "boss@example.com"
HERE, APP, REMOVE = "/accounts/second-factor/", "/accounts/second-factor/app/", "/accounts/second-factor/app/remove/"
CODES, PASSKEY = "/accounts/second-factor/codes/", "/accounts/passkeys/add/"
TO_ADMIN = f"{HERE}?next=/admin/"
NOBODY = "Nobody here has the address nobody@example.com."


@pytest.fixture
def boss(client: Client) -> User:
    """Made at the console of a fresh site, signed in by code."""
    call_command("createsuperuser", email=BOSS, interactive=False, verbosity=0)
    sign_in(client, BOSS)
    return User.objects.get(email=BOSS)


def shown(secret: str, *, steps: int = 0) -> str:
    """What an app shows now, or so many half minutes later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def set_up(client: Client) -> tuple[str, list[str]]:
    """An app is set up by its page: its key, and the recovery codes that are shown once."""
    page = client.get(APP).content.decode()
    secret = re.search(r'class="key">([A-Z2-7]+)<', page)
    assert secret is not None
    answer = client.post(APP, {"code": shown(secret[1])})
    return secret[1], re.findall(r"<li><code>(\d{8})</code>", answer.content.decode())


def may_enter(client: Client) -> bool:
    return bool(client.get("/admin/accounts/user/").status_code == HTTPStatus.OK)


def walked(client: Client, address: str) -> str:
    """Where an address leads in the end."""
    answer = client.get(address, follow=True)
    return str(answer.redirect_chain[-1][0]) if answer.redirect_chain else address


def test_an_operator_of_a_fresh_site_is_led_to_set_one_up_and_gets_in(
    client: Client, boss: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    assert walked(client, "/admin/") == TO_ADMIN
    assert b"Set up an app" in client.get(TO_ADMIN).content
    assert not may_enter(client)
    with django_capture_on_commit_callbacks(execute=True):
        _, codes = set_up(client)
    assert len(set(codes)) == 10
    assert may_enter(client)
    assert Letter.objects.filter(to=BOSS, name="totp_activated").exists()


def test_the_next_time_the_app_is_asked_for(client: Client, boss: User) -> None:
    secret, _ = set_up(client)
    other = Client()
    sign_in(other, BOSS)
    asked_for = "/admin/accounts/user/?q=bob"
    page = other.get(asked_for, follow=True)
    assert page.redirect_chain[-1][0] == f"{HERE}?next={quote(asked_for)}"
    assert b"Open the admin" in page.content
    answer = other.post(HERE, {"code": "000000", "next": asked_for})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not may_enter(other)
    answer = other.post(HERE, {"code": shown(secret, steps=1), "next": asked_for})
    assert answer.headers["Location"] == asked_for
    assert may_enter(other)


def test_a_code_opens_once(client: Client, boss: User) -> None:
    secret, _ = set_up(client)
    code = shown(secret, steps=1)
    for is_first in (True, False):
        thief = Client()
        sign_in(thief, BOSS)
        thief.post(HERE, {"code": code})
        assert may_enter(thief) is is_first


def test_the_code_that_set_it_up_opens_no_other_browser(client: Client, boss: User) -> None:
    secret, _ = set_up(client)
    thief = Client()
    sign_in(thief, BOSS)
    thief.post(HERE, {"code": shown(secret)})
    assert not may_enter(thief)


def test_a_recovery_code_opens_once_and_new_ones_end_the_old(client: Client, boss: User) -> None:
    _, codes = set_up(client)
    other = Client()
    sign_in(other, BOSS)
    other.post(HERE, {"code": codes[0]})
    assert may_enter(other)
    thief = confirmed_no_more(other)
    thief.post(HERE, {"code": codes[0]})
    assert not may_enter(thief)
    client.post(CODES)
    thief.post(HERE, {"code": codes[1]})
    assert not may_enter(thief)


def confirmed_no_more(client: Client) -> Client:
    session = client.session
    session["account_authentication_methods"] = [{"method": "code", "at": time.time()}]
    session.save()
    return client


def test_guessing_ends_soon(client: Client, boss: User) -> None:
    secret, _ = set_up(client)
    thief = Client()
    sign_in(thief, BOSS)
    for number in range(8):
        thief.post(HERE, {"code": f"{number:06}"})
    thief.post(HERE, {"code": shown(secret, steps=1)})
    assert not may_enter(thief)


def test_the_session_gets_another_key_and_stays_in_the_list(client: Client, boss: User) -> None:
    before = client.session.session_key
    set_up(client)
    after = client.session.session_key
    assert after != before
    assert [each.session_key for each in UserSession.objects.filter(user=boss)] == [after]
    planted = Client()
    planted.cookies["sessionid"] = before or ""
    assert planted.get("/account").status_code == HTTPStatus.FOUND


def test_it_closes_after_a_days_work(client: Client) -> None:
    operator = an_operator(client)
    began = timezone.now()
    for minutes in range(0, 480, 25):
        with time_machine.travel(began + timedelta(minutes=minutes), tick=False):
            assert may_enter(operator), f"after {minutes} minutes"
    with time_machine.travel(began + timedelta(minutes=481), tick=False):
        assert not may_enter(operator)


def test_it_closes_after_half_an_hour_without_use(client: Client) -> None:
    operator = an_operator(client)
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert not may_enter(operator)


def test_what_was_sent_while_it_was_closed_is_not_done(client: Client) -> None:
    operator = an_operator(client)
    bob = a_person()
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        operator.post(f"/admin/accounts/user/{bob.pk}/delete/", {"post": "yes"})
    bob.refresh_from_db()
    assert bob.is_active


# What a stolen mailbox is worth


@pytest.mark.parametrize(
    "page", [PASSKEY, APP, REMOVE, CODES, "/accounts/email/", "/accounts/password/", "/account/delete"]
)
def test_who_only_reads_the_mail_changes_no_way_in(client: Client, boss: User, page: str) -> None:
    set_up(client)
    thief = Client()
    sign_in(thief, BOSS)
    for answer in (thief.get(page), thief.post(page, {"code": "000000", "confirm": BOSS})):
        assert answer.headers["Location"] == f"{HERE}?next={page}"
    assert Authenticator.objects.filter(user=boss).count() == 2


def test_nor_removes_a_passkey(client: Client, boss: User) -> None:
    row = Authenticator.objects.create(user=boss, type="webauthn", data={"name": "Desk", "credential": {}})
    page = f"/accounts/passkeys/{row.pk}/remove/"
    assert client.post(page).headers["Location"] == f"{HERE}?next={page}"
    assert Authenticator.objects.exists()


def test_an_old_sign_in_sets_nothing_up(client: Client, boss: User) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert client.get(APP).headers["Location"] == f"/accounts/again/?next={APP}"


def test_the_key_does_not_lie_readable_in_the_database_nor_in_the_admin(client: Client, boss: User) -> None:
    secret, codes = set_up(client)
    rows = list(Authenticator.objects.filter(user=boss))
    assert not any(word in str(row.data) for row in rows for word in (secret, *codes))
    for row in rows:
        address = f"/admin/mfa/authenticator/{row.pk}/change/"
        page = client.get(address)
        assert page.status_code == HTTPStatus.OK
        assert b"secret" not in page.content
        assert client.post(address, {"user": 1}).status_code == HTTPStatus.FORBIDDEN


def test_it_is_removed_by_who_showed_it(client: Client, boss: User) -> None:
    set_up(client)
    assert b"Remove the authenticator app?" in client.get(REMOVE).content
    assert client.post(REMOVE).headers["Location"] == HERE
    assert not Authenticator.objects.exists()
    assert Letter.objects.filter(to=BOSS, name="totp_deactivated").exists()


def test_what_it_opened_elsewhere_is_closed(client: Client, boss: User) -> None:
    secret, _ = set_up(client)
    thief = Client()
    sign_in(thief, BOSS)
    thief.post(HERE, {"code": shown(secret, steps=1)})
    assert may_enter(thief)
    client.post(REMOVE)
    assert not may_enter(thief)
    assert client.get("/account").status_code == HTTPStatus.OK


# Who else there is


def test_readers_have_nothing_to_lock_and_no_admin(client: Client) -> None:
    sign_in(client)
    for page in (HERE, APP, REMOVE, CODES):
        assert client.get(page).status_code == HTTPStatus.NOT_FOUND
    assert client.get("/admin/", follow=True).status_code == HTTPStatus.FORBIDDEN
    assert not may_enter(confirmed(client))


def test_guests_sign_in_first(client: Client) -> None:
    assert walked(client, "/admin/") == "/accounts/login/?next=%2Fadmin%2F"
    assert client.get(HERE).headers["Location"] == f"/accounts/login/?next={HERE}"


def test_what_another_person_showed_in_this_browser_opens_nothing(client: Client, boss: User) -> None:
    set_up(client)
    client.post("/accounts/logout/")
    User.objects.create_superuser("other@example.com")
    sign_in(client, "other@example.com")
    assert not may_enter(client)


def test_one_is_led_only_within_this_site(client: Client, boss: User) -> None:
    _, codes = set_up(client)
    other = Client()
    sign_in(other, BOSS)
    answer = other.post(HERE, {"code": codes[0], "next": "https://evil.example/admin/"})
    assert answer.headers["Location"] == "/admin/"


def test_who_lost_all_of_it_is_helped_from_the_console(client: Client, boss: User) -> None:
    set_up(client)
    call_command("reset_second_factor", BOSS.upper())
    assert not Authenticator.objects.exists()
    assert client.get("/account").status_code == HTTPStatus.FOUND
    sign_in(client, BOSS)
    assert b"Set up an app" in client.get(TO_ADMIN).content
    with pytest.raises(CommandError, match=NOBODY):
        call_command("reset_second_factor", "nobody@example.com")


def test_new_rights_end_the_sessions_that_had_the_old(client: Client) -> None:
    operator = an_operator(client)
    bob = a_person()
    theirs = Client()
    sign_in(theirs, bob.email)
    form = {"email": bob.email, "name": "Bob", "time_zone": "UTC", "is_active": "on"}
    address = f"/admin/accounts/user/{bob.pk}/change/"
    operator.post(address, form)
    assert theirs.get("/account").status_code == HTTPStatus.OK
    assert operator.post(address, {**form, "is_staff": "on"}).status_code == HTTPStatus.FOUND
    assert theirs.get("/account").status_code == HTTPStatus.FOUND
