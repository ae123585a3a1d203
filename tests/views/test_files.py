"""`GET <thread>.pdf` and `.epub`, and `/file/<id>`, where one waits for them."""

import uuid
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from threading import Timer

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import limits
from accounts.models import User
from tests.accounts.signing import a_person, an_account
from tests.thread_files import Kind, made, own_place
from tests.threads import a_thread
from unroller.actions import thread_files
from unroller.core.posts import Person
from unroller.models import Thread, ThreadFile
from unroller.views import files

pytestmark = pytest.mark.django_db

MOVING = {"HX-Request": "true"}
BOB = Person(id="17", handle="bob", name="Bob", url="https://x.com/bob")
PAPERS = ["/thread/x/1.pdf", "/thread/x/1.pdf?paper=letter", "/thread/x/1.epub"]


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Plans differ, files are this test's own, and nobody waits for a worker that is not there."""
    settings.BILLING_ENABLED = True
    monkeypatch.setattr(files, "PATIENCE", 0.0)
    return own_place(tmp_path, settings)


@pytest.fixture
def thread() -> Thread:
    return a_thread(3)


def waiting(client: Client, address: str = "/thread/x/1.pdf") -> ThreadFile:
    """The file that a request for it leads to the progress of."""
    answer = client.get(address)
    assert answer.status_code == HTTPStatus.SEE_OTHER
    file = ThreadFile.objects.get()
    assert answer["Location"] == f"/file/{file.pk}"
    return file


def words(page: bytes) -> str:
    return " ".join(page.decode().split())


@pytest.mark.parametrize("address", PAPERS)
def test_charlie_is_offered_premium_signed_in_or_not(client: Client, thread: Thread, address: str) -> None:
    assert client.get(address).status_code == HTTPStatus.PAYMENT_REQUIRED
    client.force_login(a_person("charlie@example.com"))
    answer = client.get(address)
    assert answer.status_code == HTTPStatus.PAYMENT_REQUIRED
    assert "any thread as PDF or EPUB" in words(answer.content)
    assert not ThreadFile.objects.exists()


def test_charlie_does_not_see_how_far_another_ones_file_is(client: Client, alice: User, thread: Thread) -> None:
    file = waiting(client)
    client.force_login(a_person("charlie@example.com"))
    for headers in ({}, MOVING):
        answer = client.get(f"/file/{file.pk}", headers=headers)
        assert answer.status_code == HTTPStatus.PAYMENT_REQUIRED
        assert "Making" not in words(answer.content)


def test_without_billing_everybody_may(client: Client, thread: Thread, settings: Settings) -> None:
    settings.BILLING_ENABLED = False
    waiting(client)


def test_who_wrote_a_thread_takes_it_for_nothing(client: Client) -> None:
    a_thread(2, author=BOB)
    a_thread(2, first=100)
    bob = a_person("bob@example.com")
    an_account(user=bob).save()
    client.force_login(bob)
    file = waiting(client, "/thread/x/1.epub")
    assert client.get(f"/file/{file.pk}").status_code == HTTPStatus.OK
    assert client.get("/thread/x/100.epub").status_code == HTTPStatus.PAYMENT_REQUIRED


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize(
    ("kind", "address", "content_type"),
    [
        (Kind.PDF_A4, "/thread/x/1.pdf?paper=a4", "application/pdf"),
        (Kind.PDF_LETTER, "/thread/x/1.pdf?paper=letter", "application/pdf"),
        (Kind.EPUB, "/thread/x/1.epub", "application/epub+zip"),
    ],
)
def test_a_file_that_is_there_comes_at_once(
    client: Client, thread: Thread, kind: ThreadFile.Kind, address: str, content_type: str
) -> None:
    file = made(thread, kind)
    answer = client.get(address)
    with default_storage.open(file.file) as stored:
        assert answer.getvalue() == stored.read()
    assert answer["Content-Type"] == content_type
    assert answer["Content-Length"] == str(file.size)
    assert answer["Content-Disposition"] == (f'attachment; filename="maralind-2026-03-01-this-is-post-1.{file.ending}"')
    assert answer["X-Robots-Tag"] == "noindex"
    assert {"private", "no-store"} <= set(answer["Cache-Control"].replace(",", "").split())


@pytest.mark.usefixtures("alice", "thread")
@pytest.mark.parametrize(
    ("query", "languages", "kind"),
    [
        ("", "", Kind.PDF_A4),
        ("", "en", Kind.PDF_A4),
        ("", "en-US,en;q=0.9", Kind.PDF_LETTER),
        ("", "en,en-CA;q=0.8,de-DE;q=0.7", Kind.PDF_LETTER),
        ("", "es-MX", Kind.PDF_LETTER),
        ("", "es-419,es;q=0.9", Kind.PDF_A4),
        ("", "en-GB,en-US;q=0.8", Kind.PDF_A4),
        ("", "zh-Hant-TW", Kind.PDF_A4),
        ("", "x" * 5000, Kind.PDF_A4),
        ("?paper=a4", "en-US", Kind.PDF_A4),
        ("?paper=letter", "de-DE", Kind.PDF_LETTER),
        ("?paper=parchment", "de-DE", Kind.PDF_A4),
    ],
)
def test_the_paper_is_what_was_asked_for_or_what_the_country_uses(
    client: Client, query: str, languages: str, kind: ThreadFile.Kind
) -> None:
    client.get(f"/thread/x/1.pdf{query}", headers={"Accept-Language": languages})
    assert ThreadFile.objects.get().kind == kind


def test_the_page_says_how_far_it_is_and_goes_on_without_scripts(client: Client, alice: User, thread: Thread) -> None:
    file = waiting(client)
    page = client.get(f"/file/{file.pk}")
    assert "You are next in line" in words(page.content)
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in words(page.content)
    assert thread_files.QUEUE.claim(file.pk, pictures=80, pictures_done=12)
    part = words(client.get(f"/file/{file.pk}", headers=MOVING).content)
    assert "<html" not in part
    assert "Making your PDF" in part
    assert "12 of 80 pictures" in part
    assert f'hx-get="/file/{file.pk}"' in part
    ThreadFile.objects.update(pictures_done=80)
    assert "Setting the pages" in words(client.get(f"/file/{file.pk}", headers=MOVING).content)


def test_a_file_that_is_ready_is_taken_by_itself(client: Client, alice: User, thread: Thread) -> None:
    file = made(thread, Kind.PDF_LETTER)
    assert client.get(f"/file/{file.pk}", headers=MOVING)["HX-Redirect"] == f"/file/{file.pk}"
    page = words(client.get(f"/file/{file.pk}").content)
    assert '<meta http-equiv="refresh" content="0; url=/thread/x/1.pdf?paper=letter">' in page
    assert '<a class="button strong" href="/thread/x/1.pdf?paper=letter">Save the PDF</a>' in page
    assert "hx-get" not in page


def test_volumes_are_explained(client: Client, alice: User, thread: Thread) -> None:
    file = made(thread)
    ThreadFile.objects.update(ending="zip")
    assert "comes in volumes, together in one zip" in words(client.get(f"/file/{file.pk}").content)
    answer = client.get("/thread/x/1.pdf?paper=a4")
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"].endswith('.zip"')
    assert answer.getvalue()


def test_a_failure_is_said_and_may_be_tried_again_after_a_while(client: Client, alice: User, thread: Thread) -> None:
    file = waiting(client)
    now = timezone.now()
    ThreadFile.objects.update(finished_at=now, sentence=thread_files.FAILED)
    page = words(client.get(f"/file/{file.pk}").content)
    assert f"{thread_files.FAILED} You can try again at <time" in page
    assert "Try again</a>" not in page
    assert client.get("/thread/x/1.pdf")["Location"] == f"/file/{file.pk}"
    ThreadFile.objects.update(finished_at=now - thread_files.TRY_AGAIN)
    assert '<a class="button strong" href="/thread/x/1.pdf?paper=a4">Try again</a>' in words(
        client.get(f"/file/{file.pk}").content
    )
    assert client.get("/thread/x/1.pdf")["Location"] != f"/file/{file.pk}"


def test_a_file_of_older_words_leads_to_the_newest(client: Client, alice: User, thread: Thread) -> None:
    old = waiting(client)
    Thread.objects.update(changed_at=timezone.now())
    answer = client.get(f"/file/{old.pk}")
    new = ThreadFile.objects.exclude(pk=old.pk).get()
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, f"/file/{new.pk}")
    assert client.get(f"/file/{old.pk}", headers=MOVING)["HX-Redirect"] == f"/file/{new.pk}"


def test_the_page_of_a_thread_that_was_removed_says_so(client: Client, alice: User, thread: Thread) -> None:
    file = waiting(client)
    Thread.objects.update(document=None, removed="Gone")
    assert client.get(f"/file/{file.pk}").status_code == HTTPStatus.GONE


def test_an_address_of_nothing_is_404(client: Client, alice: User) -> None:
    assert client.get(f"/file/{uuid.uuid4()}").status_code == HTTPStatus.NOT_FOUND


def test_a_file_that_the_storage_lost_is_made_again(client: Client, alice: User, thread: Thread) -> None:
    file = made(thread)
    default_storage.delete(file.file)
    answer = client.get("/thread/x/1.pdf")
    anew = ThreadFile.objects.get()
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, f"/file/{anew.pk}")
    assert anew.pk != file.pk


def test_posts_of_x_count_when_the_file_is_handed_out(client: Client, alice: User) -> None:
    made(a_thread(300))
    a_thread(201, first=1000)
    assert client.get("/thread/x/1000.pdf").status_code == HTTPStatus.SEE_OTHER
    for _ in range(2):
        client.get("/thread/x/1.pdf").getvalue()
    assert client.get("/thread/x/1.md").status_code == HTTPStatus.OK
    for address in ("/thread/x/1000.pdf", "/thread/x/1000.epub", "/thread/x/1000.txt"):
        answer = client.get(address)
        assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
        assert "X allows a reader 500 of its posts a day in files" in words(answer.content)
    assert ThreadFile.objects.count() == 2


def test_new_files_are_made_at_a_bearable_pace(client: Client, alice: User, thread: Thread) -> None:
    limits.spend(limits.NEW_FILES, f"person {alice.pk}", cost=limits.NEW_FILES.item.amount - 1)
    waiting(client)
    assert client.get("/thread/x/1.pdf").status_code == HTTPStatus.SEE_OTHER
    answer = client.get("/thread/x/1.epub")
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "many files in one hour" in words(answer.content)


def test_taking_a_file_asks_the_database_no_more_for_a_longer_thread(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made(a_thread(3))
    made(a_thread(6, first=1000))
    client.get("/thread/x/1.pdf").getvalue()
    for address in ("/thread/x/1.pdf", "/thread/x/1000.pdf"):
        with django_assert_num_queries(5):
            client.get(address).getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_made_within_a_second_is_waited_for(
    client: Client, alice: User, thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PATIENCE", 20.0)
    file = thread_files.ask(thread, Kind.PDF_A4)

    def make() -> None:
        thread_files.run(str(file.pk))
        connection.close()

    worker = Timer(0.2, make)
    worker.start()
    answer = client.get("/thread/x/1.pdf")
    worker.join()
    assert answer.getvalue().startswith(b"%PDF-")


def test_who_waits_does_not_wait_longer_than_they_should(client: Client, alice: User, thread: Thread) -> None:
    began = timezone.now()
    waiting(client)
    assert timezone.now() - began < timedelta(seconds=5)
