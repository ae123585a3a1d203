"""An account that is closed while its owner is on the way in, by each of the ways there are."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.accounts.soft_passkey import SoftPasskey
from tests.accounts.x.crossing import SIGN_IN_PAGE, agree, code_for, go, join, person_in
from tests.sandbox.x.model import Person

pytestmark = pytest.mark.django_db

EMAIL, PASSWORD = "ada@example.com", "a long password"
ADD, USE = "/accounts/passkeys/add/", "/accounts/login/passkey/"
Way = Callable[[Client, Person, SoftPasskey], Callable[[], object]]
"""Begins to sign in; what it returns ends it."""


@pytest.fixture
def passkey(ada: Person, settings: Settings) -> SoftPasskey:
    """Of a person who can sign in by every way."""
    settings.SITE_URL = "https://unroll.example"
    client, key = Client(), SoftPasskey()
    join(client, ada, EMAIL)
    wish = client.get(ADD).context["options"]["publicKey"]
    client.post(ADD, {"name": "Desk", "credential": key.made(wish)})
    user = User.objects.get(email=EMAIL)
    user.set_password(PASSWORD)
    user.save()
    return key


def by_code(client: Client, ada: Person, passkey: SoftPasskey) -> Callable[[], object]:
    page = client.post(SIGN_IN_PAGE, {"email": EMAIL})["Location"]
    code = code_for(EMAIL)
    return lambda: client.post(page, {"code": code})


def by_password(client: Client, ada: Person, passkey: SoftPasskey) -> Callable[[], object]:
    return lambda: client.post("/accounts/login/password/", {"login": EMAIL, "password": PASSWORD})


def by_passkey(client: Client, ada: Person, passkey: SoftPasskey) -> Callable[[], object]:
    asked = client.get(USE, headers={"Accept": "application/json"}).json()
    answer = passkey.signed(asked["request_options"]["publicKey"])
    return lambda: client.post(USE, {"credential": answer})


def by_x(client: Client, ada: Person, passkey: SoftPasskey) -> Callable[[], object]:
    back = agree(go(client), ada)
    return lambda: client.get(back)


@pytest.mark.parametrize("way", [by_code, by_password, by_passkey, by_x])
@pytest.mark.parametrize("is_open", [True, False])
def test_a_closed_account_is_not_entered_by_any_way(
    client: Client, ada: Person, passkey: SoftPasskey, *, way: Way, is_open: bool
) -> None:
    end = way(client, ada, passkey)
    User.objects.update(is_active=is_open)
    end()
    assert (person_in(client) is not None) is is_open
