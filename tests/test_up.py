"""`manage.py up` and the group of programs under it: one address, one life, and nothing left behind."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.processes import free_port, until
from unroller.celery import app
from unroller.management.commands import up

PROJECT = Path(__file__).resolve().parent.parent
OF_THESE_TESTS = {"DATABASE_URL", "REDIS_URL"}

GROUP = """
import signal, sys
from pathlib import Path
from unroller.processes import Group, Program, ProgramEndedError
class Stopped(BaseException): pass
def stop(*_): raise Stopped
signal.signal(signal.SIGTERM, stop)
def show(line): print(line, flush=True)
try:
    with Group(Path("/"), show, lock=1) as group:
        for name, code in zip(sys.argv[1::2], sys.argv[2::2]):
            group.start(Program(name, [sys.executable, "-c", code]))
        group.run(0.1, lambda: None)
except ProgramEndedError as error:
    show(f"ended: {error}")
except Stopped:
    show("stopped")
"""
# A program with a child that outlives it and does not listen to polite requests.
STUBBORN_FAMILY = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", '''
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("child ready", flush=True)
time.sleep(600) # MARK
'''])
time.sleep(600) # MARK
"""
SPEAKER = """
import sys, time
print("first")
print("second", end="", file=sys.stderr)
sys.exit(3)
"""


def processes_with(mark: str) -> set[int]:
    """The living processes that have a word in their command line."""
    found = set()
    for arguments in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if mark.encode() in arguments.read_bytes():
                found.add(int(arguments.parent.name))
    return found


class Running:
    """A process in the foreground of a session of its own, and what it prints."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env={name: value for name, value in os.environ.items() if name not in OF_THESE_TESTS} | environment,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def read_until(self, word: str) -> str:
        """The line with a word, which has to come."""
        assert self.process.stdout is not None
        heard = ""
        for line in self.process.stdout:
            heard += line
            if word in line:
                return line
        pytest.fail(f"{word!r} did not come, only: {heard}")

    def rest(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.read()


@pytest.fixture
def run() -> Iterator[Callable[..., Running]]:
    """Starts processes in the foreground, and ends them after the test."""
    started: list[Running] = []

    def run_one(*arguments: str, **environment: str) -> Running:
        started.append(Running(*arguments, **environment))
        return started[-1]

    yield run_one
    for running in started:
        running.process.kill()
        running.process.communicate()


@pytest.fixture
def mark() -> str:
    return f"unroller-test-{uuid.uuid4().hex}"


@pytest.fixture
def family(run: Callable[..., Running], mark: str) -> Running:
    """A group with one program, which has started a child."""
    running = run("-c", GROUP, "family", STUBBORN_FAMILY.replace("MARK", mark))
    running.read_until("child ready")
    assert len(processes_with(mark)) == 3
    return running


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that all sites of these tests use in turn."""
    return tmp_path_factory.mktemp("site") / "data"


@pytest.fixture
def site(run: Callable[..., Running], data: Path) -> Running:
    """The site as `make run` starts it, on a free port."""
    return run("manage.py", "up", DATA_DIR=str(data), PORT=str(free_port()), ENV_FILE="")


def address_in(line: str) -> str:
    return line.split("ready:")[1].strip()


def children_of(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def child_of(process: int, word: str) -> int:
    """The child of a process with a word in its command line."""
    (found,) = (child for child in children_of(process) if word in Path(f"/proc/{child}/cmdline").read_text())
    return found


def processes_in(data: Path) -> set[int]:
    """The processes of a site and of its servers: those that were started with its data folder."""
    wanted = f"DATA_DIR={data}".encode()
    found = set()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if wanted in environment.read_bytes().split(b"\0"):
                found.add(int(environment.parent.name))
    return found


def keeper_in(data: Path) -> int | None:
    """The keeper of a site's servers."""
    return next((process for process in processes_in(data) if "keeper" in arguments_of(process)), None)


def arguments_of(process: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_text()
    return ""


def answers(address: str, path: str = "/healthz") -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(address + path).is_success
    return False


def test_when_one_program_ends_all_end_and_its_last_words_are_shown(run: Callable[..., Running], mark: str) -> None:
    heard = run("-c", GROUP, "family", STUBBORN_FAMILY.replace("MARK", mark), "speaker", SPEAKER).rest()
    assert " speaker │ first\n" in heard
    assert heard.endswith(
        "ended: speaker ended with exit status 3 unexpectedly. Its last words:\n    first\n    second\n"
    )
    assert not processes_with(mark)


def test_a_killed_program_is_named_with_the_signal(family: Running, mark: str) -> None:
    os.kill(child_of(family.process.pid, mark), signal.SIGKILL)
    assert "ended: family was ended by SIGKILL unexpectedly." in family.rest()
    assert not processes_with(mark)


def test_nothing_is_left_after_a_polite_end(family: Running, mark: str) -> None:
    family.process.terminate()
    assert family.rest().endswith("stopped\n")
    assert not processes_with(mark)


def test_nothing_is_left_after_kill_9(family: Running, mark: str) -> None:
    family.process.kill()
    until(lambda: not processes_with(mark), what="all processes gone")


def test_nothing_is_left_when_the_guard_is_killed(family: Running, mark: str) -> None:
    os.kill(child_of(family.process.pid, "guard.py"), signal.SIGKILL)
    assert "ended: The guard of the programs was ended." in family.rest()
    assert not processes_with(mark)


def test_one_site_answers_for_a_data_folder_until_ctrl_c_and_leaves_nothing(
    site: Running, run: Callable[..., Running], data: Path
) -> None:
    address = address_in(site.read_until("is ready:"))
    mail = site.read_until("Mail that the site sends:").split()[-1]
    assert "Nothing has arrived yet" in httpx.get(mail).text
    stripe = site.read_until("Stripe is played by the sandbox").split()[-1]
    assert httpx.get(stripe).is_success
    assert "$30.00" in httpx.get(f"{address}/premium").text
    assert len(processes_in(data)) >= 9  # this command, its guard, web, four workers, beat and the servers' keeper
    second = run("manage.py", "up", DATA_DIR=str(data), ENV_FILE="")
    assert second.rest() == f"CommandError: It already runs with this data folder: {address}\n"
    assert second.process.wait() == 1
    until(lambda: answers(address), what="the first site answers")
    assert address in httpx.get(address).text  # its pages know the port it was given
    site.process.send_signal(signal.SIGINT)
    assert "Stopped." in site.rest()
    assert site.process.wait() == 0
    assert not processes_in(data)
    assert not answers(address)


def test_every_queue_has_its_worker() -> None:
    worked = ",".join(up._QUEUES.values()).split(",")
    assert sorted(worked) == sorted({route["queue"] for route in app.conf.task_routes.values()})


def test_a_port_that_was_asked_for_and_is_taken_is_named(run: Callable[..., Running], data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run("manage.py", "up", DATA_DIR=str(data), PORT=str(port), ENV_FILE="")
        assert refused.rest() == f"CommandError: Port {port} (PORT) is in use by another program.\n"
        assert refused.process.wait() == 1


def test_the_site_lives_on_after_its_servers_keeper_was_killed(site: Running, data: Path) -> None:
    address = address_in(site.read_until("is ready:"))
    keeper = keeper_in(data)
    assert keeper is not None
    os.kill(keeper, signal.SIGKILL)
    until(lambda: keeper_in(data) not in {keeper, None}, what="another keeper")
    until(lambda: answers(address, "/"), what="the first page")  # reads the database and Redis
    assert site.process.poll() is None


def test_a_killed_web_worker_ends_the_whole_site_with_its_name(site: Running, data: Path) -> None:
    site.read_until("is ready:")
    (web_worker,) = children_of(child_of(site.process.pid, "granian"))
    os.kill(web_worker, signal.SIGKILL)
    assert "CommandError: web ended" in site.rest()
    assert site.process.wait() == 1
    assert not processes_in(data)


def test_after_kill_9_the_site_starts_again_at_once_or_else_leaves_nothing(
    site: Running, run: Callable[..., Running], data: Path
) -> None:
    site.read_until("is ready:")
    first = processes_in(data)
    site.process.kill()
    again = run("manage.py", "up", DATA_DIR=str(data), PORT=str(free_port()), ENV_FILE="")
    assert answers(address_in(again.read_until("is ready:")))
    assert not first & processes_in(data) - {keeper_in(data)}
    again.process.kill()
    until(lambda: not processes_in(data), what="all processes gone")
