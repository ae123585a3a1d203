"""What the site keeps, in a bucket: made, taken, removed, and what becomes of it while the service is away."""

import io
import zipfile
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests import library_files
from tests.follows import a_reader
from tests.keeping import KILOBYTE, a_member, copied, film, kept_for, photo, removed, saves, showing
from tests.object_stores.service import Place
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.media import Film
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.thread_files import made
from tests.threads import a_thread
from unroller import kept, media
from unroller.actions import copies, copying, data_exports, library_exports, thread_files, withdrawing
from unroller.models import DataExport, Keeping, KeptMedium, LibraryPart, Medium, ThreadFile
from unroller.views.errors import FILES_ARE_AWAY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("s3")]


@pytest.fixture(autouse=True)
def ground(settings: Settings, tmp_path: Path) -> None:
    settings.BILLING_ENABLED = True
    settings.DATA_DIR = tmp_path


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_a_threads_file_is_made_taken_and_gone_with_its_thread(bucket: Place, client: Client) -> None:
    client.force_login(a_member())
    thread = a_thread(3)
    file = made(thread)
    assert bucket.names("threads/") == [file.file]
    answer = client.get("/thread/x/1.pdf?paper=a4")
    whole = body(answer)
    assert (answer.status_code, whole[:5], len(whole)) == (HTTPStatus.OK, b"%PDF-", file.size)
    removed(thread)
    assert bucket.names() == []


def test_while_the_service_is_away_a_file_waits_and_readers_are_told_one_sentence(
    bucket: Place, client: Client
) -> None:
    client.force_login(a_member())
    bucket.road.close()
    waiting = made(a_thread(2, first=1_000))
    assert (waiting.finished_at, waiting.not_before is not None, waiting.attempts) == (None, True, 1)
    bucket.road.open()
    ThreadFile.objects.update(not_before=None)
    thread_files.run(str(waiting.pk))
    assert bucket.names() == [f"threads/{waiting.pk.hex[:2]}/{waiting.pk}-2"]
    bucket.road.close()
    answer = client.get("/thread/x/1000.pdf?paper=a4")
    assert (answer.status_code, answer["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "60")
    assert FILES_ARE_AWAY in answer.content.decode()
    assert ThreadFile.objects.get().file  # it counts as there, and is made no second time
    bucket.road.open()
    assert body(client.get("/thread/x/1000.pdf?paper=a4"))[:5] == b"%PDF-"


def test_what_was_removed_while_the_service_was_away_is_nobodys_and_goes_when_it_is_back(
    bucket: Place, sandbox: Sandbox, world: World, client: Client
) -> None:
    bob = a_member()
    thread = showing(film(sandbox))
    kept_for(bob, thread)
    made(thread)
    part = library_files.made(bob).parts.get()
    assert len(bucket.names()) == 3
    bucket.road.close()
    removed(thread)
    part.refresh_from_db()
    assert part.withdrawn
    assert not KeptMedium.objects.exists()
    bucket.road.open()
    Medium.objects.update(created_at=timezone.now() - copies.GRACE)
    thread_files.trim()
    withdrawing.sweep()
    copies.collect_unused()
    assert bucket.names() == []


def test_a_kept_film_is_played_in_parts_and_handed_out_whole(
    bucket: Place, sandbox: Sandbox, world: World, client: Client
) -> None:
    size = 6_000 * KILOBYTE
    shown = film(sandbox, size)
    kept_for(a_member(), showing(shown))
    world.faults.add("media", "error", status=404, times=FOR_EVER)
    whole = Film("film", size).body()
    part = client.get(media.address(shown.url), headers={"Range": "bytes=2000000-"})
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 2000000-2999999/{size}")
    assert body(part) == whole[2_000_000:3_000_000]
    before = bucket.road.requests
    assert body(client.get(media.address(shown.url), headers={"Range": "bytes=-7"})) == whole[-7:]
    assert bucket.road.requests - before == 2  # how large it is, and the part
    assert body(client.get(media.address(shown.url))) == whole
    assert copies.check() == (0, 0)


def test_a_copy_that_cannot_be_stored_is_fetched_again_later(bucket: Place, sandbox: Sandbox) -> None:
    saves(a_member(), showing(photo(sandbox)))
    bucket.road.close()
    row = copied(showing(photo(sandbox)))
    assert (row.finished_at, row.not_before is not None, KeptMedium.objects.count()) == (None, True, 0)
    bucket.road.open()
    Keeping.objects.update(not_before=None)
    copying.run(str(row.pk))
    assert bucket.names() == [kept.name(Medium.objects.get().digest)]
    assert Keeping.objects.get().missing == 0


def test_while_the_service_is_away_a_picture_is_its_networks(bucket: Place, sandbox: Sandbox, client: Client) -> None:
    shown = photo(sandbox)
    kept_for(a_member(), showing(shown))
    bucket.road.close()
    assert body(client.get(media.address(shown.url)))[:4] == b"\x89PNG"


def test_a_copy_that_the_bucket_lost_is_fetched_again_at_night_and_a_stranger_goes(
    bucket: Place, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_for(a_member(), showing(photo(sandbox)))
    name = kept.name(Medium.objects.get().digest)
    bucket.service.client.delete_object(Bucket=bucket.bucket, Key=f"a/site/{name}")
    bucket.service.client.put_object(Bucket=bucket.bucket, Key=f"a/site/kept/ab/ab{'0' * 62}", Body=b"nobody's")
    assert copies.check() == (0, 1)
    monkeypatch.setattr(copies, "ORPHAN_AGE", -copies.ORPHAN_AGE)
    assert copies.check() == (1, 0)
    copying.run(str(Keeping.objects.get().pk))
    assert bucket.names() == [name]


def test_a_persons_data_and_library_are_made_taken_and_gone(bucket: Place, client: Client) -> None:
    bob = a_reader("bob", premium=True)
    client.force_login(bob)
    library_files.keep(bob, 3)
    export = library_files.made(bob)
    data = data_exports.ask(bob)
    data_exports.run(str(data.pk))
    data = DataExport.objects.get()
    assert bucket.names() == [data.file, LibraryPart.objects.get().file]
    for address in (f"/account/data/{data.pk}", f"/library/export/{export.pk}/1"):
        with zipfile.ZipFile(io.BytesIO(body(client.get(address)))) as archive:
            assert archive.testzip() is None
    bucket.road.close()
    assert client.get(f"/account/data/{data.pk}").status_code == HTTPStatus.SERVICE_UNAVAILABLE
    bucket.road.open()
    DataExport.objects.update(expires_at=timezone.now())
    LibraryPart.objects.update(expires_at=timezone.now())
    data_exports.sweep()
    library_exports.sweep()
    assert bucket.names() == []
