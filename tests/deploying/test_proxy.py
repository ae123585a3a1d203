"""What packaging/caddy/Caddyfile keeps from the web processes, with a real Caddy where there is one."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import Resolver404, resolve

from tests.processes import ROOT, until
from unroller.bodies import MOST_BYTES, MOST_OF_FILES

CADDYFILE = ROOT / "packaging" / "caddy" / "Caddyfile"
CADDY = shutil.which("caddy") or ""
OLDER = {"BUFFERS": "buffer_requests", "MOST_BUFFERED": "max_buffer_size 5MiB"}
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

    def do_GET(self) -> None:
        self.begun.append(self.path)
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
    Heard.asked, Heard.begun = [], []
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
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    version = tuple(
        int(each) for each in re.findall(r"\d+", subprocess.check_output([CADDY, "version"], text=True))[:3]
    )
    ours = CADDYFILE.read_text().replace(
        "{\n", "{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n", 1
    )
    (tmp_path / "Caddyfile").write_text(ours)
    environment = {
        "SITE_ADDRESS": f"localhost:{port}",
        "WEBS": f"127.0.0.1:{web.server_port}",
        "TLS": "local_certs",
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [CADDY, "run", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"],
            env=environment | (OLDER if version < (2, 6, 3) else {}),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: b"serving initial configuration" in (tmp_path / "log").read_bytes(), what="Caddy serves")
        until(
            lambda: status(port, "GET /up HTTP/1.1\r\nHost: localhost\r\n") == 200, what="Caddy finds the web process"
        )
        yield port
    finally:
        process.kill()
        process.wait()


def connected(port: int, head: str, body: bytes = b"") -> ssl.SSLSocket:
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection = trust.wrap_socket(plain, server_hostname="localhost")
    connection.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)
    return connection


def status(port: int, head: str, body: bytes = b"") -> int:
    try:
        with connected(port, head, body) as connection:
            return int(connection.recv(1_000).split()[1])
    except (OSError, IndexError):
        return 0


def post(path: str, length: int) -> str:
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\nX-Request-ID: one-of-my-own\r\n"


@pytest.mark.skipif(not CADDY, reason="no Caddy here")
def test_a_request_comes_when_it_is_whole_and_none_is_too_large(proxy: int) -> None:
    with connected(proxy, post("/stalls", 1_000), b"a"):
        assert status(proxy, post("/whole", 1_000), b"a" * 1_000) == 200
        assert status(proxy, post("/words", 2_000_000), b"a" * 2_000_000) in {0, 413, 502}
        assert status(proxy, post("/archives", 4_000_000), b"a" * 4_000_000) == 200
        asked = [each for each in Heard.asked if each[0] not in {"/healthz", "/up"}]
        assert [each for each in asked if each[2] == 2_000_000 or "stalls" in each[0]] == []
        assert [each for each in asked if each[0] != "/words"] == [("/whole", "", 1_000), ("/archives", "", 4_000_000)]


@pytest.mark.skipif(not CADDY, reason="no Caddy here")
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
