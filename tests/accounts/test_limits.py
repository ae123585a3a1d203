"""Limits: who is asking, and how much they may."""

from ipaddress import ip_network

import pytest
from django.test import RequestFactory
from limits import RateLimitItemPerHour
from pytest_django import Settings

from accounts import limits
from accounts.limits import Limit

FEW = Limit("few", RateLimitItemPerHour(3))


def test_a_limit_is_counted_for_each_visitor_by_name_and_cost() -> None:
    assert [limits.spend(FEW, "bob") for _ in range(4)] == [True, True, True, False]
    assert limits.spend(FEW, "charlie", cost=3)
    assert not limits.spend(FEW, "charlie")
    assert limits.spend(Limit("other", FEW.item), "bob")


def test_without_redis_everybody_may(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    limits._limiter.cache_clear()
    try:
        assert all(limits.spend(FEW, "bob") for _ in range(10))
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
    assert limits.client_address(request) == expected
