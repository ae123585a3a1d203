"""Faults on request, in-process and by HTTP, and the log of requests."""

import contextlib
import gzip
import json
import socket
import time
from typing import Any

import httpx
import pytest

from tests.sandbox import Sandbox, World
from tests.sandbox.cases import x as cases
from tests.sandbox.cases import x_faults
from tests.sandbox.clock import parse_moment
from tests.sandbox.faults import FOR_EVER, Kind

IDS = {"ids": "1"}


def test_a_429_of_x_has_two_shapes_and_a_reset(x: httpx.Client, world: World) -> None:
    world.faults.add("x", "rate-limited", seconds=90)
    world.faults.add("x", "rate-limited-old-shape", seconds=90)
    first, second, third = (x.get("tweets", params=IDS) for _ in range(3))
    assert (first.status_code, first.json()["title"]) == (429, "Too Many Requests")
    assert second.json() == {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}
    for answer in (first, second):
        assert 80 < int(answer.headers["x-rate-limit-reset"]) - world.clock.seconds() < 92
    assert third.status_code == 200


def test_the_other_networks_have_their_own_429(appview: httpx.Client, one: httpx.Client, world: World) -> None:
    world.faults.add("bluesky", "rate-limited")
    world.faults.add("mastodon", "rate-limited")
    blue, elephant = appview.get("app.bsky.feed.getPosts"), one.get("/api/v1/statuses/1")
    assert (blue.status_code, blue.json()["error"]) == (429, "RateLimitExceeded")
    assert int(blue.headers["ratelimit-reset"]) > world.clock.seconds()
    assert (elephant.status_code, elephant.json()) == (429, {"error": "Too many requests"})
    assert parse_moment(elephant.headers["X-RateLimit-Reset"]) > world.clock.now()


def test_running_out_of_money_has_two_bodies(x: httpx.Client, world: World) -> None:
    x_faults.out_of_credits(world)
    answer = x.get("tweets", params=IDS)
    assert (answer.status_code, answer.json()["title"]) == (402, "CreditsDepleted")
    assert int(answer.headers["x-rate-limit-remaining"]) > 0
    world.faults.clear()
    world.faults.add("x", "spend-cap")
    answer = x.get("tweets", params=IDS)
    assert (answer.status_code, answer.json()["title"]) == (403, "SpendCapReached")
    assert "reset_date" in answer.json()


def test_an_app_may_be_refused_as_a_whole(x: httpx.Client, world: World) -> None:
    world.faults.add("x", "not-enrolled")
    answer = x.get("tweets", params=IDS)
    assert (answer.status_code, answer.json()["reason"]) == (403, "client-not-enrolled")


@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize(
    ("kind", "content_type"), [("error", "application/json"), ("error-html", "text/html"), ("error-empty", "")]
)
def test_servers_break_with_json_with_html_and_with_nothing(
    x: httpx.Client, world: World, kind: Kind, content_type: str, status: int
) -> None:
    world.faults.add("x", kind, status=status)
    answer = x.get("tweets", params=IDS)
    assert answer.status_code == status
    assert answer.headers.get("content-type", "").startswith(content_type)
    assert bool(answer.content) == (kind != "error-empty")


def test_faults_know_path_number_and_patience(x: httpx.Client, world: World) -> None:
    world.faults.add("x", "error", path="search", skip=1, times=2)
    lookup = x.get("tweets", params=IDS).status_code
    searches = [x.get("tweets/search/recent", params={"query": "from:a"}).status_code for _ in range(4)]
    assert (lookup, searches) == (200, [200, 503, 503, 200])


def test_a_fault_may_let_calls_pass_in_between(x: httpx.Client, world: World) -> None:
    world.faults.add("x", "error", skip=1, every=3, times=2)
    statuses = [x.get("tweets", params=IDS).status_code for _ in range(8)]
    assert statuses == [200, 503, 200, 200, 503, 200, 200, 200]


def test_a_fault_may_last_until_it_is_cleared(x: httpx.Client, world: World) -> None:
    world.faults.add("x", "error", times=FOR_EVER)
    assert {x.get("tweets", params=IDS).status_code for _ in range(3)} == {503}
    world.faults.clear()
    assert x.get("tweets", params=IDS).status_code == 200


def test_something_can_happen_between_two_calls(x: httpx.Client, world: World) -> None:
    case = x_faults.protected_midway(world, call=2)
    lookups = [x.get("tweets", params={"ids": case.main[0] or ""}).json() for _ in range(2)]
    assert ["data" in body for body in lookups] == [True, False]
    assert lookups[1]["errors"][0]["title"] == "Authorization Error"


def test_html_may_come_with_a_200(x: httpx.Client, world: World) -> None:
    world.faults.add("x", "html")
    answer = x.get("tweets", params=IDS)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize("target", ["http://10.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://[::1]:80/"])
def test_redirects_lead_anywhere(x: httpx.Client, world: World, target: str) -> None:
    world.faults.add("x", "redirect", to=target)
    answer = x.get("tweets", params=IDS, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, target)


def test_a_hanging_call_ends_with_the_clients_patience(x: httpx.Client, world: World) -> None:
    world.faults.add("x", "hang", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        x.get("tweets", params=IDS, timeout=0.2)


def test_stopping_the_sandbox_ends_hanging_calls(world: World) -> None:
    world.faults.add("x", "hang", seconds=30)
    sandbox = Sandbox(world).start()
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", sandbox.ports()["x"])) as waiting:
        waiting.sendall(b"GET /2/tweets?ids=1 HTTP/1.1\r\nHost: x\r\n\r\n")
        sandbox.stop()
        waiting.settimeout(5)
        with contextlib.suppress(ConnectionResetError):
            assert waiting.recv(100) == b""
    assert time.monotonic() - started < 5


def test_a_dripping_body_comes_whole_but_late(x: httpx.Client, world: World) -> None:
    case = cases.recent(world, 3)
    world.faults.add("x", "drip", seconds=0.4)
    started = time.monotonic()
    body = x.get("tweets", params={"ids": case.main[0] or ""}).json()
    assert body["data"][0]["id"] == case.main[0]
    assert time.monotonic() - started > 0.3


@pytest.mark.parametrize("kind", ["cut-off", "too-long-length", "close"])
def test_a_body_that_ends_early_is_an_error_of_the_connection(x: httpx.Client, world: World, kind: Kind) -> None:
    case = cases.recent(world, 3)
    world.faults.add("x", kind)
    with pytest.raises(httpx.TransportError):
        x.get("tweets", params={"ids": case.main[0] or ""})
    assert x.get("tweets", params={"ids": case.main[0] or ""}).status_code == 200


def test_a_length_that_is_too_short_cuts_the_json(x: httpx.Client, world: World) -> None:
    case = cases.recent(world, 3)
    world.faults.add("x", "too-short-length")
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        x.get("tweets", params={"ids": case.main[0] or ""}).json()


def test_invalid_utf8_is_inside_a_json_body(x: httpx.Client, world: World) -> None:
    case = cases.recent(world, 3)
    world.faults.add("x", "invalid-utf8")
    with pytest.raises(UnicodeDecodeError):
        x.get("tweets", params={"ids": case.main[0] or ""}).content.decode()


def test_a_huge_body_goes_on_for_as_long_as_somebody_reads(x: httpx.Client, world: World) -> None:
    world.faults.add("x", "huge", megabytes=3)
    with x.stream("GET", "tweets", params=IDS) as answer:
        assert sum(len(block) for block in answer.iter_bytes()) == 3 << 20


def test_a_small_compressed_body_can_unpack_to_a_huge_one(x: httpx.Client, world: World) -> None:
    world.faults.add("x", "bomb", megabytes=20)
    with x.stream("GET", "tweets", params=IDS) as answer:
        packed = b"".join(answer.iter_raw())
    assert len(packed) < 100_000
    assert len(gzip.decompress(packed)) == 20 << 20


def test_data_can_be_doubled_and_out_of_order(x: httpx.Client, world: World) -> None:
    case = cases.recent(world, 9)
    numbers = {"ids": ",".join(number or "" for number in case.main)}
    world.faults.add("x", "duplicates")
    world.faults.add("x", "disorder")
    doubled, shuffled = ([post["id"] for post in x.get("tweets", params=numbers).json()["data"]] for _ in range(2))
    assert len(doubled) == 14
    assert set(doubled) == set(case.main)
    assert shuffled != case.main
    assert sorted(shuffled) == case.main


def test_the_log_knows_every_request(x: httpx.Client, one: httpx.Client, world: World) -> None:
    x.get("tweets", params={"ids": "1,2"})
    one.get("/api/v1/statuses/1")
    entries = world.log.of("x")
    assert [(entry.method, entry.path, entry.query, entry.status) for entry in entries] == [
        ("GET", "/2/tweets", {"ids": ["1,2"]}, 200)
    ]
    assert [entry.status for entry in world.log.of("mastodon", "statuses")] == [404]
    world.log.clear()
    assert world.log.of() == []


# The door for other processes


def tell(client: httpx.Client, action: str, **body: Any) -> Any:
    answer = client.post(f"{origin(client)}/_sandbox/{action}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def origin(client: httpx.Client) -> str:
    return f"http://{client.base_url.host}:{client.base_url.port}"


def test_faults_can_be_set_and_cleared_by_http(x: httpx.Client, one: httpx.Client) -> None:
    tell(one, "faults", server="x", kind="error-html", times=FOR_EVER)
    assert x.get("tweets", params=IDS).status_code == 503
    tell(one, "clear-faults")
    assert x.get("tweets", params=IDS).status_code == 200


def test_pages_can_be_made_to_misbehave_by_http(x: httpx.Client, world: World) -> None:
    tell(x, "faults", server="x", kind="looping-token")
    tell(x, "faults", server="x", kind="empty-page", times=2)
    assert (world.x.paging.looping, world.x.paging.empty_pages) == (True, 2)
    tell(x, "clear-faults")
    assert (world.x.paging.looping, world.x.paging.empty_pages) == (False, 0)


def test_counters_and_log_can_be_read_by_http(x: httpx.Client, world: World) -> None:
    case = cases.recent(world, 3)
    x.get("tweets", params={"ids": case.main[0] or ""})
    counted = x.get(f"{origin(x)}/_sandbox/counters").json()
    assert counted["x"]["billed_posts"] == 1
    assert counted["requests"] == {"x": 1}
    logged = x.get(f"{origin(x)}/_sandbox/log", params={"server": "x", "path": "tweets"}).json()
    assert [entry["path"] for entry in logged] == ["/2/tweets"]
    assert tell(x, "reset")["requests"] == {}


def test_posts_can_be_changed_by_link_on_every_network(
    x: httpx.Client, appview: httpx.Client, one: httpx.Client, world: World
) -> None:
    tweet, post = world.x.post("ada", "one"), world.bluesky.post("ada.example", "one")
    status = world.mastodon.one.post("ada", "one")
    links = [world.x.link(tweet), world.bluesky.link(post), world.mastodon.link(status)]
    for link in links:
        added = tell(x, "reply", link=link, text="two")["link"]
        assert added != link
        tell(x, "edit", link=link, text="one and a half")
        tell(x, "delete", link=added)
    assert (tweet.latest.text, post.text, status.text) == ("one and a half",) * 3
    for link in links:
        tell(x, "describe", link=link, text="A code.")
    assert {tweet.latest.author.bio, post.author.bio, status.author.bio} == {"A code."}
    assert tell(x, "rename", link=links[0], handle="eve")["link"].startswith("https://x.com/eve/status/")
    tell(x, "protect", link=links[2])
    tell(x, "suspend", link=links[1])
    assert one.get(f"/api/v1/statuses/{world.mastodon.one.status_ids[status]}").status_code == 404
    assert appview.get("app.bsky.feed.getPostThread", params={"uri": post.uri}).status_code == 400


def test_time_can_be_moved_by_http(x: httpx.Client, world: World) -> None:
    before = world.clock.seconds()
    tell(x, "advance", seconds=3600)
    assert world.clock.seconds() - before > 3599


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("delete", {"link": "https://x.com/ada/status/1"}, 400),
        ("delete", {}, 400),
        ("faults", {"server": "x", "kind": "earthquake"}, 400),
        ("faults", {"server": "x", "kind": "error", "colour": "red"}, 400),
        ("dance", {}, 404),
    ],
)
def test_what_cannot_be_done_is_said(x: httpx.Client, action: str, body: dict[str, str], status: int) -> None:
    answer = x.post(f"{origin(x)}/_sandbox/{action}", content=json.dumps(body))
    assert answer.status_code == status
    assert answer.json()["error"]
