"""`GET /feed/<token>`."""

from http import HTTPStatus
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests.follows import a_reader, an_author, wrote
from tests.threads import a_thread
from unroller.actions import follows
from unroller.core.posts import Person
from unroller.models import Author, Cadence, Thread

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
ALI = Person(id="did:plc:a", handle="ali.example", name="Ali", url="https://bsky.app/profile/ali.example")


@pytest.fixture
def bob() -> User:
    return a_reader("bob")


@pytest.fixture
def mara(bob: User) -> Author:
    author = an_author("maralind")
    follows.follow(bob, author, Cadence.HERE)
    return author


def address(user: User) -> str:
    return f"/feed/{follows.reader(user).feed_token}"


def with_words() -> Thread:
    """A thread whose words may stand in a feed."""
    changes = {"id": "at://did:plc:a/app.bsky.feed.post/7", "path": "did:plc:a/7"}
    return a_thread(1, first=7, author=ALI, source="bluesky", **changes)


def test_the_feed_has_what_came_last_of_everybody_one_follows(client: Client, bob: User, mara: Author) -> None:
    follows.follow(bob, with_words().author, Cadence.DAILY)
    wrote(mara, 100, days_ago=2)
    wrote(mara, 200, days_ago=1)
    wrote(an_author("stranger"), 300)
    answer = client.get(address(bob))
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert answer["Cache-Control"] == "private, max-age=300"
    assert answer["X-Robots-Tag"] == "noindex"
    feed = ElementTree.fromstring(answer.content)
    links = [entry.find(f"{ATOM}link").get("href") for entry in feed.findall(f"{ATOM}entry")]  # type: ignore[union-attr]
    assert links == [
        "http://localhost:8000/thread/bluesky/did:plc:a/7",
        "http://localhost:8000/thread/x/200",
        "http://localhost:8000/thread/x/100",
    ]
    assert b"This is post 7." in answer.content
    assert b"Thread 200 of" in answer.content
    assert b"This is post 201." not in answer.content


def test_the_feed_works_without_cookies_and_sets_none(client: Client, bob: User, mara: Author) -> None:
    answer = client.get(address(bob))
    assert answer.status_code == HTTPStatus.OK
    assert not answer.cookies
    assert "Vary" not in answer or "Cookie" not in answer["Vary"]


def test_nothing_new_is_304_until_something_changes(client: Client, bob: User, mara: Author) -> None:
    wrote(mara, 100)
    etag = client.get(address(bob))["ETag"]
    again = client.get(address(bob), headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (HTTPStatus.NOT_MODIFIED, b"")
    assert again["Cache-Control"] == "private, max-age=300"
    wrote(mara, 200)
    assert client.get(address(bob), headers={"If-None-Match": etag}).status_code == HTTPStatus.OK


def test_removed_and_unlisted_threads_are_not_in_it(client: Client, bob: User, mara: Author) -> None:
    wrote(mara, 100)
    wrote(mara, 200)
    Thread.objects.filter(path="100").update(unlisted=True)
    Thread.objects.filter(path="200").update(removed="Removed", document=None)
    assert b"<entry>" not in client.get(address(bob)).content


def test_a_guessed_a_renewed_and_a_closed_address_lead_nowhere(client: Client, bob: User, mara: Author) -> None:
    old = address(bob)
    assert client.get(f"/feed/{uuid4()}").status_code == HTTPStatus.NOT_FOUND
    follows.renew_feed(bob)
    assert client.get(old).status_code == HTTPStatus.NOT_FOUND
    assert client.get(address(bob)).status_code == HTTPStatus.OK
    User.objects.update(is_active=False)
    assert client.get(address(bob)).status_code == HTTPStatus.NOT_FOUND


def test_charlie_who_is_signed_in_sees_bobs_feed_only_by_its_secret(client: Client, bob: User, mara: Author) -> None:
    wrote(mara, 100)
    charlie = a_reader("charlie")
    client.force_login(charlie)
    assert b"<entry>" not in client.get(address(charlie)).content
    assert b"<entry>" in client.get(address(bob)).content


def test_the_feed_reads_words_only_when_they_are_needed_and_asks_the_same_for_many(
    client: Client, bob: User, mara: Author, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    wrote(mara, 100)
    follows.follow(bob, with_words().author, Cadence.DAILY)
    where = address(bob)
    for batch in range(2):
        with django_assert_num_queries(3):
            etag = client.get(where)["ETag"]
        with django_assert_num_queries(2):
            client.get(where, headers={"If-None-Match": etag})
        for number in range(40):
            wrote(mara, 1_000 * (batch + 1) + 10 * number)
    assert client.get(where).content.count(b"<entry>") == 50
