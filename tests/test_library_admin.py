"""What operators see of libraries that come and go, and having what failed tried again."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from tests.follows import a_reader
from tests.imports import bring, counts, finish_jobs, go_on, unknown
from tests.library_files import keep, made
from tests.operating import act, address, an_operator, listed, shown
from tests.whole_person import keep_files_in
from unroller.actions import library_exports, library_imports
from unroller.models import LibraryExport, LibraryImport

pytestmark = pytest.mark.django_db(transaction=True)

Kind = LibraryExport.Kind


@pytest.fixture(autouse=True)
def own_files(settings: Settings, tmp_path: Path) -> None:
    keep_files_in(tmp_path, settings)


@pytest.fixture
def operator(client: Client) -> Client:
    return an_operator(client)


@pytest.fixture
def bob() -> User:
    return a_reader("bob", premium=True)


def half_failed(user: User) -> LibraryImport:
    """A list of two links that could not be had."""
    origin = bring(user, unknown(2))
    go_on()
    finish_jobs(error="It is not there.")
    go_on()
    origin.refresh_from_db()
    assert counts(origin) == (0, 0, 2)
    return origin


def failed(user: User) -> LibraryExport:
    """An export that failed before its first part."""
    keep(user, 2)
    export = library_exports.ask(user, Kind.MARKDOWN)
    ended = {"finished_at": timezone.now(), "failed": True, "failures": 5, "attempts": 5, "sentence": "Trouble."}
    LibraryExport.objects.filter(pk=export.pk).update(**ended)
    export.refresh_from_db()
    return export


@pytest.mark.parametrize("model", [LibraryImport, LibraryExport])
def test_nobody_else_sees_anything(client: Client, bob: User, model: type[LibraryImport]) -> None:
    assert client.get(address(model)).status_code == 302
    client.force_login(bob)
    assert client.get(address(model)).status_code == 302


def test_an_import_says_how_far_it_is_and_what_failed(operator: Client, bob: User) -> None:
    origin = half_failed(bob)
    page = listed(operator, LibraryImport, q="bob@")
    assert '<td class="field-failed">2</td>' in page
    assert '<td class="field-saved">0</td>' in page
    assert "It is not there. (2)" in shown(operator, origin)
    assert "0 results" in listed(operator, LibraryImport, q="zzz")


def test_the_words_of_a_list_are_nowhere(operator: Client, bob: User) -> None:
    origin = bring(bob, f"{unknown(1)}\nMy secret diary\n")
    LibraryImport.objects.filter(pk=origin.pk).update(skipped=1, skipped_words=["My secret diary"])
    origin.links.update(note="My secret note", tags=["secret-tag"])
    for page in (listed(operator, LibraryImport), shown(operator, origin)):
        assert "secret" not in page.lower()


def test_what_failed_of_a_list_is_asked_for_again(operator: Client, bob: User) -> None:
    origin = half_failed(bob)
    assert "1 go on." in act(operator, "try_again", origin)
    go_on()
    finish_jobs()
    go_on()
    assert counts(origin) == (2, 0, 0)
    assert "0 go on." in act(operator, "try_again", origin)


def test_a_list_that_its_reader_stopped_stays_so(operator: Client, bob: User) -> None:
    origin = bring(bob, unknown(2))
    library_imports.stop(origin)
    assert "0 go on." in act(operator, "try_again", origin)
    assert counts(origin) == (0, 0, 2)


def test_an_export_shows_its_parts_and_what_has_no_file(operator: Client, bob: User) -> None:
    keep(bob, 2)
    export = made(bob)
    LibraryExport.objects.filter(pk=export.pk).update(
        left_out=[{"title": "A private thread", "thread": "/private/1", "address": "x", "why": "It was removed."}]
    )
    page = shown(operator, export)
    assert '<td class="field-parts">1</td>' in listed(operator, LibraryExport, q="bob@")
    assert "It was removed. (1)" in page
    assert "A private thread" not in page
    assert "part 1 of" in page
    assert export.parts.get().file not in page


def test_an_export_that_failed_goes_on(operator: Client, bob: User) -> None:
    export = failed(bob)
    assert "Trouble." in listed(operator, LibraryExport, failed__exact="1")
    assert "1 queued anew." in act(operator, "try_again", export)
    library_exports.run(str(export.pk))
    export.refresh_from_db()
    assert (export.failed, export.sentence, export.done) == (False, "", 2)
    assert export.finished_at is not None
    assert "0 queued anew." in act(operator, "try_again", export)


def test_an_export_whose_parts_are_gone_or_that_is_made_anew_stays_failed(operator: Client, bob: User) -> None:
    export = failed(bob)
    library_exports.ask(bob, Kind.EPUB)
    assert "0 queued anew." in act(operator, "try_again", export)
    LibraryExport.objects.exclude(pk=export.pk).delete()
    LibraryExport.objects.filter(pk=export.pk).update(finished_at=timezone.now() - timedelta(days=8))
    assert "0 queued anew." in act(operator, "try_again", export)
    LibraryExport.objects.filter(pk=export.pk).update(finished_at=timezone.now())
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert "0 queued anew." in act(operator, "try_again", export)


@pytest.mark.parametrize(("model", "count"), [(LibraryImport, 8), (LibraryExport, 7)])
def test_more_rows_are_no_more_questions(
    operator: Client, model: type[LibraryImport], count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(4):
        reader = a_reader(f"reader{number}", premium=True)
        bring(reader, unknown(2))
        keep(reader, 1, first=1 + 1_000 * number)
        library_exports.ask(reader, Kind.MARKDOWN)
        listed(operator, model)
        with django_assert_num_queries(count):
            listed(operator, model)
