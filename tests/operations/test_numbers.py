"""The number of a request: who may choose it, and where it is found."""

import logging
import uuid
from ipaddress import ip_network

import pytest
from django.test import Client
from pytest_django import Settings

from tests.threads import a_thread
from unroller.pages import finished

pytestmark = pytest.mark.django_db

GIVEN = "f7c1a2b3-edge-0001"


@pytest.fixture
def proxied(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = (ip_network("127.0.0.1/32"),)


def test_every_answer_has_a_number_of_its_own(client: Client) -> None:
    numbers = {client.get(path)["X-Request-ID"] for path in ("/healthz", "/", "/nothing-here", "/healthz")}
    assert len(numbers) == 4
    assert all(uuid.UUID(number) for number in numbers)


def test_a_strangers_number_is_not_believed(client: Client) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": GIVEN})["X-Request-ID"] != GIVEN


def test_a_trusted_proxys_number_is_kept(client: Client, proxied: None) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": GIVEN})["X-Request-ID"] == GIVEN


@pytest.mark.parametrize(
    "number", ["short", "a" * 200, "a b c d e f g h", "<b>12345678</b>", "éééééééééé", "-12345678"]
)
def test_a_number_of_no_sane_form_is_not_kept(client: Client, proxied: None, number: str) -> None:
    kept = client.get("/healthz", HTTP_X_REQUEST_ID=number)["X-Request-ID"]
    assert uuid.UUID(kept)


@pytest.mark.parametrize(
    ("path", "status", "headers"),
    [("/nothing-here", 404, {}), ("/read", 405, {}), ("/", 400, {"host": "elsewhere.example"})],
)
def test_pages_about_errors_show_the_number(client: Client, path: str, status: int, headers: dict[str, str]) -> None:
    answer = client.get(path, headers=headers)
    assert answer.status_code == status
    assert f"<code>{answer['X-Request-ID']}</code>" in answer.content.decode()


def test_the_page_of_a_fault_shows_it_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("unroller.views.home.render", broken)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert f"<code>{answer['X-Request-ID']}</code>" in answer.content.decode()


def test_it_is_not_stored_with_a_page() -> None:
    page = finished([("X-Request-ID", GIVEN), ("Content-Type", "text/html")], b"words")
    assert GIVEN not in repr(page)


def test_a_request_is_one_line_without_its_query(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    thread = a_thread(2)
    with caplog.at_level(logging.INFO, "unroller.requests"):
        client.get(f"{thread.get_absolute_url()}?from=reply")
    lines = [record for record in caplog.records if record.name == "unroller.requests"]
    assert len(lines) == 1
    assert lines[0].getMessage().startswith(f"GET {thread.get_absolute_url()} 200 in 0.")
    assert lines[0].__dict__["view"] == "thread"


def test_probes_that_went_well_fill_no_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "unroller.requests"):
        client.get("/healthz")
        client.post("/healthz")
    assert [record.getMessage()[:17] for record in caplog.records if record.name == "unroller.requests"] == [
        "POST /healthz 405"
    ]
