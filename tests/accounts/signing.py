"""Signing in as a test does it: by the pages, with the code out of the newest letter."""

import re
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.http import HttpResponse
from django.test import Client

from accounts.models import Letter, User

LOGIN = "/accounts/login/"
CODE = "/accounts/login/code/"
ADDRESS_CODE = "/accounts/email/code/"


def a_person(email: str = "bob@example.com", password: str | None = None) -> User:
    """Somebody whose address is proved and who was here before."""
    user = User.objects.create_user(email, password)
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    return user


def newest_letter(to: str) -> Letter:
    """The last letter to an address."""
    return Letter.objects.filter(to=to).latest("created_at")


def newest_code(to: str) -> str:
    """The code that was mailed last to an address."""
    found = re.search(r"^ {4}(\d{6})$", newest_letter(to).text, re.MULTILINE)
    assert found is not None
    return found[1]


def ask_for_code(client: Client, email: str = "bob@example.com", *, next_page: str = "") -> HttpResponse:
    """The form with the address, sent."""
    answer = client.post(LOGIN, {"email": email, "next": next_page})
    assert isinstance(answer, HttpResponse)
    return answer


def sign_in(client: Client, email: str = "bob@example.com") -> None:
    """All of it."""
    ask_for_code(client, email)
    answer = client.post(CODE, {"code": newest_code(email)})
    assert answer.status_code == 302
    assert "_auth_user_id" in client.session


def an_account(**fields: Any) -> SocialAccount:
    """@bob on X, not saved."""
    known = {"id": "17", "username": "bob", "name": "Bob", "profile_image_url": ""}
    return SocialAccount(provider="x", uid="17", extra_data=known, **fields)


def come_from_x(client: Client) -> None:
    """What allauth remembers of somebody whom X has just vouched for, and who is not known here."""
    session = client.session
    login = SocialLogin(user=User(name="Bob"), account=an_account(), provider=get_adapter().get_provider(None, "x"))
    session["socialaccount_sociallogin"] = login.serialize()
    session.save()
