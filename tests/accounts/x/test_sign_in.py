"""Signing in with X, against the pretend X over real HTTP."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.conf import settings as live
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.x.identity import Identity, identity
from tests.accounts.x.crossing import (
    CALLBACK,
    LOGIN,
    code_for,
    come_back,
    go,
    join,
    name_address,
    person_in,
    sign_in_by_code,
)
from tests.sandbox import World
from tests.sandbox.x.model import Person

pytestmark = pytest.mark.django_db

# The way in


def test_a_newcomer_names_an_address_proves_it_and_is_back_where_they_were(client: Client, ada: Person) -> None:
    answer = come_back(client, ada, next="/thread/x/1")
    assert person_in(client) is None
    answer = name_address(client, answer, "ada@example.com")
    assert person_in(client) is None
    answer = client.post(answer["Location"], {"code": code_for("ada@example.com")})
    assert answer["Location"] == "/thread/x/1"
    user = person_in(client)
    assert user is not None
    assert (user.email, user.name) == ("ada@example.com", "Ada Lovelace")


def test_an_address_that_is_not_proved_lets_nobody_in(client: Client, ada: Person) -> None:
    answer = name_address(client, come_back(client, ada), "ada@example.com")
    wrong = "000000" if code_for("ada@example.com") != "000000" else "111111"
    client.post(answer["Location"], {"code": wrong})
    assert person_in(client) is None
    come_back(client, ada)
    assert person_in(client) is None


def test_the_second_time_x_is_enough_although_the_handle_changed(client: Client, world: World, ada: Person) -> None:
    join(client, ada, "ada@example.com")
    first = person_in(client)
    client.logout()
    world.x.rename(ada, "countess")
    ada.name = "Countess"
    answer = come_back(client, ada, next="/my-authors")
    assert answer["Location"] == "/my-authors"
    assert first is not None
    assert person_in(client) == first
    kept = identity(first)
    assert kept is not None
    assert (str(kept), kept.name) == ("@countess", "Countess")
    assert User.objects.count() == 1


def test_a_place_on_another_host_is_not_gone_to(client: Client, ada: Person) -> None:
    answer = join(client, ada, "ada@example.com", next="https://evil.example/")
    assert answer["Location"] == live.LOGIN_REDIRECT_URL


def test_somebody_elses_address_gives_nothing(client: Client, ada: Person) -> None:
    theirs = Client()
    sign_in_by_code(theirs, "bob@example.com")
    bob = person_in(theirs)
    assert bob is not None
    name_address(client, come_back(client, ada), "bob@example.com")
    assert person_in(client) is None
    assert identity(bob) is None
    come_back(client, ada)
    assert person_in(client) is None


# What X is asked, and what is kept


def test_x_is_asked_for_little_and_with_pkce(client: Client, ada: Person) -> None:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(go(client)).query).items()}
    assert asked.pop("scope").split() in (["users.read", "tweet.read"], ["tweet.read", "users.read"])
    assert len(asked.pop("state")) <= 500
    assert re.fullmatch(r"[\w-]{43}", asked.pop("code_challenge"))
    assert asked == {
        "response_type": "code",
        "client_id": "sandbox-client",
        "redirect_uri": f"http://testserver{CALLBACK}",
        "code_challenge_method": "S256",
    }


def test_a_link_to_us_cannot_change_what_x_is_asked(client: Client, ada: Person) -> None:
    forged = urlencode({"scope": "tweet.write", "auth_params": "redirect_uri=https://evil.example/&client_id=evil"})
    address = client.post(f"{LOGIN}?{forged}")["Location"]
    assert "evil" not in address
    assert "tweet.write" not in address


def test_a_link_to_us_alone_leads_nowhere(client: Client, ada: Person) -> None:
    answer = client.get(LOGIN)
    assert answer.status_code == 200
    assert b"csrfmiddlewaretoken" in answer.content


def test_of_a_person_little_is_kept_and_no_token(client: Client, ada: Person) -> None:
    answer = come_back(client, ada)
    assert client.session["socialaccount_sociallogin"]["token"]["token"] == ""
    answer = name_address(client, answer, "ada@example.com")
    client.post(answer["Location"], {"code": code_for("ada@example.com")})
    (account,) = SocialAccount.objects.all()
    assert set(account.extra_data) == {"id", "username", "name", "profile_image_url"}
    user = person_in(client)
    assert user is not None
    assert identity(user) == Identity(ada.id, "ada", "Ada Lovelace", account.extra_data["profile_image_url"])
    assert account.get_provider_account().get_profile_url() == f"https://x.com/i/user/{ada.id}"
    assert str(account.get_provider_account()) == "@ada"
    assert not SocialToken.objects.exists()


def test_a_person_without_x_has_no_identity(django_user_model: type[User]) -> None:
    assert identity(django_user_model.objects.create_user("bob@example.com")) is None


def test_a_public_client_needs_no_secret(client: Client, world: World, settings: Settings, ada: Person) -> None:
    world.x.sign_in.app.secret = ""
    settings.SOCIALACCOUNT_PROVIDERS = {"x": {"APPS": [{"client_id": "sandbox-client", "secret": ""}]}}
    join(client, ada, "ada@example.com")
    assert person_in(client) is not None


# A second way in


def test_somebody_who_is_signed_in_connects_x(client: Client, ada: Person) -> None:
    sign_in_by_code(client, "bob@example.com")
    answer = come_back(client, ada, process="connect", next="/account")
    assert answer["Location"] == "/account"
    bob = person_in(client)
    assert bob is not None
    assert str(identity(bob)) == "@ada"
    client.logout()
    come_back(client, ada)
    assert person_in(client) == bob


def test_an_x_account_that_is_somebody_elses_is_not_taken_over(client: Client, ada: Person) -> None:
    theirs = Client()
    join(theirs, ada, "ada@example.com")
    sign_in_by_code(client, "bob@example.com")
    answer = client.get(come_back(client, ada, process="connect")["Location"])
    assert "belongs to" in answer.content.decode() or "another account" in answer.content.decode()
    bob, owner = person_in(client), person_in(theirs)
    assert bob is not None
    assert owner is not None
    assert identity(bob) is None
    assert str(identity(owner)) == "@ada"


def test_x_is_let_go_of_and_the_mail_still_opens_the_door(client: Client, ada: Person) -> None:
    join(client, ada, "ada@example.com")
    user = person_in(client)
    assert user is not None
    (account,) = SocialAccount.objects.all()
    client.post("/accounts/connections/", {"account": account.pk})
    assert identity(user) is None
    client.logout()
    sign_in_by_code(client, "ada@example.com")
    assert person_in(client) == user
