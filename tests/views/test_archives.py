"""`/archives`: bringing a zip in parts or in one piece, its progress, its report."""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import limits
from accounts.models import User
from tests.archives.bringing import WORDS, a_zip, brought, proves, read
from tests.follows import a_reader
from tests.thread_files import own_place
from tests.x_archives import chain
from unroller.actions.archives import files, reading, receiving
from unroller.models import Archive, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("billing")]

PAGE = "/archives"


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return own_place(tmp_path, settings)


def begin(client: Client, size: int, name: str = "mine.zip") -> dict[str, object]:
    answer = client.post("/archives/begin", {"name": name, "size": size})
    assert answer.status_code == HTTPStatus.OK, answer.content
    told: dict[str, object] = answer.json()
    return told


def send(client: Client, told: Mapping[str, object], offset: int, part: bytes, length: int | None = None) -> Any:
    address = f"{told['part']}?offset={offset}&length={len(part) if length is None else length}"
    return client.post(address, part, content_type="application/octet-stream")


def test_the_page_says_what_is_read_and_what_never_is(client: Client, bob: User) -> None:
    page = client.get(PAGE).content.decode()
    assert "Your messages, contacts, likes, ads, e-mail address and IP addresses are in the zip, too" in page
    assert "They are private" in page
    assert "Members have them kept here." in page
    assert "unsafe-inline" not in client.get(PAGE)["Content-Security-Policy"].split("script-src")[1].split(";")[0]


def test_parts_are_sent_and_gone_on_with(client: Client, bob: User, tmp_path: Path) -> None:
    body = a_zip(tmp_path).read_bytes()
    told = begin(client, len(body))
    assert told["received"] == 0
    assert send(client, told, 0, body[:1000]).json() == {"received": 1000}
    wrong = send(client, told, 1500, body[1500:])
    assert (wrong.status_code, wrong.json()) == (HTTPStatus.CONFLICT, {"received": 1000})
    again = begin(client, len(body))
    assert again == told | {"received": 1000}
    cut = send(client, told, 1000, body[1000:1010], length=20)
    assert cut.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert send(client, told, 1000, body[1000:]).json() == {"received": len(body)}
    archive = Archive.objects.get()
    assert archive.state == Archive.State.QUEUED
    assert files.path_of(archive.pk).read_bytes() == body
    page = client.get(str(told["page"])).content.decode()
    assert "The file is here." in page
    assert 'http-equiv="refresh"' in page


def test_an_empty_file_is_refused_for_good(client: Client, bob: User) -> None:
    """422 would have the page's script send it again, and again."""
    answer = client.post("/archives/begin", {"name": "mine.zip", "size": 0})
    assert (answer.status_code, answer.json()["error"]) == (HTTPStatus.BAD_REQUEST, receiving.EMPTY)


def test_a_part_needs_a_token_of_ours(bob: User, tmp_path: Path) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(bob)
    assert strict.post("/archives/begin", {"name": "a", "size": 3}).status_code == HTTPStatus.FORBIDDEN
    archive = brought(bob, a_zip(tmp_path))
    told = {"part": f"/archives/{archive.pk}/part"}
    assert send(strict, told, 0, b"abc").status_code == HTTPStatus.FORBIDDEN
    file = SimpleUploadedFile("mine.zip", b"abc")
    assert strict.post(PAGE, {"file": file}).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    "query", ["", "?offset=0", "?offset=-1&length=3", "?offset=x&length=3", "?offset=0&length=5000000"]
)
def test_a_senseless_part_is_refused(client: Client, bob: User, query: str) -> None:
    told = begin(client, 30)
    answer = client.post(f"{told['part']}{query}", b"abc", content_type="application/octet-stream")
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert Archive.objects.get().received == 0


def test_without_javascript_the_file_comes_in_one_piece(client: Client, bob: User, tmp_path: Path) -> None:
    body = a_zip(tmp_path).read_bytes()
    answer = client.post(PAGE, {"file": SimpleUploadedFile("mine.zip", body)})
    archive = Archive.objects.get()
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, f"/archives/{archive.pk}")
    assert files.path_of(archive.pk).read_bytes() == body
    assert [path.suffix for path in files.folder().iterdir()] == [".part"]
    reading.run(str(archive.pk))
    assert Thread.objects.count() == 1


def test_one_piece_beyond_the_limit_is_cut_off_with_a_sentence(client: Client, bob: User, settings: Settings) -> None:
    settings.ARCHIVE_MEGABYTES = 1
    answer = client.post(PAGE, {"file": SimpleUploadedFile("mine.zip", b"x" * 1_100_000)})
    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert "larger than 1 megabytes" in answer.content.decode()
    assert list(files.folder().iterdir()) == []
    assert client.post(PAGE, {}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_uploads_are_limited_by_the_day(client: Client, bob: User) -> None:
    for _ in range(limits.ARCHIVES.item.amount):
        begin(client, 30)
        Archive.objects.all().delete()
    answer = client.post("/archives/begin", {"name": "mine.zip", "size": 30})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "many uploads within a day" in answer.json()["error"]


def test_the_report_says_what_was_found_and_links_the_threads(client: Client, bob: User, tmp_path: Path) -> None:
    archive = read(bob, a_zip(tmp_path))
    page = client.get(archive.get_absolute_url()).content.decode()
    thread = Thread.objects.get()
    assert "1 thread of <bdi>@harbour_ana</bdi>, out of 3 posts." in page
    assert "1 thread new here." in page
    assert thread.get_absolute_url() in page
    assert "Claim the profile" in page
    assert client.get(thread.get_absolute_url()).status_code == HTTPStatus.OK
    moving = client.get(archive.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in moving


def test_publishing_and_deleting_are_one_press_each(client: Client, bob: User, tmp_path: Path) -> None:
    archive = read(bob, a_zip(tmp_path))
    address = archive.get_absolute_url()
    assert (
        "Show first that this account is yours"
        in client.post(address, {"action": "publish"}, follow=True).content.decode()
    )
    proves(bob)
    assert 'value="publish"' in client.get(address).content.decode()
    assert "become public" in client.post(address, {"action": "publish"}, follow=True).content.decode()
    reading.run(str(archive.pk))
    assert not Thread.objects.get().private
    assert "The archive is deleted here" in client.post(address, {"action": "delete"}, follow=True).content.decode()
    assert client.get(address).status_code == HTTPStatus.NOT_FOUND


def test_a_stranger_finds_nothing(client: Client, alice: User, tmp_path: Path) -> None:
    archive = read(a_reader("carl"), a_zip(tmp_path))
    thread = Thread.objects.get()
    told = {"part": f"{archive.get_absolute_url()}/part"}
    for address in (archive.get_absolute_url(), f"/archives/{uuid4()}", thread.get_absolute_url()):
        assert client.get(address).status_code == HTTPStatus.NOT_FOUND
    assert client.post(archive.get_absolute_url(), {"action": "delete"}).status_code == HTTPStatus.NOT_FOUND
    assert send(client, told, 0, b"abc").status_code == HTTPStatus.NOT_FOUND
    assert client.get(f"/thread/x/{thread.path}").status_code == HTTPStatus.NOT_FOUND
    assert Archive.objects.exists()
    client.logout()
    assert client.get(PAGE).status_code == HTTPStatus.FOUND
    assert client.post(PAGE, {"file": SimpleUploadedFile("a.zip", b"abc")}).status_code == HTTPStatus.FOUND
    assert send(client, told, 0, b"abc").status_code == HTTPStatus.UNAUTHORIZED


def test_the_queries_do_not_grow_with_the_threads(
    client: Client, bob: User, tmp_path: Path, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    archive = read(bob, a_zip(tmp_path))
    client.get(archive.get_absolute_url())
    with django_assert_num_queries(QUERIES):
        client.get(archive.get_absolute_url())
    posts = [each for number in range(20) for each in chain(WORDS, start=number * 10_000)]
    archive = read(bob, a_zip(tmp_path, posts, "more.zip"))
    with django_assert_num_queries(QUERIES):
        client.get(archive.get_absolute_url())
    client.get(PAGE)
    with django_assert_num_queries(LIST_QUERIES):
        client.get(PAGE)


QUERIES = 9
LIST_QUERIES = 4
