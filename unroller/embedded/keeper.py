"""The keeper of a data folder: one process that owns both servers while anybody uses them.

Started by `holding` as `python -m unroller.embedded.keeper FOLDER LOCK`, where LOCK is an inherited
descriptor with the lock of keepers. It ends a moment after its last user, on SIGTERM, or when the folder is
removed under it. The servers end with it, also when it is killed.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from .errors import EmbeddedError
from .place import Place, is_same_file
from .postgres import Postgres
from .server import Server
from .valkey import Valkey

_LINGER_SECONDS = 2.0  # a command that follows another finds the servers warm
_LOOK_SECONDS = 0.2
_RESTARTS, _RESTARTS_SECONDS = 5, 60.0
_LOG_BYTES = 5_000_000


class Keeper:
    """The servers of one place, and the decision how long they stay."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.servers: tuple[Server, ...] = (Valkey(place), Postgres(place))
        self.restarts: list[float] = []
        self.told_to_leave = False
        self.users_lock = os.open(place.users_lock, os.O_RDWR | os.O_CREAT, 0o600)

    def keep(self) -> None:
        """Start the servers, watch over them, and stop them when nobody needs them."""
        try:
            for server in self.servers:
                server.start()
            self._publish()
            self._watch()
            self.place.state.unlink(missing_ok=True)
        except (EmbeddedError, OSError) as error:
            _report(f"Gave up: {error}")
            self.place.say(failure=str(error))
        finally:
            for server in reversed(self.servers):
                server.stop()

    def leave_soon(self, *_: object) -> None:
        """A signal's handler: stop everything at the next look."""
        self.told_to_leave = True

    def _watch(self) -> None:
        unused_since: float | None = None
        while not self.told_to_leave and is_same_file(self.users_lock, self.place.users_lock):
            for server in self.servers:
                if server.has_ended():
                    self._restart(server)
            _turn_over_logs(self.place)
            if self._is_used():
                unused_since = None
            elif unused_since is None:
                unused_since = time.monotonic()
            elif time.monotonic() - unused_since > _LINGER_SECONDS and self._close_doors():
                return
            time.sleep(_LOOK_SECONDS)

    def _restart(self, server: Server) -> None:
        now = time.monotonic()
        self.restarts = [*(then for then in self.restarts if now - then < _RESTARTS_SECONDS), now]
        if len(self.restarts) > _RESTARTS:
            raise EmbeddedError(f"{server.label} ended {_RESTARTS} times within a minute. See {server.log}.")
        _report(f"{server.label} ended unexpectedly and is started again.")
        server.start()
        self._publish()

    def _publish(self) -> None:
        valkey, postgres = self.servers
        self.place.say(database_url=postgres.url, redis_url=valkey.url)

    def _is_used(self) -> bool:
        if not self._close_doors():
            return True
        fcntl.flock(self.users_lock, fcntl.LOCK_UN)
        return False

    def _close_doors(self) -> bool:
        """Lock out users, if there are none: whoever comes now waits until this keeper is gone."""
        try:
            fcntl.flock(self.users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _report(sentence: str) -> None:
    """Write a line into the keeper's log, which is its standard error."""
    print(time.strftime("%Y-%m-%d %H:%M:%S"), sentence, file=sys.stderr, flush=True)  # noqa: T201


def _turn_over_logs(place: Place) -> None:
    """Empty logs that have grown, keeping one generation: servers write at the end of whatever there is."""
    for log in place.log.glob("*.log"):
        if log.stat().st_size > _LOG_BYTES:
            with contextlib.suppress(OSError):  # a full disk ends no servers
                shutil.copyfile(log, log.with_suffix(".log.1"))
                os.truncate(log, 0)


def main(folder: str) -> None:
    """Become the keeper of a data folder, as a process that no user is the parent of."""
    if os.fork() != 0:
        os._exit(0)
    os.umask(0o077)
    place = Place(Path(folder))
    keeper = Keeper(place)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, keeper.leave_soon)
    keeper.keep()


if __name__ == "__main__":
    main(sys.argv[1])
