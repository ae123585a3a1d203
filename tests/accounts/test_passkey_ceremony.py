"""What a passkey has to prove: to this site, to this challenge, once, and by somebody whom it has verified."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django import Settings

from tests.accounts.signing import sign_in
from tests.accounts.soft_passkey import PRESENT, SoftPasskey

pytestmark = pytest.mark.django_db

ADD, USE = "/accounts/passkeys/add/", "/accounts/login/passkey/"


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.SITE_URL = "https://unroll.example"


@pytest.fixture
def passkey() -> SoftPasskey:
    """Bob's, added after he signed in."""
    bob, key = Client(), SoftPasskey()
    sign_in(bob)
    assert added(bob, key.made(wish(bob)))
    return key


def wish(client: Client) -> dict[str, Any]:
    options: dict[str, Any] = client.get(ADD).context["options"]["publicKey"]
    return options


def added(client: Client, answer: str) -> bool:
    client.post(ADD, {"name": "Desk", "credential": answer})
    return bool(Authenticator.objects.exists())


def challenge(client: Client) -> dict[str, Any]:
    found = client.get(USE, headers={"Accept": "application/json"}).json()
    options: dict[str, Any] = found["request_options"]["publicKey"]
    return options


def opens(client: Client, answer: str) -> bool:
    client.post(USE, {"credential": answer})
    return "_auth_user_id" in client.session


def test_it_signs_in_once_with_one_answer(client: Client, passkey: SoftPasskey) -> None:
    answer = passkey.signed(challenge(client))
    assert opens(client, answer)
    client.post("/accounts/logout/")
    assert not opens(client, answer)
    challenge(client)
    assert not opens(client, answer)


def test_challenges_are_new_each_time_and_of_one_browser(client: Client, passkey: SoftPasskey) -> None:
    other = Client()
    known = {challenge(each)["challenge"] for each in (client, client, other, other)}
    assert len(known) == 4
    assert all(len(each) >= 43 for each in known)  # 32 bytes
    answer = passkey.signed(challenge(other))
    challenge(client)
    assert not opens(client, answer)
    assert opens(other, answer)


def test_somebody_who_is_only_there_is_not_let_in(client: Client, passkey: SoftPasskey) -> None:
    assert not opens(client, passkey.signed(challenge(client), flags=PRESENT))
    assert opens(client, passkey.signed(challenge(client)))


def test_nor_whoever_was_asked_by_another_site(client: Client, passkey: SoftPasskey) -> None:
    passkey.origin = "https://evil.invalid"
    assert not opens(client, passkey.signed(challenge(client)))


def test_one_that_verified_nobody_is_not_added() -> None:
    bob = Client()
    sign_in(bob)
    assert not added(bob, SoftPasskey().made(wish(bob), flags=PRESENT))
    assert not added(bob, SoftPasskey(origin="https://evil.invalid").made(wish(bob)))
    assert added(bob, SoftPasskey().made(wish(bob)))
