"""`/author/<source>/<handle>/follow`."""

from http import HTTPStatus

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from billing.plans import FREE, Limit
from tests.follows import a_reader, an_author, many_authors, wrote
from unroller.actions import follows
from unroller.models import Author, Cadence, Follow, Reader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("billing")]

HTMX = {"HX-Request": "true"}
PAGE = "/author/x/maralind/follow"


@pytest.fixture
def mara() -> Author:
    author = an_author("maralind", name="Mara Lindqvist")
    for number in (100, 200, 300, 400):
        wrote(author, number)
    return author


def test_charlie_sees_who_it_is_before_it_counts(client: Client, mara: Author) -> None:
    page = client.get(f"{PAGE}?back=/thread/x/100")
    words = page.content.decode()
    assert page.status_code == HTTPStatus.OK
    assert "Mara Lindqvist" in words
    assert "@maralind" in words
    assert 'href="https://x.com/maralind"' in words
    assert "4 threads" in words
    assert words.count("Thread ") >= 3
    assert '<input type="hidden" name="back" value="/thread/x/100">' in words
    assert "code to sign in" in words
    assert not Follow.objects.exists()
    assert "no-store" in page["Cache-Control"]


def test_bob_follows_and_comes_back_to_where_he_was(client: Client, bob: User, mara: Author) -> None:
    answer = client.post(PAGE, {"cadence": "weekly", "back": "/thread/x/100"}, follow=True)
    assert answer.redirect_chain == [("/thread/x/100", HTTPStatus.SEE_OTHER)]
    assert Follow.objects.get().cadence == Cadence.WEEKLY
    notes = client.get("/my-authors").content.decode()
    assert "You follow Mara Lindqvist now. New threads come by e-mail every Monday." in notes


def test_one_click_without_a_cadence_takes_the_usual_one(client: Client, bob: User, mara: Author) -> None:
    client.post(PAGE, {"back": "/thread/x/100"})
    assert Follow.objects.get(user=bob).cadence == Cadence.DAILY
    alice = a_reader("alice", premium=True)
    client.force_login(alice)
    client.post(PAGE)
    assert Follow.objects.get(user=alice).cadence == Cadence.INSTANT


def test_following_again_says_what_was_chosen_first(client: Client, mara: Author) -> None:
    alice = a_reader("alice", premium=True)
    client.force_login(alice)
    follows.follow(alice, mara, Cadence.WEEKLY)
    page = client.post(PAGE, follow=True).content.decode()
    assert "New threads come by e-mail every Monday.</p>" in page


def test_at_once_is_marked_as_premium_and_refused_with_a_word(client: Client, bob: User, mara: Author) -> None:
    assert 'value="instant" disabled' in client.get(PAGE).content.decode()
    page = client.post(PAGE, {"cadence": "instant"}, follow=True).content.decode()
    assert "every morning. Being told at once is part of premium." in page


@pytest.mark.parametrize("cadence", ["hourly", "", "INSTANT", "\x00"])
def test_a_senseless_cadence_is_the_usual_one(client: Client, bob: User, mara: Author, cadence: str) -> None:
    client.post(PAGE, {"cadence": cadence})
    assert Follow.objects.get().cadence == Cadence.DAILY


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/" + "a" * 2000]
)
def test_nobody_is_sent_to_another_site(client: Client, bob: User, mara: Author, back: str) -> None:
    answer = client.post(PAGE, {"back": back})
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, "/my-authors")
    assert 'name="back" value="/my-authors"' in client.get(PAGE, {"back": back}).content.decode()


def test_no_mail_is_promised_to_who_switched_it_off(client: Client, bob: User, mara: Author) -> None:
    Reader.objects.create(user=bob, mail_off=True)
    assert '<a href="/account#mail">switched off in your account</a>' in client.get(PAGE).content.decode()
    page = client.post(PAGE, {"cadence": "weekly"}, follow=True).content.decode()
    assert (
        "You follow Mara Lindqvist now. Mail about new threads is switched off in your account, "
        "so they are listed in My Authors only." in page
    )
    assert "New threads come by e-mail" not in page
    Reader.objects.update(mail_off=False)
    assert "switched off" not in client.get(PAGE).content.decode()


def test_who_follows_already_sees_how_and_can_end_it(client: Client, bob: User, mara: Author) -> None:
    follows.follow(bob, mara, Cadence.WEEKLY)
    page = client.get(PAGE).content.decode()
    assert "You follow" in page
    assert 'value="weekly" checked' in page
    assert 'action="/my-authors/unfollow"' in page


def test_the_limit_is_said_on_the_page(client: Client, bob: User, mara: Author) -> None:
    follows.follow_all(bob, {author.id: Cadence.DAILY for author in many_authors(FREE.limit(Limit.AUTHORS))})
    answer = client.post(PAGE, {"cadence": "daily"})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "You follow 20 authors, as many as a free account holds." in answer.content.decode()


def test_an_author_who_opted_out_is_left_alone(client: Client, bob: User, mara: Author) -> None:
    Author.objects.update(opted_out=True)
    page = client.get(PAGE).content.decode()
    assert "asked this site not to follow them" in page
    assert 'name="cadence"' not in page
    assert client.post(PAGE).status_code == HTTPStatus.CONFLICT
    assert not Follow.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_unlisted_and_unknown_authors_are_404(client: Client, bob: User, mara: Author, method: str) -> None:
    Author.objects.update(unlisted=True)
    assert getattr(client, method)(PAGE).status_code == HTTPStatus.NOT_FOUND
    assert getattr(client, method)("/author/x/nobody/follow").status_code == HTTPStatus.NOT_FOUND


def test_following_needs_the_token_of_the_page(mara: Author) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(a_reader())
    assert client.post(PAGE, {"cadence": "daily"}).status_code == HTTPStatus.FORBIDDEN
    assert not Follow.objects.exists()


def test_the_preview_asks_the_same_queries_for_one_thread_and_many(
    client: Client, bob: User, mara: Author, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for batch in range(2):
        with django_assert_num_queries(8):
            client.get(PAGE)
        for number in range(10):
            wrote(mara, 1_000 * (batch + 1) + 100 * number)
