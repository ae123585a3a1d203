"""PostgreSQL of a data folder: made once, UTF-8, loopback only, a password; as root it runs as somebody else.

The server reaches its data through an opened folder (/proc/self/fd/N), so that it may lie below folders which
its account may not enter.
"""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from .account import Account, account_for, give
from .errors import EmbeddedError
from .place import Place, tail
from .programs import POSTGRES_MAJOR, postgres_programs, remove_copy
from .server import Server

WHOLE = "cluster.whole"
"""What an upgrade has made, as long as what it was made of still stands in its place."""
_ROLE = "unroller"
_SETTINGS = {
    "cluster_name": "unroller",
    "io_method": "sync",  # no processes just for reading
    "listen_addresses": "127.0.0.1",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "max_connections": "200",
    "max_logical_replication_workers": "0",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "unix_socket_directories": "",
    "wal_level": "minimal",
}
_READY_LINE = 7  # of postmaster.pid, counted from 0


class Postgres(Server):
    name: ClassVar[str] = "postgres"
    label: ClassVar[str] = "PostgreSQL"
    stop_signals: ClassVar[tuple[signal.Signals, ...]] = (
        signal.SIGINT,
        signal.SIGQUIT,
    )  # "fast", "immediate"

    settings: ClassVar[Mapping[str, str]] = _SETTINGS
    locale: ClassVar[tuple[str, ...]] = (
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    )

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.cluster = self.folder / "cluster"
        self.programs_link = self.folder / "programs"
        self.programs = Path()
        self.account: Account | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{_ROLE}:{self.password}@127.0.0.1:{self.port}/{_ROLE}"

    def prepare(self, lock: int) -> None:
        self.account = account_for(self.cluster)
        self.programs = postgres_programs(self.account, link=self.programs_link)
        finish_upgrade(self.folder)
        if self.cluster.exists():
            self._check_major()
        else:
            self._make_cluster(lock)
        if self.account and self.cluster.stat().st_uid != self.account.user:
            give(self.cluster, self.account)
        # We hold the lock: what wrote it is gone, but after a reboot its process id may be another's.
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def launch(self, lock: int) -> subprocess.Popen[bytes]:
        settings = [f"--{name}={value}" for name, value in {**self.settings, "port": self.port}.items()]
        return self._spawn_on(self.cluster, lock, ["postgres", *settings])

    def is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            lines = (self.cluster / "postmaster.pid").read_text("utf-8").splitlines()
            return len(lines) > _READY_LINE and lines[_READY_LINE].strip() == "ready"
        return False

    def stop(self) -> None:
        super().stop()
        remove_copy(self.programs_link)

    def _check_major(self) -> None:
        major = major_of_cluster(self.cluster)
        if major != POSTGRES_MAJOR:
            older = major.isdecimal() and int(major) < int(POSTGRES_MAJOR)
            mend = "run `manage.py upgrade_postgres`" if older else f"move {self.folder} away to begin anew"
            raise EmbeddedError(
                f"The database in {self.cluster} was made by PostgreSQL {major}, and Unroller now brings"
                f" PostgreSQL {POSTGRES_MAJOR}: {mend}, or set DATABASE_URL."
            )

    def _make_cluster(self, lock: int) -> None:
        """Make the cluster beside its place and move it when whole: no attempt leaves half of one."""
        draft = self.folder / "cluster.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self.account:
            give(draft, self.account)
        access = ["--username=postgres", "--auth-local=reject", "--auth-host=scram-sha-256"]
        self._run_on(draft, lock, ["initdb", "--no-sync", *self.locale, *access])
        # The superuser has no password, so nobody can sign in as it.
        role = f"CREATE ROLE {_ROLE} LOGIN CREATEDB PASSWORD '{self.password}'"
        sql = f"{role}\nCREATE DATABASE {_ROLE} OWNER {_ROLE}\n"
        self._run_on(draft, lock, ["postgres", "--single", "-F", "--exit_on_error=on", "postgres"], text=sql)
        self._run_on(draft, lock, ["initdb", "--sync-only"])
        draft.rename(self.cluster)

    def _run_on(self, cluster: Path, lock: int, command: list[str], *, text: str = "") -> None:
        since = self.log.stat().st_size if self.log.exists() else 0
        if self._spawn_on(cluster, lock, command, text=text).wait() != 0:
            raise EmbeddedError(f"The database in {self.folder} could not be made.{tail(self.log, since=since)}")

    def _spawn_on(self, cluster: Path, lock: int, command: list[str], *, text: str = "") -> subprocess.Popen[bytes]:
        program, *arguments = command
        with _opened(cluster) as descriptor:
            return self.spawn(
                [str(self.programs / program), *arguments],
                lock,
                account=self.account,
                descriptors=(descriptor,),
                environment={"PGDATA": f"/proc/self/fd/{descriptor}"},
                text=text,
            )


def major_of_cluster(cluster: Path) -> str:
    """The major version of PostgreSQL that made a cluster."""
    return (cluster / "PG_VERSION").read_text("utf-8").strip()


def finish_upgrade(folder: Path) -> None:
    """Put an upgraded cluster in its place where an upgrade was killed between its last two steps."""
    whole, cluster = folder / WHOLE, folder / "cluster"
    if whole.exists() and not cluster.exists():
        whole.rename(cluster)


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
