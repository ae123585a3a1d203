"""Real web processes on databases of a test's choice."""

import os
import subprocess
import sys
from types import TracebackType
from typing import Self

import httpx

from tests.processes import ROOT, until
from tests.scale.clusters import free_port


class Web:
    """`granian` with the whole site behind it, as a real one runs it."""

    def __init__(self, **environment: str) -> None:
        self._port = free_port()
        self._environment = {**os.environ, "LOG_LEVEL": "WARNING", **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def get(self, path: str, **cookies: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self._port}{path}", cookies=cookies, timeout=30)

    def __enter__(self) -> Self:
        options = ["--interface=wsgi", "--host=127.0.0.1", f"--port={self._port}", "--workers=1", "--no-ws"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "granian", *options, "--blocking-threads=4", "unroller.wsgi:application"],
            cwd=ROOT,
            env=self._environment,
        )
        until(self._answers, what="web ready")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=30)

    def _answers(self) -> bool:
        try:
            return self.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False
