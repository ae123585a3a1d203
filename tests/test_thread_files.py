"""Files of threads: made once of the same words, whatever happens to workers, pictures and the storage."""

import os
import zipfile
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from threading import Thread as Runner

import pypdfium2
import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.leases import LostLease
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.thread_files import Kind, expire_lease, made, own_place, photos, stored
from tests.threads import a_thread
from unroller.actions import thread_files
from unroller.exports import workshop
from unroller.models import Thread, ThreadFile

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    return own_place(tmp_path, settings)


@pytest.fixture
def broken_workshop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its Python finds no library and ends at once."""
    monkeypatch.setattr(workshop, "ENVIRONMENT", {"PYTHONHOME": "/nowhere"})


def run_now(file: ThreadFile) -> ThreadFile:
    """Run it although it was told to wait."""
    ThreadFile.objects.filter(pk=file.pk).update(not_before=None)
    thread_files.run(str(file.pk))
    file.refresh_from_db()
    return file


def left_behind(place: Path, file: ThreadFile, *, attempt: int) -> None:
    """What an attempt stored before it was killed."""
    path = place / "threads" / file.pk.hex[:2] / f"{file.pk}-{attempt}"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half a file")


def read(file: ThreadFile) -> pypdfium2.PdfDocument:
    with default_storage.open(file.file) as opened:
        return pypdfium2.PdfDocument(opened.read())


def test_a_pdf_holds_the_words_and_the_pictures(sandbox: Sandbox) -> None:
    file = made(a_thread(3, media=photos(sandbox, 2)))
    page = read(file)[0]
    assert "This is post 3." in page.get_textpage().get_text_bounded()
    assert sum(1 for thing in page.get_objects() if thing.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE) == 2
    assert (file.ending, file.pictures, file.pictures_done) == ("pdf", 2, 2)
    assert file.size == default_storage.size(file.file)


@pytest.mark.parametrize(("kind", "size"), [(Kind.PDF_A4, (595, 842)), (Kind.PDF_LETTER, (612, 792))])
def test_a_pdf_fits_its_paper(kind: ThreadFile.Kind, size: tuple[int, int]) -> None:
    width, height = read(made(a_thread(1), kind))[0].get_size()
    assert (round(width), round(height)) == size


def test_an_epub_is_made_in_the_same_way(sandbox: Sandbox) -> None:
    file = made(a_thread(2, media=photos(sandbox, 1)), Kind.EPUB)
    with default_storage.open(file.file) as opened, zipfile.ZipFile(opened) as book:
        assert book.read("mimetype") == b"application/epub+zip"
    assert file.ending == "epub"


def test_a_picture_that_cannot_be_had_leaves_the_file_whole(sandbox: Sandbox, world: World) -> None:
    world.faults.add("media", "html", times=FOR_EVER)
    file = made(a_thread(2, media=photos(sandbox, 3)))
    assert "This is post 2." in read(file)[0].get_textpage().get_text_bounded()


def test_asking_at_once_makes_one_file(place: Path) -> None:
    thread, barrier, asked = a_thread(2), Barrier(8), []

    def ask() -> None:
        barrier.wait()
        asked.append(thread_files.ask(thread, Kind.PDF_A4).pk)
        thread_files.run(str(asked[-1]))
        connection.close()

    askers = [Runner(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(set(asked)) == 1
    assert ThreadFile.objects.get().attempts == 1
    assert stored(place) == [f"{asked[0]}-1"]


def test_every_kind_is_a_file_of_its_own_and_again_of_other_words() -> None:
    thread = a_thread(2)
    files = {thread_files.ask(thread, kind).pk for kind in Kind}
    Thread.objects.update(changed_at=timezone.now())
    thread.refresh_from_db()
    assert len(files | {thread_files.ask(thread, Kind.EPUB).pk}) == 4
    assert thread_files.find(thread, Kind.PDF_A4) is None


def test_a_storage_that_fails_once_is_tried_again(place: Path) -> None:
    place.mkdir()
    (place / "threads").write_text("a file where the folder should be")
    file = made(a_thread(1))
    assert (file.finished_at, file.leased_until, file.attempts) == (None, None, 1)
    assert "FileExistsError" in file.detail or "NotADirectory" in file.detail
    assert thread_files.sweep() == 0
    (place / "threads").unlink()
    ThreadFile.objects.update(not_before=timezone.now())
    assert thread_files.sweep() == 1
    assert thread_files.is_made(run_now(file))
    assert stored(place) == [f"{file.pk}-2"]


def test_what_fails_five_times_ends_with_a_sentence_and_may_be_asked_for_again(place: Path) -> None:
    thread = a_thread(1)
    place.mkdir()
    (place / "threads").write_text("a file where the folder should be")
    file = thread_files.ask(thread, Kind.PDF_A4)
    for _ in range(thread_files.MOST_ATTEMPTS):
        run_now(file)
    assert (file.finished_at is not None, file.sentence) == (True, thread_files.FAILED)
    (place / "threads").unlink()
    assert thread_files.find(thread, Kind.PDF_A4) == file
    ThreadFile.objects.update(finished_at=timezone.now() - thread_files.TRY_AGAIN)
    assert thread_files.find(thread, Kind.PDF_A4) is None
    assert thread_files.is_made(made(thread))
    assert ThreadFile.objects.count() == 1


@pytest.mark.usefixtures("broken_workshop")
def test_what_the_workshop_cannot_make_twice_is_not_tried_five_times(place: Path) -> None:
    file = thread_files.ask(a_thread(1), Kind.PDF_A4)
    for _ in range(thread_files.MOST_FAILURES):
        assert file.finished_at is None
        run_now(file)
    assert file.sentence == thread_files.FAILED
    assert file.detail.startswith("Failed: ")
    assert stored(place) == []


def test_a_row_that_kills_every_worker_ends(place: Path) -> None:
    file = thread_files.ask(a_thread(1), Kind.PDF_A4)
    for _ in range(thread_files.MOST_ATTEMPTS):
        assert thread_files.QUEUE.claim(file.pk)
        expire_lease(file)
    left_behind(place, file, attempt=3)
    run_now(file)
    assert file.sentence == thread_files.FAILED
    assert stored(place) == []


def test_a_worker_that_comes_back_late_leaves_no_file(place: Path) -> None:
    file = thread_files.ask(a_thread(1), Kind.PDF_A4)
    late = thread_files.QUEUE.claim(file.pk)
    assert late is not None
    expire_lease(file)
    run_now(file)
    with pytest.raises(LostLease):
        thread_files._make(late)
    with pytest.raises(LostLease):
        thread_files._finish(late, "its own", ending="pdf", size=1)
    assert stored(place) == [f"{file.pk}-2"]
    assert thread_files.is_made(file)


def test_a_lease_that_is_lost_in_the_middle_stops_the_work(sandbox: Sandbox, world: World, place: Path) -> None:
    file = thread_files.ask(a_thread(1, media=photos(sandbox, 6)), Kind.PDF_A4)

    def taken_by_another() -> None:
        ThreadFile.objects.filter(pk=file.pk).update(attempts=7)
        connection.close()

    world.faults.at_call("media", 2, taken_by_another)
    thread_files.run(str(file.pk))
    file.refresh_from_db()
    assert (file.attempts, file.file) == (7, "")
    assert stored(place) == []


def test_what_killed_workers_left_behind_is_deleted(place: Path, tmp_path: Path) -> None:
    file = thread_files.ask(a_thread(1), Kind.PDF_A4)
    assert thread_files.QUEUE.claim(file.pk)
    left_behind(place, file, attempt=1)
    folder = tmp_path / "making" / "of-a-killed-worker"
    folder.mkdir(parents=True)
    _age(folder, seconds=thread_files.LEFT_BEHIND_SECONDS + 60)
    expire_lease(file)
    assert thread_files.sweep() == 1
    run_now(file)
    assert stored(place) == [f"{file.pk}-2"]
    assert list((tmp_path / "making").iterdir()) == []


def _age(path: Path, *, seconds: float) -> None:
    moment = timezone.now().timestamp() - seconds
    os.utime(path, (moment, moment))


def test_a_file_that_is_used_now_and_then_is_noted_once_a_day() -> None:
    file = made(a_thread(1))
    long_ago = timezone.now() - timedelta(days=20)
    ThreadFile.objects.update(used_at=long_ago)
    file.refresh_from_db()
    opened = thread_files.opened(file)
    assert opened is not None
    opened.close()
    file.refresh_from_db()
    assert file.used_at is not None
    assert file.used_at > long_ago + timedelta(days=19)


def test_a_file_that_the_storage_lost_is_made_again(place: Path) -> None:
    file = made(a_thread(1))
    default_storage.delete(file.file)
    assert thread_files.opened(file) is None
    anew = thread_files.again(file)
    assert anew.pk != file.pk
    assert thread_files.is_made(run_now(anew))
