"""The web server of a real site: granian, which says that it is going before it goes, so that nobody is refused.

Told to stop (SIGTERM), it first answers its proxy's question for health, `GET /healthz`, with 503 for a few seconds
and everything else as ever. The proxy sends its requests elsewhere by then; what is under way is answered, and only
then does the process end. A proxy that merely tried again elsewhere would have to guess whether a POST was heard.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.server import MPServer

from unroller import answers
from unroller.answers import Application, Environ

MARK = "LEAVING_MARK"
"""The variable that tells the worker process which file's presence means that it is leaving."""
LEAVING_SECONDS = 5.0
"""Longer than a proxy takes to notice: packaging/caddy/Caddyfile asks once a second."""
LONGEST_SECONDS = 50
"""A request that takes longer than this to be answered is cut off."""


class Leaving:
    """The WSGI layer in front of everything that refuses to be healthy while the process is leaving."""

    def __init__(self, site: Application) -> None:
        self._site = site
        self._mark = os.environ.get(MARK, "")

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self._mark and environ.get("PATH_INFO") == "/healthz" and Path(self._mark).exists():
            return answers.short(environ, start_response, HTTPStatus.SERVICE_UNAVAILABLE, b"leaving")
        return self._site(environ, start_response)


class Server(MPServer):
    """granian, with a pause between being told to stop and stopping."""

    def shutdown(self, exit_code: int = 0) -> None:
        if self.interrupt_signal:
            Path(os.environ[MARK]).touch()
            time.sleep(LEAVING_SECONDS)
        super().shutdown(exit_code)  # type: ignore[no-untyped-call]


def main() -> None:
    """Serve the site until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m unroller.serving")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--threads", type=int, default=8, help="requests that are worked on at a time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="unroller-web-") as folder:
        os.environ[MARK] = str(Path(folder) / "leaving")
        Server(
            "unroller.wsgi:application",
            address=options.host,
            port=options.port,
            interface=Interfaces.WSGI,
            blocking_threads=options.threads,
            websockets=False,
            workers_kill_timeout=LONGEST_SECONDS,
        ).serve()


if __name__ == "__main__":
    main()
