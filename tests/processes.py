"""Real processes for tests: Celery workers and web servers on the test's own database, Redis and sandbox."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
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


def free_port() -> int:
    """One that nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def own_database() -> str:
    """The address of the running test's database."""
    known = connection.settings_dict
    return f"postgresql://{known['USER']}:{known['PASSWORD']}@{known['HOST']}:{known['PORT']}/{known['NAME']}"


@contextlib.contextmanager
def _killed_unless_it_begins(process: "Worker | Web") -> Iterator[None]:
    """Nobody else knows yet of one that did not come up in time."""
    try:
        yield
    except BaseException:
        process.kill()
        raise


class Worker:
    """`celery worker` with all its children in one process group, so that `kill` leaves nothing."""

    def __init__(self, env: Mapping[str, str], *extra: str, queues: str = "fetch,slow,look") -> None:
        sells = str(settings.BILLING_ENABLED).lower()  # as in this process, whatever key the sandbox names
        self._env = {
            **os.environ,
            "BILLING_ENABLED": sells,
            **env,
            "DATABASE_URL": own_database(),
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
        with _killed_unless_it_begins(self):
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


class Web:
    """`python -m unroller.serving` as a real site runs it, with the test's database and Redis unless `environment` says
    otherwise; it answers when this is made."""

    def __init__(self, port: int = 0, **environment: str) -> None:
        self.port = port or free_port()
        self.log = Path(settings.DATA_DIR) / f"web-{self.port}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "unroller.serving", f"--port={self.port}", "--threads=8"],
                cwd=ROOT,
                env={**os.environ, "DATABASE_URL": own_database(), **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        with _killed_unless_it_begins(self):
            until(self.is_healthy, what=f"web answers ({self.log})")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **cookies: str) -> httpx.Response:
        """A page, over a connection of its own. Raises TransportError when there is no answer."""
        return httpx.get(self.address + path, cookies=cookies, timeout=60)

    def is_healthy(self) -> bool:
        """What a proxy would find."""
        with contextlib.suppress(httpx.TransportError):
            return self.get("/healthz").status_code == httpx.codes.OK
        return False

    def stop(self) -> None:
        """Ask it to end."""
        self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it with all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
