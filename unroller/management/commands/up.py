"""`manage.py up`: the whole site on this machine, in the foreground, at one address; it ends with all its parts."""

import contextlib
import fcntl
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, TextIO

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from billing.models import BillingAccount
from unroller import embedded, env
from unroller.greeting import sandbox_lines, stripe_is_pretended
from unroller.lifeline import die_with_parent, dying_with_me
from unroller.processes import Group, Program, ProgramEndedError

_PORT, _PORTS_TRIED = 8000, 100
_QUEUES = {
    "worker": "clock,fetch,letters,notify,billing",
    "files": "export,archive",
    "copies": "copy",
    "slow": "slow",
    "looks": "look",
    "tell": "tell",
    "bot": "bot",
    "comply": "comply",
}
"""A worker each for what may take minutes: nobody who waits for a code, a page or a file stands behind the others'
copies or a slow server, nor do those stand behind each other."""
_WORKERS = 2
_THREADS = min(8, 2 * (os.cpu_count() or 1) + 1)  # more than that and granian warns
_UNROLLS = 1000
"""An hour: the only visitor of a site on this machine is whoever tries it out."""
_READY_SECONDS = 60.0
_MEND_SECONDS = 1.0
_END_SECONDS = 20.0
_PAUSE_SECONDS = 0.1
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Stopped(BaseException):
    """Somebody asked this command to stop."""


class Command(BaseCommand):
    help = "Run the whole site on this machine: web, workers, clock and sandbox, at one address. Ctrl-C ends it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--with-parent", action="store_true", help="end when the starting process ends")

    def handle(self, *, with_parent: bool, verbosity: int, **options: Any) -> str:
        try:
            for number in _STOP_SIGNALS:
                signal.signal(number, _stop)
            if with_parent:
                die_with_parent(signal.SIGTERM, parent=os.getppid())
            with _only_one(settings.DATA_DIR) as (words, lock):
                port = _choose_port()
                print(f"http://localhost:{port}", file=words, flush=True)
                with Group(settings.BASE_DIR, self._say, lock=lock) as group:
                    self._run(group, port, quiet=verbosity < 2)
        except (ProgramEndedError, embedded.EmbeddedError) as error:
            raise CommandError(str(error)) from error
        except _Stopped:
            return "Stopped."
        finally:
            connection.close()
            embedded.leave()

    def _run(self, group: Group, port: int, *, quiet: bool) -> NoReturn:
        programs = _programs(port, quiet=quiet)
        sandbox = programs.pop("sandbox", None)
        pid = group.start(sandbox) if sandbox else 0
        self._prepare()
        # The others ask a sandbox that runs for what the environment does not set.
        if sandbox and not group.wait_until(lambda: _sandbox_is_ready(pid), seconds=_READY_SECONDS):
            raise CommandError(f"The sandbox was not ready within {_READY_SECONDS:.0f} seconds.")
        beat = programs.pop("beat")
        for program in programs.values():
            group.start(program)
        if sandbox and stripe_is_pretended():
            self._open_the_shop(group, port)
        if not group.wait_until(lambda: _web_answers(port), seconds=_READY_SECONDS):
            raise CommandError(f"The web server did not answer within {_READY_SECONDS:.0f} seconds.")
        group.start(beat)  # the only one that nobody waits for
        self._greet(port, with_sandbox=bool(sandbox))
        group.run(_MEND_SECONDS, embedded.mend)

    def _open_the_shop(self, group: Group, port: int) -> None:
        """Set up the pretended Stripe, which begins empty: what it sold in an earlier run has ended."""
        commands = [["stripe_setup"]]
        if BillingAccount.objects.filter(stripe_customer_id__isnull=False).exists():
            commands.append(["billing_reconcile", "--fix"])
        for command in commands:
            running = _manage(command, port)
            group.wait_until(lambda: running.poll() is not None, seconds=_READY_SECONDS)  # noqa: B023
            if running.poll() != 0:
                running.kill()
                said = running.communicate()[0].strip()
                raise CommandError(f"The sandbox's Stripe could not be set up ({command[0]}): {said}")

    def _prepare(self) -> None:
        """Bring the database and the static files to the state of the code, where they are behind it."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self._say("Preparing the database …")
            call_command("migrate", interactive=False, verbosity=0)
        stamp, state = settings.DATA_DIR / "static.stamp", _state_of_static_files()
        if not settings.DEBUG and not (stamp.exists() and stamp.read_text("utf-8") == state):
            self._say("Preparing the static files …")
            call_command("collectstatic", interactive=False, verbosity=0)
            stamp.write_text(state, "utf-8")

    def _greet(self, port: int, *, with_sandbox: bool) -> None:
        lines = ["", f"  {settings.SITE_NAME} is ready:  {self.style.SUCCESS(f'http://localhost:{port}')}", ""]
        if with_sandbox:
            lines.append("  Networks without a key are played by the sandbox: the first page lists links to try.")
            lines += sandbox_lines()
        if not env.text("UNROLLS_AN_HOUR"):
            lines.append(f"  Whoever tries it out may unroll {_UNROLLS} threads an hour (UNROLLS_AN_HOUR).")
        self._say("\n".join([*lines, "  Ctrl-C stops everything.", ""]))

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _stop(*_: object) -> NoReturn:
    """A signal's handler: begin to stop; further signals do not disturb that."""
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise _Stopped


@contextlib.contextmanager
def _only_one(data: Path) -> Iterator[tuple[TextIO, int]]:
    """Be the only one that runs in a data folder.

    Yields a file for a word to whoever tries the same, and a locked descriptor for the guard of our programs: when
    this process is killed, it is the guard's end that makes way for the next run.
    """
    data.mkdir(parents=True, exist_ok=True)
    with (data / "up.lock").open("a+", encoding="utf-8") as words, (data / "programs.lock").open("a") as lock:
        if not _lock(words):
            words.seek(0)
            raise CommandError(f"It already runs with this data folder: {words.read().strip() or 'just starting'}")
        words.truncate(0)
        deadline = time.monotonic() + _END_SECONDS
        while not _lock(lock):
            if time.monotonic() > deadline:
                raise CommandError("The programs of a run that was killed do not end.")
            time.sleep(_PAUSE_SECONDS)
        yield words, lock.fileno()


def _lock(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _choose_port() -> int:
    """The port that PORT names, or else the next free one from 8000 on."""
    if env.text("PORT"):
        port = env.integer("PORT", _PORT, least=1)
        if not _is_free(port):
            raise CommandError(f"Port {port} (PORT) is in use by another program.")
        return port
    for port in range(_PORT, _PORT + _PORTS_TRIED):
        if _is_free(port):
            return port
    raise CommandError(f"No port from {_PORT} to {_PORT + _PORTS_TRIED - 1} is free: set PORT.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _programs(port: int, *, quiet: bool) -> dict[str, Program]:
    """The parts of the site by name; quiet ones speak only of what somebody should know."""
    level = (env.text("LOG_LEVEL") or "WARNING") if quiet else "INFO"
    address = env.text("SITE_URL") or f"http://localhost:{port}"
    environment = {
        "LOG_LEVEL": level,
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        "SITE_URL": address,
        "UNROLLS_AN_HOUR": env.text("UNROLLS_AN_HOUR") or str(_UNROLLS),
    }
    # A container's only user may well be root: Celery would greet every newcomer with a warning about it.
    celery_environment = {**environment, "PYTHONWARNINGS": "ignore::UserWarning:celery.platforms"}
    celery = ["celery", "--quiet", "--app=unroller.celery"]
    web = f"granian --interface=wsgi --host=127.0.0.1 --port={port} --workers=1 --blocking-threads={_THREADS} --no-ws"
    worker = f"worker --concurrency={_WORKERS} --without-gossip --without-mingle --loglevel={level}"
    modules = {
        "sandbox": ["tests.sandbox", f"--data={settings.DATA_DIR}", "--with-parent"],
        "web": [*web.split(), f"--log-level={level.lower()}", "unroller.wsgi:application"],
        **{
            name: [*celery, *worker.split(), f"--queues={queues}", f"--hostname={name}@%h"]
            for name, queues in _QUEUES.items()
        },
        "beat": [*celery, "beat", "--pidfile=", f"--loglevel={level}"],
    }
    if not (settings.BASE_DIR / "tests" / "sandbox" / "__main__.py").exists():
        del modules["sandbox"]
    return {
        name: Program(
            name,
            [sys.executable, "-m", *command],
            celery_environment if command[0] == "celery" else environment,
        )
        for name, command in modules.items()
    }


def _sandbox_is_ready(pid: int) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return bool(json.loads((settings.DATA_DIR / "sandbox.json").read_text("utf-8"))["pid"] == pid)
    return False


def _manage(command: list[str], port: int) -> "subprocess.Popen[str]":
    """A command of manage.py, whose settings find the sandbox that runs now."""
    environment = {"SITE_URL": env.text("SITE_URL") or f"http://localhost:{port}", "LOG_LEVEL": "ERROR"}
    return subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env={**os.environ, **environment},
        preexec_fn=dying_with_me(signal.SIGTERM),  # noqa: PLW1509  (there are no threads)
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _web_answers(port: int) -> bool:
    request = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(request), contextlib.suppress(OSError, http.client.HTTPException):
        request.request("GET", "/healthz")
        return request.getresponse().status < 500
    return False


def _state_of_static_files() -> str:
    """A digest that changes with any static file, or with how they are stored."""
    digest = hashlib.sha256(repr(settings.STORAGES).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
