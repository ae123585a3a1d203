"""PostgreSQL has no room, first for its tables, then for its log: what was taken is done when there is some."""

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from pytest_django import Settings

from tests.faults.harness import lapse
from tests.faults.site import Asked, Site, asking, at_home
from tests.faults.work import Work, a_working_site
from tests.missing import need_root, refused
from tests.processes import until
from unroller import embedded

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("one site")]
MEGABYTES = 240
"""The cluster, a copy of the test's database, and room to work."""


class SmallDisk:
    """A file system of so many megabytes, in memory, that a test fills."""

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"

    def fill(self) -> None:
        with self._filler.open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(bytes(4096))

    def make_room(self) -> None:
        self._filler.unlink()


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """One at `folder`, which is made."""
    need_root("no file systems of our own")
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=700", "tmpfs", str(folder)]
    english = {**os.environ, "LC_ALL": "C"}
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False, env=english)
    if mounted.returncode:
        refused("NO FILE SYSTEMS OF OUR OWN HERE", mounted.stderr.strip())
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)


def write_tables(site: Site) -> None:
    """Rows upon rows, until PostgreSQL says that there is no room."""
    with psycopg.connect(site.urls.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS words AS SELECT repeat('word', 400) AS word")
        while True:
            connection.execute("INSERT INTO words SELECT word FROM words LIMIT 1000")


def write_log(site: Site) -> None:
    """Megabytes upon megabytes that stand nowhere but in the log, until there is no room, which ends the server."""
    with psycopg.connect(site.urls.database_url, autocommit=True) as connection:
        while True:
            connection.execute("SELECT pg_logical_emit_message(false, 'test', repeat('word', 250000))")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "data" / "servers" / "postgres") as disk:
        yield disk


@pytest.fixture
def work(disk: SmallDisk, tmp_path: Path, transactional_db: None, settings: Settings) -> Iterator[Work]:
    with (
        a_working_site(tmp_path) as work,
        at_home(work.site, lambda name, value: setattr(settings, name, value)),
    ):
        yield work


@contextmanager
def readers_insist(work: Work, links: list[str]) -> Iterator[Asked]:
    """They ask for these threads meanwhile, again and again until each is taken."""
    insisting = threading.Thread(target=work.ask, args=(links,))
    with asking(work.site) as asked:
        insisting.start()
        yield asked
        insisting.join()


def test_what_was_taken_is_done_when_there_is_room(disk: SmallDisk, work: Work) -> None:
    site = work.site
    work.some()
    more = work.links(4)
    disk.fill()
    with pytest.raises(psycopg.errors.DiskFull):
        write_tables(site)
    assert site.get("/") == 200
    with readers_insist(work, more) as asked:
        with pytest.raises(psycopg.OperationalError):
            write_log(site)
        until(lambda: len(asked.bad()) > 5, what="readers notice")
        disk.make_room()
        with contextlib.suppress(embedded.EmbeddedError):
            site.mend()
    lapse()
    until(work.is_done, what="everything is done", seconds=120)
    doubled = work.check(killed=2)  # mails in the hands of both processes: what was sent could not be written down
    assert site.get("/") == 200
    print(
        f"\na full disk under PostgreSQL: {len(asked.bad())} of {len(asked.statuses)} answers were errors, "
        f"{doubled} mails came again"
    )
