"""`GET /readyz`: what fails is named, and nothing else is said."""

import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Letter
from unroller import readiness, store
from unroller.views import health

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def a_fresh_look() -> None:
    health.READINESS = readiness.Recent(health.READINESS._lines)


@pytest.fixture
def redis_away(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    store.client.cache_clear()
    yield
    store.client.cache_clear()


def a_letter(age: timedelta) -> Letter:
    letter = Letter.objects.create(name="code", to="bob@example.org")
    Letter.objects.filter(pk=letter.pk).update(created_at=timezone.now() - age)
    return letter


def unapplied() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET name = name || '_not' WHERE app = 'unroller'")


def applied() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET name = replace(name, '_not', '') WHERE app = 'unroller'")


def test_a_site_that_works_is_ready(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready\n")
    assert "no-store" in answer["Cache-Control"]


def test_without_redis_readers_are_served_so_it_is_ready_but_says_so(client: Client, redis_away: None) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"degraded: redis\n")


def test_who_wants_to_know_of_everything_asks_strictly(client: Client, redis_away: None) -> None:
    answer = client.get("/readyz?strict=1")
    assert (answer.status_code, answer.content) == (503, b"not ready: redis\n")


def test_without_the_database_it_is_not_ready_and_names_no_host(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"not ready: database\n")


def test_a_migration_that_was_not_applied_is_not_ready(client: Client) -> None:
    unapplied()
    try:
        answer = client.get("/readyz")
    finally:
        applied()
    assert (answer.status_code, answer.content) == (503, b"not ready: migrations\n")


def test_a_letter_that_waits_too_long_is_told(client: Client) -> None:
    a_letter(timedelta(seconds=readiness.LATE["letters"] - 60))
    assert client.get("/readyz").content == b"ready\n"
    a_letter(timedelta(seconds=readiness.LATE["letters"] + 60))
    a_fresh = readiness.Recent(health.READINESS._lines)
    failed = [check for check in a_fresh.look() if not check.ok]
    assert [check.name for check in failed] == ["queues"]
    assert re.fullmatch(r"accounts\.deliver 36\d s", failed[0].detail)


def test_a_letter_that_was_put_off_or_is_being_sent_is_not_late() -> None:
    now, old = timezone.now(), timedelta(days=1)
    put_off, held = a_letter(old), a_letter(old)
    Letter.objects.filter(pk=put_off.pk).update(not_before=now + timedelta(hours=1))
    Letter.objects.filter(pk=held.pk).update(leased_until=now + timedelta(minutes=1))
    tried_again = a_letter(old)
    Letter.objects.filter(pk=tried_again.pk).update(not_before=now - timedelta(seconds=30))
    standing = next(line.standing() for line in health.READINESS._lines if line.task == "accounts.deliver")
    assert standing.rows == 1
    assert 30 <= standing.seconds < 90


def test_asking_often_looks_once(client: Client) -> None:
    assert client.get("/readyz").content == b"ready\n"
    with connection.execute_wrapper(_no_queries):
        assert client.get("/readyz").content == b"ready\n"


def _no_queries(*_: object) -> None:
    raise AssertionError("a query")


@pytest.fixture
def a_pooler_without_a_server() -> Iterator[int]:
    """Lets everybody in, as PgBouncer does, and answers no question."""
    with socket.create_server(("127.0.0.1", 0)) as door, ThreadPoolExecutor(1) as pool:
        pool.submit(_let_in, door)
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)


def _let_in(door: socket.socket) -> None:
    line, _ = door.accept()
    with line:
        while (said := line.recv(65_536)) and said[4:8] in ENCRYPTED:
            line.sendall(b"N")
        line.sendall(b"R\0\0\0\x08\0\0\0\0" + b"Z\0\0\0\x05I")
        while line.recv(65_536):
            pass


ENCRYPTED = {b"\x04\xd2\x16\x2f", b"\x04\xd2\x16\x30"}
"""What a client begins with that would rather speak TLS, or GSSAPI."""


def test_a_pooler_whose_server_is_away_is_found_out_in_time(
    a_pooler_without_a_server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", str(a_pooler_without_a_server))
    began = time.monotonic()
    found = readiness.database()
    assert (found.ok, found.detail) == (False, "no answer within 2 seconds")
    assert time.monotonic() - began < 30


def test_who_asks_while_somebody_looks_gets_what_was_found_before() -> None:
    recent = readiness.Recent(())
    found = recent.look()
    with ThreadPoolExecutor(1) as pool, recent._lock:
        assert pool.submit(recent.look).result(timeout=60) is found
