"""`GET /thread/<source>/<path>`."""

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.threads import MARA, a_pile, a_post, a_thread, stored
from unroller.actions import threads
from unroller.core.errors import Gone, Suspended
from unroller.core.posts import Person, Pile

pytestmark = pytest.mark.django_db


def test_charlie_who_has_no_account_reads_the_whole_thread(client: Client) -> None:
    a_thread(3)
    response = client.get("/thread/x/1")
    assert response.status_code == 200
    page = response.content.decode()
    positions = [page.index(f'id="post-{number}"') for number in (1, 2, 3)]
    assert positions == sorted(positions)
    assert "This is post 3." in page
    assert 'data-post-id="2"' in page


def test_any_other_post_leads_to_its_place(client: Client) -> None:
    a_thread(5)
    response = client.get("/thread/x/4")
    assert response.status_code == 302
    assert response["Location"] == "/thread/x/1#post-4"


def test_an_earlier_version_of_an_edited_post_leads_to_its_place(client: Client) -> None:
    pile = a_pile(2)
    edited = a_post(12, first=1, parent_id="2", parent_order=(1, "2"), aliases=("11",), edited=True)
    stored(Pile(source="x", anchor_id="1", posts=(*pile.posts, edited)))
    assert client.get("/thread/x/11")["Location"] == "/thread/x/1#post-3"


def test_the_address_of_older_unrollers_leads_here(client: Client) -> None:
    assert client.get("/thread/123.html")["Location"] == "/thread/x/123"
    assert client.get("/thread/123")["Location"] == "/thread/x/123"


def test_a_thread_that_is_not_here_is_404_with_a_paste_box(client: Client) -> None:
    response = client.get("/thread/x/999")
    assert response.status_code == 404
    assert b'action="/unroll"' in response.content


@pytest.mark.parametrize(
    "path", ["x/", "y/1", "x/" + "9" * 600, "mastodon/../etc/passwd", "x/%00", "bluesky/did:plc:x"]
)
def test_senseless_addresses_are_404(client: Client, path: str) -> None:
    assert client.get(f"/thread/{path}").status_code == 404


def test_the_page_says_nothing_about_completeness_when_it_is_complete(client: Client) -> None:
    a_thread(3)
    assert b"deleted" not in client.get("/thread/x/1").content


def test_a_gap_is_marked_where_it_is_and_said_on_top(client: Client) -> None:
    stored(Pile(source="x", anchor_id="1", posts=(a_post(1), a_post(2), a_post(4), a_post(5))))
    page = client.get("/thread/x/1").content.decode()
    assert page.index("This is post 2.") < page.index("1 post was deleted here") < page.index("This is post 4.")
    assert 'id="post-4"' in page
    assert "4 posts" in page


def test_a_removed_thread_is_410_and_says_why(client: Client) -> None:
    row = a_thread(3)
    with transaction.atomic():
        threads.remove(row, Suspended(network="X"))
    response = client.get("/thread/x/1")
    assert response.status_code == 410
    assert b"X has suspended this account" in response.content
    assert b"This is post" not in response.content
    assert response["Cache-Control"] == "no-cache"  # browsers keep a 410 for ever, and the thread may come back
    assert client.get("/thread/x/1.md").status_code == 410
    assert client.get("/thread/x/1.json").status_code == 410
    assert client.post("/thread/x/1/refresh").status_code == 410


def test_removal_leaves_no_words_in_the_database(client: Client) -> None:
    row = a_thread(3)
    with transaction.atomic():
        threads.remove(row, Gone())
    row.refresh_from_db()
    assert (row.document, row.title, row.excerpt, row.removed) == (None, "", "", "Gone")


def test_an_unlisted_author_is_shown_but_not_to_robots_and_nowhere_listed(client: Client) -> None:
    shy = Person(id="h/9", handle="shy@host.example", name="Shy", url="https://host.example/@shy", unlisted=True)
    a_thread(2, first=30, author=shy, source="mastodon", path="host.example/30")
    response = client.get("/thread/mastodon/host.example/30")
    assert response.status_code == 200
    assert response["X-Robots-Tag"] == "noindex"
    assert b'name="robots" content="noindex' in response.content
    assert b"host.example/30" not in client.get("/").content
    assert client.get("/author/mastodon/shy@host.example").status_code == 404
    assert client.get("/author/mastodon/shy@host.example/feed").status_code == 404


def test_a_linked_reply_is_said_and_that_page_is_not_stored(client: Client) -> None:
    a_thread(3)
    response = client.get("/thread/x/1?from=reply")
    assert b"reply" in response.content
    assert "X-Page-Version" not in response
    assert client.get("/thread/x/1")["X-Page-Version"] == "1 /thread/x/1"


def test_the_page_asks_the_same_number_of_queries_for_two_posts_and_for_two_hundred(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    a_thread(2)
    a_thread(200, first=1000)
    for path in ("1", "1000"):
        with django_assert_num_queries(4):
            client.get(f"/thread/x/{path}")


def test_more_threads_of_the_author_are_offered(client: Client) -> None:
    for first in (1, 10, 20, 30, 40):
        a_thread(2, first=first)
    page = client.get("/thread/x/1").content.decode()
    assert sum(f'href="/thread/x/{first}"' in page for first in (10, 20, 30, 40)) == 3


def test_the_version_grows_only_when_the_page_changes(client: Client) -> None:
    row = a_thread(3)
    assert a_thread(3).version == row.version == 1
    assert a_thread(4).version == 2
    assert a_thread(4, text="Other words", html="<p>Other words</p>").version == 3
    assert row.fetched_at <= timezone.now()


def test_script_in_every_field_of_a_network_stays_text(client: Client) -> None:
    evil = '"><script>alert(1)</script>'
    person = Person(id="66", handle="e" + evil, name=evil, url="javascript:alert(1)", avatar="javascript:alert(1)")
    a_thread(2, first=600, author=person, text=evil, html="<p>x</p>")
    page = client.get("/thread/x/600").content.decode()
    assert "<script>alert" not in page
    assert 'href="javascript:' not in page
    assert MARA.name not in page


def test_what_a_content_warning_folds_is_not_told_by_title_list_or_preview(client: Client) -> None:
    a_thread(3, warning="the end of a film", text="The butler did it.", html="<p>The butler did it.</p>")
    page = client.get("/thread/x/1").content.decode()
    head, _, body = page.partition('id="post-1"')
    assert "butler" not in head
    assert "Content warning: the end of a film" in head
    assert "butler" in body
    assert "butler" not in client.get("/").content.decode()
    assert "butler" not in client.get("/author/x/maralind/feed").content.decode()
