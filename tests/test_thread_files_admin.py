"""The admin's list of files: why one failed, and trying it again."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.accounts.signing import a_person
from tests.operating import an_operator
from tests.threads import a_thread
from unroller.actions import thread_files
from unroller.models import ThreadFile

pytestmark = pytest.mark.django_db

LIST = "/admin/unroller/threadfile/"


@pytest.fixture
def operator(client: Client) -> Client:
    return an_operator(client)


def a_failure(first: int = 1) -> ThreadFile:
    file = thread_files.ask(a_thread(1, first=first), ThreadFile.Kind.PDF_A4)
    ended = {"finished_at": timezone.now(), "sentence": thread_files.FAILED, "detail": "Failed: too much memory"}
    ThreadFile.objects.filter(pk=file.pk).update(**ended)
    return file


def test_charlie_does_not_get_in(client: Client) -> None:
    assert client.get(LIST).status_code == 302
    client.force_login(a_person("charlie@example.com"))
    assert client.get(LIST).status_code == 302


def test_a_failure_is_found_and_shows_why(operator: Client) -> None:
    file = a_failure()
    assert str(file.pk) in operator.get(LIST, {"q": "mara"}).content.decode()
    assert b"0 results" in operator.get(LIST, {"q": "zzz"}).content
    assert b"too much memory" in operator.get(f"{LIST}{file.pk}/change/").content


def test_a_failure_is_tried_again_at_once(operator: Client) -> None:
    file = a_failure()
    operator.post(LIST, {"action": "try_again", "_selected_action": [str(file.pk)]})
    anew = ThreadFile.objects.get()
    assert anew.pk != file.pk
    assert anew.finished_at is None


def test_what_is_not_failed_is_left_alone(operator: Client) -> None:
    file = thread_files.ask(a_thread(1), ThreadFile.Kind.EPUB)
    operator.post(LIST, {"action": "try_again", "_selected_action": [str(file.pk)]})
    assert ThreadFile.objects.get() == file


def test_the_list_asks_the_database_no_more_for_more_files(
    operator: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for first in range(100, 500, 100):
        a_failure(first)
    operator.get(LIST)
    with django_assert_num_queries(8):
        operator.get(LIST)
    for first in range(500, 900, 100):
        a_failure(first)
    with django_assert_num_queries(8):
        operator.get(LIST)
