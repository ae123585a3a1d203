"""`/search` and `/opensearch.xml`."""

from http import HTTPStatus
from xml.etree import ElementTree

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import limits
from accounts.models import User
from tests.follows import a_reader
from tests.searches import somebody, wrote
from unroller import searching
from unroller.core import search_terms
from unroller.models import Saved, Thread
from unroller.views import search as view

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("billing")]

QUERIES = 8
"""As many as the search itself: a savepoint, the bounds, the words' forms, the search, the threads, the
savepoint's end, their documents, their words' forms."""


def shown(client: Client, q: str, **query: str) -> str:
    """The page of results."""
    page = client.get("/search", {"q": q, **query})
    assert page.status_code == HTTPStatus.OK, page.content.decode()
    return page.content.decode()


def test_anybody_searches_public_threads(client: Client) -> None:
    wrote(1, "A lamp & a <light>house")
    page = shown(client, "lamp lighthouse OR house")
    assert '<h2 dir="ltr" lang="en"><a href="/thread/x/1">A lamp &amp; a &lt;light&gt;house</a></h2>' in page
    assert "A <mark>lamp</mark> &amp; a &lt;light&gt;<mark>house</mark>" in page
    assert 'href="/thread/x/1#post-1">Post 1</a>' in page
    assert "<bdi>Mara Lindqvist</bdi>" in page
    assert "1 thread" in page
    assert '<meta name="robots" content="noindex">' in page


def test_a_snippet_leads_to_its_post(client: Client) -> None:
    wrote(1, "A lamp")
    assert 'This is <mark>post</mark> <mark>2</mark>. <a class="at" dir="ltr" lang="en" href="/thread/x/1#post-2">' in (
        shown(client, "post 2")
    )


def test_words_from_right_to_left_keep_their_direction(client: Client) -> None:
    wrote(1, "المنارة القديمة على البحر", lang="ar")
    page = shown(client, "المنارة")
    assert '<article class="result" dir="rtl">' in page
    assert '<bdi dir="ltr">1 min read</bdi>' in page
    assert '<p class="found" dir="rtl" lang="ar"><mark>المنارة</mark> القديمة' in page
    assert 'value="المنارة"' in page


def test_without_a_question_the_page_says_how_to_ask(client: Client) -> None:
    page = shown(client, "")
    assert '<details class="how" open>' in page
    assert "author:mara" in page
    assert "Nothing found" not in page


def test_the_question_is_kept_in_the_field_and_in_every_link(client: Client) -> None:
    for number in range(1, 50, 2):
        wrote(number, 'A "lamp" & more')
    page = shown(client, '"lamp" & <more>')
    assert 'value="&quot;lamp&quot; &amp; &lt;more&gt;"' in page
    assert "?q=%22lamp%22%20%26%20%3Cmore%3E&amp;page=2" in page
    assert "/search?in=library&amp;q=%22lamp%22%20%26%20%3Cmore%3E" in page
    assert "page 2" in shown(client, "lamp", page="2")
    assert "There are no more results." in shown(client, "lamp", page="3")


def test_nothing_found_says_what_to_try(client: Client) -> None:
    page = shown(client, "walrus")
    assert "No thread here answers “<bdi>walrus</bdi>”." in page
    assert 'action="/unroll"' in page


@pytest.mark.parametrize(
    ("q", "sentence"),
    [
        ("…", search_terms.NO_WORDS),
        ("-lamp", search_terms.ONLY_EXCLUDED),
        ("network:x", search_terms.ONLY_SIFTED),
        ("lamp before:soon", search_terms.BAD_DATE.format(field="before")),
        ("lamp tag:history", searching.ONLY_IN_LIBRARY),
        ("a" * 301, "This is too long a question."),
        ("a\x00b", "This question holds a character that no text can hold."),
    ],
)
def test_questions_without_sense_are_answered_by_a_sentence(client: Client, q: str, sentence: str) -> None:
    answer = client.get("/search", {"q": q})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert sentence in answer.content.decode()


@pytest.mark.parametrize("query", ["?page=x", "?page=-1", "?page=99999999999", "?page=٣", "?in=x", "?q=a%ff&page=0"])
def test_senseless_addresses_show_a_page(client: Client, query: str) -> None:
    assert client.get(f"/search{query}").status_code == HTTPStatus.OK


def test_the_form_is_not_posted(client: Client) -> None:
    assert client.post("/search", {"q": "lamp"}).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_charlie_signs_in_to_search_a_library_and_comes_back(client: Client) -> None:
    answer = client.get("/search?q=a+lamp&in=library")
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert answer["Location"] == "/accounts/login/?next=%2Fsearch%3Fq%3Da%2Blamp%26in%3Dlibrary"


def test_bob_meets_the_offer_where_search_comes_with_premium(client: Client) -> None:
    bob = a_reader("bob")
    client.force_login(bob)
    Saved.objects.create(user=bob, thread=wrote(1, "A lamp"))
    answer = client.get("/search?q=lamp&in=library")
    assert answer.status_code == HTTPStatus.PAYMENT_REQUIRED
    assert "can search your library" in answer.content.decode()
    assert "/thread/x/1" in shown(client, "lamp")


def test_alice_finds_what_she_saved_and_wrote(client: Client, alice: User) -> None:
    Saved.objects.create(user=alice, thread=wrote(1, "A lamp"), note="Ask <b>Mother</b>")
    wrote(10, "A lamp by somebody", author=somebody("Ali", "ali"))
    page = shown(client, "lamp mother", **{"in": "library"})
    assert '<b dir="ltr">Your note:</b> Ask &lt;b&gt;<mark>Mother</mark>&lt;/b&gt;' in page
    assert "/thread/x/10" not in page
    assert '<input type="hidden" name="in" value="library">' in page
    assert "Nothing in your library answers" in shown(client, "castle", **{"in": "library"})


def test_a_removed_thread_is_said_to_be(client: Client, alice: User) -> None:
    Saved.objects.create(user=alice, thread=wrote(1, "A lamp"), tags=["history"])
    Thread.objects.update(removed="gone", document=None, title="", excerpt="")
    page = shown(client, "tag:history", **{"in": "library"})
    assert '<span><bdi dir="ltr">removed</bdi></span>' in page
    assert "A thread by Mara Lindqvist" in page


def test_searching_too_often_is_refused(client: Client) -> None:
    for _ in range(limits.SEARCHES.item.amount):
        shown(client, "lamp")
    answer = client.get("/search?q=lamp")
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert view.TOO_MANY in answer.content.decode()
    assert client.get("/search").status_code == HTTPStatus.OK


def test_a_search_that_takes_too_long_is_said_to(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "PUBLIC", "SELECT 1, 1, 1 FROM pg_sleep(5) WHERE %(exact)s <> ''")
    monkeypatch.setitem(searching.PLANNER, "statement_timeout", "100")
    answer = client.get("/search?q=lamp")
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert searching.TooSlow.sentence in answer.content.decode()


def test_a_page_asks_the_same_queries_for_n_and_2n(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for batch in (range(1, 9, 2), range(9, 17, 2)):
        for number in batch:
            wrote(number, "A lamp on the pier", author=somebody(f"Author {number}", f"author{number}"))
        with django_assert_num_queries(QUERIES):
            page = shown(client, "lamp pier")
        assert page.count('class="result"') == Thread.objects.count()


def test_a_browser_learns_how_to_search_here(client: Client, settings: Settings) -> None:
    answer = client.get("/opensearch.xml")
    assert answer["Content-Type"] == "application/opensearchdescription+xml; charset=utf-8"
    root = ElementTree.fromstring(answer.content)
    space = {"": "http://a9.com/-/spec/opensearch/1.1/"}
    assert len(root.findtext("ShortName", namespaces=space) or "") in range(1, 17)
    templates = {url.get("type"): url.get("template") for url in root.findall("Url", space)}
    assert templates["text/html"] == f"{settings.SITE_URL}/search?q={{searchTerms}}"
    assert templates["application/opensearchdescription+xml"] == f"{settings.SITE_URL}/opensearch.xml"


def test_a_library_is_sifted_by_a_date_alone(client: Client, alice: User) -> None:
    Saved.objects.create(user=alice, thread=wrote(1, "A lamp"))
    page = shown(client, "after:2000", **{"in": "library"})
    assert "/thread/x/1" in page
