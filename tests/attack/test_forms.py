"""Every form and page of the site takes anything: no error of ours, nothing of anybody else, nothing half-done.

Encodings that a request names never reach Django (tests/attack/test_gate.py), so none is named here.
"""

import copy
from collections.abc import Iterator
from http import HTTPStatus
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote_from_bytes, urlsplit

import pytest
from django.conf import settings as site
from django.db import transaction
from django.test import Client
from django.urls import URLPattern
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.models import User
from tests.attack.addresses import fields, filled, home, named, patterns
from tests.attack.bodies import Body, as_query, bodies, encoded, pairs
from tests.attack.bodies import values as nonsense
from tests.attack.depth import examples
from tests.attack.people import CANARY, alice, charlie, named_by, of_nobody, rows, rows_of, written
from tests.sandbox.world import World
from tests.whole_person import keep_files_in
from unroller import store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]

EXAMPLES = 4
CHUNKS = 6
METHODS = (
    "POST",
    "POST",
    "POST",
    "POST",
    "GET",
    "GET",
    "HEAD",
    "PUT",
    "DELETE",
    "PATCH",
    "OPTIONS",
    "TRACE",
    "PROPFIND",
)
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {},
    {"HX-Request": "true", "HX-Current-URL": "http://[broken"},
    {"Range": "bytes=9-1,5-", "If-None-Match": '"', "If-Modified-Since": "never"},
    {"Referer": "http://[::1", "Origin": "null", "Accept-Language": "x" * 2000 + ";q=nan"},
    {"X-Forwarded-For": "\x00, 999.1.1.1, [::1]", "X-Forwarded-Proto": "https,http"},
    {"Cookie": "reading=;;=; sessionid=\x00; csrftoken=" + "z" * 900, "Accept": "*/*;q=x"},
)
NOT_OURS = {"", "testserver", "x.com", "bsky.app", "www.patreon.com", "checkout.stripe.com"}
OURS = ("SITE_URL", "STRIPE_API_URL", "PATREON_AUTHORIZE_URL")
"""Where an answer may lead: this site, and those it is known to hand people over to."""
NOT_HERE = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE}
"""A network does not give the picture, a service is not set up."""


class Request(NamedTuple):
    """What is sent."""

    method: str
    address: str
    body: Body
    headers: dict[str, str]


class Ground(NamedTuple):
    """What is there before anything is sent."""

    client: Client
    other: User
    values: dict[str, list[str]]
    known: list[str]
    rows: dict[str, str]
    theirs: dict[str, str]
    cookies: SimpleCookie


@pytest.fixture(params=["guest", "alice"])
def ground(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path, world: World) -> Ground:
    world.stripe.requests.expect_problems()  # whoever types nonsense has it sent to Stripe
    settings.BILLING_ENABLED = True
    settings.MAIL_WEBHOOK_SECRET = "a secret"
    keep_files_in(tmp_path, settings)
    settings.DATA_DIR = tmp_path
    own, other, client = alice(), charlie(), Client()
    mine, theirs, common = named_by(own), named_by(other), of_nobody(own)
    values = {name: [mine[name], mine[name], theirs[name]] for name in mine} | common
    if request.param == "alice":
        client.force_login(own)
    else:  # a guest holds no secret of hers
        values |= {"secret": ["A" * 43], "token": ["00000000-0000-0000-0000-000000000002"]}
    known = [*mine.values(), *theirs.values(), "x/1", "daily", "epub", "delete", "month", "add", "2", "on"]
    return Ground(client, other, values, known, rows(), rows_of(other), copy.deepcopy(client.cookies))


def requests(before: str, entry: URLPattern, ground: Ground) -> st.SearchStrategy[Request]:
    """Requests to an address, mostly to one that is there."""
    names = sorted(fields(home(entry)))
    inside = nonsense.filter(lambda each: each not in {"", ".", ".."}).map(lambda each: each[:600])
    parts = {name: st.one_of(*[st.sampled_from(ground.values[name])] * 4, inside) for name in named(entry)}
    address = st.fixed_dictionaries(parts).map(lambda values: filled(before, entry, values))
    query = st.one_of(st.just(""), pairs(names, ground.known).map(as_query))
    whole = st.tuples(address, query).map("?".join)
    return st.builds(Request, st.sampled_from(METHODS), whole, bodies(names, ground.known), st.sampled_from(HEADERS))


def sent(client: Client, request: Request) -> Any:
    """Raises whatever a view raises."""
    where, _, query = request.address.partition("?")
    path = quote_from_bytes(encoded(where), safe="/")
    body = b"" if request.method in {"GET", "HEAD"} else request.body.data
    extra: dict[str, Any] = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()}
    if "HTTP_COOKIE" in extra:
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        extra["HTTP_COOKIE"] += f"; {cookie}"
    return client.generic(request.method, path, body, request.body.kind, QUERY_STRING=query, **extra)


def words(answer: Any) -> bytes:
    """All of what is shown."""
    said = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return said + repr(list(answer.items())).encode()


def look(ground: Ground, request: Request) -> None:
    """Send it, hold the answer against what is promised, and put everything back."""
    store.client().flushdb()
    before, point = written(), transaction.savepoint()
    ground.client.cookies = copy.deepcopy(ground.cookies)  # whoever was signed out is in again
    try:
        hold(ground, sent(ground.client, request), before)
    finally:
        transaction.savepoint_rollback(point)


def hold(ground: Ground, answer: Any, before: int) -> None:
    """What is true of every answer."""
    assert answer.status_code < 500 or answer.status_code in NOT_HERE, answer.status_code
    said, ours = words(answer), {urlsplit(getattr(site, name)).netloc for name in OURS}
    assert CANARY.encode() not in said
    assert b"Traceback (most" not in said
    assert urlsplit(answer.headers.get("Location", "")).netloc in NOT_OURS | ours, answer.headers["Location"]
    if written() > before:
        assert rows_of(ground.other) == ground.theirs
        assert answer.status_code < 400 or rows() == ground.rows


def found(chunk: int) -> Iterator[tuple[str, URLPattern]]:
    """A part of all addresses, so that several processes share the work."""
    return (each for number, each in enumerate(patterns()) if number % CHUNKS == chunk)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_an_address_takes_anything(ground: Ground, chunk: int) -> None:
    tried, broken = 0, []
    for before, entry in found(chunk):

        @examples(EXAMPLES)
        @given(request=requests(before, entry, ground))
        def attack(request: Request) -> None:
            look(ground, request)

        try:
            attack()
        except Exception as error:
            broken.append(error)
        tried += 1
    assert tried > 5
    if broken:
        raise ExceptionGroup(f"{len(broken)} addresses broke", broken)


def test_every_part_of_an_address_has_values_to_try(ground: Ground) -> None:
    """Whoever adds an address with a new part says in tests/attack/people.py what it may hold."""
    unknown = {f"{entry.name}: {name}" for _, entry in patterns() for name in named(entry) if name not in ground.values}
    assert not unknown


def test_the_walk_goes_everywhere() -> None:
    everywhere = {entry.name for _, entry in patterns()}
    assert {"unroll", "library-do", "account_login", "premium-checkout", "archive-part", "stop-mail"} <= everywhere
    entry = {entry.name: entry for _, entry in patterns()}
    assert {"url", "days"} <= fields(home(entry["private"]))
    assert {"action", "saved", "tags"} <= fields(home(entry["library-do"]))
    assert {"email"} <= fields(home(entry["account_login"]))
