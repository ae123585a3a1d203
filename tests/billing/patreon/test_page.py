"""The page of the connection, and who does not get to it."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.limits import CHECKOUTS
from accounts.models import User
from billing.models import Patron
from tests.billing.patreon.walking import (
    CALLBACK,
    DISCONNECT,
    PAGE,
    connect,
    connected,
    signed_in,
)
from tests.sandbox.patreon.network import Patreon

pytestmark = pytest.mark.django_db


def test_the_page_says_how_it_stands_and_lets_the_form_go_to_patreon(
    alice: User, patreon: Patreon, settings: Settings
) -> None:
    settings.PATREON_URL = "https://www.patreon.com/unroller"
    client = signed_in(alice)
    page = client.get(PAGE)
    assert b"Connect Patreon" in page.content
    assert b'href="https://www.patreon.com/unroller" rel="noopener noreferrer"' in page.content
    directives = page.headers["Content-Security-Policy"].split("; ")
    policy = next(each for each in directives if each.startswith("form-action"))
    assert "'self'" in policy
    assert settings.PATREON_API_URL in policy.split()
    patreon.join(mina := patreon.person("Mina Falk"))
    assert "Disconnect" in connect(alice, mina)


def test_a_link_that_is_not_patreons_is_not_shown(alice: User, patreon: Patreon, settings: Settings) -> None:
    settings.PATREON_URL = "https://www.patreon.com.evil.example/unroller"
    assert b"evil" not in signed_in(alice).get(PAGE).content


def test_the_page_asks_the_same_of_the_database_for_everybody(
    alice: User, patreon: Patreon, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    patreon.join(mina := patreon.person("Mina Falk"))
    connect(alice, mina)
    client = signed_in(alice)
    with django_assert_max_num_queries(6):
        client.get(PAGE)


def test_guests_are_sent_to_sign_in(patreon: Patreon) -> None:
    for address in (PAGE, CALLBACK):
        assert Client().get(address).headers["Location"].startswith("/accounts/login/")
    assert Client().post(DISCONNECT).headers["Location"].startswith("/accounts/login/")


def test_a_form_of_another_site_connects_and_disconnects_nobody(alice: User, patreon: Patreon) -> None:
    connected(alice, patreon.person("Mina Falk"))
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, "allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(PAGE).status_code == 403
    assert client.post(DISCONNECT).status_code == 403
    assert client.get(DISCONNECT).status_code == 405
    assert Patron.objects.exists()


@pytest.mark.parametrize(
    "name", ["PATREON_CLIENT_ID", "PATREON_CLIENT_SECRET", "PATREON_CREATOR_TOKEN", "PATREON_CAMPAIGN_ID"]
)
def test_without_all_its_keys_it_is_not_there(alice: User, patreon: Patreon, settings: Settings, name: str) -> None:
    setattr(settings, name, "")
    client = signed_in(alice)
    assert client.get(PAGE).status_code == client.post(PAGE).status_code == client.get(CALLBACK).status_code == 404


def test_without_billing_it_is_not_there_but_one_may_still_disconnect(
    alice: User, patreon: Patreon, settings: Settings
) -> None:
    connected(alice, patreon.person("Mina Falk"))
    settings.BILLING_ENABLED = False
    client = signed_in(alice)
    assert client.get(PAGE).status_code == 404
    assert client.post(DISCONNECT).headers["Location"] == "/account"
    assert not Patron.objects.exists()


def test_whoever_asks_too_often_waits(alice: User, patreon: Patreon) -> None:
    client = signed_in(alice)
    answers = {client.post(PAGE).status_code for _ in range(CHECKOUTS.item.amount)}
    assert answers == {303}
    assert client.post(PAGE).status_code == 429
    assert client.get(PAGE).status_code == 200
