"""What a user of the embedded servers does: hold the lock that keeps them running, start a missing keeper."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .errors import EmbeddedError
from .place import Place, State, Urls, is_same_file, tail, try_lock
from .probes import postgres_answers, valkey_answers

_PROJECT = Path(__file__).resolve().parents[2]
_PATIENCE_SECONDS = 60.0  # a first start takes about one; a slow disk, or recovery after a power cut, takes longer
_KEEPERS = 3
_LEAVING_SECONDS = 15.0
_PAUSE_SECONDS = 0.04


@dataclass(slots=True)
class _Hold:
    """The descriptor that keeps a data folder's servers running, and where they were when last looked at."""

    lock: int
    urls: Urls | None = None


_held: dict[Place, _Hold] = {}


def ensure(data_dir: Path) -> Urls:
    """The addresses of a data folder's two servers, started if need be and kept as long as this process.

    Takes about a second the first time, milliseconds when they run. Processes forked later hold them too;
    those started otherwise call this themselves. Raises `EmbeddedError`.
    """
    if sys.platform != "linux":
        raise EmbeddedError("The built-in PostgreSQL and Valkey run on Linux only: set DATABASE_URL and REDIS_URL.")
    place = Place.made(data_dir)
    try:
        _hold(place)
        urls = _await_urls(place)
    except OSError as error:
        raise EmbeddedError(f"The data folder {place.data} cannot be used: {error}.") from error
    _held[place].urls = urls
    return urls


def mend() -> None:
    """See that the servers of this process still have their keeper, which mends them; else start them.

    For processes that live long; takes a fraction of a millisecond when all is well. Raises `EmbeddedError`,
    also when the servers could only be had at other addresses than before.
    """
    for place, hold in tuple(_held.items()):
        before = hold.urls
        if _urls_of_keeper(place) != before and ensure(place.data) != before:
            raise EmbeddedError(f"The servers of {place.data} had to move to other ports: start again.")


def leave() -> None:
    """Let go of all servers this process holds, and stop at once those that nobody else holds."""
    for place in tuple(_held):
        os.close(_held.pop(place).lock)
        _stop_unused(place)


def _hold(place: Place) -> None:
    """Become a user of a data folder. Waits for a keeper that is just leaving."""
    if place in _held:
        if is_same_file(_held[place].lock, place.users_lock):
            return
        os.close(_held.pop(place).lock)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (lock := try_lock(place.users_lock, shared=True)) is None:
        if time.monotonic() > deadline:
            raise EmbeddedError(f"The servers of {place.data} have been stopping for too long. See {place.log}.")
        time.sleep(_PAUSE_SECONDS)
    _held[place] = _Hold(lock)


def _await_urls(place: Place) -> Urls:
    """Wait until both servers answer, with a keeper of our own where there is none."""
    began, deadline, started = time.time(), time.monotonic() + _PATIENCE_SECONDS, 0
    while time.monotonic() < deadline:
        keeper_lock = try_lock(place.keeper_lock)
        state = place.read_state()
        if keeper_lock is None:
            if state and state.urls and _answer(state.urls):
                return state.urls
            time.sleep(_PAUSE_SECONDS)
            continue
        try:
            # Only when we have started a keeper: one before may have failed by what we are here to mend.
            if started and state and state.failure and state.said_at >= began:
                raise EmbeddedError(state.failure)
            if started == _KEEPERS:
                break
            _start_keeper(place, keeper_lock)
            started += 1
        finally:
            os.close(keeper_lock)
    raise EmbeddedError(
        f"PostgreSQL and Valkey of {place.data} do not answer. The last lines of their logs:"
        + "".join(tail(place.log / f"{name}.log") for name in ("keeper", "postgres", "valkey"))
    )


def _urls_of_keeper(place: Place) -> Urls | None:
    keeper_lock = try_lock(place.keeper_lock)
    if keeper_lock is not None:
        os.close(keeper_lock)
        return None
    state = place.read_state()
    return state.urls if state else None


def _answer(urls: Urls) -> bool:
    return valkey_answers(urls.redis_url) and postgres_answers(urls.database_url)


def _start_keeper(place: Place, keeper_lock: int) -> None:
    """Start the keeper and hand it the lock, which is never free in between: many users start one keeper."""
    place.state.unlink(missing_ok=True)
    command = [sys.executable, "-m", "unroller.embedded.keeper", str(place.data), str(keeper_lock)]
    path = os.pathsep.join(filter(None, [str(_PROJECT), os.environ.get("PYTHONPATH")]))
    with (place.log / "keeper.log").open("ab") as log:
        subprocess.run(
            command,
            check=False,  # what goes wrong it says in its state
            cwd="/",
            env={**os.environ, "PYTHONPATH": path},
            pass_fds=(keeper_lock,),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def _stop_unused(place: Place) -> None:
    """Stop the keeper of a data folder that nobody uses, without its usual patience."""
    users_lock = try_lock(place.users_lock)
    if users_lock is None:
        return
    deadline = time.monotonic() + _LEAVING_SECONDS
    try:
        while (keeper_lock := try_lock(place.keeper_lock)) is None and time.monotonic() < deadline:
            _tell_to_leave(place.read_state())
            time.sleep(_PAUSE_SECONDS)
        if keeper_lock is not None:
            os.close(keeper_lock)
    finally:
        os.close(users_lock)


def _tell_to_leave(state: State | None) -> None:
    with contextlib.suppress(ProcessLookupError):
        if state is not None:
            os.kill(state.keeper, signal.SIGTERM)
