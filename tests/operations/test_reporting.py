"""Faults are reported to a real HTTP server that plays Sentry; what leaves says where, and nothing of whom."""

import gzip
import importlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from accounts import bell
from tests.processes import Worker, until
from tests.sandbox.server import Sandbox

ROOT = Path(__file__).resolve().parent.parent.parent
LINK = "qX3v_Y0mX0b1cUwJ7m0w3sT-9aB2dE4fG6hI8jK0lM1"
FAILING = f"""
import logging, django
django.setup()
from django.conf import settings
from django.test import RequestFactory
from unroller.views import health
from unroller.wsgi import application
def broken(*_, **__):
    token = "a-local-value"
    raise ZeroDivisionError("at /private/{LINK} with " + settings.SECRET_KEY + "; Key (email)=(bob@example.org) exists")
health._said = broken
said = {{"host": "localhost", "cookie": "sessionid=aaaabbbbcccc", "authorization": "Bearer abcdefgh1234"}}
said |= {{"cf-connecting-ip": "203.0.113.7", "forwarded": "for=203.0.113.7", "referer": "https://localhost/her-shelf"}}
asked = RequestFactory(headers=said).get("/readyz?code=SplxlOBeZQQ").environ
headers = {{}}
list(application(asked, lambda status, answered, *_: headers.update(answered)))
print("number", headers["X-Request-ID"])
import sentry_sdk
sentry_sdk.flush(30)
"""
SECRETS = (LINK, "only for tests", "SplxlOBeZQQ", "aaaabbbbcccc", "abcdefgh1234", "a-local-value")
PEOPLE = ("bob@example.org", "203.0.113.7", "her-shelf")
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.decompress,
    "br": lambda body: bytes(importlib.import_module("brotli").decompress(body)),  # where that library is there
}


class Ingest(ThreadingHTTPServer):
    """Takes reports and keeps them, as they came."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.bytes: list[str] = []
        super().__init__(("127.0.0.1", 0), _Door)

    @property
    def dsn(self) -> str:
        return f"http://public-key@127.0.0.1:{self.server_port}/7"


class _Door(BaseHTTPRequestHandler):
    server: Ingest

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        text = UNPACK[self.headers.get("Content-Encoding", "")](body).decode()
        self.server.bytes.append(text)
        lines = text.splitlines()
        for head, item in zip(lines[1::2], lines[2::2], strict=False):
            if json.loads(head)["type"] == "event":
                self.server.events.append(json.loads(item))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def ingest() -> Iterator[Ingest]:
    with Ingest() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def run(code: str, **environ: str) -> str:
    whole = {**os.environ, "DJANGO_SETTINGS_MODULE": "unroller.settings", **environ}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=whole, capture_output=True, text=True, check=True
    ).stdout


def test_a_fault_of_a_page_is_reported_with_its_number_and_without_secrets(ingest: Ingest) -> None:
    said = run(FAILING, SENTRY_DSN=ingest.dsn)
    faults = [event for event in ingest.events if "exception" in event]
    assert [each["values"][-1]["type"] for each in (event["exception"] for event in faults)] == ["ZeroDivisionError"]
    assert f"number {faults[0]['tags']['request_id']}" in said
    assert faults[0]["release"]
    assert faults[0]["request"]["url"] == "http://localhost/readyz"
    assert "user" not in faults[0]
    assert not [word for word in SECRETS + PEOPLE if word in "".join(ingest.bytes)]


@pytest.mark.django_db(transaction=True)
def test_a_fault_of_a_task_is_reported_by_its_name(ingest: Ingest, sandbox: Sandbox) -> None:
    worker = Worker({**sandbox.env(), "SENTRY_DSN": ingest.dsn}, queues="clock")
    worker.start()
    try:
        bell.ring("unroller.poll_due", "one argument too many")
        until(lambda: bool(ingest.events), what="the report")
    finally:
        worker.kill()
    assert ingest.events[0]["exception"]["values"][-1]["type"] == "TypeError"
    assert ingest.events[0]["tags"]["task"] == "unroller.poll_due"


def test_without_an_address_the_library_is_not_even_loaded() -> None:
    said = run("import sys, django; django.setup(); print('sentry_sdk' in sys.modules)", SENTRY_DSN="")
    assert said.splitlines()[-1] == "False"
