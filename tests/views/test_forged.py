"""Posts from other sites: every address, with the cookie of somebody who is signed in and without a token."""

from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import resolve

from tests.follows import a_reader
from tests.threads import a_thread
from tests.views.addresses import addresses
from tests.views.test_exempt import BY_TOKEN, EXEMPT

pytestmark = pytest.mark.django_db

ELSEWHERE = "https://evil.example"
BY_ORIGIN = {"unroll", "refresh", "read", "account-reading"}
"""Exempt from tokens, and guarded by what a browser says of where a form stands."""
FORGED = (
    {"sec-fetch-site": "cross-site", "origin": ELSEWHERE},
    {"sec-fetch-site": "same-site"},
    {"origin": ELSEWHERE},
    {"origin": "null"},
    {"origin": "http://testserver.evil.example"},
    {"origin": "http://evil.example/testserver"},
)


def test_without_a_token_nothing_is_done_from_elsewhere() -> None:
    a_thread(3)
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(a_reader("alice", premium=True))
    taken = {}
    for name, address in addresses().items():
        if name in EXEMPT or name in BY_TOKEN or getattr(resolve(address).func, "csrf_exempt", False):
            continue
        answer = client.post(address, {"url": "x"}, headers={"origin": ELSEWHERE, "referer": f"{ELSEWHERE}/page"})
        if answer.status_code not in {HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED}:
            taken[name] = answer.status_code
    assert taken == {}


@pytest.mark.parametrize("name", sorted(BY_ORIGIN))
@pytest.mark.parametrize("headers", FORGED, ids=range(len(FORGED)))
def test_what_needs_no_token_looks_at_where_the_form_stands(client: Client, name: str, headers: dict[str, str]) -> None:
    a_thread(3)
    answer = client.post(addresses()[name], {"url": "https://x.com/a/status/1"}, headers=headers)
    assert answer.status_code == HTTPStatus.FORBIDDEN
