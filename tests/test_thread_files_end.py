"""Files of threads: how they go, with the words they were made of or because nobody takes them."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.thread_files import Kind, changed, made, own_place, photos, stored
from tests.threads import a_thread
from unroller.actions import thread_files, threads
from unroller.core.errors import Gone
from unroller.models import Thread, ThreadFile

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    return own_place(tmp_path, settings)


def removed(thread: Thread) -> None:
    """Its words are taken away, as after an author's wish."""
    with transaction.atomic():
        locked = Thread.objects.select_for_update(of=("self",)).get(pk=thread.pk)
        threads.remove(locked, Gone())


def test_a_new_version_takes_the_files_of_the_old_one_along(place: Path) -> None:
    thread = a_thread(2)
    files = [made(thread), made(thread, Kind.EPUB)]
    assert all(map(thread_files.is_made, files))
    changed(thread)
    assert stored(place) == []
    assert not ThreadFile.objects.exists()


def test_what_changes_around_the_words_leaves_the_files(place: Path) -> None:
    other, thread = a_thread(2, first=100), a_thread(2)
    file = made(thread)
    a_thread(2, first=100, text="Another title.", html="<p>Another title.</p>")
    before, thread = thread.version, Thread.objects.get(pk=thread.pk)
    assert (thread.version, other.author) == (before + 1, thread.author)
    assert thread_files.find(thread, Kind.PDF_A4) == file
    assert thread_files.trim() == 0
    assert stored(place) == [f"{file.pk}-1"]


def test_what_changes_around_the_words_while_a_file_is_made_leaves_it_good(sandbox: Sandbox, world: World) -> None:
    thread = a_thread(2, media=photos(sandbox, 2))
    world.faults.at_call("media", 1, lambda: _beside(lambda row: threads.forget_pages_of(row.author), thread))
    assert thread_files.is_made(made(thread))


def test_a_private_thread_that_becomes_everybodys_takes_its_files_along(place: Path) -> None:
    thread = a_thread(2)
    Thread.objects.update(private=True)
    made(Thread.objects.get())
    assert a_thread(2).version == thread.version
    assert stored(place) == []


def test_files_of_other_threads_stay(place: Path) -> None:
    thread, other = a_thread(2), made(a_thread(2, first=100))
    changed(thread)
    removed(thread)
    assert stored(place) == [f"{other.pk}-1"]


def test_a_removed_thread_takes_its_files_along_at_once(place: Path) -> None:
    thread = a_thread(2)
    made(thread)
    removed(thread)
    assert stored(place) == []


def test_nothing_is_deleted_when_the_removal_is_rolled_back(place: Path) -> None:
    thread = a_thread(2)
    file = made(thread)
    with transaction.atomic():
        threads.remove(thread, Gone())
        transaction.set_rollback(True)
    assert stored(place) == [f"{file.pk}-1"]


def test_a_thread_that_became_a_part_of_another_takes_its_files_along(place: Path) -> None:
    made(a_thread(2, first=2))
    whole = made(a_thread(3))
    assert Thread.objects.count() == 1
    assert stored(place) == [f"{whole.pk}-1"]


def test_a_thread_that_changed_before_its_turn_is_not_made() -> None:
    thread = a_thread(2)
    file = thread_files.ask(thread, Kind.PDF_A4)
    changed(thread)
    thread_files.run(str(file.pk))
    file.refresh_from_db()
    assert (file.file, file.sentence) == ("", thread_files.CHANGED)


def test_a_thread_that_changes_while_its_file_is_made_leaves_no_old_file(
    sandbox: Sandbox, world: World, place: Path
) -> None:
    thread = a_thread(2, media=photos(sandbox, 2))
    world.faults.at_call("media", 1, lambda: _beside(changed, thread))
    file = made(thread)
    assert (file.file, file.sentence) == ("", thread_files.CHANGED)
    assert stored(place) == []


def test_a_thread_that_is_removed_while_its_file_is_made_leaves_no_file(
    sandbox: Sandbox, world: World, place: Path
) -> None:
    thread = a_thread(2, media=photos(sandbox, 2))
    world.faults.at_call("media", 1, lambda: _beside(removed, thread))
    made(thread)
    assert stored(place) == []


def test_a_thread_that_is_deleted_while_its_file_is_made_leaves_no_file(
    sandbox: Sandbox, world: World, place: Path
) -> None:
    thread = a_thread(2, media=photos(sandbox, 2))
    world.faults.at_call("media", 1, lambda: _beside(Thread.delete, thread))
    file = thread_files.ask(thread, Kind.PDF_A4)
    thread_files.run(str(file.pk))
    assert not ThreadFile.objects.exists()
    assert stored(place) == []


def _beside(act: object, thread: Thread) -> None:
    """Do something to a thread from a thread of the sandbox."""
    assert callable(act)
    try:
        act(Thread.objects.get(pk=thread.pk))
    finally:
        connection.close()


def test_what_nobody_took_for_a_month_is_trimmed(place: Path) -> None:
    fresh, old = made(a_thread(1)), made(a_thread(1, first=100))
    ThreadFile.objects.filter(pk=old.pk).update(used_at=timezone.now() - thread_files.KEPT - timedelta(minutes=1))
    assert thread_files.trim() == 1
    assert stored(place) == [f"{fresh.pk}-1"]


def test_failures_are_kept_for_a_week() -> None:
    thread, now = a_thread(1), timezone.now()
    for kind, days in ((Kind.PDF_A4, 6), (Kind.EPUB, 8)):
        ended = {"finished_at": now - timedelta(days=days), "sentence": thread_files.FAILED}
        ThreadFile.objects.create(thread=thread, changed_at=thread.changed_at, kind=kind, **ended)
    assert thread_files.trim() == 1
    assert ThreadFile.objects.get().kind == Kind.PDF_A4


def test_files_of_words_that_are_no_more_are_trimmed(place: Path) -> None:
    made(a_thread(1))
    Thread.objects.update(changed_at=timezone.now())
    assert thread_files.trim() == 1
    assert stored(place) == []


def test_what_waits_to_be_made_is_not_trimmed() -> None:
    thread_files.ask(a_thread(1), Kind.PDF_A4)
    Thread.objects.update(changed_at=timezone.now())
    assert thread_files.trim() == 0


def test_what_the_storage_does_not_delete_is_deleted_the_next_time(place: Path) -> None:
    thread = a_thread(1)
    file = made(thread)
    stubborn = place / "threads" / file.pk.hex[:2] / f"{file.pk}-1"
    stubborn.unlink()
    stubborn.mkdir()
    (stubborn / "inside").write_bytes(b"so that it stays")
    removed(thread)
    assert ThreadFile.objects.exists()
    assert thread_files.trim() == 0
    (stubborn / "inside").unlink()
    assert thread_files.trim() == 1
