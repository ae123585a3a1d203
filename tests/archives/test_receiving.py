"""Parts of a zip become the file, whatever breaks in between."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.archives.bringing import a_zip, brought, read
from unroller.actions.archives import files, receiving
from unroller.actions.archives.receiving import WrongOffset
from unroller.actions.refusals import Refused
from unroller.models import Archive

pytestmark = pytest.mark.django_db


def test_parts_become_the_file_that_was_announced(ana: User, tmp_path: Path) -> None:
    path = a_zip(tmp_path)
    archive = brought(ana, path, part=1_000)
    assert archive.state == Archive.State.QUEUED
    assert files.path_of(archive.pk).read_bytes() == path.read_bytes()


def test_the_same_part_twice_is_harmless_and_a_wrong_offset_is_told_the_right_one(ana: User) -> None:
    archive = receiving.begin(ana, "mine.zip", 30)
    assert receiving.take_part(archive, 0, b"a" * 10) == 10
    assert receiving.take_part(archive, 0, b"a" * 10) == 10
    with pytest.raises(WrongOffset) as ahead:
        receiving.take_part(archive, 20, b"c" * 10)
    assert ahead.value.received == 10
    with pytest.raises(WrongOffset):
        receiving.take_part(archive, 10, b"b" * 21)
    receiving.take_part(archive, 10, b"b" * 10)
    assert files.path_of(archive.pk).read_bytes() == b"a" * 10 + b"b" * 10


def test_a_part_that_was_written_and_not_noted_is_written_again(ana: User) -> None:
    archive = receiving.begin(ana, "mine.zip", 30)
    receiving.take_part(archive, 0, b"a" * 10)
    with files.path_of(archive.pk).open("ab") as file:
        file.write(b"x" * 15)  # a process that was killed before its commit
    receiving.take_part(archive, 10, b"b" * 10)
    assert files.path_of(archive.pk).read_bytes() == b"a" * 10 + b"b" * 10


def test_bytes_that_the_disk_lost_are_asked_for_again(ana: User) -> None:
    archive = receiving.begin(ana, "mine.zip", 30)
    receiving.take_part(archive, 0, b"a" * 10)
    os.truncate(files.path_of(archive.pk), 4)
    with pytest.raises(WrongOffset) as lost:
        receiving.take_part(archive, 10, b"b" * 10)
    assert lost.value.received == 4


def test_the_same_file_goes_on_and_another_one_waits(ana: User) -> None:
    archive = receiving.begin(ana, "mine.zip", 30)
    receiving.take_part(archive, 0, b"a" * 10)
    again = receiving.begin(ana, "C:\\files\\mine.zip", 30)
    assert (again.pk, again.received) == (archive.pk, 10)
    with pytest.raises(Refused, match="still on its way"):
        receiving.begin(ana, "other.zip", 30)


def test_whoever_sends_a_file_again_that_arrived_is_led_to_it(ana: User, tmp_path: Path) -> None:
    """The answer to the last part was lost, and the page was loaded anew."""
    path = a_zip(tmp_path)
    archive = brought(ana, path)
    again = receiving.begin(ana, path.name, path.stat().st_size)
    assert (again.pk, again.received, again.state) == (archive.pk, again.size, Archive.State.QUEUED)
    with pytest.raises(Refused, match="still on its way"):
        receiving.begin(ana, path.name, path.stat().st_size + 1)


def test_going_on_needs_room_for_the_rest_alone(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = receiving.begin(ana, "mine.zip", 30)
    receiving.take_part(archive, 0, b"a" * 20)
    monkeypatch.setattr(files, "has_room", lambda size: size <= 10)
    assert receiving.begin(ana, "mine.zip", 30).received == 20
    receiving.delete(archive)
    with pytest.raises(Refused, match="disk has no room"):
        receiving.begin(ana, "mine.zip", 30)


def test_an_upload_in_one_piece_replaces_one_of_parts_that_stopped(ana: User, tmp_path: Path) -> None:
    stopped = receiving.begin(ana, "mine.zip", 30)
    receiving.take_part(stopped, 0, b"a" * 10)
    path = a_zip(tmp_path)
    body = path.read_bytes()
    archive = receiving.take_whole(ana, "mine.zip", path)
    assert files.path_of(archive.pk).read_bytes() == body
    assert not files.path_of(stopped.pk).exists()
    assert Archive.objects.get().state == Archive.State.QUEUED


@pytest.mark.parametrize(("size", "sentence"), [(0, "empty"), (6_000_000_000, "larger than 5,000 megabytes")])
def test_what_is_empty_or_too_large_is_refused_before_a_byte_came(ana: User, size: int, sentence: str) -> None:
    with pytest.raises(Refused) as error:
        receiving.begin(ana, "mine.zip", size)
    assert sentence in error.value.sentence
    assert not Archive.objects.exists()


def test_a_full_disk_takes_nothing(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = receiving.begin(ana, "mine.zip", 30)
    monkeypatch.setattr(files, "SPARE_BYTES", 10**18)
    with pytest.raises(Refused, match="disk has no room"):
        receiving.take_part(archive, 0, b"a" * 10)
    receiving.delete(archive)
    with pytest.raises(Refused, match="disk has no room"):
        receiving.begin(ana, "mine.zip", 30)


def test_uploads_that_were_given_up_and_files_without_a_row_are_deleted(ana: User, settings: Settings) -> None:
    archive = receiving.begin(ana, "mine.zip", 30)
    receiving.take_part(archive, 0, b"a" * 10)
    for name, age in (("old.part", 100), ("new.part", 1), ("old.upload", 4000), ("new.upload", 100)):
        (files.folder() / name).write_bytes(b"x")
        os.utime(files.folder() / name, (time.time() - age, time.time() - age))
    assert receiving.tidy() == 0
    assert {path.name for path in files.folder().iterdir()} == {f"{archive.pk}.part", "new.part", "new.upload"}
    Archive.objects.update(touched_at=timezone.now() - timedelta(days=1, seconds=1))
    assert receiving.tidy() == 1
    assert not files.path_of(archive.pk).exists()
    assert not Archive.objects.exists()


def test_the_file_is_gone_as_soon_as_it_was_read_or_failed(ana: User, tmp_path: Path) -> None:
    assert read(ana, a_zip(tmp_path)).state == Archive.State.DONE
    garbage = tmp_path / "garbage.zip"
    garbage.write_bytes(b"no zip at all" * 100)
    failed = read(ana, garbage)
    assert (failed.state, failed.error) == (Archive.State.FAILED, "NotAZip")
    assert failed.sentence == "This file is not a zip. Upload the zip just as X gave it to you."
    assert list(files.folder().iterdir()) == []
