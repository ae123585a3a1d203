"""A library as files: asked for, failed, lost, expired, deleted, and made after all."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import Settings

from accounts import limits
from accounts.leases import LostLease
from accounts.models import Letter, User
from billing.models import Grant
from tests.follows import a_reader
from tests.library_files import keep, made, stored
from tests.processes import Worker, until
from tests.sandbox.server import Sandbox
from tests.whole_person import keep_files_in
from unroller.actions import library_exports, library_parts
from unroller.actions.refusals import Refused
from unroller.models import LibraryExport, LibraryPart, ThreadFile

pytestmark = pytest.mark.django_db(transaction=True)


Kind = LibraryExport.Kind


@pytest.fixture(autouse=True)
def own_files(settings: Settings, tmp_path: Path) -> Path:
    keep_files_in(tmp_path, settings)
    return tmp_path


@pytest.fixture
def bob() -> User:
    return a_reader("bob", premium=True)


def test_asking_twice_makes_one_and_another_kind_has_to_wait(bob: User) -> None:
    with pytest.raises(Refused, match="nothing in your library"):
        library_exports.ask(bob, Kind.MARKDOWN)
    keep(bob, 1)
    export = library_exports.ask(bob, Kind.MARKDOWN)
    assert library_exports.ask(bob, Kind.MARKDOWN) == export
    with pytest.raises(Refused, match="just now"):
        library_exports.ask(bob, Kind.EPUB)


def test_there_are_a_few_a_day(bob: User) -> None:
    keep(bob, 1)
    for _ in range(limits.everybodys(limits.LIBRARY_EXPORTS)):
        library_exports.delete(made(bob))
    with pytest.raises(Refused, match="come back tomorrow"):
        library_exports.ask(bob, Kind.MARKDOWN)


def test_no_further_part_is_made_once_premium_ended(
    bob: User, own_files: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BILLING_ENABLED = True
    monkeypatch.setattr(library_parts, "MOST_THREADS", 1)
    keep(bob, 2)
    export = library_exports.ask(bob, Kind.MARKDOWN)
    library_exports.run(str(export.id))
    Grant.objects.all().delete()
    library_exports.run(str(export.id))
    export.refresh_from_db()
    assert export.finished_at is not None
    assert export.sentence == library_exports.NOT_A_MEMBER
    assert library_exports.is_there(export.parts.get())
    assert stored(own_files) == [f"libraries/{export.id}/1-1.zip"]


def test_parts_are_deleted_a_week_after_the_end_and_not_before(
    bob: User, own_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_parts, "MOST_THREADS", 1)
    keep(bob, 2)
    export = library_exports.ask(bob, Kind.MARKDOWN)
    library_exports.run(str(export.id))
    LibraryPart.objects.update(expires_at=timezone.now() - timedelta(days=1))
    library_exports.sweep()
    assert library_exports.is_there(LibraryPart.objects.get())
    library_exports.run(str(export.id))
    assert all(part.expires_at > timezone.now() + timedelta(days=6) for part in LibraryPart.objects.all())
    LibraryPart.objects.update(expires_at=timezone.now())
    assert not library_exports.is_there(LibraryPart.objects.all()[0])
    library_exports.sweep()
    assert (stored(own_files), LibraryPart.objects.count()) == ([], 0)
    LibraryExport.objects.update(finished_at=timezone.now() - timedelta(days=31))
    library_exports.sweep()
    assert not LibraryExport.objects.exists()


def test_what_fails_waits_and_is_tried_again_and_ends_after_five_times(bob: User, own_files: Path) -> None:
    keep(bob, 1)
    export = library_exports.ask(bob, Kind.MARKDOWN)
    (own_files / "libraries").write_text("a file where the folder should be")
    library_exports.run(str(export.id))
    export.refresh_from_db()
    assert (export.failures, export.leased_until, export.finished_at) == (1, None, None)
    assert export.not_before is not None
    assert export.sentence == library_exports.TROUBLE
    for _ in range(4):
        LibraryExport.objects.update(not_before=None)
        library_exports.run(str(export.id))
    export.refresh_from_db()
    assert export.failed
    (own_files / "libraries").unlink()
    assert made(bob).parts.get().threads == 1


def test_an_export_that_kills_every_worker_ends(bob: User) -> None:
    keep(bob, 1)
    export = library_exports.ask(bob, Kind.MARKDOWN)
    LibraryExport.objects.update(failures=library_exports.MOST_FAILURES)
    library_exports.run(str(export.id))
    export.refresh_from_db()
    assert export.failed


def test_a_worker_that_lost_its_lease_leaves_nothing_behind(bob: User, own_files: Path) -> None:
    keep(bob, 2)
    export = library_exports.ask(bob, Kind.MARKDOWN)
    late = library_exports.QUEUE.claim(export.id)
    assert late is not None
    LibraryExport.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    library_exports.run(str(export.id))
    with pytest.raises(LostLease):
        library_exports._make(late)
    assert stored(own_files) == [f"libraries/{export.id}/1-2.zip"]
    assert LibraryPart.objects.count() == 1


def test_a_late_worker_never_meets_its_own_number_again(
    bob: User, own_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_parts, "MOST_THREADS", 1)
    keep(bob, 3)
    export = library_exports.ask(bob, Kind.MARKDOWN)
    late = library_exports.QUEUE.claim(export.id)
    assert late is not None
    LibraryExport.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    library_exports.run(str(export.id))
    assert library_exports.QUEUE.claim(export.id) is not None
    assert LibraryExport.objects.get().attempts == 3
    with pytest.raises(LostLease):
        library_exports._make(late)
    assert LibraryPart.objects.count() == 1
    assert stored(own_files) == [f"libraries/{export.id}/1-2.zip"]


def test_deleting_stops_it_and_takes_the_files(bob: User, own_files: Path) -> None:
    keep(bob, 1)
    export = made(bob)
    default_storage.save(f"libraries/{export.id}/9-1.zip", ContentFile(b"left by a killed worker"))
    library_exports.delete(export)
    assert (stored(own_files), LibraryExport.objects.count(), LibraryPart.objects.count()) == ([], 0, 0)


def test_a_worker_whose_export_is_deleted_leaves_nothing_behind(bob: User, own_files: Path) -> None:
    keep(bob, 1)
    export = library_exports.ask(bob, Kind.MARKDOWN)
    held = library_exports.QUEUE.claim(export.id)
    assert held is not None
    library_exports.delete(export)
    with pytest.raises(LostLease):
        library_exports._make(held)
    assert stored(own_files) == []


def test_an_account_that_is_deleted_takes_its_files_along(bob: User, own_files: Path) -> None:
    keep(bob, 1)
    made(bob)
    export = library_exports.ask(bob, Kind.MARKDOWN)
    library_exports.QUEUE.claim(export.id)
    with pytest.raises(library_exports.Busy):
        library_exports.forget(bob)
    LibraryExport.objects.filter(id=export.id).update(leased_until=timezone.now() - timedelta(seconds=1))
    library_exports.forget(bob)
    assert stored(own_files) == []
    library_exports.run(str(export.id))
    assert stored(own_files) == []


def test_a_real_worker_makes_it_also_after_one_was_killed(bob: User, sandbox: Sandbox, settings: Settings) -> None:
    folder = Path(settings.DATA_DIR) / "files"
    keep_files_in(folder, settings)
    keep(bob, 2)
    worker = Worker(sandbox.env(), queues="export")
    export = library_exports.ask(bob, Kind.EPUB)
    try:
        worker.start()
        until(lambda: not LibraryExport.objects.filter(attempts=0, finished_at=None).exists(), what="export begun")
        worker.kill()
        LibraryExport.objects.update(leased_until=timezone.now() - timedelta(seconds=1), rung_at=None)
        ThreadFile.objects.filter(finished_at=None).update(leased_until=timezone.now() - timedelta(seconds=1))
        worker.start()
        library_exports.sweep()
        until(lambda: LibraryExport.objects.filter(finished_at__isnull=False).exists(), what="export done", seconds=60)
    finally:
        worker.kill()
    assert export.parts.get().threads == 2
    assert Letter.objects.filter(name="library_ready").count() == 1
