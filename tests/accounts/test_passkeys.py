"""Passkeys: who may see, rename and remove which, and what the pages say (the ceremony itself is in tests/browser)."""

import json
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.accounts.signing import LOGIN, newest_letter, sign_in

pytestmark = pytest.mark.django_db

LIST, ADD, USE = "/accounts/passkeys/", "/accounts/passkeys/add/", "/accounts/login/passkey/"


def a_passkey(user: User, name: str = "Desk") -> Authenticator:
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": name, "credential": {}}
    )


@pytest.fixture
def bob(client: Client) -> User:
    """Signed in."""
    sign_in(client)
    return User.objects.get(email="bob@example.com")


@pytest.mark.parametrize("page", [LIST, ADD, f"{LIST}1/", f"{LIST}1/remove/"])
def test_a_guest_is_asked_to_sign_in(client: Client, page: str) -> None:
    assert client.get(page).headers["Location"] == f"{LOGIN}?next={page}"


def test_the_list_shows_ones_own(client: Client, bob: User) -> None:
    assert b"You have none yet" in client.get(LIST).content
    a_passkey(bob, "My desk")
    a_passkey(User.objects.create_user("charlie@example.com"), "Not mine")
    page = client.get(LIST).content
    assert b"My desk" in page
    assert b"Not mine" not in page


def test_one_is_renamed(client: Client, bob: User) -> None:
    passkey = a_passkey(bob)
    assert b'value="Desk"' in client.get(f"{LIST}{passkey.pk}/").content
    assert client.post(f"{LIST}{passkey.pk}/", {"name": "Phone"}).headers["Location"] == LIST
    passkey.refresh_from_db()
    assert passkey.data["name"] == "Phone"


def test_one_is_removed_and_that_is_told(client: Client, bob: User) -> None:
    passkey, other = a_passkey(bob), Client()
    sign_in(other, bob.email)
    assert b"Desk" in client.get(f"{LIST}{passkey.pk}/remove/").content
    assert client.post(f"{LIST}{passkey.pk}/remove/").headers["Location"] == LIST
    assert client.get(LIST).status_code == 200
    assert other.get(LIST).status_code == 302
    assert not Authenticator.objects.exists()
    assert newest_letter(bob.email).name == "webauthn_removed"


def test_charlie_touches_none_of_them(client: Client, bob: User) -> None:
    passkey = a_passkey(bob)
    charlie = Client()
    sign_in(charlie, "charlie@example.com")
    for page in (f"{LIST}{passkey.pk}/", f"{LIST}{passkey.pk}/remove/"):
        assert charlie.get(page).status_code == 404
        assert charlie.post(page, {"name": "Mine now"}).status_code == 404
    passkey.refresh_from_db()
    assert passkey.data["name"] == "Desk"


def test_what_changes_them_takes_a_sign_in_that_is_recent(client: Client, bob: User) -> None:
    passkey = a_passkey(bob)
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        for page in (ADD, f"{LIST}{passkey.pk}/", f"{LIST}{passkey.pk}/remove/"):
            assert client.get(page).headers["Location"] == f"/accounts/again/?next={page}"
            assert client.post(page).headers["Location"] == f"/accounts/again/?next={page}"
        assert client.get(LIST).status_code == 200
    assert Authenticator.objects.exists()


def test_the_browser_is_asked_for_one_that_signs_in_by_itself_on_this_site(
    client: Client, bob: User, settings: Settings
) -> None:
    settings.SITE_URL, settings.SITE_NAME = "https://unroll.example", "Unroll"
    page = client.get(ADD)
    wanted = page.context["options"]["publicKey"]
    assert dict(wanted["rp"]) == {"id": "unroll.example", "name": "Unroll"}
    assert wanted["authenticatorSelection"]["residentKey"] == "required"
    assert wanted["authenticatorSelection"]["userVerification"] == "required"
    assert b"A browser" in page.content


FORGED = [
    "",
    "nonsense",
    "{}",
    "[]",
    "7",
    '{"id": "1"}',
    '{"id": "1", "response": {"userHandle": "MQ"}}',
    *(
        json.dumps({"id": "MQ", "rawId": "MQ", "type": "public-key", "response": response})
        for response in (
            {"clientDataJSON": "MQ", "attestationObject": "MQ", "authenticatorData": "MQ", "userHandle": "MQ"},
            {"clientDataJSON": "e30", "attestationObject": "oA", "authenticatorData": "MQ", "signature": "MQ"},
            {"clientDataJSON": "eyJ0eXBlIjoxfQ", "attestationObject": "", "userHandle": 7, "signature": 7},
        )
    ),
]


@pytest.mark.parametrize("answer", FORGED)
def test_an_answer_that_is_none_adds_nothing(client: Client, bob: User, answer: str) -> None:
    client.get(ADD)
    page = client.post(ADD, {"name": "Desk", "credential": answer})
    assert page.status_code == 200
    assert b'class="error" role="alert"' in page.content
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("answer", FORGED)
def test_nor_does_it_sign_in(client: Client, answer: str) -> None:
    assert client.get(USE, headers={"Accept": "application/json"}).json()["request_options"]["publicKey"]["challenge"]
    assert client.post(USE, {"credential": answer}).headers["Location"] == LOGIN
    assert "_auth_user_id" not in client.session


def test_a_passkey_is_no_second_lock(client: Client, bob: User) -> None:
    a_passkey(bob)
    client.post("/accounts/logout/")
    sign_in(client)
    assert client.get(LIST).status_code == 200


def test_the_button_waits_for_the_script(client: Client) -> None:
    assert b'data-passkey="use" hidden' in client.get(LOGIN).content
