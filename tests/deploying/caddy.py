"""A real Caddy with our Caddyfile, before web processes of a test."""

import os
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.missing import program
from tests.processes import ROOT, free_port, until

CADDYFILE = ROOT / "packaging" / "caddy" / "Caddyfile"
OLDER = {"BUFFERS": "buffer_requests", "MOST_BUFFERED": "max_buffer_size 5MiB"}
wanted = pytest.mark.usefixtures("caddy")  # before anything else of a test begins


def the_program() -> str:
    return program("caddy", untested="the Caddyfile")


@contextmanager
def before(*webs: int, folder: Path, looks: str = "1s") -> Iterator[int]:
    """The port of a Caddy that has found one of the web processes at these ports. It looks at them so often."""
    port = free_port()
    ours = CADDYFILE.read_text().replace("health_interval 1s", f"health_interval {looks}")
    ours = ours.replace("{\n", "{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n", 1)
    (folder / "Caddyfile").write_text(ours)
    environment = {
        "SITE_ADDRESS": f"localhost:{port}",
        "WEBS": " ".join(f"127.0.0.1:{web}" for web in webs),
        "TLS": "local_certs",
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [the_program(), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"],
            env=environment | (OLDER if _version() < (2, 6, 3) else {}),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: b"serving initial configuration" in (folder / "log").read_bytes(), what="Caddy serves")
        for method in ("GET", "POST"):
            until(lambda: _answers(port, method), what="Caddy finds a web process")  # noqa: B023
        yield port
    finally:
        process.kill()
        process.wait()


def _version() -> tuple[int, ...]:
    said = subprocess.check_output([the_program(), "version"], text=True)
    return tuple(int(each) for each in re.findall(r"\d+", said)[:3])


def _answers(port: int, method: str) -> bool:
    return status(port, f"{method} /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n") not in {0, 502, 503}


def trusting() -> ssl.SSLContext:
    """Believes a certificate of Caddy's own."""
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    return trust


def connected(port: int, head: str, body: bytes = b"") -> ssl.SSLSocket:
    """A request begun, with as much of its body."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection = trusting().wrap_socket(plain, server_hostname="localhost")
    connection.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)
    return connection


def status(port: int, head: str, body: bytes = b"") -> int:
    """What a request is answered with; 0 without an answer."""
    try:
        with connected(port, head, body) as connection:
            return int(connection.recv(1_000).split()[1])
    except (OSError, IndexError):
        return 0
