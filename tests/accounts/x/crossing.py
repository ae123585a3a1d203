"""The way of a reader to X and back, step by step as a browser goes it."""

import re
from typing import Any

import httpx
from django.test import Client

from accounts.models import Letter, User
from tests.sandbox.x.model import Person

LOGIN, CALLBACK = "/accounts/x/login/", "/accounts/x/login/callback/"
SIGN_IN_PAGE = "/accounts/login/"


def go(client: Client, **posted: str) -> str:
    """Presses our button; the address at X."""
    answer = client.post(LOGIN, posted)
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def agree(address: str, person: Person | None) -> str:
    """Presses a button at X, or cancels; our address with what X has to say."""
    shown = httpx.get(address)
    assert shown.status_code == 200, shown.text
    (ask,) = re.findall(r'name="ask" value="([^"]+)"', shown.text)
    pressed = httpx.post(address.partition("?")[0], data={"ask": ask, "person": person.id if person else "cancel"})
    back = pressed.headers["location"]
    assert back.startswith(f"http://testserver{CALLBACK}?")
    return str(back.removeprefix("http://testserver"))


def come_back(client: Client, person: Person, **posted: str) -> Any:
    """To X and back; our answer to it."""
    return client.get(agree(go(client, **posted), person))


def code_for(email: str) -> str:
    """The code in the newest mail to an address."""
    text = Letter.objects.filter(to=email).latest("created_at").text
    (code,) = re.findall(r"\b\d{6}\b", text)
    return str(code)


def name_address(client: Client, answer: Any, email: str) -> Any:
    """From X to the form that asks a newcomer for an address, and on to where the code is typed."""
    asked = client.get(answer["Location"])
    assert asked.status_code == 200
    assert b'name="email"' in asked.content
    return client.post(answer["Location"], {"email": email})


def join(client: Client, person: Person, email: str, **posted: str) -> Any:
    """The whole way of a newcomer; the last answer."""
    answer = name_address(client, come_back(client, person, **posted), email)
    return client.post(answer["Location"], {"code": code_for(email)})


def sign_in_by_code(client: Client, email: str) -> None:
    answer = client.post(SIGN_IN_PAGE, {"email": email})
    client.post(answer["Location"], {"code": code_for(email)})
    assert person_in(client) is not None


def person_in(client: Client) -> User | None:
    """Who is signed in."""
    number = client.session.get("_auth_user_id")
    return User.objects.get(pk=number) if number else None
