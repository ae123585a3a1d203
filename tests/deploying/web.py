"""Web processes for tests, as a real site runs them."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.processes import ROOT, until


class Web:
    """`python -m unroller.serving` on a port of its own, with the test's database and Redis."""

    def __init__(self, port: int = 0, **environment: str) -> None:
        with socket.create_server(("127.0.0.1", port)) as probe:
            self.port: int = probe.getsockname()[1]
        database = connection.settings_dict
        url = f"postgresql://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
        self.log = Path(settings.DATA_DIR) / f"web-{self.port}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "unroller.serving", f"--port={self.port}", "--threads=8"],
                cwd=ROOT,
                env={**os.environ, **environment, "DATABASE_URL": f"{url}/{database['NAME']}"},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(self.is_healthy, what=f"web answers ({self.log})")

    def get(self, address: str, **headers: str) -> int:
        """The status of an answer. Raises OSError or HTTPException when there is none."""
        return self.ask("GET", address, headers=headers)

    def ask(self, method: str, address: str, *, headers: Mapping[str, str], body: str | None = None) -> int:
        """The same of any request."""
        web = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(web):
            web.request(method, address, body, headers={"Connection": "close", **headers})
            answer = web.getresponse()
            answer.read()
            return answer.status

    def is_healthy(self) -> bool:
        """What a proxy would find."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.get("/healthz") == http.client.OK
        return False

    def stop(self) -> None:
        """Ask it to end."""
        self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it with all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
