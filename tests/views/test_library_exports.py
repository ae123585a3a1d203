"""`/library.json`, `/library/export`, and the parts of an export."""

import json
import re
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from billing.models import Grant
from tests.follows import a_reader
from tests.threads import a_thread
from tests.whole_person import keep_files_in
from unroller.actions import library, library_exports
from unroller.models import LibraryExport, LibraryPart, Saved

pytestmark = pytest.mark.django_db

EXPORT, LIST = "/library/export", "/library.json"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def ground(settings: Settings, tmp_path: Path) -> None:
    """Plans differ, and files lie in a folder of this test alone."""
    settings.BILLING_ENABLED = True
    keep_files_in(tmp_path, settings)


@pytest.fixture
def bob(client: Client) -> User:
    """A free reader with one saved thread."""
    person = a_reader("bob")
    client.force_login(person)
    library.save(person, a_thread(1))
    return person


@pytest.fixture
def carla(client: Client) -> User:
    """A member with one saved thread."""
    person = a_reader("carla", premium=True)
    client.force_login(person)
    library.save(person, a_thread(1))
    return person


def made(client: Client, kind: str = "markdown") -> LibraryExport:
    answer = client.post(EXPORT, {"kind": kind})
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, EXPORT)
    export = LibraryExport.objects.get(finished_at=None)
    library_exports.run(str(export.id))
    return export


def take(client: Client, path: str) -> tuple[Any, bytes]:
    """An answer that comes in pieces, and all of them."""
    answer = client.get(path)
    return answer, b"".join(cast("Iterable[bytes]", answer))


def body(client: Client, path: str) -> bytes:
    return take(client, path)[1]


def test_the_list_is_free_and_comes_at_once(client: Client, bob: User) -> None:
    Saved.objects.update(tags=["sea"], note="mine", archived_at=timezone.now())
    answer, text = take(client, LIST)
    assert answer["Content-Disposition"] == 'attachment; filename="library.json"'
    data = json.loads(text)
    (entry,) = data["saved"]
    assert (entry["thread"], entry["link"]) == ("http://localhost:8000/thread/x/1", "https://x.com/i/status/1")
    assert (entry["tags"], entry["note"], entry["archived"]) == (["sea"], "mine", True)
    assert (entry["author"], entry["handle"]) == ("Mara Lindqvist", "maralind")


def test_files_of_the_threads_come_with_premium(client: Client, bob: User) -> None:
    page = client.get(EXPORT).content.decode()
    assert "This comes with premium." in page
    assert "Make the files" not in page
    answer = client.post(EXPORT, {"kind": "epub"})
    assert answer.status_code == HTTPStatus.PAYMENT_REQUIRED
    assert "whole library as Markdown, EPUB or PDF" in answer.content.decode()
    assert not LibraryExport.objects.exists()


def test_a_member_asks_sees_how_far_it_is_and_takes_it(client: Client, carla: User) -> None:
    export = made(client)
    page = client.get(EXPORT).content.decode()
    assert "Ready. Take it by" in page
    address = f"{EXPORT}/{export.id}/1"
    assert address in page
    answer, file = take(client, address)
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"].startswith('attachment; filename="unroller-library-markdown-')
    assert file.startswith(b"PK")


def test_what_was_made_stays_after_premium_ended(client: Client, carla: User) -> None:
    export = made(client)
    Grant.objects.all().delete()
    assert body(client, f"{EXPORT}/{export.id}/1").startswith(b"PK")
    assert client.post(EXPORT, {"kind": "epub"}).status_code == HTTPStatus.PAYMENT_REQUIRED
    client.post(EXPORT, {"export": str(export.id)})
    assert not LibraryExport.objects.exists()


def test_charlie_gets_and_deletes_nothing_of_carlas(client: Client, carla: User) -> None:
    export = made(client)
    part = f"{EXPORT}/{export.id}/1"
    client.force_login(a_reader("charlie"))
    assert client.get(part).status_code == HTTPStatus.NOT_FOUND
    client.post(EXPORT, {"export": str(export.id)})
    assert LibraryExport.objects.exists()
    assert str(export.id) not in client.get(EXPORT).content.decode()
    assert json.loads(body(client, LIST))["saved"] == []
    client.logout()
    for path in (EXPORT, LIST, part):
        assert client.get(path)["Location"] == f"/accounts/login/?next={path}"


def test_a_part_that_is_gone_says_so(client: Client, carla: User) -> None:
    export = made(client)
    LibraryPart.objects.update(expires_at=timezone.now())
    answer = client.get(f"{EXPORT}/{export.id}/1")
    assert answer.status_code == HTTPStatus.GONE
    assert "deleted after 7 days" in answer.content.decode()
    for number in (2, 2**31):
        assert client.get(f"{EXPORT}/{export.id}/{number}").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({}, "Choose a format."), ({"kind": "docx"}, "Choose one of these formats.")],
)
def test_a_wrong_format_is_said(client: Client, carla: User, fields: dict[str, str], sentence: str) -> None:
    answer = client.post(EXPORT, fields)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert sentence in answer.content.decode()


def test_nonsense_deletes_nothing(client: Client, carla: User) -> None:
    made(client)
    assert client.post(EXPORT, {"export": "'; --"}).status_code == HTTPStatus.SEE_OTHER
    assert LibraryExport.objects.exists()


def test_an_empty_library_and_a_second_kind_are_refused_in_a_sentence(client: Client, carla: User) -> None:
    client.post(EXPORT, {"kind": "markdown"})
    assert "just now" in client.post(EXPORT, {"kind": "epub"}).content.decode()
    LibraryExport.objects.all().delete()
    Saved.objects.all().delete()
    assert "nothing in your library" in client.post(EXPORT, {"kind": "epub"}).content.decode()


def test_htmx_gets_the_moving_part_while_it_runs(client: Client, carla: User) -> None:
    client.post(EXPORT, {"kind": "markdown"})
    LibraryExport.objects.update(sentence=library_exports.USED_UP, not_before=timezone.now())
    part = client.get(EXPORT, headers=HTMX).content.decode()
    assert part.startswith('<div class="exports"')
    assert re.search(r"<button[^>]* form=\"make\" disabled>Make the files", part)
    assert "0 of 1 thread" in part
    assert "X allows a reader 500 of its posts a day in files" in part
    assert "It goes on by itself on" in part
    library_exports.delete(LibraryExport.objects.get())
    part = client.get(EXPORT, headers=HTMX).content.decode()
    assert "hx-get" not in part
    assert re.search(r"<button[^>]* form=\"make\">Make the files", part)


def test_the_format_stays_chosen(client: Client, carla: User) -> None:
    def chosen(page: str) -> list[str]:
        return re.findall(r'name="kind" value="([^"]+)" checked', page)

    assert chosen(client.get(EXPORT).content.decode()) == ["markdown"]
    page = client.post(EXPORT, {"kind": "epub"}, follow=True).content.decode()
    assert chosen(page) == ["epub"]
    page = client.post(EXPORT, {"kind": "pdf-a4"}).content.decode()
    assert "just now" in page
    assert chosen(page) == ["pdf-a4"]


def test_an_export_that_ended_with_premium_says_so(client: Client, carla: User) -> None:
    client.post(EXPORT, {"kind": "markdown"})
    Grant.objects.all().delete()
    library_exports.run(str(LibraryExport.objects.get().id))
    page = client.get(EXPORT).content.decode()
    assert "they come with premium, which has ended" in page
    assert "could not be made" not in page


def test_the_queries_do_not_grow(
    client: Client, carla: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def another() -> None:
        now = timezone.now()
        export = LibraryExport.objects.create(user=carla, kind="epub", finished_at=now)
        for number in (1, 2, 3):
            LibraryPart.objects.create(
                export=export, number=number, file=f"{number}", threads=1, size=1, expires_at=now
            )

    another()
    client.get(EXPORT)
    for _ in range(2):
        with django_assert_num_queries(6):
            client.get(EXPORT)
        another()
        another()
    for count in (100, 200):
        with django_assert_num_queries(5):
            body(client, LIST)
        library.save(carla, a_thread(1, first=count))
