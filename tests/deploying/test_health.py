"""packaging/health.py asks a web process where it listens."""

import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.processes import ROOT

HEALTH = ROOT / "packaging" / "health.py"
UNIT = ROOT / "packaging" / "systemd" / "unroller-web@.service"


class Well(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()


@pytest.fixture
def elsewhere() -> Iterator[HTTPServer]:
    """What listens at another address of this machine, as the web of a second server does."""
    with HTTPServer(("127.0.0.2", 0), Well) as web:
        thread = Thread(target=web.serve_forever)
        thread.start()
        yield web
        web.shutdown()
        thread.join()


@pytest.mark.parametrize(("place", "status"), [({"WEB_HOST": "127.0.0.2"}, 0), ({}, 1)])
def test_it_asks_the_address_that_it_is_told(elsewhere: HTTPServer, place: dict[str, str], status: int) -> None:
    asked = subprocess.run(
        [sys.executable, str(HEALTH)], env={**place, "PORT": str(elsewhere.server_port)}, check=False
    )
    assert asked.returncode == status


def test_systemd_tells_it_where_the_web_process_listens() -> None:
    unit = UNIT.read_text()
    assert "\nEnvironment=WEB_HOST=127.0.0.1\n" in unit
    assert " --host=$$WEB_HOST " in unit
