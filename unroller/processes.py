"""Runs several programs in the foreground as one: when one of them ends all end, and nothing of them is left.

However this process itself ends, by a signal that it handles or by one that it cannot, a guard (`guard.py`)
sees it and ends the programs with all that they started.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import NoReturn

from . import guard
from .lifeline import dying_with_me

_LOOK_SECONDS = 0.1
_LAST_LINES = 15


class ProgramEndedError(Exception):
    """A program ended that should not have; the text says which one, how, and its last lines."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program of a group: what it is called on the screen and how it is started."""

    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Running:
    program: Program
    process: subprocess.Popen[bytes]
    unfinished: bytes = b""
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))


class Group:
    """Programs that live and end together, while a `with` block lasts; `show` gets each line they say.

    The descriptor `lock` stays open until nothing of them is left, even when this process is killed before.
    """

    def __init__(self, folder: Path, show: Callable[[str], None], *, lock: int) -> None:
        self._folder = folder
        self._show = show
        self._lock = lock
        self._running: list[_Running] = []
        self._outputs = selectors.DefaultSelector()

    def __enter__(self) -> "Group":
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__],
            bufsize=0,
            cwd="/",
            pass_fds=(self._lock,),
            start_new_session=True,
            stdin=subprocess.PIPE,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._show = _say_nothing  # how each program says goodbye interests nobody
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        while self._guard.poll() is None:
            self._pass_on_output()
        guard.end_sessions({running.process.pid for running in self._running})  # in case the guard was killed
        self._outputs.close()
        for running in self._running:
            running.process.communicate()

    def start(self, program: Program) -> int:
        """Start a program in a session of its own; the answer is its process id."""
        process = subprocess.Popen(
            program.command,
            cwd=self._folder,
            env={**os.environ, **program.environment},
            preexec_fn=dying_with_me(signal.SIGTERM),  # noqa: PLW1509 - this process has one thread
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._tell_guard(process.pid)
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        running = _Running(program, process)
        self._running.append(running)
        self._outputs.register(process.stdout, selectors.EVENT_READ, running)
        return process.pid

    def wait_until(self, is_so: Callable[[], bool], *, seconds: float) -> bool:
        """Wait until something is so: whether it came so in time. Raises `ProgramEndedError`."""
        deadline = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > deadline:
                return False
            self._look()
        return True

    def run(self, every: float, do: Callable[[], None]) -> NoReturn:
        """Stay while all programs run, and do something every so many seconds. Raises `ProgramEndedError`."""
        while True:
            self.wait_until(lambda: False, seconds=every)
            do()

    def _look(self) -> None:
        """Pass on what the programs say, and see that all of them, and the guard, are still there."""
        self._pass_on_output()
        for running in self._running:
            if running.process.poll() is not None:
                self._pass_on_output()
                raise ProgramEndedError(_last_words(running))
        if self._guard.poll() is not None:
            raise ProgramEndedError("The guard of the programs was ended.")

    def _pass_on_output(self) -> None:
        for key, _ in self._outputs.select(_LOOK_SECONDS):
            running: _Running = key.data
            output = os.read(key.fd, 65_536)
            if not output:
                self._outputs.unregister(key.fileobj)
            *lines, running.unfinished = (running.unfinished + (output or b"\n")).split(b"\n")
            for line in lines:
                if text := line.decode("utf-8", "replace").rstrip():
                    running.last_lines.append(text)
                    with contextlib.suppress(OSError):  # the terminal may be gone, with the end still to be kept
                        self._show(f"{running.program.name:>8} │ {text}")

    def _tell_guard(self, session: int) -> None:
        assert self._guard.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it was killed: the next look sees that
            self._guard.stdin.write(f"{session}\n".encode())


def _say_nothing(_: str) -> None:
    """What shows lines that nobody needs to see."""


def _last_words(running: _Running) -> str:
    status = running.process.returncode
    how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with exit status {status}"
    words = "".join(f"\n    {line}" for line in running.last_lines)
    return f"{running.program.name} {how} unexpectedly." + (f" Its last words:{words}" if words else "")
