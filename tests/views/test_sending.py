"""The pages that send threads, say where books go, and end what somebody does not want."""

from http import HTTPStatus

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from billing.models import Grant
from tests.accounts.test_bounces import COMPLAINT, SECRET, post
from tests.follows import a_reader
from tests.sending.post import a_sender
from tests.threads import a_thread
from unroller.actions import recommending, threads, weekly
from unroller.core.errors import Gone
from unroller.models import Parcel, Recommendation, Refusal, Shelf, Thread

pytestmark = pytest.mark.django_db

SEND = "/thread/x/1/send"
FRIEND = {"do": "friend", "address": "dora@example.org", "note": "Read this."}
BOOKS = "/account/books"


@pytest.fixture(autouse=True)
def sells(settings: Settings) -> None:
    settings.BILLING_ENABLED = True


@pytest.fixture
def thread() -> Thread:
    return a_thread(3)


@pytest.fixture
def alice(client: Client) -> User:
    user = a_sender("alice")
    client.force_login(user)
    return user


def parcels() -> list[tuple[str, str, str]]:
    return list(Parcel.objects.values_list("kind", "to", "note"))


# Sending


def test_a_member_sends_a_thread_to_a_friend(client: Client, alice: User, thread: Thread) -> None:
    page = client.get(SEND).content.decode()
    assert "Alice" in page
    assert "alice@example.com" not in page.split("<main")[1]
    answer = client.post(SEND, FRIEND, follow=True)
    assert answer.redirect_chain == [("/thread/x/1", HTTPStatus.SEE_OTHER)]
    assert parcels() == [("friend", "dora@example.org", "Read this.")]


def test_a_friend_who_refused_is_answered_for_as_any_other(client: Client, alice: User, thread: Thread) -> None:
    recommending.refuse(recommending.digest("dora@example.org"))
    a_thread(2, first=50)
    answers = [
        client.post(path, FRIEND | {"address": address})
        for path, address in ((SEND, "dora@example.org"), ("/thread/x/50/send", "ed@example.org"))
    ]
    assert [answer.status_code for answer in answers] == [HTTPStatus.SEE_OTHER] * 2
    assert client.get("/account").content.decode().count(recommending.SENT) == 2


def test_a_member_sends_a_thread_to_their_kindle(
    client: Client, alice: User, thread: Thread, settings: Settings
) -> None:
    settings.KINDLE_FROM = "Books <books@unroller.example>"
    page = client.get(SEND).content.decode()
    assert "<b>books@unroller.example</b>" in page
    assert 'value="alice@kindle.com"' in page
    client.post(SEND, {"do": "kindle", "kindle": "Other@Kindle.com"})
    assert parcels() == [("kindle", "other@kindle.com", "")]
    assert Shelf.objects.get().kindle == "other@kindle.com"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"do": "friend"}, "Enter your friend’s address."),
        ({"do": "friend", "address": "dora"}, "This is no e-mail address."),
        ({"do": "friend", "address": "a@b.example, c@d.example"}, "This is no e-mail address."),
        ({"do": "friend", "address": "a@b.example\nBcc: c@d.example"}, "This is no e-mail address."),
        (FRIEND | {"note": "x" * 501}, "at most 500 characters"),
        (FRIEND | {"note": "\x00"}, "characters that cannot be sent"),
        ({"do": "kindle", "kindle": "bob@example.com"}, "ends in @kindle.com"),
        ({"do": "kindle", "kindle": "bob@notkindle.com"}, "ends in @kindle.com"),
        ({"do": "kindle", "kindle": "bob@kindle.com.evil.example"}, "ends in @kindle.com"),
        ({"do": "kindle", "kindle": ""}, "Enter the address of your Kindle."),
    ],
)
def test_what_makes_no_sense_gets_one_sentence(
    client: Client, alice: User, thread: Thread, fields: dict[str, str], sentence: str
) -> None:
    answer = client.post(SEND, fields)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert sentence in answer.content.decode()
    assert parcels() == []


def test_the_free_address_of_a_kindle_is_one_too(client: Client, alice: User, thread: Thread) -> None:
    client.post(SEND, {"do": "kindle", "kindle": "bob@free.kindle.com"})
    assert parcels() == [("kindle", "bob@free.kindle.com", "")]


def test_what_cannot_be_sent_now_says_why(client: Client, alice: User, thread: Thread) -> None:
    client.post(SEND, FRIEND)
    answer = client.post(SEND, FRIEND)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert recommending.ALREADY in answer.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_free_reader_and_a_guest_get_the_offer(client: Client, thread: Thread, method: str) -> None:
    for user in (None, a_reader("bob")):
        if user:
            client.force_login(user)
        answer = getattr(client, method)(SEND, FRIEND)
        assert answer.status_code == HTTPStatus.PAYMENT_REQUIRED
    assert parcels() == []


def test_where_nothing_is_sold_a_guest_signs_in_first(client: Client, thread: Thread, settings: Settings) -> None:
    settings.BILLING_ENABLED = False
    answer = client.get(SEND)
    assert answer.headers["Location"].startswith("/accounts/login/?next=/thread/x/1/send")


def test_a_thread_that_is_not_here_private_or_removed_is_not_sent(client: Client, alice: User, thread: Thread) -> None:
    assert client.post("/thread/x/999/send", FRIEND).status_code == HTTPStatus.NOT_FOUND
    Thread.objects.update(private=True)
    assert client.post(SEND, FRIEND).status_code == HTTPStatus.NOT_FOUND
    Thread.objects.update(private=False)
    threads.remove(thread, Gone())
    assert client.post(SEND, FRIEND).status_code == HTTPStatus.GONE
    assert (parcels(), Recommendation.objects.count()) == ([], 0)


def test_sending_needs_the_forms_token(alice: User, thread: Thread) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post(SEND, FRIEND).status_code == HTTPStatus.FORBIDDEN


# Books


def test_a_member_says_where_books_go(client: Client, alice: User) -> None:
    client.post(BOOKS, {"kindle": "a@kindle.com", "weekly": "kindle"})
    shelf = Shelf.objects.get()
    assert (shelf.kindle, shelf.weekly, shelf.weekly_at is not None) == ("a@kindle.com", "kindle", True)
    assert "The next one is due on Monday" in client.get(BOOKS).content.decode()
    client.post(BOOKS, {"kindle": "", "weekly": ""})
    shelf.refresh_from_db()
    assert (shelf.kindle, shelf.weekly, shelf.weekly_at) == ("", "", None)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"weekly": "kindle", "kindle": ""}, "enter its address"),
        ({"weekly": "daily"}, "Choose how"),
        ({"kindle": "a@example.com"}, "ends in @kindle.com"),
    ],
)
def test_a_wish_that_makes_no_sense_gets_one_sentence(
    client: Client, alice: User, fields: dict[str, str], sentence: str
) -> None:
    answer = client.post(BOOKS, fields)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert sentence in answer.content.decode()


def test_the_page_lists_what_became_of_books_and_of_no_one_elses(client: Client, alice: User, thread: Thread) -> None:
    client.post(SEND, {"do": "kindle"})
    Parcel.objects.create(user=a_reader("charlie"), kind="weekly", to="charlie@example.com")
    Parcel.objects.create(user=alice, kind="friend", to="dora@example.org", thread=thread)
    page = client.get(BOOKS).content.decode()
    assert "on its way to <bdi>alice@kindle.com</bdi>" in page
    assert "charlie" not in page
    assert "dora" not in page


def test_a_free_reader_gets_the_offer_and_a_stranger_signs_in(client: Client) -> None:
    assert client.get(BOOKS).headers["Location"].startswith("/accounts/login/")
    client.force_login(a_reader("charlie"))
    assert client.get(BOOKS).status_code == HTTPStatus.PAYMENT_REQUIRED
    assert client.post(BOOKS, {"weekly": "mail"}).status_code == HTTPStatus.PAYMENT_REQUIRED
    assert not Shelf.objects.exists()


def test_whoever_had_premium_can_still_take_it_back(client: Client, alice: User) -> None:
    weekly.settle(alice, "mail", kindle="alice@kindle.com")
    Grant.objects.all().delete()
    assert "none is sent for now" in client.get(BOOKS).content.decode()
    assert client.post(BOOKS, {"weekly": "mail"}).status_code == HTTPStatus.PAYMENT_REQUIRED
    client.post(BOOKS, {"weekly": "", "kindle": ""})
    assert (Shelf.objects.get().kindle, Shelf.objects.get().weekly) == ("", "")


def test_the_page_asks_as_much_for_ten_books_as_for_twenty(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    counts = []
    for first in (1, 1_001):
        for number in range(first, first + 100, 10):
            Parcel.objects.create(user=alice, kind="kindle", to="a@kindle.com", thread=a_thread(1, first=number))
        client.get(BOOKS)
        with django_assert_num_queries(BOOKS_QUERIES):
            counts.append(client.get(BOOKS).content.count(b'class="row"'))
    assert counts == [10, 20]


BOOKS_QUERIES = 5


# Ending it


def test_mail_programs_and_people_refuse_for_ever_and_take_it_back(client: Client) -> None:
    digest = recommending.digest("dora@example.org")
    address = f"/mail/refuse/{recommending.token(digest)}"
    assert "No more mail from readers?" in client.get(address).content.decode()
    assert not Refusal.objects.exists()
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(address, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, recommending.is_refused(digest)) == (HTTPStatus.OK, True)
    assert "You get no mail from readers" in client.get(address).content.decode()
    strict.post(address, {"do": "allow"})
    assert not recommending.is_refused(digest)


def test_a_token_that_we_did_not_make_refuses_nothing(client: Client) -> None:
    digest = recommending.digest("dora@example.org")
    answer = client.post(f"/mail/refuse/{digest}:{'x' * 43}")
    assert (answer.status_code, Refusal.objects.count()) == (HTTPStatus.NOT_FOUND, 0)


def test_the_weekly_book_is_ended_by_one_click(client: Client) -> None:
    bob = a_sender()
    weekly.settle(bob, "mail", kindle="")
    address = f"/mail/weekly/{Shelf.objects.get().stop_token}"
    assert "Stop the weekly book?" in client.get(address).content.decode()
    assert Shelf.objects.get().weekly == "mail"
    answer = Client(enforce_csrf_checks=True).post(address, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, Shelf.objects.get().weekly, Shelf.objects.get().weekly_at) == (HTTPStatus.OK, "", None)
    assert "no weekly book any more" in client.get(address).content.decode()
    assert client.get("/mail/weekly/00000000-0000-0000-0000-000000000000").status_code == HTTPStatus.NOT_FOUND


def test_a_friend_who_calls_it_spam_has_refused(client: Client, settings: Settings) -> None:
    settings.MAIL_WEBHOOK_SECRET = SECRET
    assert post(client, "postmark", {**COMPLAINT, "Email": "Dora@example.org"}) == HTTPStatus.OK
    assert recommending.is_refused(recommending.digest("dora@example.org"))
