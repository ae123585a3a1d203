"""Finds and runs PostgreSQL's own programs for dumping and restoring, out of the wheel or of the PATH."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import psycopg
from django.db import connection

from unroller import embedded
from unroller.lifeline import dying_with_me

from .container import CHUNK
from .errors import BackupError

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


def find(name: str, *, server_major: int) -> Path:
    """The program of the server's own major version, or else of the next newer one; older ones refuse to work."""
    found = {major: path for path in _candidates(name) if (major := _major(path)) >= server_major}
    if not found:
        raise BackupError(
            f"No {name} of PostgreSQL {server_major} or newer was found: install PostgreSQL's client programs"
            f" (postgresql-client-{server_major}) where PATH finds them."
        )
    return found[min(found)]


def dump(snapshot: str, *, server_major: int) -> Iterator[bytes]:
    """The database as pg_dump writes it, as it was at an exported snapshot."""
    program = find("pg_dump", server_major=server_major)
    command = [str(program), "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    with _run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as (process, said):
        assert process.stdout is not None
        while chunk := process.stdout.read(CHUNK):
            yield chunk
        _settle(process, said, "The database could not be dumped")


def load(chunks: Iterable[bytes], *, server_major: int) -> None:
    """Write a dump into the empty database, all of it or nothing. Raises BackupError."""
    program = find("pg_restore", server_major=server_major)
    command = [str(program), "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    with _run(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as (process, said):
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it ended, and has said why
            for chunk in chunks:
                process.stdin.write(chunk)
            process.stdin.close()
        _settle(process, said, "The database could not be restored")


@contextlib.contextmanager
def _run(command: list[str], *, stdin: int, stdout: int) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """A program that reaches the database, and what it says; the password is where no other user reads it."""
    address, password = _address()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*command, f"--dbname={address}"],
            env={**os.environ, **({"PGPASSWORD": password} if password else {}), "LC_ALL": "C"},
            preexec_fn=dying_with_me(signal.SIGKILL),  # noqa: PLW1509  (a command has one thread)
            stderr=said,
            stdin=stdin,
            stdout=stdout,
        )
        try:
            yield process, said
        finally:
            process.kill()
            process.wait()
            for stream in filter(None, (process.stdin, process.stdout)):
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


def _settle(process: subprocess.Popen[bytes], said: IO[bytes], trouble: str) -> None:
    if process.wait() != 0:
        said.seek(0)
        words = said.read().decode("utf-8", "replace").strip()
        raise BackupError(f"{trouble}: {words or f'exit status {process.returncode}'}")


def _address() -> tuple[str, str]:
    """The database as libpq's one line, and the password apart from it."""
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    given = {name: value for name, value in connection.get_connection_params().items() if name in known}
    password = str(given.pop("password", "") or "")
    return psycopg.conninfo.make_conninfo(**given), password


def _candidates(name: str) -> list[Path]:
    folders = [*embedded.client_folders(), *map(Path, os.get_exec_path()), *Path("/usr/lib/postgresql").glob("*/bin")]
    return [Path(found) for folder in folders if (found := shutil.which(name, path=str(folder)))]


def _major(program: Path) -> int:
    """The major version of a program; 0 for one that does not run."""
    try:
        said = subprocess.run([str(program), "--version"], check=False, capture_output=True, text=True)
    except OSError:
        return 0
    found = _VERSION.search(said.stdout)
    return int(found[1]) if found else 0
