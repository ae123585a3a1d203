"""`GET /author/<source>/<handle>` and its feed."""

from xml.etree import ElementTree

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.threads import BEGINNING, MARA, a_thread
from unroller.core.posts import Person
from unroller.models import Author, Thread

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
ALICE = Person(id="did:plc:a", handle="alice.example", name="Alice", url="https://bsky.app/profile/alice.example")


def many(count: int) -> None:
    author = Author.objects.get(network_id=MARA.id)
    Thread.objects.bulk_create(
        Thread(
            source="x",
            path=str(10**6 + number),
            author=author,
            document={},
            title=f"Thread {number}",
            posted_at=BEGINNING,
            changed_at=BEGINNING,
            fetched_at=BEGINNING,
        )
        for number in range(count)
    )


def test_charlie_reads_all_threads_of_an_author_newest_first(client: Client) -> None:
    a_thread(3, text="The older thread of the two.")
    a_thread(3, first=50, text="The newer thread of the two.")
    page = client.get("/author/x/maralind").content.decode()
    assert page.index("The newer thread") < page.index("The older thread")
    assert "/author/x/maralind/feed" in page


def test_the_handle_is_found_in_any_case(client: Client) -> None:
    a_thread(3)
    assert client.get("/author/x/MaraLind").status_code == 200


def test_ten_thousand_threads_are_paged_with_the_same_queries(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    a_thread(3)
    with django_assert_num_queries(3):
        client.get("/author/x/maralind")
    many(10_000)
    with django_assert_num_queries(3):
        page = client.get("/author/x/maralind?page=400").content.decode()
    assert page.count("Thread ") >= 24
    assert "page=401" in page


@pytest.mark.parametrize("page", ["0", "-1", "x", "999999", "", "1e9", "٣"])
def test_senseless_page_numbers_show_a_page(client: Client, page: str) -> None:
    a_thread(3)
    assert client.get("/author/x/maralind", {"page": page}).status_code == 200


@pytest.mark.parametrize("path", ["x/nobody", "y/maralind", "x/%00", "x/a/b", "x/" + "a" * 400])
def test_unknown_authors_are_404(client: Client, path: str) -> None:
    assert client.get(f"/author/{path}").status_code == 404
    assert client.get(f"/author/{path}/feed").status_code == 404


def test_the_feed_has_one_entry_per_thread_and_for_x_only_an_excerpt(client: Client) -> None:
    a_thread(3)
    a_thread(2, first=50)
    response = client.get("/author/x/maralind/feed")
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(response.content)
    links = [entry.find(f"{ATOM}link").get("href") for entry in feed.findall(f"{ATOM}entry")]  # type: ignore[union-attr]
    assert links == ["http://localhost:8000/thread/x/50", "http://localhost:8000/thread/x/1"]
    assert b"This is post 2." not in response.content


def test_the_feed_of_other_networks_has_the_words(client: Client) -> None:
    changes = {"id": "at://did:plc:a/app.bsky.feed.post/7", "path": "did:plc:a/7"}
    a_thread(1, first=7, author=ALICE, source="bluesky", **changes)
    assert b"This is post 7." in client.get("/author/bluesky/alice.example/feed").content


def test_the_feed_asks_the_same_queries_for_one_and_for_many(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    a_thread(3)
    with django_assert_num_queries(2):
        client.get("/author/x/maralind/feed")
    many(60)
    with django_assert_num_queries(2):
        client.get("/author/x/maralind/feed")


def test_the_feed_does_not_tell_what_a_content_warning_folds(client: Client) -> None:
    changes = {"id": "at://did:plc:a/app.bsky.feed.post/7", "path": "did:plc:a/7", "warning": "the end"}
    a_thread(1, first=7, author=ALICE, source="bluesky", **changes)
    feed = client.get("/author/bluesky/alice.example/feed").content
    assert b"This is post 7." not in feed
    assert b"Content warning: the end" in feed


def test_words_of_x_are_words_in_a_feed_too(client: Client) -> None:
    a_thread(1, first=900, text="if a <b> & <script>alert(1)</script>")
    feed = ElementTree.fromstring(client.get("/author/x/maralind/feed").content)
    summary = feed.find(f"{ATOM}entry/{ATOM}summary")
    assert summary is not None
    assert summary.text == "if a &lt;b&gt; &amp; &lt;script&gt;alert(1)&lt;/script&gt;"
