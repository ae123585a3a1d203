"""Real processes for tests: a Celery worker on the test's own database, Redis and sandbox."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
DEADLINE = 60.0


def until(true: Callable[[], bool], *, what: str, seconds: float = DEADLINE) -> None:
    """Wait for something to become true. Raises AssertionError when it does not in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.05)


class Worker:
    """`celery worker` with all its children in one process group, so that `kill` leaves nothing."""

    def __init__(self, env: Mapping[str, str], *extra: str, queues: str = "fetch") -> None:
        database = connection.settings_dict
        url = f"postgresql://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
        sells = str(settings.BILLING_ENABLED).lower()  # as in this process, whatever key the sandbox names
        self._env = {
            **os.environ,
            "BILLING_ENABLED": sells,
            **env,
            "DATABASE_URL": f"{url}/{database['NAME']}",
            "LOG_LEVEL": "INFO",
        }
        self._extra = extra
        self._queues = queues
        self._log = Path(settings.DATA_DIR) / "worker.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> None:
        """Start it and wait until it takes work."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "celery", "-A", "unroller.celery", "worker", "-Q", self._queues, "-c", "2"]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--without-gossip", "--without-mingle", "-l", "INFO", *self._extra],
                cwd=ROOT,
                env={**self._env, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(lambda: b" ready." in self._log.read_bytes(), what=f"worker ready ({self._log})")

    def kill(self) -> None:
        """kill -9 of the worker and its children."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")
