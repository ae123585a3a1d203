"""The pretend Jetstream, against the contract."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.sandbox import Sandbox, World

SOON = 10.0
HOUR = 3600 * 1_000_000


@contextmanager
def subscribed(sandbox: Sandbox, **query: Any) -> Iterator[ClientConnection]:
    url = f"{sandbox.env()['BLUESKY_JETSTREAM_URL']}?{urlencode(query, doseq=True)}"
    with connect(url, proxy=None, legacy=True) as line:
        yield line


def event(line: ClientConnection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line.recv(timeout=SOON))
    return found


def test_a_cursor_replays_what_happened_since_and_goes_on_with_what_happens(world: World, sandbox: Sandbox) -> None:
    ada = world.bluesky.person("ada.example")
    post = world.bluesky.post(ada, "One.")
    since = world.bluesky.events.now()
    world.bluesky.replace(post, "Two.")
    with subscribed(sandbox, cursor=since) as line:
        update = event(line)
        assert (update["kind"], update["did"], update["time_us"] >= since) == ("commit", ada.did, True)
        assert update["commit"]["operation"] == "update"
        assert update["commit"]["record"]["text"] == "Two."
        world.bluesky.delete(post)
        delete = event(line)
        assert delete["time_us"] > update["time_us"]
        assert delete["commit"].keys() == {"rev", "operation", "collection", "rkey"}


def test_without_a_cursor_only_what_happens_now_is_told(world: World, sandbox: Sandbox) -> None:
    world.bluesky.post("ada.example", "Before.")
    with subscribed(sandbox) as line:
        deadline = time.monotonic() + SOON
        while not world.bluesky.events.subscribers and time.monotonic() < deadline:
            time.sleep(0.01)
        world.bluesky.post("ada.example", "After.")
        assert event(line)["commit"]["record"]["text"] == "After."


def test_an_old_cursor_is_moved_without_a_word(world: World, sandbox: Sandbox) -> None:
    began = world.bluesky.events.now()
    world.bluesky.post("ada.example", "Two days ago.")
    world.clock.advance(timedelta(hours=48))
    world.bluesky.post("ada.example", "Today.")
    with subscribed(sandbox, cursor=began) as line:
        assert event(line)["commit"]["record"]["text"] == "Today."


def test_wanted_dids_are_obeyed_and_accounts_are_told_whatever_the_collections(world: World, sandbox: Sandbox) -> None:
    since = world.bluesky.events.now()
    ada, ben = world.bluesky.person("ada.example"), world.bluesky.person("ben.example")
    world.bluesky.post(ada, "Hers.")
    world.bluesky.post(ben, "His.")
    world.bluesky.leave(ben, "takendown")
    world.bluesky.leave(ada, "deleted")
    world.bluesky.leave(ada, "")
    with subscribed(sandbox, cursor=since, wantedDids=ada.did, wantedCollections="app.bsky.feed.like") as line:
        standings = [event(line)["account"] for _ in range(2)]
    assert [(each["active"], each.get("status")) for each in standings] == [(False, "deleted"), (True, None)]


def test_with_hello_nothing_is_told_before_the_options(world: World, sandbox: Sandbox) -> None:
    since = world.bluesky.events.now()
    ada = world.bluesky.person("ada.example")
    world.bluesky.post("ben.example", "His.")
    world.bluesky.post(ada, "Hers.")
    with subscribed(sandbox, cursor=since, requireHello="true") as line:
        with pytest.raises(TimeoutError):
            line.recv(timeout=0.3)
        line.send(json.dumps({"type": "options_update", "payload": {"wantedDids": [ada.did]}}))
        assert event(line)["did"] == ada.did


def test_an_event_that_is_too_large_for_its_subscriber_is_left_out(world: World, sandbox: Sandbox) -> None:
    since = world.bluesky.events.now()
    post = world.bluesky.post("ada.example", "Long. " * 50)
    world.bluesky.delete(post)
    with subscribed(sandbox, cursor=since, maxMessageSizeBytes=400) as line:
        assert event(line)["commit"]["operation"] == "delete"


MANY = [f"did:plc:{number:024d}" for number in range(10_001)]


@pytest.mark.parametrize(
    "query",
    [{"dids": "did:plc:a"}, {"wantedDids": "ada"}, {"wantedCollections": "a b"}, {"cursor": "yesterday"}],
    ids=["of-v2", "no-did", "no-collection", "no-cursor"],
)
def test_what_is_not_in_order_is_refused(sandbox: Sandbox, query: dict[str, Any]) -> None:
    with pytest.raises(InvalidStatus) as refusal, subscribed(sandbox, **query):
        pass
    assert refusal.value.response.status_code == 400


@pytest.mark.parametrize(
    ("message", "is_taken"),
    [
        ({"type": "options_update", "payload": {"wantedDids": MANY[:-1]}}, True),
        ({"type": "options_update", "payload": {"wantedDids": MANY}}, False),
        ({"type": "options_update", "payload": {"wantedDids": ["ada"]}}, False),
        ({"type": "hello"}, False),
    ],
    ids=["ten-thousand", "one-more", "no-did", "unknown"],
)
def test_a_message_that_is_not_in_order_ends_the_connection(
    world: World, sandbox: Sandbox, message: dict[str, Any], is_taken: bool
) -> None:
    since = world.bluesky.events.now()
    with subscribed(sandbox, cursor=since, requireHello="true") as line:
        line.send(json.dumps(message))
        if is_taken:
            line.ping().wait(SOON)
        else:
            with pytest.raises(ConnectionClosed):
                line.recv(timeout=SOON)


def test_faults_reach_the_stream_too(world: World, sandbox: Sandbox) -> None:
    world.faults.add("jetstream", "error")
    with pytest.raises(InvalidStatus), subscribed(sandbox):
        pass
    since = world.bluesky.events.now()
    world.bluesky.thread("ada.example", ["One.", "Two."])
    world.faults.add("jetstream", "cut-off")
    with subscribed(sandbox, cursor=since) as line:
        assert event(line)["commit"]["record"]["text"] == "One."
        with pytest.raises(ConnectionClosed):
            line.recv(timeout=SOON)
