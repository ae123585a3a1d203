"""The recording of a fetch: nothing is asked twice, every refusal has its error, and all of it can be kept."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sources.loopback import CLOSE, Loopback, Question, Serve, answer, head, in_turn
from unroller.core.errors import BadAnswer, OutOfCredits, OutOfTime, RateLimited, TooLarge, Unreachable
from unroller.sources import recording
from unroller.sources.budget import ProcessBudget
from unroller.sources.http import Http
from unroller.sources.recording import LONGEST_WAIT, SOON, Exchange, Raw, Recorder, pack, reopening, unpack

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class Desk:
    """A recorder before one server, and what it told those who wait."""

    def __init__(
        self, server: Loopback, raw: Raw | None = None, budget: ProcessBudget | None = None, seconds: float = 60
    ) -> None:
        self.told: list[int] = []
        self.budget = budget or ProcessBudget()
        self.http = Http("test", allowed=frozenset({server.host}))
        self.raw = raw or Raw(source="x", key="1")
        self.web = Recorder(self.raw, self.http, budget=self.budget, on_answer=self.told.append, seconds=seconds)
        self._url = server.url

    def __enter__(self) -> "Desk":
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def ask(self, path: str = "/", params: dict[str, str] | None = None, *, text: bool = False) -> Exchange:
        return self.web.ask(self._url + path, params, bucket="x", text=text)


def asked(server: Loopback, **kwargs: Any) -> Exchange:
    """What one question to a server is recorded as."""
    with Desk(server) as desk:
        return desk.ask(**kwargs)


def echo(question: Question) -> list[bytes]:
    return [answer(json.dumps(question.path).encode(), headers=["Link: <next>"])]


def dripping(question: Question) -> Iterator[bytes]:
    """An answer that takes two seconds."""
    yield head("Content-Length: 20")
    for _ in range(20):
        time.sleep(0.1)
        yield b"1"


def test_nothing_is_asked_twice_in_one_recording(serve: Serve) -> None:
    server = serve(echo)
    with Desk(server) as desk:
        first, again = desk.ask("/a", {"b": "ü &"}), desk.ask("/a", {"b": "ü &"})
        other = desk.ask("/a", {"b": "2"})
    assert first is again
    assert (first.url, first.body) == (f"{server.url}/a?b=%C3%BC+%26", "/a?b=%C3%BC+%26")
    assert (first.status, first.link, other.body) == (200, "<next>", "/a?b=2")
    assert desk.raw.exchanges == [first, other]
    assert server.paths == ["/a?b=%C3%BC+%26", "/a?b=2"]


def test_a_fetch_goes_on_where_a_rate_limit_stopped_it(serve: Serve) -> None:
    server = serve(in_turn(answer(b"1"), answer(status=429), answer(b"2")))
    with Desk(server) as desk:
        desk.ask("/1")
        with pytest.raises(RateLimited):
            desk.ask("/2")
        kept = pack(desk.raw)
    with Desk(server, unpack(kept)) as later:
        assert [later.ask("/1").body, later.ask("/2").body] == [1, 2]
        assert len(later.raw.exchanges) == 2
    assert server.paths == ["/1", "/2", "/2"]


def test_a_failure_is_not_recorded(serve: Serve) -> None:
    with Desk(serve(in_turn(answer(b"<html>"), answer(b"[]")))) as desk:
        with pytest.raises(BadAnswer):
            desk.ask()
        assert desk.raw.exchanges == []
        assert desk.ask().body == []


def test_a_hostile_page_token_is_asked_for_without_a_crash(serve: Serve) -> None:
    assert asked(serve(echo), params={"cursor": "a\ud800b"}).body == "/?cursor=a%3Fb"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_refusal_is_recorded_with_its_body_or_none(serve: Serve, status: int) -> None:
    said = asked(serve(in_turn(answer(b'{"error": "no"}', status=status))))
    assert (said.status, said.body) == (status, {"error": "no"})
    assert asked(serve(in_turn(answer(b"<html>no</html>", status=status)))).body is None


@pytest.mark.parametrize(
    "body",
    [b"<html>Just a moment</html>", b"", b"{", b"[" * 100_000, b'{"a":' * 100_000, b'"\xff\xfe"', b"9" * 5_000],
    ids=["html", "nothing", "half", "deep list", "deep object", "no UTF-8", "long number"],
)
def test_a_success_that_is_no_json_is_a_bad_answer(serve: Serve, body: bytes) -> None:
    server = serve(in_turn(answer(body)))
    with pytest.raises(BadAnswer, match="no JSON"):
        asked(server)
    assert len(server.asked) == 1


def test_text_is_taken_as_it_is(serve: Serve) -> None:
    assert asked(serve(in_turn(answer(b"User-agent: *\n\xff"))), text=True).body == "User-agent: *\n\ufffd"


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_error_is_unreachable(serve: Serve, status: int) -> None:
    with pytest.raises(Unreachable, match=str(status)):
        asked(serve(in_turn(answer(b"{}", status=status))))
    with pytest.raises(Unreachable):
        asked(serve(in_turn(CLOSE)))


@pytest.mark.parametrize("resumed", [False, True])
def test_a_recording_has_an_end(serve: Serve, monkeypatch: pytest.MonkeyPatch, resumed: bool) -> None:
    monkeypatch.setattr(recording, "MOST_RECORDED_BYTES", 1_000)
    server = serve(in_turn(answer(json.dumps("x" * 400).encode())))
    with Desk(server) as desk:
        desk.ask("/1")
        desk.ask("/2")
        raw = unpack(pack(desk.raw))
        with Desk(server, raw) as later, pytest.raises(BadAnswer, match="more than 1000 bytes in all"):
            (later if resumed else desk).ask("/3")


def test_one_answer_has_an_end(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_BYTES", 100)
    with pytest.raises(BadAnswer, match="larger than 100 bytes"):
        asked(serve(in_turn(answer(json.dumps("x" * 100).encode()))))


def test_one_attempt_has_an_end_and_the_next_goes_on(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(echo)
    with Desk(server) as desk:
        desk.ask("/1")
        monkeypatch.setattr(desk.web, "_end", 0)
        desk.ask("/1")
        with pytest.raises(OutOfTime, match="not done after"):
            desk.ask("/2")
        with Desk(server, desk.raw) as later:
            later.ask("/1")
            later.ask("/2")
    assert server.paths == ["/1", "/2"]


def test_an_answer_is_cut_off_when_the_time_is_over(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "LAST_SECONDS", 0.1)
    with Desk(serve(dripping), seconds=0.4) as desk:
        with pytest.raises(OutOfTime, match="cut off after 0 s"):
            desk.ask()
        assert desk.raw.exchanges == []


def test_an_answer_that_was_asked_for_in_time_is_waited_for_a_moment(serve: Serve) -> None:
    with Desk(serve(dripping), seconds=0.4) as desk:
        assert desk.ask("/1").body == int("1" * 20)
        with pytest.raises(OutOfTime, match="not done after"):
            desk.ask("/2")


def test_an_answer_without_sense_is_none_however_late_it_is(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_BYTES", 3)
    with Desk(serve(dripping), seconds=1.5) as desk, pytest.raises(TooLarge):
        desk.ask()


@pytest.mark.parametrize(
    ("headers", "until"),
    [
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 90)}, NOW + 90 * SECOND),
        ({"ratelimit-reset": str(int(NOW.timestamp()) + 90)}, NOW + 90 * SECOND),
        ({"x-ratelimit-reset": "2026-03-01T12:05:00.000000Z"}, NOW + 5 * MINUTE),
        ({"x-ratelimit-reset": "2026-03-01T14:05:00+02:00"}, NOW + 5 * MINUTE),
        ({"x-ratelimit-reset": "2026-03-01T12:05:00"}, NOW + 5 * MINUTE),
        ({"retry-after": "30"}, NOW + 30 * SECOND),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 90), "retry-after": "30"}, NOW + 90 * SECOND),
        ({"ratelimit-reset": "30"}, NOW + 30 * SECOND),
        ({"x-rate-limit-reset": "soon", "retry-after": "30"}, NOW + 30 * SECOND),
        ({}, NOW + MINUTE),
        ({"retry-after": "Sun, 01 Mar 2026 12:30:00 GMT"}, NOW + MINUTE),
        ({"retry-after": "-5"}, NOW + MINUTE),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) * 1_000)}, NOW + MINUTE),  # no such year
        ({"retry-after": "²"}, NOW + MINUTE),
        ({"x-rate-limit-reset": "", "ratelimit-reset": "NaN", "x-ratelimit-reset": "2026-13-01"}, NOW + MINUTE),
    ],
)
def test_a_network_says_in_its_own_way_when_to_come_back(headers: dict[str, str], until: datetime) -> None:
    assert reopening(headers, NOW) == until
    assert reopening(headers, NOW).tzinfo is UTC


@pytest.mark.parametrize(
    "headers",
    [
        {"x-rate-limit-reset": "0"},
        {"x-rate-limit-reset": str(int(NOW.timestamp()))},
        {"x-ratelimit-reset": "2020-01-01T00:00:00Z"},
        {"x-ratelimit-reset": "0001-01-01T00:00:00+14:00"},
        {"retry-after": "0"},
    ],
)
def test_a_time_that_is_over_is_a_few_seconds_from_now(headers: dict[str, str]) -> None:
    assert reopening(headers, NOW) == NOW + SOON


@pytest.mark.parametrize(
    "headers",
    [
        {"ratelimit-reset": str(int(NOW.timestamp()) + 10**8)},
        {"x-ratelimit-reset": "9999-12-31T23:59:59-14:00"},
        {"retry-after": "1000000"},
        {"retry-after": "9" * 20},
        {"retry-after": "9" * 5_000},
    ],
)
def test_nobody_is_believed_who_says_later_than_a_day(headers: dict[str, str]) -> None:
    assert reopening(headers, NOW) == NOW + LONGEST_WAIT


@pytest.mark.parametrize("status", [429, 402])
def test_a_refusal_closes_the_bucket_for_everybody(serve: Serve, status: int) -> None:
    server, error = serve(in_turn(answer(b"{}", status=status))), RateLimited if status == 429 else OutOfCredits
    with Desk(server) as desk:
        with pytest.raises(error):
            desk.ask("/1")
        with Desk(server, budget=desk.budget) as other, pytest.raises(error):
            other.ask("/2")
        assert desk.raw.exchanges == []
    assert server.paths == ["/1"]


def test_a_rate_limit_says_until_when(serve: Serve) -> None:
    before = datetime.now(UTC)
    with pytest.raises(RateLimited) as caught:
        asked(serve(in_turn(answer(b"{}", status=429, headers=["Retry-After: 30"]))))
    assert 30 * SECOND <= caught.value.until - before < 40 * SECOND


@pytest.mark.parametrize("body", [None, "a\ud800b\udfff", {"\ud83d": ["\0", 1.5, 10**30, True, {}]}, "😀", []])
def test_whatever_was_said_survives_keeping(body: Any) -> None:
    raw = Raw(
        source="mastodon",
        key="host/1",
        exchanges=[Exchange("https://host/1", 200, body, "<next>"), Exchange("https://host/2", 404)],
        limits=["cap"],
        facts={"home": "host"},
    )
    assert unpack(pack(raw)) == raw


def test_a_deep_answer_that_was_taken_can_be_kept(serve: Serve) -> None:
    with Desk(serve(in_turn(answer(b"[" * 500 + b"]" * 500)))) as desk:
        desk.ask()
        assert unpack(pack(desk.raw)) == desk.raw


def test_those_who_wait_are_told_after_every_answer(serve: Serve) -> None:
    with Desk(serve(echo)) as desk:
        desk.ask("/1")
        desk.web.progress(20)
        desk.ask("/2")
        desk.ask("/2")
        assert (desk.told, desk.web.seen) == ([0, 20, 20], 20)


def test_a_reason_is_noted_once_and_reads_are_counted_by_the_budget(serve: Serve) -> None:
    class Counting(ProcessBudget):
        reads: list[tuple[str, int]] = []

        def spend(self, bucket: str, posts: int) -> None:
            self.reads.append((bucket, posts))

    budget = Counting()
    with Desk(serve(echo), budget=budget) as desk:
        for reason in ("gap", "cap", "gap"):
            desk.web.note(reason)
        desk.web.spend("x", 100)
    assert (desk.raw.limits, budget.reads) == (["gap", "cap"], [("x", 100)])
