"""`GET /personal` and `POST /personal/place`: what a page says to one reader only."""

from http import HTTPStatus

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from billing.models import Grant
from tests.threads import a_thread
from unroller.models import Follow, Reading, Thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(client: Client) -> User:
    person = User.objects.create_user("bob@example.com")
    client.force_login(person)
    return person


def test_a_guest_gets_nothing_and_their_browser_forgets(client: Client, thread: Thread) -> None:
    client.cookies["member"] = "1"
    answer = client.get("/personal?thread=x/1")
    assert answer.status_code == HTTPStatus.NO_CONTENT
    assert answer.cookies["member"].value == ""


def test_a_reader_who_does_not_follow_can_with_one_click(client: Client, bob: User, thread: Thread) -> None:
    page = client.get("/personal?thread=x/1").content.decode()
    assert 'action="/author/x/maralind/follow"' in page
    assert 'name="csrfmiddlewaretoken"' in page
    assert '<input type="hidden" name="back" value="/thread/x/1">' in page


def test_a_follower_sees_that_they_follow(client: Client, bob: User, thread: Thread) -> None:
    Follow.objects.create(user=bob, author=thread.author)
    for about in ("thread=x/1", "author=x/maralind"):
        page = client.get(f"/personal?{about}").content.decode()
        assert "Following" in page
        assert "told every morning" in page


def test_a_reader_is_brought_back_to_where_they_stopped(client: Client, bob: User, thread: Thread) -> None:
    assert "back-at" not in client.get("/personal?thread=x/1").content.decode()
    Reading.objects.create(user=bob, thread=thread, post_id="4", position="post-4")
    assert 'data-post="4"' in client.get("/personal?thread=x/1").content.decode()
    Reading.objects.update(read_at=timezone.now())
    assert "back-at" not in client.get("/personal?thread=x/1").content.decode()


def test_what_a_member_has_is_not_called_premium_to_them(
    client: Client, bob: User, thread: Thread, settings: Settings
) -> None:
    settings.BILLING_ENABLED = True
    assert 'data-personal="premium">Premium<' in client.get(thread.get_absolute_url()).content.decode()
    assert 'data-for="premium"' not in client.get("/personal?thread=x/1").content.decode()
    Grant.objects.create(user=bob, starts_at=timezone.now(), reason="pays")
    assert 'data-for="premium"' in client.get("/personal?thread=x/1").content.decode()


def test_nobody_may_keep_the_fragment(client: Client, bob: User, thread: Thread) -> None:
    assert "no-store" in client.get("/personal?thread=x/1")["Cache-Control"]


@pytest.mark.parametrize("about", ["thread=x/99", "author=x/nobody", "thread=x/%00", "author=klingon/worf"])
def test_what_is_not_here_is_404(client: Client, bob: User, about: str) -> None:
    assert client.get(f"/personal?{about}").status_code == HTTPStatus.NOT_FOUND


def test_an_unlisted_author_cannot_be_followed(client: Client, bob: User, thread: Thread) -> None:
    thread.author.unlisted = True
    thread.author.save()
    Thread.objects.update(unlisted=True)
    assert 'data-for="follow"' not in client.get("/personal?thread=x/1").content.decode()


def test_the_place_is_remembered(client: Client, bob: User, thread: Thread) -> None:
    told = {"thread": "x/1", "post_id": "4", "position": "post-4"}
    assert client.post("/personal/place", told).status_code == HTTPStatus.NO_CONTENT
    assert client.post("/personal/place", told | {"finished": "on"}).status_code == HTTPStatus.NO_CONTENT
    row = Reading.objects.get(user=bob)
    assert (row.thread, row.position, row.read_at is not None) == (thread, "post-4", True)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"thread": "x/99"}, HTTPStatus.NOT_FOUND),
        ({"thread": "x/1", "position": "<script>"}, HTTPStatus.BAD_REQUEST),
        ({}, HTTPStatus.BAD_REQUEST),
    ],
)
def test_nonsense_about_a_place_is_refused(
    client: Client, bob: User, thread: Thread, told: dict[str, str], status: HTTPStatus
) -> None:
    assert client.post("/personal/place", told).status_code == status
    assert not Reading.objects.exists()


def test_a_guest_has_no_place(client: Client, thread: Thread) -> None:
    assert client.post("/personal/place", {"thread": "x/1"}).status_code == HTTPStatus.BAD_REQUEST
    assert not Reading.objects.exists()


def test_a_place_needs_the_token_of_the_page(thread: Thread) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("bob@example.com"))
    assert client.post("/personal/place", {"thread": "x/1"}).status_code == HTTPStatus.FORBIDDEN


def test_charlie_sees_and_moves_nothing_of_bobs(client: Client, bob: User, thread: Thread) -> None:
    Follow.objects.create(user=bob, author=thread.author)
    Reading.objects.create(user=bob, thread=thread, post_id="4", position="post-4")
    client.force_login(User.objects.create_user("charlie@example.com"))
    page = client.get("/personal?thread=x/1").content.decode()
    assert "Following" not in page
    assert "back-at" not in page
    client.post("/personal/place", {"thread": "x/1", "post_id": "9", "position": "post-9"})
    assert Reading.objects.get(user=bob).position == "post-4"


def test_the_queries_do_not_grow_with_what_one_follows(
    client: Client, bob: User, thread: Thread, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/personal?thread=x/1")
    with django_assert_num_queries(QUERIES):
        client.get("/personal?thread=x/1")
    for number in range(20, 60, 10):
        Follow.objects.get_or_create(user=bob, author=a_thread(2, first=number).author)
    with django_assert_num_queries(QUERIES):
        client.get("/personal?thread=x/1")


QUERIES = 8
"""Session, person, thread with author, follow, reading, unread count."""
