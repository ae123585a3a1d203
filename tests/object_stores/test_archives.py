"""Zips that arrive in a bucket, part by part, and are joined where they are read."""

from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.leases import LostLease
from accounts.models import User
from tests.archives.bringing import a_zip, brought, read
from tests.follows import a_reader
from tests.object_stores.service import Place
from unroller.actions.archives import files, in_store, reading, receiving
from unroller.actions.archives.receiving import WrongOffset
from unroller.file_store import Away
from unroller.models import Archive, Thread

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("s3")]


@pytest.fixture(autouse=True)
def ground(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def ana(bucket: Place) -> User:
    return a_reader("ana")


def another_machine(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "another"


def test_parts_arrive_in_the_bucket_and_another_machine_reads_them(
    bucket: Place, ana: User, settings: Settings, tmp_path: Path
) -> None:
    path = a_zip(tmp_path)
    archive = brought(ana, path, part=1_000)
    assert len(bucket.names("archives/")) == -(-path.stat().st_size // 1_000)
    assert list(files.folder().iterdir()) == []
    another_machine(settings, tmp_path)
    reading.run(str(archive.pk))
    archive.refresh_from_db()
    assert (archive.state, archive.threads_stored) == (Archive.State.DONE, 1)
    assert (bucket.names(), list(files.folder().iterdir())) == ([], [])


def test_an_upload_goes_on_where_it_was_whatever_broke(
    bucket: Place, ana: User, settings: Settings, tmp_path: Path
) -> None:
    body = a_zip(tmp_path).read_bytes()
    archive = receiving.begin(ana, "mine.zip", len(body))
    assert receiving.take_part(archive, 0, body[:700]) == 700
    in_store.write(str(archive.pk), 700, b"x" * 500)  # a process that was killed before its commit
    bucket.road.close()
    with pytest.raises(Away):
        receiving.take_part(archive, 700, body[700:])
    bucket.road.open()
    another_machine(settings, tmp_path)
    with pytest.raises(WrongOffset) as told:
        receiving.take_part(archive, 1_200, body[1_200:])
    assert told.value.received == 700
    assert receiving.take_part(archive, 700, body[700:800]) == 800
    assert receiving.take_part(archive, 700, body[700:800]) == 800
    receiving.take_part(archive, 800, body[800:])
    archive.refresh_from_db()
    assert files.bring_here(archive, tell=lambda: None).read_bytes() == body


def test_a_part_while_the_bucket_is_away_is_sent_again_by_the_page(bucket: Place, ana: User, client: Client) -> None:
    client.force_login(ana)
    begun = client.post("/archives/begin", {"name": "mine.zip", "size": 5}).json()
    bucket.road.close()
    part = f"{begun['part']}?offset=0&length=5"
    answer = client.post(part, b"bytes", content_type="application/octet-stream")
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "application/json" not in answer["Content-Type"]  # the page's script tries such answers again
    bucket.road.open()
    assert client.post(part, b"bytes", content_type="application/octet-stream").json() == {"received": 5}


def test_a_zip_in_one_piece_goes_there_too(bucket: Place, ana: User, client: Client, tmp_path: Path) -> None:
    client.force_login(ana)
    path = a_zip(tmp_path)
    client.post("/archives", {"file": SimpleUploadedFile("mine.zip", path.read_bytes())})
    archive = Archive.objects.get()
    assert bucket.names() == [f"archives/{archive.pk}/{0:012d}"]
    client.post("/archives", {"file": SimpleUploadedFile("other.zip", path.read_bytes())})
    assert bucket.names() == [f"archives/{archive.pk}/{0:012d}"]
    reading.run(str(archive.pk))
    assert Archive.objects.get().state == Archive.State.DONE
    assert (bucket.names(), list(files.folder().iterdir())) == ([], [])


def test_a_joining_that_was_interrupted_goes_on_from_what_is_here(bucket: Place, ana: User, tmp_path: Path) -> None:
    path = a_zip(tmp_path)
    archive = brought(ana, path, part=1_000)
    told: list[int] = []

    def lost() -> None:
        told.append(files.path_of(archive.pk).stat().st_size)
        if len(told) == 2:
            raise LostLease

    with pytest.raises(LostLease):
        files.bring_here(archive, tell=lost)
    half = files.path_of(archive.pk)
    assert 0 < half.stat().st_size < path.stat().st_size
    half.write_bytes(half.read_bytes()[:1_500])
    before = bucket.road.requests
    assert files.bring_here(archive, tell=lambda: None).read_bytes() == path.read_bytes()
    parts = -(-path.stat().st_size // 1_000)
    assert bucket.road.requests - before == 1 + 2 * (parts - 1)  # the list, and the parts but for the first


def test_while_the_bucket_is_away_the_reading_waits_and_goes_on_later(bucket: Place, ana: User, tmp_path: Path) -> None:
    archive = brought(ana, a_zip(tmp_path), part=1_000)
    bucket.road.close()
    reading.run(str(archive.pk))
    archive.refresh_from_db()
    assert (archive.state, archive.not_before is not None) == (Archive.State.QUEUED, True)
    bucket.road.open()
    Archive.objects.update(not_before=None)
    reading.run(str(archive.pk))
    assert Archive.objects.get().state == Archive.State.DONE
    assert Thread.objects.count() == 1


def test_a_zip_that_lost_a_part_is_asked_for_again(bucket: Place, ana: User, tmp_path: Path) -> None:
    archive = brought(ana, a_zip(tmp_path), part=1_000)
    lost = f"a/site/archives/{archive.pk}/{1_000:012d}"
    bucket.service.client.delete_object(Bucket=bucket.bucket, Key=lost)
    reading.run(str(archive.pk))
    archive.refresh_from_db()
    assert (archive.state, archive.sentence) == (Archive.State.FAILED, reading.LOST)
    assert bucket.names() == []


def test_what_was_deleted_while_the_bucket_was_away_goes_when_it_is_back(
    bucket: Place, ana: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = brought(ana, a_zip(tmp_path), part=1_000)
    bucket.road.close()
    receiving.delete(archive)
    assert not Archive.objects.exists()
    bucket.road.open()
    files.sweep()
    assert bucket.names() != []  # as young as a zip in one piece that has no row yet
    monkeypatch.setattr(in_store, "LEFT_BEHIND", -timedelta(hours=1))
    going_on = receiving.begin(ana, "next.zip", 30)
    receiving.take_part(going_on, 0, b"a" * 10)
    files.sweep()
    assert bucket.names() == [f"archives/{going_on.pk}/{0:012d}"]
    Archive.objects.update(touched_at=timezone.now() - receiving.KEPT_UNFINISHED)
    receiving.tidy()
    assert bucket.names() == []


def test_an_account_that_ends_leaves_no_zip(bucket: Place, ana: User, tmp_path: Path) -> None:
    brought(ana, a_zip(tmp_path), part=1_000)
    receiving.forget(ana)
    assert bucket.names() == []
    assert read(a_reader("bob"), a_zip(tmp_path)).state == Archive.State.DONE
