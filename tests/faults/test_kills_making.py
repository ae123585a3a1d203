"""Kill -9 everywhere in the making of files and copies: each is there once, and nothing else is left."""

import os
import shutil
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Letter, User
from tests.faults.harness import Errand, killed_everywhere
from tests.follows import a_reader
from tests.keeping import film, photo, saves, showing
from tests.library_files import keep
from tests.sandbox.server import Sandbox
from tests.thread_files import Kind, changed, made, own_place, photos, stored
from tests.threads import a_thread
from tests.whole_person import a_whole_person
from unroller.actions import copies, data_exports, library_exports, thread_files
from unroller.models import (
    BlogPost,
    Claim,
    DataExport,
    Keeping,
    LibraryExport,
    LibraryPart,
    Lookup,
    Medium,
    Mention,
    ThreadFile,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox")]
LONG_AGO = 100_000_000


@pytest.fixture
def place(settings: Settings, tmp_path: Path) -> Path:
    settings.BILLING_ENABLED = True
    return own_place(tmp_path, settings)


def grow_old(folder: Path) -> None:
    """As if nothing in a folder had been touched for years."""
    for each in (*folder.rglob("*"), folder):
        os.utime(each, (LONG_AGO, LONG_AGO))


def settle_the_rest() -> None:
    """What else a whole person has waiting is made up, and nobody is to work on it."""
    for model in (BlogPost, Claim, Lookup, Mention):
        model._default_manager.filter(finished_at=None).update(finished_at=timezone.now())


def left(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_a_file_of_a_thread_that_is_killed_anywhere_is_there_once(
    place: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    def begin(number: int) -> Errand:
        shutil.rmtree(tmp_path / "media", ignore_errors=True)
        thread = a_thread(3, first=1 + number * 100, media=photos(sandbox, 2))
        file = thread_files.ask(thread, Kind.PDF_A4)

        def is_done() -> bool:
            return ThreadFile.objects.filter(pk=file.pk, finished_at__isnull=False).exists()

        def check() -> int:
            file.refresh_from_db()
            assert thread_files.is_made(file), file.detail
            assert [name for name in stored(place) if str(file.pk) in name] == [f"{file.pk}-{file.attempts}"]
            return 0

        return Errand.of("unroller.make_file", file.pk, is_done=is_done, check=check)

    assert killed_everywhere(begin, "unroller.sweep", folders=(tmp_path,)).kills
    grow_old(tmp_path / "making")
    made(changed(a_thread(1, first=900_001)))
    assert left(tmp_path / "making") == [], "what killed makers left is deleted by the next"


def test_a_persons_data_that_is_killed_anywhere_is_one_file_and_one_mail(place: Path, tmp_path: Path) -> None:
    def begin(number: int) -> Errand:
        bob = a_whole_person(f"bob{number}@example.com")
        settle_the_rest()
        export = data_exports.ask(bob)

        def is_done() -> bool:
            return DataExport.objects.filter(pk=export.pk, finished_at__isnull=False).exists()

        def check() -> int:
            export.refresh_from_db()
            assert default_storage.exists(export.file)
            assert [name for name in stored(place) if str(export.pk) in name] == [Path(export.file).name]
            assert Letter.objects.filter(name="data_ready", to=bob.email).count() == 1
            return 0

        return Errand.of("unroller.export_data", export.pk, is_done=is_done, check=check)

    assert killed_everywhere(begin, "unroller.sweep", folders=(tmp_path,)).kills


def test_a_library_as_files_that_is_killed_anywhere_has_each_part_once(place: Path, tmp_path: Path) -> None:
    def begin(number: int) -> Errand:
        bob = a_reader(f"bob{number}", premium=True)
        keep(bob, 3)
        export = library_exports.ask(bob, LibraryExport.Kind.MARKDOWN)

        def is_done() -> bool:
            return LibraryExport.objects.filter(pk=export.pk, finished_at__isnull=False).exists()

        def check() -> int:
            parts = list(LibraryPart.objects.filter(export=export))
            export.refresh_from_db()
            assert (export.done, len(parts), sum(part.threads for part in parts)) == (3, 1, 3)
            assert default_storage.exists(parts[0].file)
            return 0

        return Errand.of("unroller.export_library", export.pk, is_done=is_done, check=check)

    assert killed_everywhere(begin, "unroller.sweep", folders=(tmp_path,)).kills
    LibraryPart.objects.update(expires_at=timezone.now())
    library_exports.sweep()
    assert stored(place) == [], "what killed makers left goes with the parts"


def test_copies_that_are_killed_anywhere_are_kept_once(place: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    alice: User = a_reader("alice", premium=True)

    def begin(number: int) -> Errand:
        thread = showing(film(sandbox, seed=f"film{number}"), photo(sandbox, seed=str(number)), first=1 + number * 100)
        saves(alice, thread)

        def is_done() -> bool:
            return Keeping.objects.filter(thread=thread, finished_at__isnull=False).exists()

        def check() -> int:
            assert Keeping.objects.get(thread=thread).missing == 0
            assert copies.check() == (0, 0)
            return 0

        return Errand.of("unroller.copy_media", thread.pk, is_done=is_done, check=check)

    assert killed_everywhere(begin, "unroller.sweep", folders=(tmp_path,)).kills
    grow_old(place)
    grow_old(tmp_path / "copying")
    copies.check()
    assert len(stored(place)) == Medium.objects.count()
