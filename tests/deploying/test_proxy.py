"""What packaging/caddy/Caddyfile keeps from the web processes, with a real Caddy where there is one."""

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import Resolver404, resolve

from tests.deploying.caddy import CADDYFILE, before, connected, status, wanted
from tests.processes import until
from unroller.bodies import MOST_BYTES, MOST_OF_FILES

BUFFERED = 5 * 1024 * 1024


def test_only_places_of_files_take_more_than_the_words_of_a_form() -> None:
    (places,) = re.findall(r"@words not path (.+)", CADDYFILE.read_text())
    assert set(MOST_OF_FILES) <= set(places.split())
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE <= 1024 * 1024, "max_size"
    assert f"request_buffers {BUFFERED >> 20}MiB" in CADDYFILE.read_text()
    assert MOST_BYTES < BUFFERED, "a part of an archive is handed on when it is whole"
    for place in places.split():
        try:
            resolve(place.replace("*", "00000000-0000-0000-0000-000000000000"))
        except Resolver404:
            pytest.fail(place)


class Heard(BaseHTTPRequestHandler):
    """In the place of a web process."""

    asked: list[tuple[str, str, int]]
    begun: list[str]
    names: list[str]
    """Of all headers."""

    def do_GET(self) -> None:
        self.begun.append(self.path)
        self.names += self.headers.keys()
        length = int(self.headers.get("Content-Length") or 0)
        self.asked.append((self.path, self.headers.get("X-Request-ID") or "", len(self.rfile.read(length))))
        self.send_response(200)
        self.end_headers()

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def web() -> Iterator[ThreadingHTTPServer]:
    Heard.asked, Heard.begun, Heard.names = [], [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Heard)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def proxy(web: ThreadingHTTPServer, tmp_path: Path) -> Iterator[int]:
    """The port of a Caddy in front of it."""
    with before(web.server_port, folder=tmp_path) as port:
        yield port


def post(path: str, length: int) -> str:
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\nX-Request-ID: one-of-my-own\r\n"


@wanted
def test_no_visitor_says_from_where_they_come(proxy: int) -> None:
    """Underscores and hyphens are one to a web process."""
    forged = ("X_Forwarded_For", "X-Forwarded_For", "X_FORWARDED_PROTO", "X-Request_ID", "Cookie_")
    lines = "".join(f"{name}: 203.0.113.9\r\n" for name in forged)
    assert status(proxy, f"GET / HTTP/1.1\r\nHost: localhost\r\n{lines}Accept: text/html\r\n") == 200
    assert not [name for name in Heard.names if "_" in name]
    assert {"X-Forwarded-For", "X-Forwarded-Proto", "Accept"} <= set(Heard.names)


@wanted
def test_a_request_comes_when_it_is_whole_and_none_is_too_large(proxy: int) -> None:
    with connected(proxy, post("/stalls", 1_000), b"a"):
        assert status(proxy, post("/whole", 1_000), b"a" * 1_000) == 200
        assert status(proxy, post("/words", 2_000_000), b"a" * 2_000_000) in {0, 413, 502}
        assert status(proxy, post("/archives", 4_000_000), b"a" * 4_000_000) == 200
        asked = [each for each in Heard.asked if each[0] != "/healthz"]
        assert [each for each in asked if each[2] == 2_000_000 or "stalls" in each[0]] == []
        assert [each for each in asked if each[0] != "/words"] == [("/whole", "", 1_000), ("/archives", "", 4_000_000)]


@wanted
def test_a_part_that_stalls_stays_with_the_proxy_and_a_whole_archive_does_not_fill_its_memory(proxy: int) -> None:
    part, archive = "/archives/00000000-0000-0000-0000-000000000000/part", "/archives"
    with connected(proxy, post(part, 4_000_000), b"a" * 3_900_000):
        assert status(proxy, post(f"{part}?whole", 4_000_000), b"a" * 4_000_000) == 200
        with connected(proxy, post(archive, 8_000_000), b"a" * 7_900_000) as rest:
            until(lambda: archive in Heard.begun, what="what is larger comes at once")
            assert archive not in [path for path, _, _ in Heard.asked]
            rest.sendall(b"a" * 100_000)
            assert rest.recv(100).split()[1] == b"200"
        assert part not in Heard.begun
    assert [length for path, _, length in Heard.asked if path == archive] == [8_000_000]


class Named(Heard):
    """One that is told apart, and knows whose body a request should have."""

    foreign: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        who, length = self.headers.get("X-Who") or "", int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if body != who.encode() * (length // max(len(who), 1)):
            self.foreign.append((who, body))
        self.send_response(200)
        self.end_headers()


def _sends(port: int, who: str, over: threading.Event) -> Counter[tuple[str, int]]:
    """A reader who sends forms and reads pages until it is over; what came back."""
    seen: Counter[tuple[str, int]] = Counter()
    head = f"HTTP/1.1\r\nHost: localhost\r\nX-Who: {who}\r\n"
    while not over.is_set():
        seen["POST", status(port, f"POST /form {head}Content-Length: 200\r\n", who.encode() * 200)] += 1
        if not seen.total() % 3:
            seen["GET", status(port, f"GET /page {head}")] += 1
    return seen


@wanted
def test_where_a_web_process_dies_no_form_is_sent_twice_or_as_somebody_elses(tmp_path: Path) -> None:
    Heard.asked, Heard.begun, Heard.names, Named.foreign = [], [], [], []
    webs = [ThreadingHTTPServer(("127.0.0.1", 0), Named) for _ in range(2)]
    for each in webs:
        threading.Thread(target=each.serve_forever, daemon=True).start()
    over = threading.Event()
    ports = [each.server_port for each in webs]
    with before(*ports, folder=tmp_path, looks="20s") as port, ThreadPoolExecutor(12) as readers:
        seen = [readers.submit(_sends, port, letter, over) for letter in "abcdefghijkl"]
        webs[1].shutdown()
        webs[1].server_close()
        time.sleep(5)  # in which Caddy has not noticed yet
        over.set()
        answers = sum((each.result() for each in seen), Counter[tuple[str, int]]())
    webs[0].shutdown()
    webs[0].server_close()
    print(f"\na web process dies under load: {dict(answers)}")
    assert Named.foreign == []
    assert {status for method, status in answers if method == "GET"} == {200}
    assert {status for method, status in answers if method == "POST"} <= {200, 502}
