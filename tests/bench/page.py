"""The thread page from the store, against a Django view that says "ok" on the same server."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from statistics import median
from time import perf_counter, sleep

from django.db import transaction
from django.test import Client

from tests.bench.load import rate
from tests.bench.threads import chain
from unroller import store
from unroller.actions import threads
from unroller.core.assemble import assemble
from unroller.models import Thread

POSTS = 72
ROUNDS = 3
ADDRESS = "/thread/x/1"


def measure() -> Iterator[str]:
    """First byte of a cold render; then requests a second of both, in turn, three times (aim: at least 0.9)."""
    with transaction.atomic():
        row = Thread.objects.filter(source="x", path="1").first()
        threads.save(assemble(chain(POSTS)).thread, row)
    yield f"cold render of {POSTS} posts: {cold() * 1000:.1f} ms"
    port = _free_port()
    server = _serve(port)
    try:
        _until_it_answers(port)
        pairs = [(rate(port, ADDRESS), rate(port, "/healthz")) for _ in range(ROUNDS)]
    finally:
        server.terminate()
        server.wait()
    page, reference = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    ratio = median(pair[0] / pair[1] for pair in pairs)
    yield f"ok view: {reference:.0f} requests/s"
    yield f"stored page of {POSTS} posts: {page:.0f} requests/s ({ratio:.2f} to OK VIEW; at least 0.9)"


def cold() -> float:
    """Seconds until Django has the whole page, nothing stored; the fastest of ten after two to warm up."""
    client = Client(HTTP_HOST="localhost")
    times = []
    for _ in range(12):
        store.client().delete(f"page:{ADDRESS}")
        start = perf_counter()
        assert client.get(ADDRESS).status_code == 200
        times.append(perf_counter() - start)
    return min(times[2:])


def _serve(port: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    options = ["--workers", "1", "--blocking-threads", "8", "--log-level", "warning", "unroller.wsgi:application"]
    return subprocess.Popen([*command, *options], env=os.environ)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_it_answers(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")
