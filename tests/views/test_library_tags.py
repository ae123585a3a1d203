"""`/library/tags`: renamed, united, deleted."""

from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.follows import a_reader, an_author, wrote
from unroller.actions import library
from unroller.models import Author, Saved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("billing")]

PAGE = "/library/tags"


@pytest.fixture
def mara() -> Author:
    return an_author("maralind")


@pytest.fixture
def rows(alice: User, mara: Author) -> list[Saved]:
    return [library.save(alice, wrote(mara, n), tags=tags) for n, tags in ((100, ["art", "war"]), (200, ["war"]))]


def kept(rows: list[Saved]) -> list[list[str]]:
    return [Saved.objects.get(id=row.id).tags for row in rows]


def test_charlie_is_asked_to_sign_in(client: Client) -> None:
    assert client.get(PAGE)["Location"] == "/accounts/login/?next=/library/tags"
    assert client.post(PAGE, {"action": "delete", "tag": "war"}).status_code == HTTPStatus.FOUND


def test_charlie_has_tags_of_their_own(client: Client, rows: list[Saved]) -> None:
    client.force_login(a_reader("charlie", premium=True))
    assert "No tags yet." in client.get(PAGE).content.decode()
    for action in ("delete", "rename"):
        answer = client.post(PAGE, {"action": action, "tag": "war", "new": "peace"})
        assert answer.status_code == HTTPStatus.CONFLICT
        assert "You have no such tag any more." in answer.content.decode()
    assert kept(rows) == [["art", "war"], ["war"]]


def test_tags_are_listed_with_their_threads(client: Client, rows: list[Saved]) -> None:
    page = client.get(PAGE).content.decode()
    assert 'href="/library?tag=war"' in page
    assert "2 threads" in page
    assert "Take it off 1 thread<" in page


def test_a_tag_is_renamed_and_united(client: Client, rows: list[Saved]) -> None:
    answer = client.post(PAGE, {"action": "rename", "tag": "war", "new": "#Art"})
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, PAGE)
    assert kept(rows) == [["art"], ["art"]]
    assert "is called “art” now, on 2 threads." in client.get(PAGE).content.decode()


def test_a_tag_is_deleted(client: Client, rows: list[Saved]) -> None:
    client.post(PAGE, {"action": "delete", "tag": "WAR"})
    assert kept(rows) == [["art"], []]
    assert "“war” is off 2 threads." in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("", "Give the tag a name."),
        (" # ", "Give the tag a name."),
        ("a, b", "Give the tag one name, without a comma."),
        ("a" * 51, "A tag has at most 50 characters"),
    ],
)
def test_a_name_that_is_none_is_refused(client: Client, rows: list[Saved], new: str, sentence: str) -> None:
    answer = client.post(PAGE, {"action": "rename", "tag": "war", "new": new})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert sentence in answer.content.decode()
    assert kept(rows) == [["art", "war"], ["war"]]


@pytest.mark.parametrize("tag", ["", "\x00", "x" * 9000, ","])
def test_tags_that_are_none_are_not_found(client: Client, rows: list[Saved], tag: str) -> None:
    assert client.post(PAGE, {"action": "delete", "tag": tag}).status_code == HTTPStatus.CONFLICT


def test_a_free_reader_may_delete_tags_but_not_rename_them(client: Client, mara: Author) -> None:
    bob = a_reader("bob")
    client.force_login(bob)
    row = library.save(bob, wrote(mara, 100), tags=["art"])
    page = client.get(PAGE).content.decode()
    assert "Rename" not in page
    answer = client.post(PAGE, {"action": "rename", "tag": "art", "new": "x"})
    assert answer.status_code == HTTPStatus.PAYMENT_REQUIRED
    client.post(PAGE, {"action": "delete", "tag": "art"})
    assert kept([row]) == [[]]
    assert "Tags come with" in client.get(PAGE).content.decode()


def test_queries_do_not_grow_with_the_tags(client: Client, alice: User, mara: Author) -> None:
    def queries(first: int, count: int) -> int:
        for number in range(first, first + count):
            library.save(alice, wrote(mara, number * 100), tags=[f"tag {number}"])
        with CaptureQueriesContext(connection) as seen:
            client.get(PAGE)
        return len(seen)

    assert queries(1, 4) == queries(5, 8)
