"""`/library/import` and the report of a list."""

from datetime import UTC, datetime
from http import HTTPStatus
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import limits
from accounts.models import User
from tests.core.test_link_files import a_zip
from tests.follows import a_reader
from tests.marking import mark_post
from tests.threads import a_thread
from unroller.actions import library_imports, library_json
from unroller.models import Highlight, ImportedLink, Job, LibraryImport, Saved, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("billing")]

IMPORT = "/library/import"
HTMX = {"HX-Request": "true"}
LIST = "https://x.com/maralind/status/1\nhttps://x.com/maralind/status/5001\nhttps://news.example/a"


def bring(client: Client, text: str = LIST) -> str:
    """Paste a list; the address of its report."""
    answer = client.post(IMPORT, {"text": text})
    assert answer.status_code == HTTPStatus.SEE_OTHER, answer.content.decode()
    return answer["Location"]


def test_a_pasted_list_leads_to_its_report(client: Client, bob: User) -> None:
    a_thread(1)
    page = client.get(bring(client)).content.decode()
    assert "1 saved" in page
    assert "1 waiting" in page
    assert "1 without a post" in page
    assert "1 link of this list does not lead to a post on X, Bluesky or Mastodon." in page
    assert "<bdi>https://news.example/a</bdi>" in page
    assert "https://x.com/maralind/status/5001" in page
    assert Saved.objects.get().user == bob
    assert "1 thread saved, 1 waiting, 0 failed" in client.get(IMPORT).content.decode()


@pytest.mark.parametrize(
    "body",
    [
        f"url\n{LIST}".encode("utf-16"),
        a_zip({"list.csv": f"url,tags\n{LIST}"}),
        b"<a href='https://x.com/maralind/status/1'>A</a><a href='https://x.com/maralind/status/5001'>B</a>",
    ],
)
def test_a_list_comes_as_a_file_too(client: Client, bob: User, body: bytes) -> None:
    answer = client.post(IMPORT, {"file": SimpleUploadedFile("any.name", body)})
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert set(ImportedLink.objects.values_list("key", flat=True)) == {"1", "5001"}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Choose a file, or paste a list."),
        ({"text": " \n "}, "Choose a file, or paste a list."),
        ({"text": "nothing here"}, "There is no link in this list."),
        ({"text": "title,tags\nA,b"}, "There is no link in this table. Its columns are: title, tags."),
        ({"text": "https://news.example/a"}, "The one link in this list does not lead to a post"),
        ({"file": SimpleUploadedFile("a.csv", b"x" * (20 * 1024 * 1024 + 1))}, "larger than 20 megabytes"),
        ({"file": SimpleUploadedFile("a.csv", b"\x89PNG\r\n\x1a\n\x00\x01" * 99)}, "This file is not a text"),
        ({"file": SimpleUploadedFile("a.zip", b"PK\x03\x04 broken")}, "This zip cannot be opened."),
        ({"text": "title,tags\n<script>alert(1)</script>,b"}, "Its columns are: title, tags."),
    ],
)
def test_what_cannot_be_read_is_said_and_changes_nothing(
    client: Client, bob: User, fields: dict[str, object], sentence: str
) -> None:
    answer = client.post(IMPORT, fields)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert sentence in answer.content.decode()
    assert "<script>alert" not in answer.content.decode()
    assert not LibraryImport.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "https://x.com/a/status/5001\x00 \u202ehttps://x.com/a/status/5001",
        'url,note,tags\nhttps://x.com/a/status/5001,"no\x00te","t\x00ag"',
        '[{"url": "https://x.com/a/status/5001", "note": "\\ud800", "labels": ["\\u0000", 5, null]}]',
        '[{"url": ["https://x.com/a/status/5001"], "savedAt": {"a": 1}, "note": 1e999, "tags": {"a": "b"}}]',
        f"url,{','.join(['tags'] * 500)}\nhttps://x.com/a/status/5001,{','.join(['a' * 99] * 500)}",
        "=cmd|calc,url\n@SUM(1),https://x.com/a/status/5001",
    ],
)
def test_hostile_lists_are_taken_for_what_they_hold(client: Client, bob: User, text: str) -> None:
    bring(client, text)
    assert ImportedLink.objects.get().key == "5001"
    assert LibraryImport.objects.get().user == bob


def test_lists_are_limited_by_the_hour_and_it_is_said_when_one_may_go_on(client: Client, bob: User) -> None:
    with time_machine.travel("2026-05-01T12:10:00Z", tick=False):
        for _ in range(limits.IMPORTS.item.amount):
            bring(client)
        answer = client.post(IMPORT, {"text": LIST})
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    until = datetime(2026, 5, 1, 13, 10, tzinfo=UTC).astimezone(ZoneInfo(bob.time_zone))
    assert f"You have imported 10 lists in one hour. You can go on from {until:%H:%M}." in answer.content.decode()


def test_what_is_no_list_uses_up_no_import_but_is_bounded(client: Client, bob: User) -> None:
    for _ in range(limits.IMPORTS.item.amount + 1):
        assert client.post(IMPORT, {"text": "nothing"}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    bring(client)
    assert limits.spend(limits.TRIED_IMPORTS, str(bob.id), cost=limits.left(limits.TRIED_IMPORTS, str(bob.id)).uses)
    answer = client.post(IMPORT, {"text": LIST})
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "You have tried 60 lists in one hour." in answer.content.decode()


def test_charlie_sees_and_does_nothing_of_bobs(client: Client, bob: User) -> None:
    report = bring(client)
    client.force_login(a_reader("charlie"))
    assert client.get(report).status_code == HTTPStatus.NOT_FOUND
    assert client.post(report, {"action": "delete"}).status_code == HTTPStatus.NOT_FOUND
    assert report not in client.get(IMPORT).content.decode()
    assert client.get(f"{IMPORT}/{uuid4()}").status_code == HTTPStatus.NOT_FOUND
    client.logout()
    for path in (IMPORT, report):
        assert client.get(path)["Location"] == f"/accounts/login/?next={path}"
    assert LibraryImport.objects.get().look_at is not None


def test_htmx_gets_the_moving_part_until_nothing_waits(client: Client, bob: User) -> None:
    report = bring(client)
    part = client.get(report, headers=HTMX).content.decode()
    assert part.startswith('<div class="imported"')
    assert f'hx-get="{report}"' in part
    client.post(report, {"action": "stop"})
    assert "hx-get" not in client.get(report, headers=HTMX).content.decode()


def test_stop_again_and_delete(client: Client, bob: User) -> None:
    report = bring(client)
    page = client.post(report, {"action": "stop"}, follow=True).content.decode()
    assert "You stopped this import." in page
    assert "Your import is done" in page
    client.post(report, {"action": "again"})
    assert LibraryImport.objects.get().look_at is not None
    answer = client.post(report, {"action": "delete"}, follow=True)
    assert answer.redirect_chain == [(IMPORT, HTTPStatus.SEE_OTHER)]
    assert not LibraryImport.objects.exists()
    assert client.post(IMPORT, {"text": LIST}).status_code == HTTPStatus.SEE_OTHER


def test_an_unknown_action_changes_nothing(client: Client, bob: User) -> None:
    report = bring(client)
    assert client.post(report, {"action": "burn"}).status_code == HTTPStatus.OK
    assert ImportedLink.objects.filter(state="waiting").count() == 2


def test_a_free_reader_is_told_where_tags_and_notes_are(client: Client, bob: User) -> None:
    a_thread(1)
    assert "Tags and notes come with" in client.get(IMPORT).content.decode()
    page = client.get(bring(client, "url,tags\nhttps://x.com/a/status/1,sea")).content.decode()
    assert "1 thread came with tags or notes, which are part of premium" in page
    assert "Take over the tags" not in page


def test_what_failed_says_why_with_what_the_list_said(client: Client, bob: User) -> None:
    report = bring(client, "url,tags,note\nhttps://x.com/a/status/5001,sea,<b>mine</b>")
    Job.objects.update(state=Job.State.FAILED, finished_at=timezone.now(), sentence="This post does not exist.")
    LibraryImport.objects.update(look_at=timezone.now())
    library_imports.go_on()
    page = client.get(report).content.decode()
    assert "This post does not exist." in page
    assert "<bdi>sea</bdi>" in page
    assert "&lt;b&gt;mine&lt;/b&gt;" in page
    assert "Try what failed again" in page


def test_the_queries_do_not_grow(client: Client, bob: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    def filled(count: int) -> str:
        origin = LibraryImport.objects.create(user=bob, form="text")
        rows = [
            ImportedLink(origin=origin, source="x", key=f"{state}{number}", link="https://x.com/", state=state)
            for state in ("saved", "waiting", "failed")
            for number in range(count)
        ]
        ImportedLink.objects.bulk_create(rows)
        return origin.get_absolute_url()

    small, large = filled(10), filled(20)
    client.get(small)
    for report in (small, large):
        with django_assert_num_queries(7):
            client.get(report)
    with django_assert_num_queries(4):
        client.get(IMPORT)
    for _ in range(5):
        filled(2)
    with django_assert_num_queries(4):
        client.get(IMPORT)


@pytest.mark.parametrize("form", ["multipart/form-data; boundary=BoUnDaRyStRiNg", "application/x-www-form-urlencoded"])
def test_too_much_to_paste_is_told_in_one_sentence(client: Client, bob: User, form: str) -> None:
    text = "https://x.com/a/status/1\n" * 50_000
    fields = {"text": text} if "multipart" in form else f"text={text}"
    answer = client.post(IMPORT, fields, content_type=form) if isinstance(fields, str) else client.post(IMPORT, fields)
    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert "This is too much to paste. Choose it as a file." in answer.content.decode()


def test_another_site_brings_in_nothing(bob: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(bob)
    assert strict.post(IMPORT, {"text": LIST}).status_code == HTTPStatus.FORBIDDEN
    assert not LibraryImport.objects.exists()


def test_the_highlights_of_a_library_are_told_on_the_report(client: Client, alice: User, thread: Thread) -> None:
    row = mark_post(alice, thread, note="Mine")
    text = "".join(library_json.stream(alice))
    row.delete()
    page = client.post(IMPORT, {"text": text}, follow=True).content.decode()
    assert "Highlights: 1 brought in." in page
    assert Highlight.objects.get().note == "Mine"


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("A walk,not an address,sea", "A walk: not an address"),
        ("A walk,https://news.example/a,sea", "A walk: https://news.example/a"),
        (",htp:/x.com/1,sea", "htp:/x.com/1"),
        ("A walk,,sea", "A walk"),
        (",,sea", "sea"),
        ("https://news.example/a,https://news.example/a,", "https://news.example/a"),
        (f"{'long ' * 90},https://news.example/a,", "long…: https://news.example/a"),
    ],
)
def test_an_entry_without_a_post_is_named_by_its_title_and_address(
    client: Client, bob: User, row: str, named: str
) -> None:
    page = client.get(bring(client, f"title,url,tags\nA,https://x.com/a/status/1,\n{row}")).content.decode()
    assert f"{named}</bdi>" in page
