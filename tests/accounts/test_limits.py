"""Limits: who is asking, and how much they may."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
import time_machine
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory
from limits import RateLimitItemPerHour
from pytest_django import Settings

from accounts import limits, visitors
from accounts.limits import Limit
from unroller.answers import Environ, StartResponse
from unroller.proxied import Proxied

FEW = Limit("few", RateLimitItemPerHour(3))
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


def test_a_limit_is_counted_for_each_visitor_by_name_and_cost() -> None:
    assert [limits.spend(FEW, "bob") for _ in range(4)] == [True, True, True, False]
    assert limits.spend(FEW, "charlie", cost=3)
    assert not limits.spend(FEW, "charlie")
    assert limits.spend(Limit("other", FEW.item), "bob")


def test_when_there_is_room_again_is_known_to_the_second() -> None:
    hour = timedelta(hours=1)
    with time_machine.travel(NOON, tick=False):
        assert limits.wait_until(FEW, "bob", cost=3) is None
        limits.spend(FEW, "bob")
    with time_machine.travel(NOON + timedelta(minutes=10), tick=False):
        limits.spend(FEW, "bob")
        assert limits.wait_until(FEW, "bob") is None
        assert limits.wait_until(FEW, "bob", cost=2) == NOON + hour
        assert limits.wait_until(FEW, "bob", cost=3) == NOON + timedelta(minutes=10) + hour
        assert limits.wait_until(FEW, "charlie", cost=3) is None
    with time_machine.travel(NOON + hour + timedelta(seconds=1), tick=False):
        assert limits.wait_until(FEW, "bob", cost=2) is None


def test_without_redis_everybody_may(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    limits._limiter.cache_clear()
    try:
        assert all(limits.spend(FEW, "bob") for _ in range(10))
        assert limits.wait_until(FEW, "bob", cost=3) is None
    finally:
        limits._limiter.cache_clear()


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "expected"),
    [
        ((), "192.0.2.1", "", "192.0.2.1"),
        ((), "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (("192.0.2.0/24",), "192.0.2.1", "203.0.113.9", "203.0.113.9"),
        (("192.0.2.1",), "192.0.2.1", "10.9.9.9, 203.0.113.9", "203.0.113.9"),
        (("192.0.2.1", "203.0.113.9"), "192.0.2.1", "198.51.100.7, 203.0.113.9", "198.51.100.7"),
        (("192.0.2.1",), "192.0.2.1", "", "192.0.2.1"),
        (("192.0.2.1",), "192.0.2.1", "not an address", "not an address"),
        ((), "::ffff:192.0.2.1", "", "192.0.2.1"),
        (("192.0.2.0/24",), "::ffff:192.0.2.1", "203.0.113.9", "203.0.113.9"),
        ((), "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
    ],
)
def test_only_trusted_proxies_are_believed(
    settings: Settings, proxies: tuple[str, ...], remote: str, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = tuple(ip_network(proxy) for proxy in proxies)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory(headers=headers).get("/", REMOTE_ADDR=remote)
    assert visitors.client_address(request) == expected


@pytest.mark.parametrize(
    ("proxies", "remote", "said", "is_secure"),
    [
        ((), "192.0.2.1", "https", False),
        (("192.0.2.0/24",), "192.0.2.1", "https", True),
        (("192.0.2.0/24",), "::ffff:192.0.2.1", "https", True),
        (("192.0.2.0/24",), "192.0.2.1", "https, http", True),
        (("192.0.2.0/24",), "192.0.2.1", "http, https", False),
        (("192.0.2.0/24",), "192.0.2.1", "", False),
        (("192.0.2.0/24",), "203.0.113.9", "https", False),
        (("192.0.2.0/24",), "127.0.0.1", "https", False),
        (("192.0.2.0/24",), "", "https", False),
    ],
)
def test_nor_is_anybody_else_believed_to_speak_tls(
    settings: Settings, proxies: tuple[str, ...], remote: str, said: str, is_secure: bool
) -> None:
    settings.TRUSTED_PROXIES = tuple(ip_network(proxy) for proxy in proxies)
    seen = []

    def site(environ: Environ, start_response: StartResponse) -> list[bytes]:
        seen.append(WSGIRequest(environ).is_secure())
        return []

    asked = RequestFactory(headers={"X-Forwarded-Proto": said}).get("/", REMOTE_ADDR=remote)
    Proxied(site)(asked.META, lambda *_: None)
    assert seen == [is_secure]
