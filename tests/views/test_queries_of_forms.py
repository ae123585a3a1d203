"""Forms ask the database a bounded number of questions, and no more for many threads than for one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from tests.follows import an_author, wrote
from tests.views.test_report import fields
from tests.whole_person import keep_files_in
from unroller.actions import library
from unroller.forms.library import DEEDS
from unroller.models import DataExport, Report, Saved, Thread

pytestmark = pytest.mark.django_db
MOST = 20
LIST = "/library?show=all"


def queries(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)


def test_saving_a_thread(
    client: Client, bob: User, thread: Thread, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.get(thread.get_absolute_url())
    with django_assert_max_num_queries(MOST):
        client.post(f"{thread.get_absolute_url()}/save")
    assert Saved.objects.filter(user=bob).exists()


def test_what_a_guest_wanted(
    client: Client, thread: Thread, django_user_model: type[User], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.post(f"{thread.get_absolute_url()}/save")
    reader = django_user_model.objects.create_user("bob@example.com")
    client.force_login(reader)
    with django_assert_max_num_queries(MOST):
        client.get("/wish")
    assert Saved.objects.filter(user=reader).exists()


def test_reporting_a_page(
    client: Client, thread: Thread, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(MOST):
        client.post("/report", fields(thread.get_absolute_url()))
    assert Report.objects.count() == 1


def test_asking_for_ones_data(
    client: Client,
    bob: User,
    settings: Settings,
    tmp_path: Path,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    keep_files_in(tmp_path, settings)
    with django_assert_max_num_queries(MOST):
        client.post("/account/data")
    assert DataExport.objects.filter(user=bob).exists()
    with django_assert_max_num_queries(MOST):
        client.get("/account/data", headers={"HX-Request": "true"})


@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_costs_as_much_for_eight_threads_as_for_one(client: Client, alice: User, deed: str) -> None:
    author = an_author("maralind")
    rows = [library.save(alice, wrote(author, 100 * number)).id for number in range(1, 11)]

    def do(*ids: int) -> Callable[[], object]:
        form = {"back": LIST, "action": deed, "saved": ids, "tags": "sea", "sure": "1"}
        return lambda: client.post("/library/do", form)

    do(rows[0])()
    few, many = queries(do(rows[1])), queries(do(*rows[2:]))
    assert many <= few <= MOST
