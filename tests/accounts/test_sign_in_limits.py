"""How often one may ask for a code, and what happens while nobody can count."""

import socket
import time
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from accounts.cache import ForgivingCache
from accounts.models import Letter
from tests.accounts.signing import ask_for_code, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def redis_at(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets the cache look for Redis at another port."""
    monkeypatch.setattr(ForgivingCache, "away_until", 0.0)

    def move(port: int) -> None:
        settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": f"redis://127.0.0.1:{port}/0"}}

    return move


def test_one_address_gets_three_codes_a_minute(client: Client) -> None:
    for _ in range(3):
        assert ask_for_code(Client()).status_code == 302
    answer = ask_for_code(client)
    assert answer.status_code == 200
    assert b"Too many tries" in answer.content
    assert Letter.objects.count() == 3


def test_one_address_gets_thirty_codes_a_day(client: Client) -> None:
    with time_machine.travel("2026-11-22T00:00:00Z", tick=False) as clock:
        for _ in range(40):
            ask_for_code(Client())
            clock.shift(timedelta(minutes=7))
    assert Letter.objects.count() == 30


def test_one_machine_asks_for_twenty_codes_a_minute(client: Client) -> None:
    answers = [ask_for_code(Client(), f"{number}@example.com").status_code for number in range(25)]
    assert answers == [302] * 20 + [200] * 5


def test_behind_a_trusted_proxy_it_is_the_machine_in_front_that_counts(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = (ip_network("127.0.0.1/32"),)
    for number in range(22):
        visitor = Client(headers={"X-Forwarded-For": f"198.51.100.{number}"})
        assert ask_for_code(visitor, f"{number}@example.com").status_code == 302


def test_signing_in_goes_on_while_redis_is_away(client: Client, redis_at: Callable[[int], None]) -> None:
    redis_at(1)
    for _ in range(5):
        assert ask_for_code(Client()).status_code == 302
    sign_in(client)


def test_a_redis_that_hangs_is_waited_for_once(
    client: Client, settings: Settings, redis_at: Callable[[int], None]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        redis_at(silent.getsockname()[1])
        started = time.monotonic()
        assert ask_for_code(client).status_code == 302
        assert time.monotonic() - started < 2 * settings.REDIS_TIMEOUT


def test_counting_begins_again_when_redis_is_back(
    client: Client, settings: Settings, redis_at: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home = settings.CACHES
    redis_at(1)
    for _ in range(5):
        assert ask_for_code(Client()).status_code == 302
    settings.CACHES = at_home
    monkeypatch.setattr(ForgivingCache, "away_until", time.monotonic())
    assert [ask_for_code(Client()).status_code for _ in range(4)] == [302, 302, 302, 200]
