"""`/report`: anybody says what is wrong with a page, once, and gets a number."""

from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.utils import timezone
from limits import RateLimitItemPerDay
from pytest_django import DjangoAssertNumQueries

from accounts import limits
from accounts.models import User
from tests.threads import a_thread
from unroller.actions import cases, moderating, threads
from unroller.core.errors import Gone
from unroller.forms.contact import stamp
from unroller.models import Case, Report, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]


def fields(page: str, **changes: str) -> dict[str, str]:
    """A report by somebody who took their time."""
    with time_machine.travel(timezone.now() - timedelta(minutes=1)):
        begun = stamp()
    return {"page": page, "reason": "hate", "words": "Post 2 is a threat.", "email": "", "begun": begun} | changes


def report(client: Client, page: str, **changes: str) -> str:
    """The page that somebody is led to."""
    return client.post("/report", fields(page, **changes), follow=True).content.decode()


def test_every_shared_page_has_a_plain_link_to_it(client: Client, thread: Thread) -> None:
    for page in (thread, thread.author):
        address = page.get_absolute_url()
        assert f'href="/report?page={address}"' in client.get(address).content.decode()
        assert "Report a page" in client.get(f"/report?page={address}").content.decode()


def test_charlie_reports_a_thread_and_gets_a_number(client: Client, thread: Thread) -> None:
    page = report(client, thread.get_absolute_url(), email="charlie@example.org")
    row = Report.objects.get()
    assert f"Your report has the number {row.pk}." in page
    assert (row.case.thread, row.reason, row.email, row.user) == (thread, "hate", "charlie@example.org", None)
    assert "127.0.0.1" not in row.reporter


def test_what_one_visitor_says_again_stands_in_its_place(client: Client, bob: User, thread: Thread) -> None:
    report(client, thread.get_absolute_url(), email="bob@example.com")
    report(client, f"{thread.get_absolute_url()}#post-2", reason="spam", words="No, spam.")
    row = Report.objects.get()
    assert (row.user, row.reason, row.words, row.email) == (bob, "spam", "No, spam.", "bob@example.com")
    report(Client(REMOTE_ADDR="203.0.113.9"), thread.get_absolute_url())
    assert (Report.objects.count(), Case.objects.count()) == (2, 1)


def test_an_author_is_reported_as_one(client: Client, thread: Thread) -> None:
    page = thread.author.get_absolute_url()
    assert "with all of their threads" in client.get(f"/report?page={page}").content.decode()
    report(client, page)
    assert Case.objects.get().author == thread.author


def test_what_is_not_shown_any_more_says_so(client: Client, thread: Thread) -> None:
    address, author = thread.get_absolute_url(), thread.author.get_absolute_url()
    moderating.hide(thread.pk, "threats")
    assert client.get(f"/report?page={address}").status_code == HTTPStatus.NOT_FOUND
    cases.decide_author(thread.author, Case.Decision.BANNED, "a fraud")
    assert "do not show the threads" in client.get(f"/report?page={author}").content.decode()
    cases.lift(thread.author, "a mistake")
    with transaction.atomic():
        threads.remove(thread, Gone())
    answer = client.post("/report", fields(address))
    assert (answer.status_code, Case.objects.count()) == (HTTPStatus.GONE, 0)


def test_a_private_thread_has_no_such_page(client: Client, thread: Thread) -> None:
    Thread.objects.update(private=True)
    for page in (f"/thread/{thread.source}/{thread.path}", f"/private/thread/{thread.pk}"):
        assert client.get(f"/report?page={page}").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    "page", ["", "/", "/thread/x/999", "/author/x/nobody", "https://evil.example/", "/thread/x/\0"]
)
def test_other_pages_cannot_be_reported(client: Client, page: str) -> None:
    assert client.post("/report", fields(page)).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": ""}, "Please choose what is wrong"),
        ({"reason": "ugly"}, "Please choose what is wrong"),
        ({"reason": "other", "words": " "}, "Please say what is wrong"),
        ({"begun": ""}, "open for too long"),
        ({"begun": "now"}, "open for too long"),
        ({"email": "nobody"}, "valid email"),
    ],
)
def test_what_is_wrong_with_a_report_is_said(
    client: Client, thread: Thread, changes: dict[str, str], sentence: str
) -> None:
    answer = client.post("/report", fields(thread.get_absolute_url(), **changes))
    assert (answer.status_code, Report.objects.count()) == (HTTPStatus.UNPROCESSABLE_ENTITY, 0)
    assert sentence in answer.content.decode()


def test_robots_are_thanked_and_a_flood_ends(client: Client, thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Thank you." in report(client, thread.get_absolute_url(), website="https://spam.example")
    assert Report.objects.count() == 0
    monkeypatch.setattr(limits, "REPORTS", limits.Limit("report", RateLimitItemPerDay(1)))
    limits.spend(limits.REPORTS, "127.0.0.1")
    assert client.post("/report", fields(thread.get_absolute_url())).status_code == HTTPStatus.TOO_MANY_REQUESTS


def test_no_mailbox_is_named_more_often_than_one_visitor_may_report(
    client: Client, thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "REPORTS", limits.Limit("report", RateLimitItemPerDay(1)))
    form = fields(thread.get_absolute_url())
    statuses = [
        Client(REMOTE_ADDR=f"203.0.113.{number}").post("/report", form | {"email": email}).status_code
        for number, email in enumerate(("ida@example.org", "Ida@example.org", ""))
    ]
    assert statuses == [HTTPStatus.SEE_OTHER, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SEE_OTHER]


def test_a_form_from_elsewhere_is_refused(thread: Thread) -> None:
    answer = Client(enforce_csrf_checks=True).post("/report", fields(thread.get_absolute_url()))
    assert (answer.status_code, Report.objects.count()) == (HTTPStatus.FORBIDDEN, 0)


def test_queries_do_not_grow_with_reports(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    thread = a_thread(3)
    address = f"/report?page={thread.get_absolute_url()}"
    for _ in range(2):
        with django_assert_num_queries(1):
            client.get(address)
        for number in range(3):
            report(Client(REMOTE_ADDR=f"203.0.113.{number}"), thread.get_absolute_url())
