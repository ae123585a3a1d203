"""How much of an answer the guarded client takes, and how long it waits for it."""

import gzip
import time
import tracemalloc
import zlib

import pytest

from tests.sources.loopback import CLOSE, Serve, answer, endless, get, head, in_turn, silent
from unroller.core.errors import BadAnswer, Unreachable
from unroller.sources import http

MEGABYTE = 1024 * 1024


def packed_zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join([*(packer.compress(bytes(MEGABYTE)) for _ in range(megabytes)), packer.flush()])


@pytest.mark.parametrize("length", ["Content-Length: 1073741824", "Connection: close"])
def test_a_body_is_read_no_further_than_allowed(serve: Serve, length: str) -> None:
    server = serve(endless(head(length), bytes(64 * 1024)))
    with pytest.raises(BadAnswer, match="larger than 1048576 bytes"):
        get(server)
    assert len(server.asked) == 1
    assert server.sent < 12 * MEGABYTE  # what the two sockets hold is sent, though never read


def test_a_body_of_exactly_the_limit_is_taken(serve: Serve) -> None:
    for body in (b"x" * 1000, gzip.compress(b"x" * 1000)):
        encoding = ["Content-Encoding: gzip"] if body[:1] != b"x" else []
        server = serve(in_turn(answer(body, headers=encoding)))
        assert get(server, most_bytes=1000) == b"x" * 1000
        with pytest.raises(BadAnswer):
            get(server, most_bytes=999)


@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_stays_small(serve: Serve, layers: int) -> None:
    bomb = packed_zeros(60) if layers == 1 else gzip.compress(packed_zeros(200))
    server = serve(in_turn(answer(bomb, headers=[f"Content-Encoding: {', '.join(['gzip'] * layers)}"])))
    tracemalloc.start()
    try:
        if layers == 1:
            with pytest.raises(BadAnswer, match="larger"):
                get(server)
        else:
            assert get(server) == bomb  # what was packed twice was not asked for, and stays packed
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * MEGABYTE


def test_a_packed_body_that_never_says_anything_ends(serve: Serve) -> None:
    opening = gzip.compress(b"")[:10]
    empty_block = b"\x00\x00\x00\xff\xff"
    server = serve(endless(head("Content-Encoding: gzip", "Connection: close") + opening, empty_block * 10_000))
    with pytest.raises(BadAnswer, match="larger"):
        get(server)


@pytest.mark.parametrize(
    "body", [gzip.compress(b"words " * 1000)[:-20], b"not gzip at all"], ids=["cut off", "not packed"]
)
def test_a_broken_packed_body_is_no_answer(serve: Serve, body: bytes) -> None:
    server = serve(in_turn(answer(body, headers=["Content-Encoding: gzip"])))
    with pytest.raises(Unreachable):
        get(server)


def test_a_packed_answer_without_a_body_is_empty(serve: Serve) -> None:
    assert get(serve(in_turn(answer(headers=["Content-Encoding: gzip"], status=404)))) == b""


def test_a_body_that_is_cut_off_is_no_answer(serve: Serve) -> None:
    server = serve(lambda _: [head("Content-Length: 10") + b"12345", CLOSE])
    with pytest.raises(Unreachable, match="RemoteProtocolError"):
        get(server)
    assert len(server.asked) == 2


def test_a_body_that_is_longer_than_it_says_ends_where_it_said(serve: Serve) -> None:
    assert get(serve(lambda _: [head("Content-Length: 3") + b"abcdef"])) == b"abc"


@pytest.mark.parametrize(
    "first", [head("Content-Length: 100000"), b"HTTP/1.1 200 OK\r\nX-Slow: "], ids=["body", "headers"]
)
def test_an_answer_that_drips_ends_in_time_and_is_not_asked_for_again(serve: Serve, first: bytes) -> None:
    server = serve(endless(first, b"x", pause=0.02))
    started = time.monotonic()
    with pytest.raises(Unreachable, match="ReadTimeout"):
        get(server, total_seconds=0.3)
    assert time.monotonic() - started < 2
    assert len(server.asked) == 1


def test_the_retry_shares_the_time_of_the_first_try(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_SECONDS", 0.3)
    server = serve(silent(2))
    started = time.monotonic()
    with pytest.raises(Unreachable):
        get(server, total_seconds=0.5)
    assert time.monotonic() - started < 1.5
    assert len(server.asked) == 2
