"""`GET /wish`: what a guest wanted is done once they have signed in."""

import time
from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.plans import FREE, Limit
from tests.accounts.signing import a_person, newest_code
from tests.follows import a_reader, an_author, many_authors, met
from unroller.actions import follows
from unroller.models import Author, Cadence, Follow

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("billing")]

PAGE = "/author/x/maralind/follow"


@pytest.fixture
def mara() -> Author:
    author = an_author("maralind")
    met(author)
    return author


def wish(client: Client, **fields: str) -> None:
    answer = client.post(PAGE, {"cadence": "weekly", "back": "/author/x/maralind"} | fields)
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, "/accounts/login/?next=%2Fwish")
    assert not Follow.objects.exists()


def sign_in(client: Client, user: User) -> None:
    """As the sign-in pages do: the session goes on."""
    client.post("/accounts/login/", {"email": user.email, "next": "/wish"})
    answer = client.post("/accounts/login/code/", {"code": newest_code(user.email), "next": "/wish"})
    assert answer["Location"] == "/wish"


def said(client: Client) -> list[str]:
    """Go to the wish; what was said about it."""
    answer = client.get("/wish")
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert answer["Location"] == "/author/x/maralind"
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_a_guest_follows_by_signing_in_and_comes_back(client: Client, mara: Author) -> None:
    bob = a_person("bob@example.com")
    wish(client)
    assert "Sign in, and you follow Maralind." in client.get("/accounts/login/?next=/wish").content.decode()
    sign_in(client, bob)
    assert said(client) == ["You follow Maralind now. New threads come by e-mail every Monday."]
    assert Follow.objects.get(user=bob).cadence == Cadence.WEEKLY


def test_a_wish_is_granted_once(client: Client, mara: Author) -> None:
    bob = a_person("bob@example.com")
    wish(client)
    sign_in(client, bob)
    said(client)
    follows.unfollow(bob, mara)
    assert client.get("/wish")["Location"] == "/my-authors"
    assert not Follow.objects.exists()


def with_wish(client: Client, user: User, *, follow: int, back: str = "/author/x/maralind") -> None:
    """Signed in, with a wish that was kept before."""
    client.force_login(user)
    session = client.session
    session["wish"] = {"follow": str(follow), "cadence": "daily", "back": back, "at": time.time()}
    session.save()


def test_a_wish_that_cannot_be_granted_says_why(client: Client, mara: Author) -> None:
    bob = a_reader()
    follows.follow_all(bob, {author.id: Cadence.DAILY for author in many_authors(FREE.limit(Limit.AUTHORS))})
    with_wish(client, bob, follow=mara.id)
    assert said(client)[0].startswith("You follow 20 authors, as many as a free account holds.")
    Author.objects.filter(id=mara.id).update(opted_out=True)
    with_wish(client, a_reader("charlie"), follow=mara.id)
    assert said(client)[-1] == "This author asked this site not to follow them."
    with_wish(client, a_reader("dora"), follow=0)
    assert said(client)[-1] == "This author is no longer here."


def test_a_wish_leads_to_no_other_site(client: Client, mara: Author) -> None:
    with_wish(client, a_reader(), follow=mara.id, back="//evil.example")
    assert client.get("/wish")["Location"] == "/my-authors"


def test_charlie_without_an_account_is_asked_to_sign_in(client: Client) -> None:
    assert client.get("/wish")["Location"] == "/accounts/login/?next=/wish"


def test_charlie_with_a_session_of_their_own_gets_no_wish_of_bobs(client: Client, mara: Author) -> None:
    wish(client)
    other = Client()
    other.force_login(a_reader("charlie"))
    assert other.get("/wish")["Location"] == "/my-authors"
    assert not Follow.objects.exists()


def test_another_site_cannot_post_a_wish(client: Client) -> None:
    assert client.post("/wish").status_code in {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.FOUND}
    client.force_login(a_reader())
    assert client.post("/wish").status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_a_wish_is_good_for_an_hour(client: Client, mara: Author) -> None:
    wish(client)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        sign_in(client, a_person("charlie@example.com"))
        assert client.get("/wish")["Location"] == "/my-authors"
    assert not Follow.objects.exists()


def test_looking_whether_there_is_a_wish_does_not_grant_it(client: Client, mara: Author) -> None:
    with_wish(client, a_reader(), follow=mara.id)
    assert client.head("/wish").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert not Follow.objects.exists()
    assert len(said(client)) == 1


def test_a_wish_goes_with_the_session_it_was_made_in(client: Client, mara: Author) -> None:
    with_wish(client, a_reader(), follow=mara.id)
    client.post("/accounts/logout/")
    sign_in(client, a_person("charlie@example.com"))
    assert client.get("/wish")["Location"] == "/my-authors"
    assert not Follow.objects.exists()
