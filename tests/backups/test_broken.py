"""What is not whole is no backup, and is said to be none before anything is touched."""

import fcntl
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from tests.backups.places import Watchful
from tests.whole_person import keep_files_in
from unroller import backups
from unroller.actions.archives import in_store
from unroller.backups import BackupError

pytestmark = pytest.mark.django_db


@pytest.fixture
def backup(tmp_path: Path, settings: Settings) -> Path:
    """A backup of a site with two files."""
    keep_files_in(tmp_path / "files", settings)
    for name in ("kept/ab", "threads/1.pdf"):
        default_storage.save(name, ContentFile(b"the words of " + name.encode() * 1_000))
    path, _ = backups.make(tmp_path / "whole.tar", say=lambda _: None)
    return path


def flip(name: str) -> Callable[[Path], None]:
    """Change one bit in the middle of a part."""

    def do(path: Path) -> None:
        with tarfile.open(path) as tar:
            info = tar.getmember(name)
        with path.open("r+b") as file:
            file.seek(info.offset_data + info.size // 2)
            byte = file.read(1)[0]
            file.seek(-1, 1)
            file.write(bytes([byte ^ 1]))

    return do


def leave_out(name: str) -> Callable[[Path], None]:
    """Write the backup anew without one part."""

    def do(path: Path) -> None:
        whole = path.with_suffix(".whole")
        path.rename(whole)
        with tarfile.open(whole) as old, tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as new:
            for info in old:
                if info.name != name:
                    new.addfile(info, old.extractfile(info))

    return do


def cut(share: float) -> Callable[[Path], None]:
    """Keep only the beginning."""

    def do(path: Path) -> None:
        with path.open("r+b") as file:
            file.truncate(int(path.stat().st_size * share))

    return do


def lengthen_name(path: Path) -> None:
    """Damage the head of a part in the middle."""
    content = path.read_bytes()
    path.write_bytes(content.replace(b"files/threads/1.pdf", b"files/threads/2.pdf", 1))


FAULTS = {
    "a flipped bit in the dump": (flip("database.dump"), "database.dump is not what was written"),
    "a flipped bit in a file": (flip("files/kept/ab"), "kept/ab is not what was written"),
    "a flipped bit in the list": (flip("files.jsonl"), "files.jsonl is not what was written"),
    "a flipped bit in the manifest": (flip("manifest.json"), "manifest is not what was written|no text"),
    "no dump": (leave_out("database.dump"), "database.dump is missing"),
    "a file less": (leave_out("files/kept/ab"), "not those of its list, from kept/ab on"),
    "no manifest": (leave_out("manifest.json"), "manifest.json is missing"),
    "half of it": (cut(0.5), "no whole backup"),
    "nearly all of it": (cut(0.97), "no whole backup"),
    "nothing of it": (cut(0), "cannot be read as a backup"),
    "a damaged head": (lengthen_name, "no whole backup"),
}


@pytest.mark.parametrize(("damage", "words"), FAULTS.values(), ids=list(FAULTS))
def test_a_broken_backup_is_refused(backup: Path, damage: Callable[[Path], None], words: str) -> None:
    damage(backup)
    with pytest.raises(BackupError, match=words):
        backups.verify(backup)
    with pytest.raises(BackupError, match=words):  # and not that the database is not empty: nothing was looked at
        backups.restore(backup, say=lambda _: None)


def test_whole_ones_pass_and_say_what_they_hold(backup: Path) -> None:
    manifest = backups.verify(backup)
    assert (manifest.files, manifest.vanished) == (2, 0)
    assert manifest.tables["django_migrations"] == MigrationRecorder.Migration.objects.count()
    assert "DATABASE_URL" in manifest.settings
    assert "only for tests" not in backup.read_bytes().decode("latin-1")


def test_nothing_is_overwritten(backup: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(BackupError, match="is there already, and a backup never overwrites anything"):
        backups.make(backup, say=lambda _: None)
    assert backup.read_bytes() == before


def test_a_backup_that_ends_just_when_another_begins_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draft, finished = tmp_path / "unroller.partial", tmp_path / "finished.tar"
    draft.write_bytes(b"a whole backup")
    lock = fcntl.flock

    def rename_first(file: IO[bytes], how: int) -> None:
        draft.rename(finished)
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", rename_first)
    with pytest.raises(BackupError, match="was just written"):
        backups.make(tmp_path, with_files=False, say=lambda _: None)
    assert finished.read_bytes() == b"a whole backup"


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="could not be written"):
        backups.make(tmp_path / "nowhere" / "some.tar", say=lambda _: None)


def test_behind_a_pooler_neither_is_done(backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    with pytest.raises(BackupError, match="names a pooler"):
        backups.make(tmp_path / "never.tar", say=lambda _: None)
    with pytest.raises(BackupError, match="names a pooler"):
        backups.restore(backup, say=lambda _: None)
    assert [path.name for path in tmp_path.glob("*.tar*")] == ["whole.tar"]


def test_a_backup_without_files_says_so(tmp_path: Path, settings: Settings) -> None:
    keep_files_in(tmp_path / "files", settings)
    default_storage.save("kept/ab", ContentFile(b"words"))
    path, manifest = backups.make(tmp_path / "some.tar", with_files=False, say=lambda _: None)
    assert manifest.files is None
    assert backups.verify(path).files is None
    with tarfile.open(path) as tar:
        assert [info.name for info in tar] == ["database.dump", "manifest.json", "manifest.sha256"]


def test_a_file_that_goes_while_others_are_copied_is_counted(tmp_path: Path, settings: Settings) -> None:
    keep_files_in(tmp_path / "files", settings)
    for name in ("a/1", "b/2"):
        default_storage.save(name, ContentFile(b"words"))
    place = {"BACKEND": "tests.backups.places.Forgetful", "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = settings.STORAGES | {"default": place}
    _, manifest = backups.make(tmp_path / "some.tar", say=lambda _: None)
    assert (manifest.files, manifest.vanished) == (1, 1)


def test_files_are_copied_when_the_moment_of_the_database_is_over(tmp_path: Path, settings: Settings) -> None:
    place = {"BACKEND": "tests.backups.places.Watchful", "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = settings.STORAGES | {"default": place}
    default_storage.save("kept/ab", ContentFile(b"words"))
    Watchful.open_ones.clear()
    backups.make(tmp_path / "some.tar", say=lambda _: None)
    assert Watchful.open_ones == [0]


def test_zips_that_pass_through_a_bucket_are_not_kept_in_backups(tmp_path: Path, settings: Settings) -> None:
    keep_files_in(tmp_path / "files", settings)
    in_store.write("a-zip", 0, b"private messages")
    default_storage.save("kept/archives/ab", ContentFile(b"words"))
    path, manifest = backups.make(tmp_path / "some.tar", say=lambda _: None)
    assert manifest.files == 1
    assert b"private messages" not in path.read_bytes()
