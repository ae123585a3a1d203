"""The way to Patreon and back as a browser walks it, and webhooks as Patreon posts them."""

from urllib.parse import parse_qs, urlsplit

import httpx
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from billing.entitlements import plan_for
from billing.models import Grant, Patron
from tests.sandbox.patreon.model import Person
from tests.sandbox.patreon.network import Hook, Patreon

PAGE, CALLBACK, DISCONNECT, WEBHOOK = "/patreon", "/patreon/callback", "/patreon/disconnect", "/billing/patreon/webhook"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def ask(client: Client) -> str:
    """The address of Patreon's page that the button leads to."""
    answer = client.post(PAGE)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def agree(address: str, choice: str) -> str:
    """The way back, after a button of Patreon's page was pressed: a person's id, or `cancel`."""
    page = httpx.get(address)
    assert page.status_code == 200, page.text
    name = page.text.partition('name="ask" value="')[2].partition('"')[0]
    answer = httpx.post(address.partition("?")[0], data={"ask": name, "person": choice})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def come_back(client: Client, address: str) -> HttpResponse:
    """Follow the way back to this site."""
    parts = urlsplit(address)
    assert parts.path == CALLBACK
    answer = client.get(f"{parts.path}?{parts.query}")
    assert isinstance(answer, HttpResponse)
    return answer


def connect(user: User, person: Person) -> str:
    """All of it; what the page says afterwards."""
    client = signed_in(user)
    come_back(client, agree(ask(client), person.id))
    return client.get(PAGE).content.decode()


def connected(user: User, person: Person) -> Patron:
    """All of it, and the row that came of it."""
    connect(user, person)
    return Patron.objects.get(user=user, patreon_id=person.id)


def query(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


def post(hook: Hook, *, client: Client | None = None, **changed: str) -> int:
    """Bring one webhook; the answer's status."""
    headers = {
        "X-Patreon-Event": changed.get("event", hook.event),
        "X-Patreon-Signature": changed.get("signature", hook.signature),
    }
    sender = client or Client(enforce_csrf_checks=True)
    answer = sender.post(WEBHOOK, hook.body, content_type="application/json", headers=headers)
    return answer.status_code


def newest(patreon: Patreon) -> Hook:
    return patreon.hooks[-1]


def has_premium(user: User) -> bool:
    return plan_for(user).name == "premium"


def grant_of(user: User) -> Grant:
    return Grant.objects.get(user=user, source=Grant.Source.PATREON)
