"""Coming from a network that names no address, and letting go of it again (X itself: test_x_sign_in.py)."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Letter, User
from tests.accounts.signing import (
    ADDRESS_CODE,
    CODE,
    LOGIN,
    a_person,
    an_account,
    ask_for_code,
    come_from_x,
    newest_code,
    newest_letter,
    sign_in,
)

pytestmark = pytest.mark.django_db

PAGE, NEW = "/accounts/connections/", "/accounts/connections/new/"


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> None:
    """X is set up."""
    settings.SOCIALACCOUNT_PROVIDERS = {"x": {"APPS": [{"client_id": "client", "secret": "secret"}]}}


def name_address(client: Client, email: str = "bob@example.com") -> HttpResponse:
    come_from_x(client)
    answer = client.post(NEW, {"email": email})
    assert isinstance(answer, HttpResponse)
    return answer


def test_nobody_gets_there_by_themselves(client: Client) -> None:
    assert client.get(NEW).headers["Location"] == LOGIN


def test_an_address_is_asked_for_and_counts_when_it_is_proved(client: Client) -> None:
    come_from_x(client)
    page = client.get(NEW).content
    assert b"@bob" in page
    assert name_address(client).headers["Location"] == ADDRESS_CODE
    assert "_auth_user_id" not in client.session
    client.post(ADDRESS_CODE, {"code": newest_code("bob@example.com")})
    bob = User.objects.get()
    assert int(client.session["_auth_user_id"]) == bob.pk
    assert bob.name == "Bob"
    assert SocialAccount.objects.get().user == bob
    assert EmailAddress.objects.get().verified


def test_an_address_that_has_an_account_is_neither_told_nor_joined(client: Client) -> None:
    bob = a_person()
    taken = name_address(client)
    free = name_address(Client(), "free@example.com")
    assert taken.headers["Location"] == free.headers["Location"] == ADDRESS_CODE
    assert b"bob@example.com" in client.get(ADDRESS_CODE).content
    assert newest_letter(bob.email).name == "account_already_exists"
    assert "There is one already" in newest_letter(bob.email).text
    for guess in ("", "000000", "123456"):
        client.post(ADDRESS_CODE, {"code": guess})
    assert "_auth_user_id" not in client.session
    assert not SocialAccount.objects.filter(user=bob).exists()


def test_naming_the_address_of_somebody_else_gives_nothing_when_they_come_themselves(client: Client) -> None:
    thief = Client()
    name_address(thief)
    assert SocialAccount.objects.exists()
    sign_in(client)
    assert not SocialAccount.objects.exists()
    thief.post(ADDRESS_CODE, {"code": newest_letter("bob@example.com").subject[:6]})
    assert "_auth_user_id" not in thief.session


def test_whoever_has_no_password_may_disconnect_too(client: Client) -> None:
    sign_in(client)
    account = an_account(user=User.objects.get())
    account.save()
    page = client.get(PAGE).content
    assert b"@bob" in page
    assert b"Connect</button>" not in page
    assert client.post(PAGE, {"account": account.pk}).headers["Location"] == PAGE
    assert not SocialAccount.objects.exists()
    assert newest_letter("bob@example.com").name == "account_disconnected"
    assert b"Connect</button>" in client.get(PAGE).content


def test_charlie_disconnects_nobody_else(client: Client) -> None:
    account = an_account(user=a_person())
    account.save()
    sign_in(client, "charlie@example.com")
    assert client.post(PAGE, {"account": account.pk}).status_code == 200
    assert SocialAccount.objects.exists()
    assert Client().post(PAGE, {"account": account.pk}).headers["Location"] == f"{LOGIN}?next={PAGE}"


def test_it_takes_a_sign_in_that_is_recent(client: Client) -> None:
    sign_in(client)
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert client.get(PAGE).headers["Location"] == f"/accounts/again/?next={PAGE}"


def test_where_no_network_is_set_up_there_is_nothing(client: Client, settings: Settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {}
    sign_in(client)
    assert client.get(PAGE).status_code == 404
    assert b"Sign in with X" not in Client().get(LOGIN).content


def test_where_it_is_the_sign_in_page_shows_it_and_takes_the_way_back_along() -> None:
    page = Client().get(f"{LOGIN}?next=/thread/x/1").content.decode()
    assert 'action="/accounts/x/login/?next=%2Fthread%2Fx%2F1"' in page
    assert '<button class="button strong">Sign in with X</button>' in page


def test_no_letter_is_sent_without_an_address(client: Client) -> None:
    come_from_x(client)
    assert client.post(NEW, {"email": "bob"}).status_code == 200
    assert client.post(NEW, {"email": "a" * 250 + "@example.com"}).status_code == 200
    assert not Letter.objects.exists()


def test_somebody_who_asked_for_a_code_before_gets_one_here_as_well(client: Client) -> None:
    ask_for_code(Client())
    name_address(client)
    assert newest_letter("bob@example.com").name == "account_already_exists"
    assert client.get(CODE).status_code == 302


def test_letting_go_works_when_the_keys_were_taken_out_of_the_settings(client: Client, settings: Settings) -> None:
    sign_in(client)
    account = an_account(user=User.objects.get())
    account.save()
    settings.SOCIALACCOUNT_PROVIDERS = {"x": {"APPS": []}}
    assert b"@bob" in client.get(PAGE).content
    assert client.post(PAGE, {"account": account.pk}).headers["Location"] == PAGE
    assert not SocialAccount.objects.exists()
