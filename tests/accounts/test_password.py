"""Passwords, for those who want one."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Letter, User
from tests.accounts.signing import LOGIN, a_person, ask_for_code, newest_letter, sign_in

pytestmark = pytest.mark.django_db

PAGE = "/accounts/password/"
WAY_IN = "/accounts/login/password/"
GOOD = "three quiet herons"


def set_password(client: Client, password: str = GOOD) -> int:
    return client.post(PAGE, {"password1": password, "password2": password}).status_code


def test_a_guest_is_asked_to_sign_in(client: Client) -> None:
    assert client.get(PAGE).headers["Location"] == f"{LOGIN}?next={PAGE}"
    assert set_password(client) == 302
    assert not User.objects.exists()


def test_whoever_signed_in_by_code_may_set_one_and_use_it(client: Client) -> None:
    sign_in(client)
    assert b"Set a password" in client.get(PAGE).content
    assert set_password(client) == 302
    bob = User.objects.get()
    assert bob.check_password(GOOD)
    assert "new password" in newest_letter(bob.email).text
    assert newest_letter(bob.email).name == "password_changed"
    other = Client()
    answer = other.post(WAY_IN, {"login": "Bob@Example.com", "password": GOOD, "next": "/thread/x/1"})
    assert answer.headers["Location"] == "/thread/x/1"
    assert int(other.session["_auth_user_id"]) == bob.pk


def test_a_forgotten_one_is_replaced_after_signing_in_by_code(client: Client) -> None:
    a_person(password="a forgotten one")
    assert b"Sign in with a code" in client.get(WAY_IN).content
    sign_in(client)
    assert b"Change your password" in client.get(PAGE).content
    set_password(client)
    assert User.objects.get().check_password(GOOD)


def test_a_new_one_signs_out_everywhere_else(client: Client) -> None:
    sign_in(client)
    other = Client()
    sign_in(other)
    set_password(client)
    assert client.get("/accounts/sessions/").status_code == 200
    assert other.get("/accounts/sessions/").status_code == 302


@pytest.mark.parametrize("bad", ["short", "password123", "bob@example.com"])
def test_a_bad_one_is_refused(client: Client, bad: str) -> None:
    sign_in(client)
    assert set_password(client, bad) == 200
    assert not User.objects.get().has_usable_password()


def test_two_different_ones_are_refused(client: Client) -> None:
    sign_in(client)
    answer = client.post(PAGE, {"password1": GOOD, "password2": GOOD + "s"})
    assert b"errorlist" in answer.content
    assert not User.objects.get().has_usable_password()


def test_it_takes_a_sign_in_that_is_recent(client: Client) -> None:
    sign_in(client)
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert client.get(PAGE).headers["Location"] == f"/accounts/again/?next={PAGE}"
        assert set_password(client) == 302
        assert not User.objects.get().has_usable_password()
        page = client.get(f"/accounts/again/?next={PAGE}")
        assert f'name="next" value="{LOGIN}?next={PAGE}"'.encode() in page.content
        client.post("/accounts/logout/", {"next": f"{LOGIN}?next={PAGE}"})
        sign_in(client)
        assert client.get(PAGE).status_code == 200


def test_a_session_of_unknown_age_is_not_recent(client: Client) -> None:
    client.force_login(a_person())
    assert client.get(PAGE).headers["Location"] == f"/accounts/again/?next={PAGE}"


def test_whoever_gave_up_waiting_for_a_code_may_use_their_password(client: Client) -> None:
    a_person(password=GOOD)
    ask_for_code(client)
    assert client.get(WAY_IN).status_code == 200
    client.post(WAY_IN, {"login": "bob@example.com", "password": GOOD})
    assert "_auth_user_id" in client.session


def test_five_wrong_ones_and_the_right_one_does_not_help_either() -> None:
    a_person(password=GOOD)
    for number in range(5):
        guesser = Client(REMOTE_ADDR=f"198.51.100.{number}")
        guesser.post(WAY_IN, {"login": "bob@example.com", "password": "wrong password"})
    late = Client(REMOTE_ADDR="203.0.113.1")
    answer = late.post(WAY_IN, {"login": "BOB@example.com", "password": GOOD})
    assert b"Too many tries" in answer.content
    assert "_auth_user_id" not in late.session


def test_too_much_of_it_is_answered_with_our_own_page() -> None:
    for number in range(30):
        Client().post(WAY_IN, {"login": f"{number}@example.com"})
    answer = Client().post(WAY_IN, {"login": "bob@example.com", "password": GOOD})
    assert answer.status_code == 429
    assert b"A little slower, please" in answer.content


def test_a_proved_address_is_needed_besides(client: Client) -> None:
    User.objects.create_user("bob@example.com", GOOD)
    answer = client.post(WAY_IN, {"login": "bob@example.com", "password": GOOD})
    assert answer.headers["Location"] == "/accounts/email/code/"
    assert "_auth_user_id" not in client.session
    assert Letter.objects.get().name == "email_confirmation"
