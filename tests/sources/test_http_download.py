"""A download goes to a file as it comes, by the same rules as any other question."""

import gzip
import time
from pathlib import Path

import pytest

from tests.sources.loopback import CLOSE, Loopback, Serve, answer, endless, head, in_turn
from unroller.core.errors import BadAnswer, Refused, TooLarge, Unreachable
from unroller.sources.http import Answer, Http

MEGABYTE = 1024 * 1024


def download(server: Loopback, place: Path, *, most_bytes: int = MEGABYTE, seconds: float = 10) -> Answer:
    with Http("test", allowed=frozenset({server.host})) as client, place.open("w+b") as file:
        return client.download(server.url, file, most_bytes=most_bytes, total_seconds=seconds)


def test_the_body_is_in_the_file_and_not_in_the_answer(serve: Serve, tmp_path: Path) -> None:
    body = bytes(range(256)) * 2000
    got = download(serve(in_turn(answer(body, headers=["X-Thing: a"]))), tmp_path / "film")
    assert (got.status, got.body, got.headers["x-thing"]) == (200, b"", "a")
    assert (tmp_path / "film").read_bytes() == body


def test_what_says_that_it_is_too_large_is_not_read(serve: Serve, tmp_path: Path) -> None:
    server = serve(endless(head(f"Content-Length: {2 * 1024**3}"), bytes(65536)))
    with pytest.raises(TooLarge):
        download(server, tmp_path / "film")
    assert (tmp_path / "film").stat().st_size == 0
    assert len(server.asked) == 1


def test_what_does_not_say_so_is_cut_off(serve: Serve, tmp_path: Path) -> None:
    server = serve(endless(head("Connection: close"), bytes(65536)))
    with pytest.raises(TooLarge):
        download(server, tmp_path / "film")
    assert (tmp_path / "film").stat().st_size <= MEGABYTE
    assert (server.sent < 20 * MEGABYTE, len(server.asked)) == (True, 1)


def test_a_packed_bomb_stays_small(serve: Serve, tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(64 * MEGABYTE))
    with pytest.raises(TooLarge):
        download(serve(in_turn(answer(bomb, headers=["Content-Encoding: gzip"]))), tmp_path / "film")
    assert (tmp_path / "film").stat().st_size <= MEGABYTE


def test_a_second_try_begins_the_file_anew(serve: Serve, tmp_path: Path) -> None:
    half = [head("Content-Length: 1000") + b"x" * 500, CLOSE]
    answers = iter([half, [answer(b"whole")]])
    got = download(serve(lambda _: next(answers)), tmp_path / "film")
    assert got.status == 200
    assert (tmp_path / "film").read_bytes() == b"whole"


def test_a_body_that_drips_ends_in_time(serve: Serve, tmp_path: Path) -> None:
    server, began = serve(endless(head("Content-Length: 100000"), b"x", pause=0.05)), time.monotonic()
    with pytest.raises(Unreachable):
        download(server, tmp_path / "film", seconds=0.5)
    assert time.monotonic() - began < 5


def test_redirects_lead_to_public_addresses_only(serve: Serve, tmp_path: Path) -> None:
    server = serve(in_turn(answer(status=302, headers=["Location: http://169.254.169.254/film"])))
    with pytest.raises(Refused):
        download(server, tmp_path / "film")
    circle = serve(in_turn(answer(status=302, headers=["Location: /again"])))
    with pytest.raises(BadAnswer):
        download(circle, tmp_path / "film")


def test_a_disk_that_is_full_is_no_answer(serve: Serve) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full on this system")
    server = serve(in_turn(answer(bytes(MEGABYTE // 2))))
    with Http("test", allowed=frozenset({server.host})) as client, pytest.raises(Unreachable):  # noqa: SIM117
        with full.open("wb", buffering=0) as file:
            client.download(server.url, file, most_bytes=MEGABYTE, total_seconds=10)
