"""A whole site of a test's own, every process of which may die: servers, web, workers, clocks, over the sandbox."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from django.db import connection

from tests.dumps import copy_database
from tests.embedded_users import User, keeper_of, server_of
from tests.processes import ROOT, free_port, until
from unroller import store
from unroller.embedded import Urls

CELERY = ("-m", "celery", "-A", "unroller.celery")
QUEUES = "clock,fetch,slow,look,letters,notify,export,billing"
QUIET = {
    "LOG_LEVEL": "INFO",
    "PYTHONWARNINGS": "ignore",
    "FOLLOW_QUIET_SECONDS": "1",
    "UNROLLS_AN_HOUR": "100000",
    "BILLING_ENABLED": "false",
}


@dataclass
class Asked:
    """What a reader who asks again and again is answered; 0 where nobody answers."""

    statuses: list[tuple[float, int]] = field(default_factory=list)

    def bad(self) -> list[float]:
        return [moment for moment, status in self.statuses if not 200 <= status < 400]


class Site:
    """Processes by their names; each in a group of its own. `urls` of the servers stay while they are restarted."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.data = folder / "data"
        self._servers = User(self.data)
        self.urls: Urls = self._servers.ensure()
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        own = {"DATABASE_URL": self.urls.database_url, "REDIS_URL": self.urls.redis_url, "DATA_DIR": str(self.data)}
        site = {"SITE_URL": self.address, "DEBUG": "true"}
        self.environment = {**os.environ, **environment, **QUIET, **own, **site}
        copy_database(self.urls.database_url)

    def start(self, name: str, *command: str, ready: bytes = b"", **environment: str) -> None:
        """Start a program of Python's and wait until its log says that it is ready."""
        log = self.log(name)
        with log.open("ab") as file:
            before = file.tell()
            self.processes[name] = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env={**self.environment, **environment},
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(lambda: ready in log.read_bytes()[before:], what=f"{name} ready ({log})")

    def start_web(self) -> None:
        granian = ["granian", "--interface=wsgi", "--host=127.0.0.1", f"--port={self.port}", "--workers=1"]
        self.start("web", "-m", *granian, "--blocking-threads=3", "--no-ws", "unroller.wsgi:application")
        until(lambda: self.get("/healthz") == 200, what="web answers")

    def start_worker(self, name: str = "worker", queues: str = QUEUES, **environment: str) -> None:
        options = ["-c", "2", "--without-gossip", "--without-mingle", "-l", "INFO", "-n", f"{name}@%h"]
        self.start(name, *CELERY, "worker", "-Q", queues, *options, ready=b" ready.", **environment)

    def start_beat(self, name: str = "beat", *, ready: bytes = b"Sending due task") -> None:
        schedule = str(self._folder / f"{name}-schedule")
        self.start(name, *CELERY, "beat", "--pidfile=", "-s", schedule, "-l", "INFO", ready=ready)

    def kill(self, name: str) -> None:
        """kill -9 of a program and all its children."""
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def ask_to_end(self, name: str) -> int:
        """SIGTERM to a program, as a deploy does it; its status at the end."""
        process = self.processes.pop(name)
        process.terminate()
        return process.wait(120)

    def live(self) -> bool:
        """Whether no program ended by itself."""
        return all(process.poll() is None for process in self.processes.values())

    def rename(self, name: str, new: str) -> None:
        """A program takes another's place."""
        self.processes[new] = self.processes.pop(name)

    def children(self, name: str) -> list[int]:
        pid = self.processes[name].pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def crash(self, server: str) -> None:
        """kill -9 of PostgreSQL or Valkey; its keeper starts it again at the same address."""
        self._end(server, signal.SIGKILL)

    def restart(self, server: str) -> None:
        """The same politely: PostgreSQL's fast mode."""
        self._end(server, signal.SIGINT)

    def _end(self, server: str, number: signal.Signals) -> None:
        pid = server_of(self.data, server)
        os.kill(pid, number)
        until(lambda: not Path(f"/proc/{pid}").exists(), what=f"{server} ended")
        until(lambda: self._servers.ensure() == self.urls, what=f"{server} is back")
        connection.close()

    @contextmanager
    def without(self, server: str) -> Iterator[None]:
        """Connections to a server are refused meanwhile: it is dead, and its keeper sleeps."""
        keeper = keeper_of(self.data)
        os.kill(keeper, signal.SIGSTOP)
        try:
            os.kill(server_of(self.data, server), signal.SIGKILL)
            yield
        finally:
            os.kill(keeper, signal.SIGCONT)
            until(lambda: self._servers.ensure() == self.urls, what=f"{server} is back")

    def mend(self) -> None:
        """What `manage.py up` does every second: see to it that there is a keeper."""
        self._servers.ask("mend")
        until(lambda: self._servers.ensure() == self.urls, what="the servers are back")
        connection.close()

    def get(self, path: str) -> int:
        """The status of a page; 0 where nobody answers."""
        try:
            return httpx.get(self.address + path, timeout=30).status_code
        except httpx.HTTPError:
            return 0

    def log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def end(self) -> None:
        for name in list(self.processes):
            self.kill(name)
        self._servers.ask("leave")
        self._servers.kill()


def unroll(site: Site, link: str) -> int:
    """Ask for a thread as a reader does, again while there is no answer; how often it took another try."""
    for tries in range(600):
        try:
            answer = httpx.post(site.address + "/unroll", data={"url": link}, timeout=30)
        except httpx.HTTPError:
            time.sleep(0.1)
            continue
        if answer.status_code == httpx.codes.SEE_OTHER:
            return tries
        assert answer.status_code >= 500, answer.text
        time.sleep(0.1)
    raise AssertionError("nobody answers any more")


@contextmanager
def asking(site: Site, path: str = "/") -> Iterator[Asked]:
    """A reader asks for a page ten times a second meanwhile."""
    asked, over = Asked(), threading.Event()

    def ask() -> None:
        while not over.wait(0.1):
            asked.statuses.append((time.monotonic(), site.get(path)))

    reader = threading.Thread(target=ask)
    reader.start()
    try:
        yield asked
    finally:
        over.set()
        reader.join()


@contextmanager
def at_home(site: Site, override: Callable[[str, str], None]) -> Iterator[None]:
    """This process reads the site's database and Redis instead of its own. `override` changes a setting."""
    own = dict(connection.settings_dict)
    parts = urlsplit(site.urls.database_url)
    connection.close()
    theirs = {"USER": parts.username, "PASSWORD": parts.password, "HOST": parts.hostname, "PORT": str(parts.port)}
    connection.settings_dict.update(NAME=parts.path.strip("/"), **theirs)
    override("REDIS_URL", site.urls.redis_url)
    store.client.cache_clear()
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(own)
        store.client.cache_clear()
