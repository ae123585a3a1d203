"""A web process to measure, as a real one is started."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep

from tests.processes import free_port

THREADS = 8


@contextmanager
def serving(**environment: str) -> Iterator[int]:
    """The port of a web server that runs meanwhile."""
    port = free_port()
    options = ["--interface=wsgi", "--host=127.0.0.1", f"--port={port}", "--workers=1", "--no-ws"]
    command = [*options, f"--blocking-threads={THREADS}", "--log-level=warning", "unroller.wsgi:application"]
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", *command], env={**os.environ, "TRUSTED_PROXIES": "127.0.0.1", **environment}
    )
    try:
        until_it_answers(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def until_it_answers(port: int) -> None:
    """Raises RuntimeError when it does not within ten seconds."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")
