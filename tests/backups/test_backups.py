"""A site's data go into one file while the site runs, and come back in an empty place, row for row."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tests.backups.places import Place, empty_place, test_place
from tests.processes import until
from tests.whole_person import a_whole_person
from unroller.backups import BackupError, programs
from unroller.models import ContactMessage, Thread

pytestmark = pytest.mark.django_db(transaction=True)
RENDER = """
from django.test import Client
print(Client(SERVER_NAME="localhost").get("{path}").content.decode())
"""
WRITTEN_MEANWHILE = "unroller_contactmessage"


@pytest.fixture
def site(tmp_path: Path) -> Place:
    """A site with one of everything, and files of many kinds."""
    a_whole_person()
    site = test_place(tmp_path / "site")
    contents = {
        "threads/a/1.pdf": b"%PDF",
        "kept/ab/cd": os.urandom(3_000_000),
        "libraries/é ü.zip": b"",
        "data/x": b"x",
    }
    for name, content in contents.items():
        path = site.files / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    return site


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Place]:
    """An empty place."""
    with empty_place(tmp_path / "elsewhere") as place:
        yield place


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def the_backup(folder: Path) -> Path:
    (found,) = folder.glob("unroller-*.tar")
    return found


def test_what_is_backed_up_while_the_site_writes_comes_back_row_for_row(
    site: Place, elsewhere: Place, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    backup = site.start("backup", str(folder))
    written = 0
    while backup.poll() is None:
        ContactMessage.objects.create(email="v@example.org", text=f"Message {written}")
        written += 1
    assert "4 files (3,000,005 bytes)" in backup.communicate()[0]
    assert written > 1
    assert backup.returncode == 0
    assert os.listdir(folder) == [the_backup(folder).name]  # noqa: PTH208
    assert the_backup(folder).stat().st_mode & 0o077 == 0

    restored = elsewhere.manage("restore", str(the_backup(folder)))
    assert restored.returncode == 0, restored.stderr
    before, after = site.rows(), elsewhere.rows()
    assert before.pop(WRITTEN_MEANWHILE)[0] == written >= after.pop(WRITTEN_MEANWHILE)[0]
    assert after == before
    assert sum(rows for rows, _ in after.values()) > 400
    assert contents(elsewhere.files) == contents(site.files)

    (elsewhere.data / "static").symlink_to(settings.STATIC_ROOT)
    page = elsewhere.manage("shell", "-v0", "-c", RENDER.format(path=Thread.objects.get().get_absolute_url()))
    assert "This is post 2." in page.stdout, page.stderr
    again = elsewhere.manage("restore", str(the_backup(folder)))
    assert again.returncode == 1
    assert "The database is not empty" in again.stderr
    assert elsewhere.rows() | {WRITTEN_MEANWHILE: (0, "")} == after | {WRITTEN_MEANWHILE: (0, "")}


def test_a_backup_that_is_killed_leaves_nothing_that_looks_like_one(site: Place, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    os.mkfifo(site.files / "threads" / "nobody-writes")  # who reads it waits for ever
    backup = site.start("backup", str(folder))
    draft = folder / "unroller.partial"
    try:
        until(lambda: draft.exists() and draft.stat().st_size > 3_000_000, what="the backup is in the middle")
        second = site.manage("backup", str(folder))
        assert "Another backup is just being written" in second.stderr
    finally:
        backup.send_signal(signal.SIGKILL)
        backup.communicate()
    assert [path.name for path in folder.iterdir()] == ["unroller.partial"]
    refused = site.manage("backup", str(draft), "--verify")
    assert refused.returncode == 1
    assert "is no whole backup" in refused.stderr
    (site.files / "threads" / "nobody-writes").unlink()
    assert site.manage("backup", str(folder), "--without-files").returncode == 0
    assert not draft.exists()
    assert "is whole" in site.manage("backup", str(the_backup(folder)), "--verify").stdout


def test_a_backup_of_older_code_is_brought_to_the_state_of_this_one(elsewhere: Place, tmp_path: Path) -> None:
    backup = tmp_path / "old.tar"
    with empty_place(tmp_path / "old") as old:
        assert old.manage("migrate", "-v0", "unroller", "0006").returncode == 0
        assert old.manage("migrate", "-v0", "accounts").returncode == 0
        made = old.manage("backup", str(backup))
        assert made.returncode == 0, made.stderr
    restored = elsewhere.manage("restore", str(backup))
    assert "older code" in restored.stdout, restored.stderr
    assert "unroller_blog" in elsewhere.rows()


def test_a_backup_of_newer_code_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from_the_future = test_place(tmp_path / "future")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('unroller', '9999_more', now())")
    made = from_the_future.manage("backup", str(tmp_path / "new.tar"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE name = '9999_more'")
    assert made.returncode == 0, made.stderr
    with empty_place(tmp_path / "here") as here:
        refused = here.manage("restore", str(tmp_path / "new.tar"))
        assert refused.returncode == 1
        assert "newer code, which has the migration unroller.9999_more" in refused.stderr
        assert not here.rows()


def test_programs_older_than_the_server_are_not_used() -> None:
    with pytest.raises(BackupError, match="No pg_dump of PostgreSQL 99 or newer was found: install"):
        programs.find("pg_dump", server_major=99)


def test_a_database_that_refuses_us_is_a_sentence(elsewhere: Place, tmp_path: Path) -> None:
    with psycopg.connect(elsewhere.url) as here:
        assert here.info.server_version >= 180_000
    place = Place(elsewhere.url.replace("@", "x@"), elsewhere.data)
    refused = place.manage("backup", str(tmp_path / "never.tar"))
    assert "The database cannot be reached" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "never.tar").exists()
    assert not (tmp_path / "never.tar.partial").exists()
