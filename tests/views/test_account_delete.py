"""`/account/delete`: what goes and what stays, the last word, and the page after it."""

from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.actions import closing
from accounts.models import Closing, User
from billing.models import Grant
from tests.accounts.signing import a_person, sign_in
from tests.pages.document import read
from tests.threads import a_thread
from unroller.models import Follow, Notification, Reading

pytestmark = pytest.mark.django_db
ADDRESS = "/account/delete"


@pytest.fixture
def bob(client: Client) -> User:
    """Somebody who has just signed in."""
    person = a_person()
    sign_in(client, person.email)
    return person


def whose(client: Client) -> str:
    """What the form carries so that its second click is understood."""
    return read(client.get(ADDRESS).content.decode()).one("input", name="whose")["value"]


def fill(user: User, threads: int, *, first: int = 100) -> None:
    for number in range(first, first + 100 * threads, 100):
        thread = a_thread(1, first=number)
        Reading.objects.create(user=user, thread=thread)
        Notification.objects.create(user=user, thread=thread, due_at=timezone.now())


def test_the_list_says_how_much_of_what_goes(client: Client, bob: User) -> None:
    fill(bob, 2)
    Follow.objects.create(user=bob, author=a_thread(1, first=5000).author)
    EmailAddress.objects.create(user=bob, email="other@example.com")
    Grant.objects.create(user=bob, starts_at=timezone.now(), reason="helped us")
    said = read(client.get(ADDRESS).content.decode()).text
    for words in (
        "your e-mail addresses",
        "1 author, how you are told",
        "Where you stopped in 2 threads",
        "2 notifications",
        "What you were given ends",
        "Threads that you unrolled. They are public",
    ):
        assert words in said
    assert Closing.objects.count() == 0


def test_somebody_who_has_nothing_is_told_so(client: Client, bob: User) -> None:
    said = read(client.get(ADDRESS).content.decode()).text
    assert "Nothing so far" in said
    assert "your e-mail address." in said


def test_typing_the_address_begins_it_and_signs_out(client: Client, bob: User) -> None:
    answer = client.post(ADDRESS, {"confirm": " BOB@example.com ", "whose": whose(client)})
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, "/account/deleted")
    assert answer.cookies["member"].value == ""
    bob.refresh_from_db()
    assert bob.is_active is False
    assert Closing.objects.get().user_id == bob.id
    after = client.get("/account/deleted")
    assert "is being deleted" in after.content.decode()
    assert "bob@example.com" not in after.content.decode()
    assert client.get("/account").status_code == HTTPStatus.FOUND


@pytest.mark.parametrize("typed", ["", "yes", "charlie@example.com", "bob@example.co"])
def test_anything_else_changes_nothing(client: Client, bob: User, typed: str) -> None:
    answer = client.post(ADDRESS, {"confirm": typed})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert read(answer.content.decode()).one(kind="error").text
    assert not Closing.objects.exists()
    assert client.get("/account").status_code == HTTPStatus.OK


def test_the_second_of_two_clicks_sees_the_same_page(client: Client, bob: User) -> None:
    form = {"confirm": bob.email, "whose": whose(client)}
    answers = [client.post(ADDRESS, form) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == ["/account/deleted"] * 2
    closing.close(str(bob.id))
    assert client.post(ADDRESS, form)["Location"] == "/account/deleted"
    assert Closing.objects.count() == 1


@pytest.mark.parametrize("forged", ["", "1", "MQ:1abc:forged"])
def test_a_guest_with_a_forged_form_is_sent_to_sign_in(client: Client, forged: str) -> None:
    answer = client.post(ADDRESS, {"confirm": "bob@example.com", "whose": forged})
    assert answer["Location"] == f"/accounts/login/?next={ADDRESS}"


def test_a_form_that_was_shown_but_never_sent_opens_nothing(client: Client, bob: User) -> None:
    form = {"confirm": bob.email, "whose": whose(client)}
    answer = Client().post(ADDRESS, form)
    assert answer["Location"] == f"/accounts/login/?next={ADDRESS}"
    assert not Closing.objects.exists()


def test_a_sign_in_of_yesterday_is_not_enough(client: Client, bob: User) -> None:
    form = {"confirm": bob.email, "whose": whose(client)}
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        for answer in (client.get(ADDRESS), client.post(ADDRESS, form)):
            assert answer.status_code == HTTPStatus.FOUND
            assert answer["Location"].startswith("/accounts/again/")
    assert not Closing.objects.exists()


def test_charlie_deletes_only_himself(client: Client, bob: User) -> None:
    theirs = whose(client)
    visitor = Client()
    charlie = a_person("charlie@example.com")
    sign_in(visitor, charlie.email)
    assert "bob@example.com" not in visitor.get(ADDRESS).content.decode()
    visitor.post(ADDRESS, {"confirm": bob.email, "whose": theirs})
    assert not Closing.objects.exists()
    visitor.post(ADDRESS, {"confirm": charlie.email, "whose": theirs})
    assert Closing.objects.get().user_id == charlie.id
    assert client.get("/account").status_code == HTTPStatus.OK


def test_the_queries_do_not_grow(client: Client, bob: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client.get(ADDRESS)
    with django_assert_num_queries(QUERIES):
        client.get(ADDRESS)
    fill(bob, 4)
    with django_assert_num_queries(QUERIES):
        client.get(ADDRESS)


QUERIES = 13
"""Session, person, and one for each of six numbers."""
