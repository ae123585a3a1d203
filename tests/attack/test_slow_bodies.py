"""Bodies that are announced and not sent hold few threads of a web process; the others answer readers."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest

from tests.processes import Web, until
from unroller import bodies
from unroller.actions.archives.receiving import PART_BYTES
from unroller.bodies import LONG, MOST_BYTES, MOST_OF_FILES, SHORT, SLOW, Arrivals, Bodies
from unroller.views.library_imports import MOST_BYTES as MOST_OF_A_LIST

SLOW_ONE, OTHER, THIRD = "93.184.216.34", "93.184.216.35", "93.184.216.36"
FORM = "url=nothing"
STALLED = 30
FORM_KIND = "application/x-www-form-urlencoded"


@pytest.fixture
def web() -> Iterator[Web]:
    """As behind a proxy on this machine, with its eight threads."""
    started = Web(TRUSTED_PROXIES="127.0.0.1")
    yield started
    started.kill()


@pytest.fixture
def stall(web: Web) -> Iterator[Callable[[str], socket.socket]]:
    """Sends the head of a request, and nothing of its body but a letter."""
    with contextlib.ExitStack() as held:

        def send(address: str) -> socket.socket:
            connection = held.enter_context(socket.create_connection(("127.0.0.1", web.port), timeout=60))
            head = ["POST /unroll HTTP/1.1", "Host: localhost", f"X-Forwarded-For: {address}", "Content-Length: 1000"]
            connection.sendall("\r\n".join([*head, f"Content-Type: {FORM_KIND}", "", "u"]).encode())
            return connection

        yield send


def answered(connections: Iterable[socket.socket]) -> list[int]:
    """The statuses of those that were answered already."""
    statuses = []
    for connection in connections:
        with contextlib.suppress(BlockingIOError):
            connection.setblocking(False)
            statuses.append(int(connection.recv(100, socket.MSG_PEEK).split()[1]))
    return statuses


def posted(web: Web, address: str) -> int:
    headers = {"Content-Type": FORM_KIND, "X-Forwarded-For": address}
    return httpx.post(f"{web.address}/unroll", content=FORM, headers=headers, timeout=60).status_code


@pytest.mark.django_db(transaction=True)
def test_a_web_process_goes_on_while_one_address_stalls(web: Web, stall: Callable[[str], socket.socket]) -> None:
    at_rest = posted(web, OTHER)
    assert at_rest < http.client.INTERNAL_SERVER_ERROR
    held = [stall(SLOW_ONE) for _ in range(STALLED)]
    until(lambda: len(answered(held)) == STALLED - SHORT.of_one, what="all but a few are refused")
    assert set(answered(held)) == {503}
    assert web.get("/help").status_code == 200
    assert posted(web, OTHER) == at_rest
    assert posted(web, SLOW_ONE) == 503
    for connection in held:
        connection.close()
    until(lambda: posted(web, SLOW_ONE) == at_rest, what="who stops stalling is heard again")


@pytest.mark.django_db(transaction=True)
def test_readers_are_answered_while_many_addresses_stall(web: Web, stall: Callable[[str], socket.socket]) -> None:
    held = [stall(f"93.184.217.{number}") for number in range(STALLED)]
    until(lambda: len(answered(held)) == STALLED - SHORT.in_all, what="all but a few are refused")
    assert web.get("/help").status_code == 200
    assert posted(web, OTHER) == 503


class Told:
    """What becomes of a request, in the place of Django."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.statuses: list[int] = []
        self._layer = Bodies(self._django)

    def _django(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.bodies.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return []

    def __call__(self, body: bytes, length: object, path: str = "/unroll") -> int:
        environ = {"REMOTE_ADDR": OTHER, "PATH_INFO": path, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(length)}
        self._layer(environ, lambda status, _: self.statuses.append(int(status[:3])))
        return self.statuses[-1]


def test_a_body_that_was_cut_is_not_taken_for_a_whole_one() -> None:
    told = Told()
    assert told(b"name=Ann", 8) == 200
    assert told(b"name=An", 8) == 400
    assert told.bodies == [b"name=Ann"]


def test_what_is_too_large_is_refused_unread() -> None:
    told = Told()
    assert told(b"", MOST_BYTES + 1) == 413
    assert told(b"", MOST_OF_FILES["/library/import"] + 1, "/library/import") == 413
    assert told(b"", 10**30) == 413
    assert told.bodies == []
    assert told(b"a", MOST_BYTES + 1, "/archives") == 200, "its view looks at it"
    assert PART_BYTES < MOST_BYTES
    assert MOST_OF_FILES["/library/import"] > MOST_OF_A_LIST + 10_000


@pytest.mark.parametrize("length", ["", "0", "-1", "abc", "²"])
def test_no_length_that_can_be_read_is_no_body(length: str) -> None:
    assert Told()(b"", length) == 200


def test_files_hold_few_threads_while_django_reads_them() -> None:
    statuses: list[int] = []

    def reads(environ: dict[str, Any], _: object) -> Iterable[bytes]:
        number = int(environ["REMOTE_ADDR"][-1])
        layer(environ, lambda status, _: statuses.append(int(status[:3])))  # the same one again
        return layer(environ | {"REMOTE_ADDR": f"93.184.216.{number + 1}"}, print) if not statuses[1:] else []

    layer = Bodies(reads)
    environ = {"REMOTE_ADDR": "93.184.216.1", "PATH_INFO": "/archives", "CONTENT_LENGTH": str(MOST_BYTES + 1)}
    layer(environ, print)
    assert statuses == [503] * LONG.in_all
    assert layer(environ, print) == []


def test_places_come_free_again_also_where_django_raises() -> None:
    def fails(*_: object) -> Iterable[bytes]:
        raise RuntimeError("broken")

    layer = Bodies(fails)
    for length in (1, MOST_BYTES + 1) * 5:
        environ = {"REMOTE_ADDR": OTHER, "PATH_INFO": "/archives", "CONTENT_LENGTH": str(length)}
        with pytest.raises(RuntimeError):
            layer(environ | {"wsgi.input": BytesIO(b"a")}, print)


@pytest.mark.parametrize(
    ("address", "many"), [("", SHORT.in_all + SHORT.waiting), (OTHER, SHORT.of_one + SHORT.waiting)]
)
def test_those_that_arrive_at_once_wait_for_each_other(
    address: str, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "SLOW", 60.0)  # none of them is slow, however busy the machine
    arrivals, heard = Arrivals(SHORT), []

    def arrive() -> None:
        if token := arrivals.begin(address):
            heard.append(token)
            time.sleep(0.01)
            arrivals.end(token)

    threads = [threading.Thread(target=arrive) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == many


def test_nobody_waits_for_slow_ones_longer_than_it_takes_to_know_them() -> None:
    arrivals = Arrivals(SHORT)
    assert all(arrivals.begin(SLOW_ONE) for _ in range(SHORT.of_one))
    began = time.monotonic()
    assert arrivals.begin(SLOW_ONE) is None
    assert time.monotonic() - began > SLOW / 2
    began = time.monotonic()
    assert [arrivals.begin(SLOW_ONE) for _ in range(100)] == [None] * 100
    assert time.monotonic() - began < SLOW
    assert all(arrivals.begin(OTHER) for _ in range(SHORT.in_all - SHORT.of_one))
    assert arrivals.begin(THIRD) is None, "all places are taken"
