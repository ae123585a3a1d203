"""In a process that may die: each effect that others could see is counted before it happens, and one never does.

Between two effects a process only reckons, so that being killed right before each of them, and after the last, is being
killed everywhere. An effect is a statement that writes, on whatever connection, a commit, something sent over a socket
(HTTP, SMTP, Redis) or waited for there, a file that is made, moved or deleted, and a process that is begun.
"""

import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

WRITES = re.compile(
    r"\s*(?:WITH\b.*?)?\b(?P<what>INSERT\s+INTO\s+\S+|UPDATE\s+\S+(?=\s+(?:AS\s+\S+\s+)?SET\b)|DELETE\s+FROM\s+\S+)",
    re.DOTALL | re.IGNORECASE,
)
"""From its beginning, or behind what it says `WITH` of; no `FOR UPDATE`, which only locks."""
CHANGES = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate"})
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Effects:
    """What a process does to the world, in order. Dies right before effect number `fatal`, counted from one."""

    def __init__(self, folders: tuple[Path, ...], fatal: int | None) -> None:
        self.names: list[str] = []
        self._folders = tuple(str(folder) for folder in folders)
        self._fatal = fatal
        self._lock = threading.RLock()
        self._owner = os.getpid()
        self._sent: dict[int, bool] = {}

    def install(self) -> None:
        """From now on everything is counted that this process does."""
        connection.execute_wrappers.append(self._statement)
        connection_created.connect(self._connected, weak=False)
        commits: Any = BaseDatabaseWrapper
        commits._commit = _before(commits._commit, lambda _: self.count("commit"))
        for name in ("send", "sendall"):
            setattr(socket.socket, name, _before(getattr(socket.socket, name), self._sends))
        for name in ("recv", "recv_into"):
            setattr(socket.socket, name, _before(getattr(socket.socket, name), self._waits))
        sys.addaudithook(self._heard)

    def count(self, name: str) -> None:
        """One more; the last one of this process when it is the fatal one."""
        if os.getpid() != self._owner:
            return
        with self._lock:
            self.names.append(name)
            if len(self.names) == self._fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    def _statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := WRITES.match(sql):
            self.count(" ".join(found["what"].split()))
        return execute(sql, params, many, context)

    def _connected(self, connection: BaseDatabaseWrapper, **_: object) -> None:
        """Threads have connections of their own, and so has who takes a turn (accounts/turns.py)."""
        if self._statement not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._statement)

    def _sends(self, sock: socket.socket) -> None:
        self._sent[sock.fileno()] = True
        self.count(f"send to {_peer(sock)}")

    def _waits(self, sock: socket.socket) -> None:
        if self._sent.pop(sock.fileno(), False):
            self.count(f"wait for {_peer(sock)}")

    def _heard(self, event: str, given: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(given[0], str) and isinstance(given[2], int):
            if given[2] & WRITING and given[0].startswith(self._folders):
                self.count(f"open {Path(given[0]).parent.name}")
        elif event == "subprocess.Popen" or (event in CHANGES and str(given[0]).startswith(self._folders)):
            self.count(event)


def _before(act: Callable[..., Any], first: Callable[[Any], None]) -> Any:
    def both(self: Any, *args: Any, **more: Any) -> Any:
        first(self)
        return act(self, *args, **more)

    return both


def _peer(sock: socket.socket) -> str:
    try:
        port = sock.getpeername()[1]
    except OSError:
        return "nobody"
    return "Redis" if str(port) in settings.REDIS_URL else f"port {port}"
