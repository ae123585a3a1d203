"""The pretend Readwise and the pretend receiver of webhooks: as strict as the real ones."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox import Sandbox, World

GOOD = {"text": "Bread is patience.", "title": "Bread", "author": "Mara", "source_url": "https://unroller.example/1"}


@pytest.fixture
def token(world: World) -> str:
    return world.readwise.join()


@pytest.fixture
def api(sandbox: Sandbox, token: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Token {token}"}
    with httpx.Client(base_url=sandbox.env()["READWISE_API_URL"] + "/api/v2", headers=headers) as client:
        yield client


def create(api: httpx.Client, *facts: object) -> httpx.Response:
    return api.post("/highlights/", json={"highlights": list(facts)})


def test_a_token_is_known_or_not(api: httpx.Client) -> None:
    assert api.get("/auth/").status_code == 204
    for other in ("Token wrong", "Bearer wrong", ""):
        assert api.get("/auth/", headers={"Authorization": other}).status_code == 401


def test_a_highlight_gets_a_number_once(api: httpx.Client) -> None:
    first, again = create(api, GOOD).json(), create(api, {**GOOD, "note": "another"}).json()
    assert len(first[0]["modified_highlights"]) == 1
    assert again[0]["modified_highlights"] == []
    number = first[0]["modified_highlights"][0]
    changed = api.patch(f"/highlights/{number}/", json={"note": "new", "color": "pink"})
    assert (changed.status_code, changed.json()["note"], changed.json()["color"]) == (200, "new", "pink")
    assert api.patch(f"/highlights/{number + 1}/", json={"note": "new"}).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"text": ""},
        {"text": 1},
        {"text": "x" * 8192},
        {"title": "x" * 512},
        {"note": None},
        {"color": "pink"},
        {"source_type": "our app"},
        {"category": "threads"},
        {"location": "2"},
        {"location_type": "post"},
        {"highlighted_at": "today"},
        {"highlighted_at": "2026-03-01T12:00:00"},
    ],
)
def test_what_is_no_highlight_is_refused(api: httpx.Client, changes: dict[str, Any]) -> None:
    assert create(api, {**GOOD, **changes}).status_code == 400


def test_bodies_that_are_none_are_refused(api: httpx.Client) -> None:
    assert create(api).status_code == 400
    assert api.post("/highlights/", content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    assert api.post("/highlights/", content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    (book,) = create(api, GOOD).json()
    number = book["modified_highlights"][0]
    assert api.patch(f"/highlights/{number}/", json={"title": "no"}).status_code == 400
    assert api.patch(f"/highlights/{number}/", json={"color": "red"}).status_code == 400


def test_after_240_requests_a_token_has_to_wait_a_minute(api: httpx.Client, world: World, token: str) -> None:
    world.readwise.shelves[token].asked.extend([world.clock.seconds()] * 240)
    answer = api.get("/auth/")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    world.clock.advance(timedelta(seconds=61))
    assert api.get("/auth/").status_code == 204


def test_the_receiver_takes_nothing_that_is_not_signed(sandbox: Sandbox, world: World) -> None:
    world.receiver.secret = "whsec_" + "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
    address = sandbox.urls()["receiver"] + "/hook"
    now = str(int(world.clock.seconds()))
    wrong = {"Webhook-Id": "1", "Webhook-Timestamp": now, "Webhook-Signature": "v1,d3Jvbmc="}
    assert httpx.get(address).status_code == 405
    assert httpx.post(address, json={}).status_code == 401
    assert httpx.post(address, json={}, headers=wrong).status_code == 401
    assert httpx.post(address, json={}, headers={**wrong, "Webhook-Timestamp": "1"}).status_code == 401
    assert world.receiver.received == []
