"""Mastodon hosts in bad weather: closed ones, limits, robots.txt, odd and hostile answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.mastodon.model import Status
from tests.sandbox.mastodon.network import Instance
from tests.sandbox.server import App, Door
from tests.sandbox.wire import Request, Response, html_response, json_response
from tests.sources.keyless_reading import Visitor
from unroller.core.errors import (
    BadAnswer,
    Gone,
    NotAPost,
    NotPublic,
    RateLimited,
    Refused,
    Suspended,
    Unreachable,
    UnrollError,
)
from unroller.sources.recording import Raw


def texts(statuses: list[Status]) -> list[str]:
    return [status.text for status in statuses]


def lamps(host: Instance, name: str, count: int, *, under: Status | None = None) -> list[Status]:
    return host.thread(name, [f"Lamp {number} is lit." for number in range(1, count + 1)], under=under)


def test_a_closed_host_a_suspended_author_and_a_missing_post_have_their_errors(visitor: Visitor) -> None:
    thread = lamps(visitor.two, "leaving", 2)
    link = visitor.two.link(thread[0])
    visitor.two.restricted = True
    with pytest.raises(NotPublic) as closed:
        visitor.read(link)
    assert closed.value.network == visitor.two.host
    visitor.two.restricted = False
    with pytest.raises(Gone):
        visitor.read(f"{visitor.two.base}/@leaving/123456789")
    visitor.world.mastodon.suspend(thread[0].author)
    with pytest.raises(Suspended):
        visitor.read(link)


def test_a_private_address_is_refused(visitor: Visitor) -> None:
    for link in ("http://192.168.1.1/@alice/1", "http://127.0.0.1:9/@alice/1", "http://[::ffff:10.0.0.1]/@alice/1"):
        with pytest.raises(Refused):
            visitor.read(link)


def test_a_rate_limit_in_the_middle_is_gone_on_from(visitor: Visitor) -> None:
    thread = lamps(visitor.one, "limited", 200)
    link = visitor.one.link(thread[199])
    visitor.world.faults.add("mastodon_one", "rate-limited", path="/context", skip=2)
    raw = Raw(source="mastodon", key=f"{visitor.one.host}/{visitor.one.status_ids[thread[199]]}")
    with pytest.raises(RateLimited) as caught:
        visitor.read(link, raw=raw)
    assert timedelta(0) < caught.value.until - datetime.now(UTC) <= timedelta(seconds=61)
    before = len(raw.exchanges)
    reading = visitor.read(link, raw=raw)
    assert reading.texts == texts(thread)
    assert len(reading.calls) == len(raw.exchanges) - before


@pytest.mark.parametrize(
    ("kind", "error"),
    [("html", BadAnswer), ("error", Unreachable), ("error-html", Unreachable), ("close", Unreachable)],
)
def test_bad_weather_has_one_sentence(visitor: Visitor, kind: str, error: type[UnrollError]) -> None:
    thread = lamps(visitor.one, f"weather_{kind.replace('-', '_')}", 2)
    visitor.world.faults.add("mastodon_one", kind, path="/api/", times=-1)  # type: ignore[arg-type]
    with pytest.raises(error) as caught:
        visitor.read(visitor.one.link(thread[0]))
    assert caught.value.for_reader.startswith(f"{visitor.one.host} ")
    assert not caught.value.permanent


@pytest.mark.parametrize("kind", ["disorder", "duplicates", "invalid-utf8", "drip", "too-long-length"])
def test_odd_answers_are_read_or_refused_in_plain_words(visitor: Visitor, kind: str) -> None:
    thread = lamps(visitor.one, f"odd_{kind.replace('-', '_')}", 60)
    visitor.world.faults.add("mastodon_one", kind, path="/api/", times=-1, seconds=0.2)  # type: ignore[arg-type]
    try:
        assert len(visitor.read(visitor.one.link(thread[5])).texts) == 60
    except Unreachable:
        assert kind in {"invalid-utf8", "too-long-length"}


@contextmanager
def serving(visitor: Visitor, app: App) -> Iterator[str]:
    """Another host beside the pretend ones; its `host:port`."""
    door = Door("elsewhere", 0, visitor.world, app)
    door.start()
    host = door.url.removeprefix("http://")
    visitor.allow(host)
    try:
        yield host
    finally:
        visitor.allow()
        door.stop()


def test_a_host_that_is_no_mastodon_is_no_post(visitor: Visitor) -> None:
    with serving(visitor, lambda request: html_response("<h1>Not here</h1>", 404)) as host, pytest.raises(NotAPost):
        visitor.read(f"http://{host}/@alice/123")


@pytest.mark.parametrize(
    ("robots", "asked"), [("User-agent: *\nDisallow: /api/\n", 1), ("User-agent: Unroller\nDisallow: /@alice\n", 2)]
)
def test_robots_txt_is_asked_first_and_obeyed(visitor: Visitor, robots: str, asked: int) -> None:
    paths: list[str] = []

    def app(request: Request) -> Response:
        paths.append(request.path)
        if request.path == "/robots.txt":
            return Response(200, robots.encode(), "text/plain")
        page = f"http://{request.headers['host']}/@alice/123"
        return json_response(
            {"id": "123", "visibility": "public", "account": {"id": "7", "acct": "alice"}, "url": page}
        )

    with serving(visitor, app) as host, pytest.raises(NotPublic):
        visitor.read(f"http://{host}/@alice/123")
    assert paths == ["/robots.txt", "/api/v1/statuses/123"][:asked]


def test_robots_txt_is_asked_once(visitor: Visitor) -> None:
    thread = lamps(visitor.one, "robotic", 5)
    reading = visitor.read(visitor.one.link(thread[2]))
    assert [call.path for call in reading.calls].count("/robots.txt") == 1


def test_a_link_header_cannot_lead_to_another_host(visitor: Visitor) -> None:
    account = {"id": "7", "acct": "alice", "display_name": "Alice"}

    def status(number: int) -> dict[str, object]:
        return {
            "id": str(number),
            "created_at": "2024-11-10T08:00:00Z",
            "in_reply_to_id": str(number - 1) if number > 1 else None,
            "in_reply_to_account_id": "7" if number > 1 else None,
            "visibility": "public",
            "content": f"<p>{number}</p>",
            "account": account,
        }

    def app(request: Request) -> Response:
        if request.path == "/api/v1/statuses/1":
            return json_response(status(1))
        if request.path.endswith("/context"):
            return json_response({"ancestors": [], "descendants": []})
        if request.path == "/api/v1/accounts/7/statuses":
            after = int(request.first("min_id") or 0)
            link = f'<https://evil.example/steal?min_id={after + 2}>; rel="prev"'
            page = [status(number) for number in (after + 2, after + 1)] if after < 5 else []
            return json_response(page, headers={"Link": link})
        return json_response({"error": "Record not found"}, 404)

    with serving(visitor, app) as host:
        reading = visitor.read(f"http://{host}/@alice/1")
    assert reading.texts == ["1", "2", "3", "4", "5"]
    assert {call.server for call in reading.calls} == {"elsewhere"}


def test_pages_that_never_end_are_left(visitor: Visitor) -> None:
    thread = lamps(visitor.one, "endless", 3)
    account = visitor.one.account_ids[thread[0].author]
    first = visitor.read(visitor.one.link(thread[0]))

    def app(request: Request) -> Response:
        base = f"http://{request.headers['host']}"
        body = next(
            (
                exchange.body
                for exchange in first.raw.exchanges
                if exchange.url.split("?")[0].endswith(request.path) and request.path != "/robots.txt"
            ),
            None,
        )
        link = (
            f'<{base}/api/v1/accounts/{account}/statuses?min_id={len(visitor.world.log.of("elsewhere"))}>; rel="prev"'
        )
        return json_response(body, 200 if body is not None else 404, headers={"Link": link})

    with serving(visitor, app) as host:
        reading = visitor.read(f"http://{host}/@endless/{visitor.one.status_ids[thread[0]]}")
    assert len(reading.texts) == 3
    assert len(reading.calls) < 12
