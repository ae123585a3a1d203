"""A library as files: parts that hold everything, whatever X allows in a day."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Letter, User
from tests.follows import a_reader
from tests.library_files import ANA, contents, keep, made
from tests.sandbox.server import Sandbox
from tests.threads import a_thread
from tests.whole_person import keep_files_in
from unroller.actions import library, library_exports, library_json, library_parts, thread_files, threads
from unroller.core import link_lists
from unroller.core.errors import Gone
from unroller.models import LibraryExport, Saved, Thread, ThreadFile

pytestmark = pytest.mark.django_db(transaction=True)


Kind = LibraryExport.Kind


@pytest.fixture(autouse=True)
def own_files(settings: Settings, tmp_path: Path) -> Path:
    keep_files_in(tmp_path, settings)
    return tmp_path


@pytest.fixture
def bob() -> User:
    return a_reader("bob", premium=True)


def test_a_library_is_a_zip_of_named_files_with_a_list(bob: User) -> None:
    keep(bob, 2)
    Saved.objects.filter(thread__path="1").update(tags=["sea", "old maps"], note="Read *again*\nin spring.")
    export = made(bob)
    assert (export.done, export.total, export.left_out) == (2, 2, [])
    found = contents(export.parts.get())
    names = [name for name in found if name != "README.md"]
    assert names == ["ana-example-2026-03-01-about-1.md", "ana-example-2026-03-02-about-1001.md"]
    first = found[names[0]].decode()
    assert "About 1" in first
    assert "sea" in first.split("---")[1]
    listed = found["README.md"].decode()
    assert f"](<{names[0]}>)" in listed
    assert "Tags: sea, old maps" in listed
    assert "> Read \\*again\\*" in listed


def test_threads_of_one_name_get_files_of_their_own(bob: User) -> None:
    for number in (1, 2_001, 4_001):
        library.save(
            bob, a_thread(1, first=number, author=ANA, source="bluesky", text="The same.", html="<p>The same.</p>")
        )
    Thread.objects.update(posted_at=timezone.now())
    assert len(contents(made(bob).parts.get())) == 4


def test_a_large_library_comes_in_parts_of_which_each_run_makes_one(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_parts, "MOST_THREADS", 2)
    keep(bob, 5)
    export = library_exports.ask(bob, Kind.MARKDOWN)
    library_exports.run(str(export.id))
    export.refresh_from_db()
    assert (export.done, export.finished_at, export.failures) == (2, None, 0)
    assert Letter.objects.get().subject == "The first part of your library is ready"
    for _ in range(2):
        library_exports.run(str(export.id))
    export.refresh_from_db()
    assert export.finished_at is not None
    assert list(export.parts.order_by("number").values_list("number", "threads")) == [(1, 2), (2, 2), (3, 1)]
    subjects = list(Letter.objects.order_by("created_at").values_list("subject", flat=True))
    assert subjects == ["The first part of your library is ready", "Your library is ready"]


def test_parts_are_bounded_by_bytes_too_but_hold_one_thread_at_least(
    bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_parts, "MOST_BYTES", 10)
    keep(bob, 3)
    assert list(made(bob).parts.values_list("threads", flat=True)) == [1, 1, 1]


def test_what_is_no_longer_public_is_left_out_and_told(bob: User) -> None:
    gone, kept = keep(bob, 2)
    threads.remove(gone, Gone())
    export = made(bob)
    assert [each["why"] for each in export.left_out] == [Gone.sentence]
    listed = contents(export.parts.get())["README.md"].decode()
    assert "## Without a file" in listed
    assert kept.title in listed
    assert "1 thread could not be made into a file" in Letter.objects.get().text


def test_a_library_of_which_nothing_is_left_ends_without_a_part(bob: User) -> None:
    for thread in keep(bob, 2):
        threads.remove(thread, Gone())
    export = made(bob)
    assert export.finished_at is not None
    assert (export.parts.count(), len(export.left_out)) == (0, 2)
    assert Letter.objects.get().subject == "Your library could not be made into files"


def test_what_x_allows_in_a_day_ends_the_part_and_the_next_day_goes_on(bob: User) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        keep(bob, 3, posts=200, source="x")
        export = made(bob)
        assert (export.done, export.finished_at) == (2, None)
        assert export.not_before is not None
        assert export.not_before.date() == (start + timedelta(days=1)).date()
        assert "500 of its posts a day" in export.sentence
        assert "goes on by itself every day" in Letter.objects.get().text
        library_exports.run(str(export.id))
        clock.move_to(export.not_before + timedelta(seconds=1))
        assert library_exports.sweep() == 1
        library_exports.run(str(export.id))
        export.refresh_from_db()
    assert export.finished_at is not None
    assert list(export.parts.order_by("number").values_list("threads", flat=True)) == [2, 1]
    assert export.sentence == ""


def test_a_day_whose_posts_are_used_up_makes_no_empty_part(bob: User) -> None:
    keep(bob, 1, posts=400, source="x")
    made(bob)
    keep(bob, 1, first=50_001, posts=200, source="x")
    LibraryExport.objects.all().delete()
    export = made(bob)
    assert (export.parts.count(), export.done) == (1, 1)
    assert export.not_before is not None
    again = LibraryExport.objects.get()
    LibraryExport.objects.update(not_before=None)
    library_exports.run(str(export.id))
    again.refresh_from_db()
    assert (again.parts.count(), again.done, again.finished_at) == (1, 1, None)


def test_epub_takes_the_threads_own_files(bob: User, sandbox: Sandbox) -> None:
    keep(bob, 2)
    export = made(bob, Kind.EPUB)
    found = contents(export.parts.get())
    books = [body for name, body in found.items() if name.endswith(".epub")]
    assert len(books) == 2
    assert all(body.startswith(b"PK") for body in books)
    assert ThreadFile.objects.filter(kind="epub").count() == 2


def test_a_run_that_lasts_too_long_ends_and_the_next_takes_what_it_made(
    bob: User, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = keep(bob, 2)
    file = thread_files.ask(first, ThreadFile.Kind.EPUB)
    thread_files.run(str(file.id))
    monkeypatch.setattr(library_exports, "TURN_SECONDS", -1.0)
    export = library_exports.ask(bob, Kind.EPUB)
    library_exports.run(str(export.id))
    export.refresh_from_db()
    assert (export.parts.count(), export.failures, export.leased_until) == (0, 0, None)
    monkeypatch.setattr(library_exports, "TURN_SECONDS", 100.0)
    library_exports.run(str(export.id))
    export.refresh_from_db()
    assert export.parts.get().threads == 2
    assert ThreadFile.objects.get(thread=first).id == file.id


def test_a_thread_whose_file_cannot_be_made_is_left_out(bob: User, sandbox: Sandbox) -> None:
    first, _ = keep(bob, 2)
    file = thread_files.ask(first, ThreadFile.Kind.EPUB)
    ThreadFile.objects.filter(id=file.id).update(finished_at=timezone.now(), sentence="It would not go.")
    export = made(bob, Kind.EPUB)
    assert [each["why"] for each in export.left_out] == ["It would not go."]
    assert export.parts.get().threads == 1


def test_what_the_storage_lost_is_made_again(bob: User, sandbox: Sandbox) -> None:
    (thread,) = keep(bob, 1)
    file = thread_files.ask(thread, ThreadFile.Kind.EPUB)
    thread_files.run(str(file.id))
    file.refresh_from_db()
    default_storage.delete(file.file)
    assert made(bob, Kind.EPUB).parts.get().threads == 1


def test_the_list_is_json_and_can_be_imported_again(bob: User) -> None:
    keep(bob, 1)
    keep(bob, 1, first=9_001, source="x")
    Saved.objects.update(tags=["sea"], note="“mine”", favorite=True)
    text = "".join(library_json.stream(bob))
    data = json.loads(text)
    assert [each["title"] for each in data["saved"]] == ["About 1", "About 9001"]
    assert data["highlights"] == []
    entry = link_lists.read(text).entries[1]
    assert "https://x.com/i/status/9001" in entry.links
    assert (entry.tags, entry.note, entry.favorite, entry.archived) == (("sea",), "“mine”", True, False)
    assert "post 9001" not in text
