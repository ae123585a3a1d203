"""`/my-authors.csv`, `/my-authors.opml` and `/my-authors/import`."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import limits
from accounts.models import User
from tests.follows import a_reader, an_author, many_authors, met
from unroller.actions import follows
from unroller.models import Author, Cadence, Follow, Lookup

pytestmark = pytest.mark.django_db

IMPORT = "/my-authors/import"
FILES = ["/my-authors.csv", "/my-authors.opml"]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def mara() -> Author:
    author = an_author("maralind", name="Mara Lindqvist")
    met(author)
    return author


def bring_in(client: Client, text: str, **fields: str) -> str:
    """Paste a list; the page after it."""
    answer = client.post(IMPORT, {"text": text} | fields, follow=True)
    assert answer.redirect_chain == [(IMPORT, HTTPStatus.SEE_OTHER)]
    return answer.content.decode()


@pytest.mark.parametrize("path", FILES)
def test_the_list_comes_as_a_file(client: Client, bob: User, mara: Author, path: str) -> None:
    follows.follow(bob, mara, Cadence.WEEKLY)
    answer = client.get(path)
    assert answer["Content-Disposition"] == f'attachment; filename="{path[1:]}"'
    assert b"Mara Lindqvist" in answer.content
    assert b"weekly" in answer.content


@pytest.mark.parametrize("path", [*FILES, IMPORT])
def test_charlie_gets_nothing_of_bobs(client: Client, bob: User, mara: Author, path: str) -> None:
    follows.follow(bob, mara, Cadence.WEEKLY)
    bring_in(client, "@unknown")
    client.force_login(a_reader("charlie"))
    page = client.get(path).content
    assert b"Mara" not in page
    assert b"being looked up" not in page
    client.logout()
    assert client.get(path)["Location"] == f"/accounts/login/?next={path}"


def test_who_is_known_is_followed_at_once_and_others_are_looked_up(client: Client, bob: User, mara: Author) -> None:
    page = bring_in(client, "@maralind,weekly\n@unknown\nno name at all")
    assert Follow.objects.get(user=bob).cadence == Cadence.WEEKLY
    states = dict(Lookup.objects.values_list("text", "state"))
    assert states == {"@maralind, weekly": "done", "@unknown": "queued", "no name at all": "failed"}
    assert "1 followed" in page
    assert "1 being looked up" in page
    assert "1 could not be followed" in page
    assert "no name at all" in page
    assert "neither a handle nor a link" in page


def test_a_list_comes_as_a_file_too(client: Client, bob: User, mara: Author) -> None:
    for name, body in (("a.csv", "handle\nmaralind".encode("utf-16")), ("b.csv", b"handle\nmaralind")):
        answer = client.post(IMPORT, {"file": SimpleUploadedFile(name, body), "cadence": "here"})
        assert answer.status_code == HTTPStatus.SEE_OTHER
        assert Lookup.objects.get().author == mara
    assert Follow.objects.get(user=bob).cadence == Cadence.HERE


@pytest.mark.parametrize("path", FILES)
def test_what_was_exported_can_be_imported_by_another_reader(
    client: Client, bob: User, mara: Author, path: str
) -> None:
    follows.follow(bob, mara, Cadence.WEEKLY)
    body = client.get(path).content
    charlie = a_reader("charlie")
    client.force_login(charlie)
    client.post(IMPORT, {"file": SimpleUploadedFile(path[1:], body)})
    row = Follow.objects.get(user=charlie)
    assert (row.author, row.cadence) == (mara, Cadence.WEEKLY)


def test_the_limit_ends_an_import_in_order_and_says_so(client: Client, settings: Settings, bob: User) -> None:
    settings.BILLING_ENABLED = True
    met(*many_authors(25))
    page = bring_in(client, "\n".join(f"@author{number}" for number in range(25)), cadence="instant")
    assert Follow.objects.filter(cadence=Cadence.DAILY).count() == 20
    assert "20 followed" in page
    assert "5 could not be followed" in page
    assert page.count("You follow 20 authors, as many as a free account holds.") == 5


def test_an_author_who_opted_out_is_refused_by_name(client: Client, bob: User, mara: Author) -> None:
    Author.objects.update(opted_out=True)
    assert "asked this site not to follow them" in bring_in(client, "@maralind")
    assert not Follow.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Choose a file, or paste a list."),
        ({"text": " \n "}, "Choose a file, or paste a list."),
        ({"text": "<opml>"}, "broken in line"),
        ({"text": "\n".join(f"@a{number}" for number in range(1_001))}, "more than 1,000 lines"),
        ({"file": SimpleUploadedFile("a.csv", b"@a\n" * 400_000)}, "larger than a megabyte"),
        ({"file": SimpleUploadedFile("a.csv", b"\x89PNG\r\n\x1a\n\x00\x01" * 99)}, "This file is not a text"),
    ],
)
def test_what_cannot_be_read_is_said_and_changes_nothing(
    client: Client, bob: User, fields: dict[str, object], sentence: str
) -> None:
    answer = client.post(IMPORT, fields)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert sentence in answer.content.decode()
    assert not Lookup.objects.exists()
    assert not Follow.objects.exists()


def test_the_report_moves_while_names_are_looked_up(client: Client, bob: User) -> None:
    page = bring_in(client, "@unknown")
    assert 'http-equiv="refresh"' in page
    part = client.get(IMPORT, headers=HTMX).content.decode()
    assert f'hx-get="{IMPORT}"' in part
    assert "<html" not in part
    until = timezone.now() + timedelta(hours=1)
    Lookup.objects.update(not_before=until, sentence="X asks us to wait before reading more.")
    assert "X asks us to wait" in client.get(IMPORT).content.decode()
    Lookup.objects.update(state=Lookup.State.DONE)
    part = client.get(IMPORT, headers=HTMX).content.decode()
    assert "hx-get" not in part
    assert "Your import is done" in part


def test_every_name_of_a_line_is_followed(client: Client, bob: User) -> None:
    for name in ("slow_honey", "pith_and_peel", "terra_dubia", "sleeper_sam"):
        met(an_author(name))
    assert "4 followed" in bring_in(client, "@slow_honey, @pith_and_peel; @terra_dubia @sleeper_sam")
    assert Follow.objects.filter(user=bob).count() == 4


def test_whom_the_reader_followed_already_is_counted_apart(client: Client, bob: User, mara: Author) -> None:
    assert "followed already" not in bring_in(client, "@maralind")
    met(an_author("ali"))
    page = bring_in(client, "@maralind\n@ali\nno name")
    for count in ("1 followed", "1 followed already", "0 being looked up", "1 could not be followed"):
        assert f"<span>{count}</span>" in page


def test_a_new_import_begins_a_new_report(client: Client, bob: User, mara: Author) -> None:
    bring_in(client, "no name\n@unknown\n@another")
    Lookup.objects.create(user=bob, text="@asked", source="x", key="asked", state=Lookup.State.FAILED)
    page = bring_in(client, "@maralind\n@unknown")
    assert "<span>2 being looked up</span>" in page
    assert "no name" not in page
    assert sorted(Lookup.objects.values_list("text", flat=True)) == ["@another", "@asked", "@maralind", "@unknown"]


def test_clearing_the_report_ends_what_waits_but_not_what_a_worker_holds(
    client: Client, bob: User, mara: Author
) -> None:
    page = bring_in(client, "@maralind\n@unknown\n@held\nno name")
    assert "Stop looking and clear this report" in page
    Lookup.objects.filter(text="@held").update(leased_until=timezone.now() + timedelta(minutes=1))
    Lookup.objects.create(user=bob, text="@asked", source="x", key="asked")
    other = a_reader("charlie")
    Lookup.objects.create(user=other, text="@a", cadence=Cadence.DAILY, state=Lookup.State.FAILED)
    client.post("/my-authors/import/clear")
    assert sorted(Lookup.objects.values_list("text", flat=True)) == ["@a", "@asked", "@held"]
    assert Follow.objects.filter(user=bob).exists()


def test_ten_imports_an_hour_are_enough(client: Client, bob: User) -> None:
    for _ in range(10):
        limits.spend(limits.IMPORTS, str(bob.id))
    answer = client.post(IMPORT, {"text": "@maralind"})
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "@maralind" in answer.content.decode()
    assert not Lookup.objects.exists()


def test_lists_that_cannot_be_read_use_up_no_import_but_are_bounded(client: Client, bob: User) -> None:
    for _ in range(11):
        assert client.post(IMPORT, {"text": "?"}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert limits.left(limits.IMPORTS, str(bob.id)).uses == 10
    assert client.post(IMPORT, {"text": "@maralind"}).status_code == HTTPStatus.SEE_OTHER
    assert limits.spend(limits.TRIED_IMPORTS, str(bob.id), cost=48)
    assert client.post(IMPORT, {"text": "?"}).status_code == HTTPStatus.TOO_MANY_REQUESTS


def test_importing_needs_the_token_of_the_page() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(a_reader())
    assert client.post(IMPORT, {"text": "@maralind"}).status_code == HTTPStatus.FORBIDDEN


def test_the_queries_do_not_grow_with_the_list(
    client: Client, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    follows.reader(bob)
    met(*many_authors(60))
    for first, last in ((0, 20), (20, 60)):
        text = "\n".join(f"@author{number}\n@nobody{number}" for number in range(first, last))
        with django_assert_num_queries(19):
            assert client.post(IMPORT, {"text": text}).status_code == HTTPStatus.SEE_OTHER
        for path, queries in ((FILES[0], 3), (FILES[1], 3), (IMPORT, 6)):
            with django_assert_num_queries(queries):
                client.get(path)
