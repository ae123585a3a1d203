"""Where the embedded servers of one data folder keep what they need, and the locks that order their users.

<data folder>/log/{keeper,postgres,valkey}.log
<data folder>/servers/users.lock      shared by every user, exclusive for a keeper that is leaving
<data folder>/servers/keeper.lock     exclusive for the keeper
<data folder>/servers/state.json      what the keeper says: the addresses, or why it could not start
<data folder>/servers/{postgres,valkey}/
"""

import contextlib
import fcntl
import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from .errors import EmbeddedError

_TAIL_LINES = 12


@dataclass(frozen=True, slots=True)
class Urls:
    """The addresses of the two servers, passwords included."""

    database_url: str
    redis_url: str


@dataclass(frozen=True, slots=True)
class State:
    """What a keeper has said, and when (seconds since the epoch)."""

    keeper: int
    said_at: float
    urls: Urls | None
    failure: str


@dataclass(frozen=True, slots=True)
class Place:
    """The paths of one data folder."""

    data: Path

    @classmethod
    def made(cls, data_dir: Path) -> "Place":
        """The place of a data folder, which is made (for its owner alone) where it is missing."""
        place = cls(data_dir.resolve())
        try:
            place.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            place.log.mkdir(mode=0o700, exist_ok=True)
            place.servers.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise EmbeddedError(f"The data folder {data_dir} cannot be used: {error.strerror}.") from error
        return place

    @property
    def log(self) -> Path:
        return self.data / "log"

    @property
    def servers(self) -> Path:
        return self.data / "servers"

    @property
    def users_lock(self) -> Path:
        return self.servers / "users.lock"

    @property
    def keeper_lock(self) -> Path:
        return self.servers / "keeper.lock"

    @property
    def state(self) -> Path:
        return self.servers / "state.json"

    def read_state(self) -> State | None:
        """What the keeper has said so far, or None."""
        try:
            words = json.loads(self.state.read_text("utf-8"))
        except FileNotFoundError:
            return None
        urls = Urls(words["database_url"], words["redis_url"]) if "database_url" in words else None
        return State(words["keeper"], words["said_at"], urls, words.get("failure", ""))

    def say(self, **words: str) -> None:
        """Publish what users need to know, in the name of this process."""
        write_private(self.state, json.dumps({"keeper": os.getpid(), "said_at": time.time(), **words}))


def write_private(path: Path, text: str) -> None:
    """Write a small file that only its owner may read, at once or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text, "utf-8")
    draft.rename(path)


def try_lock(path: Path, *, shared: bool = False) -> int | None:
    """Take the lock of a file now: its descriptor, which holds the lock until it is closed, or None."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    if is_same_file(descriptor, path):
        return descriptor
    os.close(descriptor)  # the folder was removed and made anew in between
    return None


def is_same_file(descriptor: int, path: Path) -> bool:
    """Whether an open file is still the one that its path names."""
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


def kill_holders(path: Path) -> None:
    """Kill every process that has a file open, as far as we may see and kill it."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int(process.name) != os.getpid() and path in {file.readlink() for file in (process / "fd").iterdir()}:
                os.kill(int(process.name), signal.SIGKILL)


def tail(log: Path, *, since: int = 0) -> str:
    """The last lines of a log after the byte `since`, indented, to be put under an error's sentence."""
    with contextlib.suppress(FileNotFoundError), log.open("rb") as file:
        file.seek(since)
        lines = file.read().decode("utf-8", "replace").strip().splitlines()[-_TAIL_LINES:]
        return "".join(f"\n    {line}" for line in lines)
    return ""
