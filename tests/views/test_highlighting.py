"""`POST <thread>/highlights` and `POST /highlights/<id>`: made, changed and removed by scripts and by forms."""

from http import HTTPStatus

import pytest
from django.test import Client

from accounts.models import User
from tests.follows import a_reader
from tests.marking import mark_post, no_longer_member, shown
from unroller.models import Highlight, Saved, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("billing")]
JSON = "application/json"
WORDS = {"post_id": "2", "start": "8", "length": "4", "quote": "post", "color": "green", "note": "Hm"}


@pytest.fixture
def charlie() -> Client:
    """Signed in, a member, and a stranger."""
    browser = Client()
    browser.force_login(a_reader("charlie", premium=True))
    return browser


# Making one


def test_a_script_marks_a_passage_and_is_told_where_it_is(client: Client, alice: User, thread: Thread) -> None:
    answer = client.post("/thread/x/1/highlights", WORDS | {"start": "7"})
    assert answer.status_code == HTTPStatus.CREATED
    row = Highlight.objects.get(user=alice, thread=thread)
    facts = {"id": row.id, "post_id": "2", "start": 8, "length": 4, "color": "green", "note": "Hm", "quote": "post"}
    assert answer.json() == facts
    assert Saved.objects.filter(user=alice, thread=thread).exists()


def test_a_guest_is_told_that_they_are_signed_out(client: Client, thread: Thread) -> None:
    answer = client.post("/thread/x/1/highlights", WORDS)
    assert (answer.status_code, answer.json()["sentence"][:19]) == (HTTPStatus.FORBIDDEN, "You are signed out.")


def test_a_free_reader_is_told_what_premium_has(client: Client, thread: Thread) -> None:
    client.force_login(a_reader())
    answer = client.post("/thread/x/1/highlights", WORDS)
    assert (answer.status_code, "part of premium" in answer.json()["sentence"]) == (HTTPStatus.PAYMENT_REQUIRED, True)
    assert not Highlight.objects.exists()


@pytest.mark.parametrize(
    ("changes", "answered"),
    [
        ({"quote": "butter"}, (HTTPStatus.CONFLICT, "load the page again")),
        ({"post_id": "77"}, (HTTPStatus.CONFLICT, "load the page again")),
        ({"start": "-1"}, (HTTPStatus.UNPROCESSABLE_ENTITY, "not understood")),
        ({"start": "9" * 30}, (HTTPStatus.UNPROCESSABLE_ENTITY, "not understood")),
        ({"length": "many"}, (HTTPStatus.UNPROCESSABLE_ENTITY, "not understood")),
        ({"color": "mauve"}, (HTTPStatus.UNPROCESSABLE_ENTITY, "not understood")),
        ({"quote": "a\x00b"}, (HTTPStatus.UNPROCESSABLE_ENTITY, "not understood")),
        ({"quote": " "}, (HTTPStatus.UNPROCESSABLE_ENTITY, "no words")),
        ({"quote": "a" * 5_001}, (HTTPStatus.UNPROCESSABLE_ENTITY, "5,000 characters")),
        ({"quote": "a" * 50_000}, (HTTPStatus.UNPROCESSABLE_ENTITY, "5,000 characters")),
        ({"note": "a" * 10_001}, (HTTPStatus.UNPROCESSABLE_ENTITY, "10,000 characters")),
        ({"note": "a" * 50_000}, (HTTPStatus.UNPROCESSABLE_ENTITY, "10,000 characters")),
    ],
)
def test_what_makes_no_sense_is_answered_by_one_sentence(
    client: Client, alice: User, thread: Thread, changes: dict[str, str], answered: tuple[HTTPStatus, str]
) -> None:
    status, sentence = answered
    answer = client.post("/thread/x/1/highlights", WORDS | changes)
    assert (answer.status_code, sentence in answer.json()["sentence"]) == (status, True)
    assert not Highlight.objects.exists()


def test_threads_that_are_not_here_have_no_highlights(client: Client, alice: User) -> None:
    assert client.post("/thread/x/404/highlights", WORDS).status_code == HTTPStatus.NOT_FOUND


def test_it_is_done_by_post_and_with_a_token_only(alice: User, thread: Thread) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post("/thread/x/1/highlights", WORDS).status_code == HTTPStatus.FORBIDDEN
    assert strict.get("/thread/x/1/highlights").status_code == HTTPStatus.METHOD_NOT_ALLOWED


# Changing one


def test_a_script_changes_and_deletes_a_highlight(client: Client, alice: User, thread: Thread) -> None:
    address = f"/highlights/{mark_post(alice, thread).id}"
    told = client.post(address, {"action": "color", "color": "pink"}, headers={"Accept": JSON}).json()
    assert told["color"] == "pink"
    told = client.post(address, {"action": "note", "note": "Two\r\nlines"}, headers={"Accept": JSON}).json()
    assert told["note"] == "Two\nlines"
    assert client.post(address, {"action": "delete"}, headers={"Accept": JSON}).status_code == HTTPStatus.NO_CONTENT
    assert client.post(address, {"action": "delete"}, headers={"Accept": JSON}).status_code == HTTPStatus.NOT_FOUND


def test_forms_come_back_to_the_list_and_say_what_was_done(client: Client, alice: User, thread: Thread) -> None:
    address = f"/highlights/{mark_post(alice, thread).id}"
    for fields, sentence in (
        ({"action": "color", "color": "blue"}, "The highlight is blue now."),
        ({"action": "note", "note": "Hm"}, "Your note is saved."),
        ({"action": "note", "note": ""}, "Your note is removed."),
        ({"action": "color"}, "Choose a color."),
        ({"action": "note", "note": "a" * 10_001}, "A note holds 10,000 characters. Please shorten it."),
        ({"action": "explode"}, "This selection was not understood."),
        ({"action": "delete"}, "The highlight is removed."),
    ):
        answer = client.post(address, fields | {"back": "/highlights?page=1"})
        assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, "/highlights?page=1")
        assert sentence in shown(client)


def test_nobody_is_sent_to_another_site(client: Client, alice: User, thread: Thread) -> None:
    fields = {"action": "delete", "back": "https://evil.example/"}
    assert client.post(f"/highlights/{mark_post(alice, thread).id}", fields)["Location"] == "/highlights"


def test_charlie_finds_none_of_alices(client: Client, alice: User, thread: Thread, charlie: Client) -> None:
    row = mark_post(alice, thread, note="secret")
    assert charlie.post(f"/highlights/{row.id}", {"action": "delete"}).status_code == HTTPStatus.NOT_FOUND
    assert charlie.post(f"/highlights/{10**15}", {"action": "delete"}).status_code == HTTPStatus.NOT_FOUND
    assert "secret" not in shown(charlie)
    assert b"secret" not in charlie.get("/highlights.md").content
    assert charlie.get("/highlights.md?thread=x/1").status_code == HTTPStatus.NOT_FOUND
    assert Highlight.objects.exists()


def test_a_guest_signs_in_first(client: Client, thread: Thread) -> None:
    row = mark_post(a_reader("alice", premium=True), thread)
    for address in ("/highlights", "/highlights.md"):
        assert client.get(address)["Location"] == f"/accounts/login/?next={address}"
    answer = client.post(f"/highlights/{row.id}", {"action": "delete"})
    assert answer["Location"] == "/accounts/login/?next=/highlights"
    answer = client.post(f"/highlights/{row.id}", {"action": "delete"}, headers={"Accept": JSON})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert Highlight.objects.exists()


def test_after_premium_one_reads_takes_and_deletes_what_one_made(client: Client, alice: User, thread: Thread) -> None:
    row = mark_post(alice, thread, note="Mine")
    no_longer_member(alice)
    address = f"/highlights/{row.id}"
    assert "Mine" in shown(client)
    assert 'value="color"' not in shown(client)
    assert b"Mine" in client.get("/highlights.md").content
    for fields in ({"action": "color", "color": "pink"}, {"action": "note", "note": "More"}):
        assert client.post(address, fields).status_code == HTTPStatus.PAYMENT_REQUIRED
        answer = client.post(address, fields, headers={"Accept": JSON})
        assert (answer.status_code, "premium" in answer.json()["sentence"]) == (HTTPStatus.PAYMENT_REQUIRED, True)
    client.post(address, {"action": "note", "note": ""})
    assert Highlight.objects.get().note == ""
    client.post(address, {"action": "delete"})
    assert not Highlight.objects.exists()
