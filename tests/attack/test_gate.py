"""What stands before Django turns floods away, lets everybody else through, and needs nothing for it."""

import time
from collections.abc import Iterable, Iterator
from io import BytesIO
from ipaddress import ip_network
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from pytest_django import Settings

from tests.threads import a_thread
from unroller import gate
from unroller.answers import Application, Environ, StartResponse
from unroller.gate import READERS, SERVICES, Buckets, Gate
from unroller.pages import StoredPages

FLOOD, OTHER, SIX = "93.184.216.34", "93.184.216.35", "2606:2800:220:1::7"


def works(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """In the place of Django, where it does not matter what Django says."""
    start_response("200 OK", [])
    return [b"ok"]


class Asked:
    """A site as its server sees it, at a moment that does not pass."""

    def __init__(self, django: Application = works) -> None:
        self.application = StoredPages(Gate(django, lambda: 0.0))
        self.headers: dict[str, str] = {}

    def __call__(self, address: str, path: str = "/healthz", method: str = "GET", **more: Any) -> int:
        status: list[str] = []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "HTTP_HOST": "localhost",
            "REMOTE_ADDR": address,
            "wsgi.input": BytesIO(),
            "wsgi.url_scheme": "http",
        }

        def start(line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            status.append(line)
            self.headers = dict(headers)

        answer = self.application(environ | more, start)
        b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        return int(status[0][:3])


@pytest.fixture
def ask() -> Asked:
    """A new process, as far as counting goes."""
    return Asked()


@pytest.fixture
def django(db: None) -> Iterator[Asked]:
    """The same with Django behind it. No request ends with the test's connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield Asked(get_wsgi_application())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def empty(ask: Asked, address: str, path: str = "/healthz") -> int:
    """Ask until that is too much; how often it was not."""
    return next(number for number in range(5_000) if ask(address, path) == 429)


def test_a_flood_is_turned_away_and_nobody_else(ask: Asked) -> None:
    assert empty(ask, FLOOD) == READERS.burst
    assert {ask(FLOOD, path) for path in ("/", "/unroll", "/search", "/accounts/login/", "/api/v1/me")} == {429}
    assert (ask.headers["Retry-After"], ask.headers["Cache-Control"]) == ("60", "no-store")
    assert ask(OTHER) == 200
    assert ask(SIX) == 200
    assert empty(ask, SIX.replace("::7", "::8")) == READERS.burst - 1, "a /64 is one visitor"


def test_a_request_that_is_turned_away_costs_next_to_nothing(ask: Asked) -> None:
    empty(ask, FLOOD)
    begun = time.thread_time()
    assert {ask(FLOOD, "/search", QUERY_STRING="q=fog") for _ in range(2_000)} == {429}
    assert time.thread_time() - begun < 1


def test_pages_that_are_stored_are_never_counted(django: Asked) -> None:
    address = a_thread(3).get_absolute_url()
    assert django(OTHER, address) == 200
    while django(FLOOD, "/opensearch.xml") != 429:
        pass
    assert {django(FLOOD, address) for _ in range(50)} == {200}


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "172.18.0.1", "::1", "fd00::1", "", "unix:", "\x00"])
def test_an_address_behind_which_everybody_may_be_is_not_counted(ask: Asked, address: str) -> None:
    assert {ask(address) for _ in range(int(READERS.burst) + 20)} == {200}


def test_visitors_are_told_apart_by_what_a_trusted_proxy_says(ask: Asked, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = (ip_network("127.0.0.1/32"),)
    behind = {"HTTP_X_FORWARDED_FOR": FLOOD}
    while ask("127.0.0.1", **behind) != 429:
        pass
    assert ask("127.0.0.1", HTTP_X_FORWARDED_FOR=OTHER) == 200
    assert ask("127.0.0.1", HTTP_X_FORWARDED_FOR=f"{OTHER}, {FLOOD}") == 429


def test_a_lie_about_where_one_comes_from_is_not_believed(ask: Asked) -> None:
    for number in range(int(READERS.burst)):
        ask(FLOOD, HTTP_X_FORWARDED_FOR=f"93.184.{number % 250}.1")
    assert ask(FLOOD, HTTP_X_FORWARDED_FOR=OTHER) == 429


def test_services_that_tell_us_things_have_room_for_a_storm(ask: Asked) -> None:
    empty(ask, FLOOD)
    assert empty(ask, FLOOD, "/billing/stripe/webhook") == SERVICES.burst


@pytest.mark.parametrize("charset", ["idna", "rot13", "undefined", "utf-8"])
@pytest.mark.parametrize("query", ["url=a%20b", "&".join(["a=1"] * 2_000)], ids=["a field", "two thousand"])
def test_an_encoding_that_a_request_names_breaks_nothing(django: Asked, charset: str, query: str) -> None:
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    assert django(OTHER, "/search", QUERY_STRING=query, CONTENT_TYPE=kind) in {200, 400}
    assert django(OTHER, "/unroll", "POST", QUERY_STRING=query, CONTENT_TYPE=kind) in {400, 422}


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        ("text/html; charset=idna", "text/html"),
        ('multipart/form-data; boundary=a; CHARSET="utf-7"', "multipart/form-data; boundary=a"),
        ("multipart/form-data;charset=x;boundary=a", "multipart/form-data;boundary=a"),
        ("application/json; Charset = rot13", "application/json"),
        ("multipart/form-data; boundary=charset", "multipart/form-data; boundary=charset"),
    ],
)
def test_nothing_but_the_encoding_is_dropped(kind: str, left: str) -> None:
    seen = []

    def told(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        seen.append(environ["CONTENT_TYPE"])
        return works(environ, start_response)

    Asked(told)(OTHER, CONTENT_TYPE=kind)
    assert seen == [left]


class TestBuckets:
    def test_they_fill_at_a_steady_pace_and_no_further(self) -> None:
        now = [0.0]
        buckets = Buckets(READERS, lambda: now[0])
        assert sum(buckets.take(FLOOD) for _ in range(1_000)) == READERS.burst
        now[0] += 2
        assert sum(buckets.take(FLOOD) for _ in range(1_000)) == 2 * READERS.steady
        now[0] += 3_600
        assert sum(buckets.take(FLOOD) for _ in range(1_000)) == READERS.burst

    def test_no_more_addresses_are_remembered_than_there_is_room_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gate, "MOST_ADDRESSES", 100)
        buckets = Buckets(READERS)
        assert all(buckets.take(f"93.184.{number // 250}.{number % 250}") for number in range(5_000))
        assert len(buckets) == 100
