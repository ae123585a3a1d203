"""What the two embedded servers share: a lock that outlives the keeper, a kept port, a log, a clean stop."""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from unroller.lifeline import dying_with_me

from .account import Account
from .errors import EmbeddedError
from .place import Place, kill_holders, tail, try_lock, write_private

_ENVIRONMENT = {
    "LC_ALL": "C",
    "PATH": os.defpath,
    "TZ": "UTC",
}  # nothing of the user's: PGPORT and its like change servers
_PORTS = range(20_000, 32_000)  # below those that the kernel takes for outgoing connections
_PREDECESSOR_SECONDS, _GIVE_UP_SECONDS = 8.0, 16.0
_READY_SECONDS = 45.0  # recovery after a power cut may take that long
_STOP_SECONDS = 8.0
_PAUSE_SECONDS = 0.01
_STARTS = 3


class Server(ABC):
    """One server of a data folder, started, watched and stopped by its keeper.

    The server's process inherits a locked descriptor. The lock is free again when the server's last process
    has ended, in whichever way: no successor ever touches the same data before.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    stop_signals: ClassVar[tuple[signal.Signals, ...]]
    """What asks the program to end, from polite to urgent; the last one is sent when the keeper is killed."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.folder = place.servers / self.name
        self.log = place.log / f"{self.name}.log"
        self.port = 0
        self.password = ""
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """The address for users, with the password."""

    @abstractmethod
    def prepare(self, lock: int) -> None:
        """Make the data ready for a start; called with the lock held, so nothing else uses it."""

    @abstractmethod
    def launch(self, lock: int) -> subprocess.Popen[bytes]:
        """Start the server's process, which inherits the lock, on `self.port`."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the started process serves."""

    def start(self) -> None:
        """Start the server and wait until it serves. Raises `EmbeddedError` with the end of its log."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        since = self.log.stat().st_size if self.log.exists() else 0
        for _ in range(_STARTS):
            with self._locked() as lock:
                self._choose_access()
                self.prepare(lock)
                self.process = self.launch(lock)
            if self._await_readiness(self.process):
                return
            if _is_free(self.port):  # else somebody was quicker to take the port: once more with another one
                break
        raise EmbeddedError(f"{self.label} did not start.{tail(self.log, since=since)}")

    def has_ended(self) -> bool:
        """Whether the server's main process is gone."""
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        """Stop the server: politely, then less so."""
        if self.process is None:
            return
        for number in (*self.stop_signals, signal.SIGKILL):
            self.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_STOP_SECONDS)
                return

    def spawn(
        self,
        command: list[str],
        lock: int,
        *,
        account: Account | None = None,
        descriptors: tuple[int, ...] = (),
        environment: Mapping[str, str] = MappingProxyType({}),
        folder: Path = Path("/"),
        text: str = "",
    ) -> subprocess.Popen[bytes]:
        """Start a program that ends with the keeper, writes to the server's log and reads `text`."""
        try:
            with self.log.open("ab") as log:
                process = subprocess.Popen(
                    command,
                    cwd=folder,
                    env={**_ENVIRONMENT, **environment},
                    pass_fds=(lock, *descriptors),
                    preexec_fn=dying_with_me(self.stop_signals[-1]),  # noqa: PLW1509 - the keeper has one thread
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    user=account.user if account else None,
                    group=account.group if account else None,
                    extra_groups=[] if account else None,
                )
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedError(f"{self.label} could not be started: {error}.") from error
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
            stdin.write(text.encode())
        return process

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        """Hold the server's lock; a predecessor that still has it is given time to stop, and then killed."""
        path, began = self.folder / "lock", time.monotonic()
        while (lock := try_lock(path)) is None:
            waited = time.monotonic() - began
            if waited > _GIVE_UP_SECONDS:
                raise EmbeddedError(f"An earlier {self.label} of {self.place.data} does not end. See {self.log}.")
            if waited > _PREDECESSOR_SECONDS:
                kill_holders(path)
            time.sleep(_PAUSE_SECONDS)
        try:
            yield lock
        finally:
            os.close(lock)

    def _choose_access(self) -> None:
        """Take the password and the port of last time; another port when something else has that one now."""
        path = self.folder / "access.json"
        with contextlib.suppress(FileNotFoundError):
            kept = json.loads(path.read_text("utf-8"))
            self.password, self.port = kept["password"], kept["port"]
        if self.password and _is_free(self.port):
            return
        self.password = self.password or secrets.token_hex(16)
        while not _is_free(self.port):
            self.port = secrets.choice(_PORTS)
        write_private(path, json.dumps({"password": self.password, "port": self.port}))

    def _await_readiness(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + _READY_SECONDS
        while process.poll() is None:
            if self.is_ready():
                return True
            if time.monotonic() > deadline:
                self.stop()
            time.sleep(_PAUSE_SECONDS)
        return False


def _is_free(port: int) -> bool:
    """Whether a server could listen on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return port != 0
