"""What was put together of a thread's words is taken back when the thread is removed."""

from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from accounts.leases import LostLease
from accounts.models import User
from tests.follows import a_reader
from tests.library_files import ANA, contents, keep, made, stored
from tests.threads import a_thread
from tests.whole_person import keep_files_in
from unroller.actions import (
    data_exports,
    highlights,
    library,
    library_exports,
    opting_out,
    threads,
    withdrawing,
)
from unroller.core.errors import Gone
from unroller.core.posts import Person, Quote
from unroller.models import Color, DataExport, LibraryExport, LibraryPart, Thread

pytestmark = pytest.mark.django_db(transaction=True)

Kind = LibraryExport.Kind


@pytest.fixture(autouse=True)
def own_files(settings: Settings, tmp_path: Path) -> Path:
    keep_files_in(tmp_path, settings)
    return tmp_path


@pytest.fixture
def bob() -> User:
    return a_reader("bob", premium=True)


def remove(thread: Thread) -> None:
    with transaction.atomic():
        threads.remove(thread, Gone())


def archived(user: User) -> DataExport:
    export = data_exports.ask(user)
    data_exports.run(str(export.id))
    export.refresh_from_db()
    assert data_exports.is_there(export)
    return export


def test_a_part_with_a_removed_thread_goes_and_its_owner_is_told(bob: User, client: Client, own_files: Path) -> None:
    gone, _ = keep(bob, 2)
    part = made(bob).parts.get()
    remove(gone)
    part.refresh_from_db()
    assert (part.withdrawn, part.file, stored(own_files)) == (True, "", [])
    assert not library_exports.is_there(part)
    client.force_login(bob)
    page = client.get("/library/export").content.decode()
    assert "We took it back, since a thread in it was removed." in page
    assert client.get(f"/library/export/{part.export_id}/1").status_code == 410


def test_other_parts_stay(bob: User) -> None:
    keep(bob, 1)
    made(bob)
    (other,) = keep(a_reader("alice"), 1, first=50_001)
    remove(other)
    assert library_exports.is_there(LibraryPart.objects.get())


def test_a_part_that_is_just_being_written_is_not_kept(bob: User, own_files: Path) -> None:
    gone, _ = keep(bob, 2)
    export = library_exports.ask(bob, Kind.MARKDOWN)
    held = library_exports.QUEUE.claim(export.id)
    assert held is not None
    remove(gone)
    with pytest.raises(LostLease):
        library_exports._make(held)
    assert stored(own_files) == []
    library_exports.run(str(export.id))
    export.refresh_from_db()
    assert len(export.left_out) == 1
    assert "About 1." not in str(contents(export.parts.get()))


def test_what_was_swallowed_since_goes_with_the_whole(bob: User) -> None:
    whole, part_of_it = keep(bob, 2)
    made(bob)
    LibraryPart.objects.update(thread_ids=[part_of_it.pk])
    with transaction.atomic():
        threads._swallow(whole, Thread.objects.filter(pk=part_of_it.pk))
    remove(whole)
    assert LibraryPart.objects.get().withdrawn


def test_the_list_of_what_was_left_out_forgets_the_title(bob: User) -> None:
    left, _ = keep(bob, 2)
    export = made(bob)
    told = {"title": "Secret", "thread": left.get_absolute_url(), "address": "", "why": ""}
    LibraryExport.objects.update(left_out=[told])
    remove(left)
    export.refresh_from_db()
    assert [each["title"] for each in export.left_out] == [""]


def test_an_archive_of_personal_data_that_quotes_it_goes_and_may_be_had_again(bob: User, client: Client) -> None:
    thread, _ = keep(bob, 2)
    highlights.add(bob, thread, post_id=thread.path, start=8, length=4, quote="t 1.", color=Color.YELLOW)
    export = archived(bob)
    name = export.file
    remove(thread)
    export.refresh_from_db()
    assert (export.withdrawn, export.file, default_storage.exists(name)) == (True, "", False)
    client.force_login(bob)
    assert (
        "since it quoted a thread that was removed"
        in client.get("/account/data", headers={"HX-Request": "true"}).content.decode()
    )
    assert data_exports.ask(bob).pk != export.pk


def test_an_archive_that_does_not_quote_it_stays(bob: User) -> None:
    thread, _ = keep(bob, 2)
    export = archived(bob)
    remove(thread)
    export.refresh_from_db()
    assert data_exports.is_there(export)


def test_what_could_not_be_deleted_is_nobodys_and_is_deleted_later(
    bob: User, own_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (thread,) = keep(bob, 1)
    part = made(bob).parts.get()
    with monkeypatch.context() as away:
        away.setattr(default_storage, "delete", _away)
        remove(thread)
    part.refresh_from_db()
    assert not library_exports.is_there(part)
    assert stored(own_files) != []
    withdrawing.sweep()
    assert stored(own_files) == []


def test_a_worker_killed_right_after_the_commit_leaves_nothing_that_can_be_taken(
    bob: User, own_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread, _ = keep(bob, 2)
    highlights.add(bob, thread, post_id=thread.path, start=8, length=4, quote="t 1.", color=Color.YELLOW)
    data, export = archived(bob), made(bob)
    LibraryExport.objects.update(left_out=[{"title": "Secret", "thread": thread.get_absolute_url(), "why": ""}])
    with monkeypatch.context() as killed:
        killed.setattr(transaction, "on_commit", lambda *_, **__: None)
        remove(thread)
    export.refresh_from_db()
    data.refresh_from_db()
    assert not any(library_exports.is_there(part) for part in export.parts.all())
    assert not data_exports.is_there(data)
    assert export.left_out[0]["title"] == ""
    withdrawing.sweep()  # by the clock
    assert stored(own_files) == []
    assert not default_storage.exists(data.file)


def test_a_part_with_a_post_that_was_taken_out_of_its_thread_goes(bob: User, own_files: Path) -> None:
    thread, _ = keep(bob, 2, posts=2)
    made(bob)
    with transaction.atomic():
        assert threads.bury(Thread.objects.select_for_update().get(pk=thread.pk), {"2"})
    assert LibraryPart.objects.get().withdrawn
    assert stored(own_files) == []


def test_a_part_with_a_card_of_who_opted_out_goes(bob: User, own_files: Path) -> None:
    quote = Quote(id="7", url="https://bsky.app/x", author=ANA, text="Secret", html="<p>Secret</p>")
    eve = Person(id="did:plc:eve", handle="eve.example", name="Eve", url="https://bsky.app/profile/eve.example")
    library.save(bob, a_thread(2, first=50, author=eve, source="bluesky", quote=quote))
    made(bob)
    assert "Secret" in str(contents(LibraryPart.objects.get()))
    opting_out.opt_out(a_thread(1, author=ANA, source="bluesky").author)
    opting_out.go_on()
    assert stored(own_files) == []
    assert LibraryPart.objects.get().withdrawn


def _away(name: str) -> None:
    raise OSError(name)
