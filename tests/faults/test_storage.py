"""A bucket that fails in the middle: from some request on it answers 500, or nobody, until it is back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import Letter
from tests.archives.bringing import WORDS, a_zip, brought, proves
from tests.faults.harness import LONG, Errand, go_on
from tests.follows import a_reader
from tests.keeping import film, photo, saves, showing
from tests.library_files import contents, keep
from tests.object_stores.service import Place
from tests.sandbox.server import Sandbox
from tests.thread_files import Kind, photos
from tests.threads import a_thread
from tests.x_archives import chain
from unroller import store
from unroller.actions import copies, data_exports, library_exports, thread_files
from unroller.actions.archives import files, in_store
from unroller.models import (
    Archive,
    ArchivedThread,
    DataExport,
    Keeping,
    LibraryExport,
    LibraryPart,
    Medium,
    Thread,
    ThreadFile,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("s3")]
AWAY = b""
BROKEN = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.fixture(autouse=True)
def ground(settings: Settings, tmp_path: Path, sandbox: Sandbox) -> None:
    settings.BILLING_ENABLED = True
    settings.DATA_DIR = tmp_path


def fails_everywhere(bucket: Place, begin: Callable[[int], Errand], *clock: str) -> None:
    """Do an errand while nothing fails, to count its requests; then others, of which each loses the bucket at one."""
    requests = _do(bucket, begin(0), clock)
    faults = [(1, AWAY), (requests // 2 + 1, BROKEN), (requests, AWAY)]
    if LONG:
        faults = [(point, said) for said in (AWAY, BROKEN) for point in range(1, requests + 1)]
    failed = 0
    for number, (point, said) in enumerate(faults, start=1):
        errand = begin(number)
        bucket.road.fails_at, bucket.road.fails_with = bucket.road.requests + point, said
        failed += _do(bucket, errand, clock) >= point
    assert failed >= (len(faults) if LONG else 2), "requests that were to fail were never made"
    print(f"\n{begin.__qualname__.partition('.')[0]}: {requests} requests, {failed} failures, lost 0, doubled 0")


def _do(bucket: Place, errand: Errand, clock: tuple[str, ...]) -> int:
    """One of them, and what happens by itself once the bucket is back; how many requests the first try made."""
    before = bucket.road.requests
    errand.act(*errand.args)
    requests = bucket.road.requests - before
    bucket.road.open()
    go_on(errand.is_done, clock)
    errand.check()
    return requests


def test_a_file_of_a_thread_is_made_once(bucket: Place, sandbox: Sandbox) -> None:
    def begin(number: int) -> Errand:
        file = thread_files.ask(a_thread(2, first=1 + number * 100, media=photos(sandbox, 1)), Kind.EPUB)

        def is_done() -> bool:
            return ThreadFile.objects.filter(pk=file.pk, finished_at__isnull=False).exists()

        def check() -> int:
            file.refresh_from_db()
            assert thread_files.is_made(file), file.detail
            assert [name for name in bucket.names("threads/") if str(file.pk) in name] == [file.file]
            return 0

        return Errand.of("unroller.make_file", file.pk, is_done=is_done, check=check)

    fails_everywhere(bucket, begin, "unroller.sweep")


def test_a_persons_data_is_one_file_and_one_mail(bucket: Place) -> None:
    def begin(number: int) -> Errand:
        bob = a_reader(f"bob{number}")
        export = data_exports.ask(bob)

        def is_done() -> bool:
            return DataExport.objects.filter(pk=export.pk, finished_at__isnull=False).exists()

        def check() -> int:
            export.refresh_from_db()
            assert [name for name in bucket.names("data/") if str(export.pk) in name] == [export.file]
            assert Letter.objects.filter(name="data_ready", to=bob.email).count() == 1
            return 0

        return Errand.of("unroller.export_data", export.pk, is_done=is_done, check=check)

    fails_everywhere(bucket, begin, "unroller.sweep")


def test_a_library_has_each_part_once(bucket: Place) -> None:
    def begin(number: int) -> Errand:
        bob = a_reader(f"bob{number}", premium=True)
        keep(bob, 3)
        export = library_exports.ask(bob, LibraryExport.Kind.MARKDOWN)

        def is_done() -> bool:
            return LibraryExport.objects.filter(pk=export.pk, finished_at__isnull=False).exists()

        def check() -> int:
            (part,) = LibraryPart.objects.filter(export=export)
            assert (part.threads, len(contents(part)) >= 3) == (3, True)
            return 0

        return Errand.of("unroller.export_library", export.pk, is_done=is_done, check=check)

    fails_everywhere(bucket, begin, "unroller.sweep")


def test_copies_are_kept_once(bucket: Place, sandbox: Sandbox) -> None:
    alice = a_reader("alice", premium=True)

    def begin(number: int) -> Errand:
        thread = showing(film(sandbox, seed=f"film{number}"), photo(sandbox, seed=str(number)), first=1 + number * 100)
        saves(alice, thread)

        def is_done() -> bool:
            return Keeping.objects.filter(thread=thread, finished_at__isnull=False).exists()

        def check() -> int:
            assert Keeping.objects.get(thread=thread).missing == 0
            assert copies.check() == (0, 0)
            assert len(bucket.names("kept/")) == Medium.objects.count()
            return 0

        return Errand.of("unroller.copy_media", thread.pk, is_done=is_done, check=check)

    fails_everywhere(bucket, begin, "unroller.sweep")


def test_an_archive_is_read_once_and_gone(bucket: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_store, "LEFT_BEHIND", -in_store.LEFT_BEHIND)  # an hour has passed
    ana = a_reader("ana")
    proves(ana)

    def begin(number: int) -> Errand:
        store.client().flushdb()  # more than anybody may begin in a day
        archive = brought(ana, a_zip(tmp_path, chain(WORDS, start=number * 100_000)), part=1_500)

        def is_done() -> bool:
            return Archive.objects.get(pk=archive.pk).state in {Archive.State.DONE, Archive.State.FAILED}

        def check() -> int:
            row = Archive.objects.get(pk=archive.pk)
            assert (row.state, row.threads_stored) == (Archive.State.DONE, 1)
            assert ArchivedThread.objects.filter(archive=row).count() == 1
            assert Thread.objects.count() == Archive.objects.count()
            files.sweep()
            assert bucket.names("archives/") == []
            return 0

        return Errand.of("unroller.read_archive", archive.pk, is_done=is_done, check=check)

    fails_everywhere(bucket, begin, "unroller.sweep", "unroller.trim")
