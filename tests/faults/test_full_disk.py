"""A disk that is full: what cannot be written says so and waits; when there is room again it is done, once."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.faults import child
from tests.faults.harness import go_on, in_a_child
from tests.follows import a_reader
from tests.keeping import film, saves, showing
from tests.library_files import keep
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.test_unrolling import a_chain
from tests.thread_files import Kind, own_place, photos, stored
from tests.threads import a_thread
from unroller.actions import library_exports, thread_files, unrolling
from unroller.models import Job, Keeping, LibraryExport, LibraryPart, ThreadFile

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox")]
ROOM = 1_000


@pytest.fixture
def place(settings: Settings, tmp_path: Path) -> Path:
    settings.BILLING_ENABLED = True
    return own_place(tmp_path, settings)


def fails_and_recovers(task: str, key: object, is_done: Callable[[], bool]) -> None:
    """It cannot be written, and ends neither well nor for good; with room it is done by itself."""
    in_a_child(child.task_on_a_full_disk, ROOM, task, str(key))
    assert not is_done()
    go_on(is_done, ("unroller.sweep",))


def test_a_file_waits_for_room_and_says_why(place: Path, sandbox: Sandbox) -> None:
    file = thread_files.ask(a_thread(3, media=photos(sandbox, 2)), Kind.EPUB)
    fails_and_recovers(
        "unroller.make_file", file.pk, lambda: ThreadFile.objects.filter(pk=file.pk, finished_at__isnull=False).exists()
    )
    file.refresh_from_db()
    assert thread_files.is_made(file)
    assert file.attempts == 2
    assert stored(place) == [f"{file.pk}-2"]


def test_the_failure_is_kept_for_the_operator(place: Path, sandbox: Sandbox) -> None:
    file = thread_files.ask(a_thread(3, media=photos(sandbox, 2)), Kind.EPUB)
    in_a_child(child.task_on_a_full_disk, ROOM, "unroller.make_file", str(file.pk))
    file.refresh_from_db()
    assert "File too large" in file.detail
    assert file.not_before is not None
    assert file.not_before - timezone.now() < timedelta(minutes=1)
    assert stored(place) == []


def test_a_library_waits_for_room(place: Path) -> None:
    bob = a_reader("bob", premium=True)
    keep(bob, 30)
    export = library_exports.ask(bob, LibraryExport.Kind.MARKDOWN)
    fails_and_recovers(
        "unroller.export_library",
        export.pk,
        lambda: LibraryExport.objects.filter(pk=export.pk, finished_at__isnull=False).exists(),
    )
    assert LibraryPart.objects.get(export=export).threads == 30


def test_copies_wait_for_room(place: Path, sandbox: Sandbox) -> None:
    thread = showing(film(sandbox, 100_000))
    saves(a_reader("alice", premium=True), thread)
    fails_and_recovers(
        "unroller.copy_media",
        thread.pk,
        lambda: Keeping.objects.filter(thread=thread, finished_at__isnull=False, missing=0).exists(),
    )
    assert len(stored(place)) == 1


def test_a_thread_needs_no_room_for_files(world: World) -> None:
    job = unrolling.ask(world.x.link(a_chain(world)[0]))
    in_a_child(child.task_on_a_full_disk, ROOM, "unroller.fetch", str(job.pk))
    job.refresh_from_db()
    assert job.state == Job.State.DONE
