"""PostgreSQL with a standby that follows it, both of the test's own: real replication, which a test can hold."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

from tests.dumps import client, copy_database
from tests.processes import free_port, until
from unroller.embedded.account import account_for, give
from unroller.embedded.programs import postgres_programs, remove_copy

SETTINGS = {"fsync": "off", "unix_socket_directories": "", "listen_addresses": "127.0.0.1", "io_method": "sync"}


class Cluster:
    """One server, in a folder of its own below a place that its account may enter."""

    def __init__(self, place: Path, name: str) -> None:
        self.folder = place / name
        self.port = free_port()
        self.account = account_for(self.folder)
        self.link = place / f"{name}.programs"
        self.programs = postgres_programs(self.account, link=self.link)
        self._log = place / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://unroller@127.0.0.1:{self.port}/unroller"

    def make(self) -> None:
        """An empty cluster whose doors are open to this machine."""
        self.folder.mkdir(mode=0o700)
        self._belong()
        options = ["--username=unroller", "--auth=trust", "--encoding=UTF8", "--no-sync"]
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run([str(self.programs / "initdb"), "-D", str(self.folder), *options, *locale])

    def follow(self, other: "Cluster") -> None:
        """Become a standby of another cluster, which runs."""
        where = f"host=127.0.0.1 port={other.port} user=unroller"
        base = [client("pg_basebackup"), "-D", str(self.folder), "-d", where, "-X", "stream", "-R", "-c", "fast"]
        subprocess.run([*base, "--no-sync"], check=True, capture_output=True)
        self._belong()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = [f"--{name}={value}" for name, value in {**SETTINGS, "port": str(self.port)}.items()]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(self.programs / "postgres"), "-D", str(self.folder), *options],
                cwd="/",
                stdout=log,
                stderr=subprocess.STDOUT,
                **self._as_account(),
            )
        until(self._answers, what=f"PostgreSQL on port {self.port} ready")

    def stop(self) -> None:
        """As when its machine goes down."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=30)
            self._process = None

    def ask(self, statement: str) -> Any:
        """The first value that a statement answers, if any; beside the site's own database."""
        with psycopg.connect(f"{self.url.rpartition('/')[0]}/postgres", autocommit=True) as asked:
            cursor = asked.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def copy_database(self) -> None:
        """Bring what is in the test's own database here."""
        self.ask("CREATE DATABASE unroller")
        copy_database(self.url)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """This process's own work goes here."""
        own = dict(connection.settings_dict)
        connection.close()
        here = {"HOST": "127.0.0.1", "PORT": str(self.port), "USER": "unroller", "PASSWORD": "", "NAME": "unroller"}
        connection.settings_dict.update(here)
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(own)

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            return bool(self.ask("SELECT 1") == 1)
        return False

    def _belong(self) -> None:
        if self.account is not None:
            give(self.folder, self.account)

    def _as_account(self) -> dict[str, Any]:
        if self.account is None:
            return {}
        return {"user": self.account.user, "group": self.account.group, "extra_groups": []}

    def _run(self, command: list[str]) -> None:
        subprocess.run(command, check=True, cwd="/", capture_output=True, **self._as_account())


@contextmanager
def replicated() -> Iterator[tuple[Cluster, Cluster]]:
    """A server with all that the test's database holds, and its standby."""
    place = Path(tempfile.mkdtemp(prefix="unroller-clusters-"))
    place.chmod(0o755)
    first, second = Cluster(place, "first"), Cluster(place, "second")
    try:
        first.make()
        first.start()
        first.copy_database()
        second.follow(first)
        second.start()
        yield first, second
    finally:
        for cluster in (second, first):
            cluster.stop()
            remove_copy(cluster.link)
        shutil.rmtree(place, ignore_errors=True)
