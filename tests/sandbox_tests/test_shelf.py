"""The shelf, the pictures, the cases, and the command that serves them."""

import json
import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox import Sandbox, World, cases
from tests.sandbox.cases.case import Case
from tests.sandbox.finding import find
from tests.sandbox.scenes import SCENES, picture_bytes
from tests.sandbox.shelf import Shown, stock
from tests.sandbox.x.text import is_long

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0


@pytest.fixture
def shown(world: World, sandbox: Sandbox) -> list[Shown]:
    return stock(world)


def of(shown: list[Shown], network: str) -> list[Shown]:
    return [each for each in shown if each.network == network]


# The shelf


def test_the_shelf_holds_every_kind_of_thread_it_promises(shown: list[Shown]) -> None:
    titles = {each.network: {other.title for other in of(shown, each.network)} for each in shown}
    assert {name: len(found) for name, found in titles.items()} == {"x": 13, "bluesky": 3, "mastodon": 4}
    notes = " ".join(each.note for each in shown)
    for kind in ("72 posts", "fork", "photos", "quoted", "poll", "Arabic", "Japanese", "Hindi", "emoji", "edited"):
        assert kind in notes
    for kind in ("deleted", "long posts", "128", "gallery", "content warning", "remote copy", "not to be indexed"):
        assert kind in notes


def test_every_link_of_the_shelf_leads_to_a_post_that_can_be_read(shown: list[Shown], world: World) -> None:
    for each in shown:
        post: Any = find(world, each.url)
        assert not post.deleted
        assert each.title
        assert each.note


def test_ids_on_the_shelf_stay_the_same_between_two_starts(shown: list[Shown]) -> None:
    other = World()
    second = Sandbox(other)
    again = stock(other)
    second.stop()
    for network in ("x", "bluesky"):
        assert [each.url for each in of(shown, network)] == [each.url for each in of(again, network)]
    numbers = [[each.url.rsplit("/", 1)[-1] for each in of(links, "mastodon")] for links in (shown, again)]
    assert numbers[0] == numbers[1]


def test_one_thread_on_x_is_recent_and_the_others_are_past(shown: list[Shown], world: World) -> None:
    ages = [(world.clock.now() - world.x.posts[int(each.url.rsplit("/", 1)[-1])].at).days for each in of(shown, "x")]
    assert sum(age < 7 for age in ages) == 1
    assert min(ages) >= 1


def test_only_the_thread_about_long_posts_has_long_posts(shown: list[Shown], world: World) -> None:
    long = {post.author.username for post in world.x.posts.values() if is_long(post.text)}
    assert long == {"halfserif"}


def test_bluesky_posts_of_the_shelf_keep_its_limits(shown: list[Shown], world: World) -> None:
    for post in world.bluesky.posts.values():
        assert len(post.text) <= 300
        assert len(post.images) <= 4


def test_the_long_thread_can_be_read_over_http(shown: list[Shown], x: httpx.Client, world: World) -> None:
    head = shown[0].url.rsplit("/", 1)[-1]
    query: dict[str, str | int] = {
        "query": f"conversation_id:{head} from:maralind",
        "max_results": 500,
        "start_time": "2025-01-01T00:00:00Z",
    }
    found = x.get("tweets/search/all", params=query).json()["data"]
    assert len(found) == 72
    assert found[-1]["text"].startswith("They asked for somebody who could splice wire")


# Pictures


def test_pictures_are_png_of_the_size_their_address_names(media: httpx.Client) -> None:
    for scene in SCENES:
        answer = media.get(f"/picture/{scene}/1/321x217.png")
        assert answer.headers["content-type"] == "image/png"
        assert answer.content[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", answer.content[16:24]) == (321, 217)


def test_the_pixels_of_a_picture_are_all_there() -> None:
    data = picture_bytes("coast", "1", 120, 80)
    start = data.index(b"IDAT")
    (length,) = struct.unpack(">I", data[start - 4 : start])
    assert len(zlib.decompress(data[start + 4 : start + 4 + length])) == 80 * 121


def test_a_picture_is_always_the_same_and_another_seed_gives_another() -> None:
    picture_bytes.cache_clear()
    first = picture_bytes("hills", "a", 90, 60)
    picture_bytes.cache_clear()
    assert picture_bytes("hills", "a", 90, 60) == first
    assert picture_bytes("hills", "b", 90, 60) != first


@pytest.mark.parametrize("path", ["/picture/coast/1/0x10.png", "/picture/coast/1/9999x10.png", "/picture/coast", "/"])
def test_addresses_of_no_picture_are_404(media: httpx.Client, path: str) -> None:
    assert media.get(path).status_code == 404


def test_films_come_whole_and_in_ranges_and_with_a_playlist(media: httpx.Client) -> None:
    whole = media.get("/clip/harbour.mp4")
    assert whole.content[4:8] == b"ftyp"
    part = media.get("/clip/harbour.mp4", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert part.headers["content-range"] == f"bytes 4-7/{len(whole.content)}"
    playlist = media.get("/clip/harbour.m3u8").text.splitlines()
    assert media.get(f"/clip/{playlist[-2]}").headers["content-type"] == "video/mp2t"


# Cases


def builders() -> Iterator[Any]:
    for module in (cases.x, cases.x_faults, cases.bluesky, cases.mastodon):
        for name, build in vars(module).items():
            is_own = getattr(build, "__module__", "") == module.__name__ and name != "whole"
            if is_own and getattr(build, "__annotations__", {}).get("return") is Case:
                yield pytest.param(build, id=f"{module.__name__.rsplit('.', 1)[-1]}-{name}")


@pytest.mark.parametrize("build", list(builders()))
def test_every_case_can_be_built_and_its_ids_are_in_the_order_of_writing(
    world: World, sandbox: Sandbox, build: Any
) -> None:
    case: Case = build(world)
    assert case.link == next(iter(case.links.values()))
    for link in case.links.values():
        if "old" not in case.links or link != case.links["old"]:
            find(world, link)
    present = [number for number in case.main if number is not None]
    assert len(set(present)) == len(present)


# The command


def start(data: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.sandbox", "--data", str(data), *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def wait_for(path: Path, *, present: bool) -> None:
    ends = time.monotonic() + PATIENCE
    while path.exists() != present:
        assert time.monotonic() < ends, f"{path} is {'missing' if present else 'still there'}"
        time.sleep(0.02)


def test_the_command_serves_the_shelf_and_leaves_nothing_behind(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    running = start(tmp_path)
    try:
        wait_for(state, present=True)
        told = json.loads(state.read_text())
        assert told["pid"] == running.pid
        assert {"X_API_URL", "X_BEARER_TOKEN", "BLUESKY_APPVIEW_URL", "BLUESKY_PLC_URL"} <= set(told["env"])
        assert len(told["env"]["FETCH_ALLOW_HOSTS"].split(",")) == 10
        assert told["env"]["WEBHOOK_ALLOW_HOSTS"] not in told["env"]["FETCH_ALLOW_HOSTS"].split(",")
        assert set(told["links"][0]) == {"network", "title", "url", "note"}
        pages = [httpx.get(link["url"]) for link in told["links"] if link["network"] == "mastodon"]
        assert {page.status_code for page in pages} == {200}
    finally:
        running.send_signal(signal.SIGTERM)
        printed, _ = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0
    assert not state.exists()
    assert told["links"][0]["url"] in printed
    assert told["env"]["X_API_URL"] in printed


def test_ports_are_kept_and_replaced_where_they_are_taken(tmp_path: Path) -> None:
    first = Sandbox(World())
    kept = first.ports()
    second = Sandbox(World(), kept)
    assert not set(second.ports().values()) & set(kept.values())
    first.stop()
    second.stop()
    third = Sandbox(World(), kept)
    assert third.ports() == kept
    third.stop()


def test_with_parent_the_sandbox_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    inner = f"{sys.executable!r}, '-m', 'tests.sandbox', '--data', {str(tmp_path)!r}, '--with-parent'"
    script = f"import subprocess; subprocess.run([{inner}], stdout=subprocess.DEVNULL)"
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    try:
        wait_for(state, present=True)
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait(PATIENCE)
    wait_for(state, present=False)
