"""The guard of a group of programs: waits for the end of the process that started them, then ends them all.

Runs by itself (`python guard.py`). Its standard input is a pipe from the process it watches: a line for each
program, with the id of the session that the program leads. The pipe ends with that process, however it ends;
then every process of these sessions is asked to end, and after a while made to.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

_LEADERS_SECONDS = 4.0
_ORPHANS_SECONDS = 0.5
_KILL_SECONDS = 5.0
_PAUSE_SECONDS = 0.02


def end_sessions(sessions: set[int]) -> None:
    """End all processes of some sessions: the leaders are asked first, what stays too long is killed."""
    _send(signal.SIGTERM, sessions & members(sessions))
    _wait(lambda: not sessions & members(sessions), _LEADERS_SECONDS)
    _wait(lambda: not members(sessions), _ORPHANS_SECONDS)
    _wait(lambda: not _send(signal.SIGKILL, members(sessions)), _KILL_SECONDS)


def members(sessions: set[int]) -> set[int]:
    """The living processes of some sessions."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # pid (name) state parent group session …; the name may hold spaces and parentheses.
            state, _, _, session, *_ = status.read_text("utf-8", "replace").rpartition(")")[2].split()
            if int(session) in sessions and state not in "ZX":
                found.add(int(status.parent.name))
    return found


def _send(number: signal.Signals, processes: set[int]) -> set[int]:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)
    return processes


def _wait(is_so: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(_PAUSE_SECONDS)


def main() -> None:
    """Collect sessions until the pipe ends, then end them."""
    sessions = {int(line) for line in sys.stdin}
    end_sessions(sessions)


if __name__ == "__main__":
    main()
