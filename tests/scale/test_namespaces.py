"""Two hosts in network namespaces, each with a cable to the servers: one is cut off in the middle of its work, and the
other does it."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from django.conf import settings

from tests.faults.harness import lapse
from tests.missing import need_root, program, refused
from tests.object_stores.service import Road
from tests.processes import ROOT, Worker, until
from tests.sandbox.server import Sandbox
from unroller.actions import jobs
from unroller.models import Job, Member, Thread

pytestmark = pytest.mark.django_db(transaction=True)
NAME = f"u{os.getpid()}"
NET = f"10.{200 + os.getpid() % 50}.{os.getpid() // 50 % 256}"
PORT = 8000
AT_HOME = ("X_API_URL", "FETCH_ALLOW_HOSTS")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


class Host:
    """One of them: a web process, and a worker that fetches, with a data folder of their own."""

    def __init__(self, number: int, folder: Path) -> None:
        self.name = f"{NAME}-{number}"
        self.address = f"http://{NET}.{number + 1}:{PORT}"
        self._number, self._folder = number, folder
        self._processes: list[subprocess.Popen[bytes]] = []

    def join(self, environment: dict[str, str]) -> None:
        """It gets a cable, and both programs begin."""
        _ip("link", "add", self.name, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        _ip("link", "set", self.name, "master", NAME, "up")
        _ip("-n", self.name, "address", "add", f"{NET}.{self._number + 1}/24", "dev", "eth0")
        _ip("-n", self.name, "link", "set", "eth0", "up")
        (self._folder / "data").mkdir(parents=True)
        (self._folder / "data" / "static").symlink_to(settings.STATIC_ROOT)
        own = environment | {"DATA_DIR": str(self._folder / "data"), "SITE_URL": self.address}
        options = ["--interface=wsgi", "--host=0.0.0.0", f"--port={PORT}", "--workers=1", "--no-ws"]
        self._start(own, "web", "granian", *options, "unroller.wsgi:application")
        options = ["-Q", "fetch,slow,look", "-c", "1", "-l", "INFO", "--without-gossip", "--without-mingle"]
        self._start(own, "worker", "celery", "-A", "unroller.celery", "worker", "-n", self.name, *options)

    def _start(self, env: dict[str, str], name: str, *command: str) -> None:
        within = ["ip", "netns", "exec", self.name, sys.executable, "-m", *command]
        with (self._folder / f"{name}.log").open("wb") as log:
            self._processes.append(
                subprocess.Popen(within, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True)
            )

    def cable(self, state: str) -> None:
        """`up` or `down`: pulled, nobody hears a word."""
        _ip("link", "set", self.name, state)

    def answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.address}/healthz", timeout=1).status_code == 200
        return False

    def says(self, words: str) -> bool:
        return words in (self._folder / "worker.log").read_text()

    def leave(self) -> None:
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        with contextlib.suppress(subprocess.CalledProcessError):
            _ip("link", "delete", self.name)  # a namespace may live on with what was left unsaid
        _ip("netns", "delete", self.name)


@contextmanager
def two_hosts(folder: Path, environment: dict[str, str]) -> Iterator[tuple[Host, Host]]:
    """Both answer and take work. The servers that `environment` and the test name on loopback are on the bridge."""
    need_root("no hosts with networks of their own")
    program("ip", untested="hosts with networks of their own")
    with contextlib.ExitStack() as stack:
        hosts = Host(1, folder / "1"), Host(2, folder / "2")
        try:
            _ip("link", "add", NAME, "type", "bridge")
            stack.callback(_ip, "link", "delete", NAME)
            for host in hosts:
                _ip("netns", "add", host.name)
                stack.callback(host.leave)
        except subprocess.CalledProcessError as error:
            refused("NO NETWORKS OF OUR OWN HERE", error.stderr.strip())
        _ip("address", "add", f"{NET}.1/24", "dev", NAME)
        _ip("link", "set", NAME, "up")
        own = Worker({name: environment[name] for name in (*AT_HOME, "X_BEARER_TOKEN")})._env | {"ALLOWED_HOSTS": "*"}
        there = own | {
            name: own[name].replace("127.0.0.1", f"{NET}.1") for name in ("DATABASE_URL", "REDIS_URL", *AT_HOME)
        }
        for url in (own["DATABASE_URL"], own["REDIS_URL"], own["X_API_URL"]):
            port = urlsplit(url).port or 0
            stack.callback(Road(port, address=(f"{NET}.1", port)).end)
        for host in hosts:
            host.join(there)
        until(lambda: all(host.answers() and host.says(" ready.") for host in hosts), what=f"both are ready ({folder})")
        yield hosts


def is_done() -> bool:
    for queue in (jobs.QUEUE, jobs.SLOW):
        queue.waiting().update(rung_at=None)  # a minute has passed for those that nobody holds
    jobs.sweep()
    return not Job.objects.filter(finished_at=None).exists()


def test_what_a_host_held_that_was_cut_off_is_done_by_the_other(sandbox: Sandbox, tmp_path: Path) -> None:
    x = sandbox.world.x

    def ask(at: Host, name: str) -> None:
        link = x.link(x.thread(x.person(name), [f"Post {number}." for number in range(3)])[0])
        assert httpx.post(f"{at.address}/unroll", data={"url": link}, timeout=30).status_code == 303

    with two_hosts(tmp_path, sandbox.env()) as hosts:
        sandbox.world.faults.add("x", "hang")
        ask(hosts[0], "held")
        until(lambda: Job.objects.filter(attempts=1).exists(), what="one of them holds it")
        cut, other = sorted(hosts, key=lambda host: not host.says(" received"))
        cut.cable("down")
        assert not cut.answers()
        until(other.answers, what="the other answers")
        lapse()
        ask(other, "asked")
        until(is_done, what="the other did both")
        assert sorted(Job.objects.values_list("attempts", flat=True)) == [1, 2]
        cut.cable("up")
        sandbox.world.faults.clear()
        until(cut.answers, what="it is back")
        ask(cut, "later")
        until(is_done, what="the site goes on")
        assert set(Job.objects.values_list("state", flat=True)) == {Job.State.DONE}
        assert (Thread.objects.count(), Member.objects.count()) == (3, 9)
