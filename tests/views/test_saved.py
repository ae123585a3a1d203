"""`/library/<id>`: one saved thread with its tags and note."""

from http import HTTPStatus

import pytest
from django.test import Client

from accounts.models import User
from tests.follows import a_reader, an_author, wrote
from unroller.actions import library
from unroller.models import Author, Saved, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("billing")]


@pytest.fixture
def mara() -> Author:
    return an_author("maralind", name="Mara Lindqvist")


@pytest.fixture
def row(alice: User, mara: Author) -> Saved:
    return library.save(alice, wrote(mara, 100), tags=["art"], note="Why I kept it.")


def page_of(row: Saved) -> str:
    return f"/library/{row.id}"


def test_charlie_signs_in_or_finds_nothing(client: Client, row: Saved) -> None:
    client.force_login(a_reader("charlie", premium=True))
    assert client.get(page_of(row)).status_code == HTTPStatus.NOT_FOUND
    assert client.post(page_of(row), {"note": "mine now"}).status_code == HTTPStatus.NOT_FOUND
    client.logout()
    assert client.get(page_of(row))["Location"] == f"/accounts/login/?next=/library/{row.id}"
    assert client.get(f"/library/{10**30}").status_code in {HTTPStatus.FOUND, HTTPStatus.NOT_FOUND}
    row.refresh_from_db()
    assert row.note == "Why I kept it."


def test_it_shows_what_a_reader_wrote(client: Client, row: Saved) -> None:
    page = client.get(page_of(row)).content.decode()
    assert 'value="art"' in page
    assert "Why I kept it.</textarea>" in page
    assert f'href="{row.thread.get_absolute_url()}"' in page
    for action in ("favorite", "archive", "read", "remove"):
        assert f'name="action" value="{action}"' in page


def test_tags_and_note_are_kept(client: Client, row: Saved) -> None:
    answer = client.post(page_of(row), {"tags": "#War, long read", "note": " Two\r\nlines \r\n"})
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, page_of(row))
    row.refresh_from_db()
    assert (row.tags, row.note) == (["war", "long read"], "Two\nlines")
    client.post(page_of(row), {})
    row.refresh_from_db()
    assert (row.tags, row.note) == ([], "")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"tags": "a" * 51}, "A tag has at most 50 characters"),
        ({"tags": ",".join(f"t{n}" for n in range(21))}, "A thread has at most 20 tags; these are 21."),
        ({"tags": "a," * 5000}, "These are more tags than a thread can have."),
        ({"note": "n" * 10_001}, "A note has at most 10,000 characters."),
        ({"note": "a\x00b"}, "This note holds characters that cannot be kept."),
        ({"tags": "a\x00b"}, "This tag holds characters that cannot be kept."),
    ],
)
def test_what_is_too_much_is_said_and_what_was_typed_stays(
    client: Client, row: Saved, fields: dict[str, str], sentence: str
) -> None:
    answer = client.post(page_of(row), {"tags": "kept", "note": "kept too"} | fields)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    page = answer.content.decode()
    assert sentence in page
    assert "kept" in page
    row.refresh_from_db()
    assert (row.tags, row.note) == (["art"], "Why I kept it.")


def test_words_of_a_reader_are_never_markup(client: Client, row: Saved) -> None:
    client.post(page_of(row), {"tags": "<b>x</b>", "note": "</textarea><script>alert(1)</script>"})
    for address in (page_of(row), "/library", "/library/tags"):
        page = client.get(address).content.decode()
        assert "<b>x</b>" not in page
        assert "<script>alert" not in page


def test_a_free_reader_sees_the_offer_in_place_of_the_form(client: Client, mara: Author) -> None:
    bob = a_reader("bob")
    client.force_login(bob)
    row = library.save(bob, wrote(mara, 100))
    page = client.get(page_of(row)).content.decode()
    assert "That is part of premium" in page
    assert "<textarea" not in page
    for fields in ({"tags": "new"}, {"note": "new"}):
        answer = client.post(page_of(row), fields)
        assert answer.status_code == HTTPStatus.PAYMENT_REQUIRED
        assert "This comes with premium" in answer.content.decode()
    row.refresh_from_db()
    assert (row.tags, row.note) == ([], "")


def test_what_was_written_as_a_member_stays_and_can_be_deleted(client: Client, mara: Author) -> None:
    bob = a_reader("bob")
    client.force_login(bob)
    row = library.save(bob, wrote(mara, 100), tags=["art", "war"], note="A line\nand another")
    page = client.get(page_of(row)).content.decode()
    assert "A line<br>and another" in page
    assert "stays yours" in page
    assert client.post(page_of(row), {"tags": "art, war, new", "note": ""}).status_code == HTTPStatus.PAYMENT_REQUIRED
    client.post(page_of(row), {"tags": "", "note": "A line\r\nand another"})
    row.refresh_from_db()
    assert (row.tags, row.note) == ([], "A line\nand another")
    client.post(page_of(row), {"tags": ""})
    row.refresh_from_db()
    assert row.note == ""


def test_a_removed_thread_says_so_and_leads_nowhere(client: Client, row: Saved) -> None:
    Thread.objects.filter(id=row.thread_id).update(removed="Gone", document=None, title="")
    page = client.get(page_of(row)).content.decode()
    assert "This thread was removed" in page
    assert "Why I kept it." in page
    assert f'href="{row.thread.get_absolute_url()}"' not in page
