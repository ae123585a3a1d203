"""The log of what operators do: nothing in the admin is done without a row, and no row is changed."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.actions import deeds
from accounts.models import Deed, User
from tests.follows import a_reader
from tests.operating import act, address, an_operator, decide, listed
from tests.threads import a_thread
from unroller.models import Author, BlockedHost, Thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    return an_operator(client)


def test_an_action_leaves_who_what_on_what_why_and_from_where(operator: Client) -> None:
    thread = a_thread(3)
    act(operator, "hide", thread)
    assert not Deed.objects.exists()  # it was only asked why
    decide(operator, "hide", thread, reason="threats")
    act(operator, "fetch_again", thread)
    first, second = Deed.objects.order_by("id")
    told = (first.operator, first.what, first.kind, first.subjects, first.reason, first.address)
    assert told == ("operator@example.org", "hide", "unroller.thread", str(thread.pk), "threats", "127.0.0.1")
    assert (second.what, second.reason) == ("fetch_again", "")


def test_changes_of_rights_are_written_down_by_value_and_no_secret_is(operator: Client) -> None:
    bob = a_reader("bob")
    form = {
        "email": bob.email,
        "time_zone": "UTC",
        "is_active": "on",
        "is_staff": "on",
        "mail_stopped": "",
        "password": "a secret",
    }
    operator.post(f"{address(User)}{bob.pk}/change/", form)
    deed = Deed.objects.get()
    assert (deed.what, deed.kind, deed.subjects) == ("change_view", "accounts.user", str(bob.pk))
    assert deed.details["values"]["is_staff"] == ["on"]
    assert deed.details["values"]["is_superuser"] == []
    assert "a secret" not in str(deed.details)
    assert "csrfmiddlewaretoken" not in str(deed.details)
    assert bob.email not in str(deed.details)


def test_adding_and_deleting_leave_a_row_and_looking_does_not(operator: Client) -> None:
    operator.post(f"{address(BlockedHost)}add/", {"host": "bad.example", "subdomains": "on", "reason": "malware"})
    row = BlockedHost.objects.get()
    listed(operator, BlockedHost)
    operator.post(f"{address(BlockedHost)}{row.pk}/delete/", {"post": "yes"})
    assert [(deed.what, deed.reason) for deed in Deed.objects.order_by("id")] == [
        ("add_view", "malware"),
        ("delete_view", ""),
    ]
    assert Deed.objects.order_by("id")[0].details["values"] == {"host": ["bad.example"], "subdomains": ["on"]}


@pytest.mark.parametrize(
    "asked", [{"action": "delete_selected"}, {"action": ["opt_out", "delete_selected"], "index": "0"}]
)
def test_nothing_is_done_without_a_row_whatever_else_a_form_says(operator: Client, asked: dict[str, object]) -> None:
    author = a_thread(3).author
    bob = a_reader("bob")
    form = {"email": bob.email, "time_zone": "UTC", "mail_stopped": "", "is_staff": "on"}
    operator.post(f"{address(User)}{bob.pk}/change/", form | asked)
    operator.post(f"{address(Author)}", asked | {"_selected_action": [str(author.pk)]})
    bob.refresh_from_db()
    author.refresh_from_db()
    done = [("change_view", str(bob.pk))] * bob.is_staff + [
        ("opt_out delete_selected", str(author.pk))
    ] * author.opted_out
    assert bob.is_staff
    assert [(deed.what, deed.subjects) for deed in Deed.objects.order_by("id")] == done


def test_all_rows_of_a_list_are_all_however_that_is_said(operator: Client) -> None:
    thread = a_thread(3)
    chosen = {"action": "fetch_again", "_selected_action": [str(thread.pk)], "select_across": "on"}
    operator.post(address(Thread), chosen)
    assert Deed.objects.get().subjects == "all"


def test_a_new_password_for_somebody_is_written_down_with_whose_it_is(operator: Client) -> None:
    bob = a_reader("bob")
    operator.post(f"{address(User)}{bob.pk}/password/", {"password1": "x", "password2": "x"})
    assert (Deed.objects.get().what, Deed.objects.get().subjects) == ("user_change_password", str(bob.pk))


def test_whoever_may_not_leaves_nothing(client: Client) -> None:
    client.force_login(User.objects.create_user("bob@example.org"))
    client.post(f"{address(BlockedHost)}add/", {"host": "bad.example", "reason": "malware"})
    assert not Deed.objects.exists()
    assert client.get(address(Deed)).status_code == 302


def a_deed(operator: User | None = None, **values: object) -> Deed:
    person = operator or User.objects.create_superuser("ida@example.org", "a long password")
    return deeds.note(person, "remove", address="203.0.113.7", kind="unroller.thread", subjects=[7], reason="threats")


def test_no_row_is_changed_or_deleted_not_even_by_the_database_s_own_words() -> None:
    a_deed()
    for statement in (
        "UPDATE accounts_deed SET reason = 'nothing'",
        "DELETE FROM accounts_deed",
    ):
        with pytest.raises(DatabaseError, match="only added to"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Deed.objects.get().reason == "threats"


def test_the_admin_shows_and_searches_it_and_changes_nothing(operator: Client) -> None:
    row = a_deed()
    assert "threats" in listed(operator, Deed, q="ida@example.org")
    assert "0 results" in listed(operator, Deed, q="zzz")
    assert operator.post(f"{address(Deed)}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert operator.post(f"{address(Deed)}{row.pk}/change/", {"reason": "nothing"}).status_code == 403
    assert operator.get(f"{address(Deed)}add/").status_code == 403


def test_an_operator_who_leaves_leaves_the_log_as_it_is() -> None:
    ida = User.objects.create_superuser("ida@example.org", "a long password")
    a_deed(ida)
    ida.delete()
    assert Deed.objects.get().operator == "ida@example.org"


def test_the_clock_deletes_what_is_old_and_the_trigger_has_the_same_figure() -> None:
    a_deed()
    assert deeds.tidy() == 0
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_deed (at, operator_id, operator, address, what, kind, subjects, reason, details)"
            " VALUES (%s, 1, '', '', 'old', '', '', '', '{}')",
            [timezone.now() - deeds.KEPT - timedelta(minutes=1)],
        )
    assert deeds.tidy() == 1
    migration = Path(__file__).parents[2] / "accounts" / "migrations" / "0005_orders.py"
    assert re.findall(r"interval '(\d+) days'", migration.read_text()) == [str(deeds.KEPT.days)]
