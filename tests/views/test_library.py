"""`/library`: what a reader saved, sorted and sifted."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from tests.follows import a_reader, an_author, wrote
from unroller.actions import library
from unroller.models import Author, Reading, Saved, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("billing")]


@pytest.fixture
def mara() -> Author:
    return an_author("maralind", name="Mara Lindqvist")


def shown(client: Client, query: str = "") -> str:
    """The page."""
    page = client.get(f"/library{query}")
    assert page.status_code == HTTPStatus.OK
    return page.content.decode()


def listed(client: Client, query: str = "") -> list[int]:
    """The numbers of the threads in the list, in their order."""
    return [saved.saved.thread_id for saved in client.get(f"/library{query}").context["rows"]]


def test_a_row_stands_as_its_title_is_read(client: Client, bob: User, mara: Author) -> None:
    row = library.save(bob, wrote(mara, 100))
    Thread.objects.update(title="المنارة القديمة", direction="rtl", language="ar")
    assert '<div class="what" dir="rtl">' in shown(client)
    for page in (shown(client), client.get(f"/library/{row.id}").content.decode()):
        assert '<p class="facts" dir="rtl">' in page
        assert '<bdi dir="ltr">saved <time' in page


def test_charlie_is_asked_to_sign_in(client: Client) -> None:
    assert client.get("/library")["Location"] == "/accounts/login/?next=/library"


def test_charlie_sees_nothing_of_bobs(client: Client, bob: User, mara: Author) -> None:
    library.save(bob, wrote(mara, 100), tags=["secret"], note="mine")
    client.force_login(a_reader("charlie"))
    page = shown(client)
    assert "Nothing saved yet" in page
    assert "secret" not in page


def test_an_empty_library_says_how_to_fill_it(client: Client, bob: User) -> None:
    page = shown(client)
    assert "0 of 100 threads" in page
    assert "Press Save on a thread" in page
    assert 'href="/library/import"' in page


def test_a_row_says_what_a_reader_wants_to_know(client: Client, bob: User, mara: Author) -> None:
    thread = wrote(mara, 100)
    row = library.save(bob, thread, tags=["history", "long read"], note="Look at this again.", favorite=True)
    Reading.objects.create(user=bob, thread=thread, position="post-2", post_id="101")
    page = shown(client)
    assert f'href="{thread.get_absolute_url()}">{thread.title}</a>' in page
    for words in ("1 of 100 threads", "Mara Lindqvist", ">X<", "min<", "at post 2 of 3", "Look at this again.", "★"):
        assert words in page
    assert 'href="/library?tag=long%20read"' in page
    assert f'value="{row.id}"' in page
    Reading.objects.update(read_at=timezone.now())
    assert '<span class="place"><bdi dir="ltr">read</bdi></span>' in shown(client)


def test_the_parts_hold_what_they_say(client: Client, bob: User, mara: Author) -> None:
    fresh, done, favorite, away = (wrote(mara, number) for number in (100, 200, 300, 400))
    for thread in (fresh, done):
        library.save(bob, thread)
    library.save(bob, favorite, favorite=True)
    library.save(bob, away, archived=True)
    Reading.objects.create(user=bob, thread=done, read_at=timezone.now())
    Reading.objects.create(user=bob, thread=fresh)
    Reading.objects.create(user=a_reader("dora"), thread=favorite, read_at=timezone.now())
    assert set(listed(client)) == {fresh.id, done.id, favorite.id, away.id}
    assert set(listed(client, "?show=unread")) == {fresh.id, favorite.id}
    assert listed(client, "?show=favorites") == [favorite.id]
    assert listed(client, "?show=archive") == [away.id]
    assert tuple(client.get("/library").context["counts"]) == (4, 2, 1, 1)
    assert "Library (2 unread)" in shown(client)


def test_the_list_is_sifted_by_tag_author_network_and_words(client: Client, bob: User, mara: Author) -> None:
    ali = an_author("ali", name="Ali")
    one, two = wrote(mara, 100), wrote(ali, 200)
    Thread.objects.filter(id=two.id).update(source="bluesky")
    library.save(bob, one, tags=["history"])
    library.save(bob, two, tags=["art", "history"])
    assert listed(client, "?tag=%23Art") == [two.id]
    assert len(listed(client, "?tag=history")) == 2
    assert listed(client, f"?author={mara.id}") == [one.id]
    assert listed(client, "?source=bluesky") == [two.id]
    assert listed(client, "?q=lindq") == [one.id]
    assert listed(client, "?q=thread+200") == [two.id]
    page = shown(client, f"?tag=history&author={mara.id}&show=all")
    assert "by Mara Lindqvist" in page
    assert 'href="/library?tag=history" aria-label="Not only by Mara Lindqvist"' in page
    assert "No thread here is like that." in shown(client, "?tag=nothing")


def test_the_list_is_sorted_as_asked(client: Client, bob: User, mara: Author) -> None:
    ali = an_author("ali", name="ali")
    first, second, third = wrote(mara, 300), wrote(ali, 200), wrote(mara, 100)
    now = timezone.now()
    for days, (thread, words) in enumerate(((first, 30), (second, 10), (third, 20))):
        library.save(bob, thread, saved_at=now - timedelta(days=3 - days))
        Thread.objects.filter(id=thread.id).update(word_count=words, posted_at=now - timedelta(days=days))
    orders = {
        "newest": [third, second, first],
        "oldest": [first, second, third],
        "posted": [first, second, third],
        "author": [second, first, third],
        "length": [second, third, first],
        "title": [third, second, first],
        "nonsense": [third, second, first],
    }
    for sort, threads in orders.items():
        assert listed(client, f"?sort={sort}") == [thread.id for thread in threads], sort


def test_a_removed_thread_stays_and_says_so(client: Client, bob: User, mara: Author) -> None:
    thread = wrote(mara, 100)
    row = library.save(bob, thread, tags=["history"], note="It was good.")
    Thread.objects.filter(id=thread.id).update(removed="Gone", document=None, title="", excerpt="")
    page = shown(client)
    assert '<span class="removed"><bdi dir="ltr">removed</bdi></span>' in page
    assert f'href="/library/{row.id}">A thread by Mara Lindqvist</a>' in page
    assert "It was good." in page


def test_tags_are_listed_with_how_many_threads_have_them(client: Client, bob: User, mara: Author) -> None:
    for number, tags in ((100, ["art"]), (200, ["art", "war"]), (300, [])):
        library.save(bob, wrote(mara, number), tags=tags)
    assert [tuple(tag) for tag in client.get("/library").context["tags"]] == [("art", 2), ("war", 1)]


def test_who_has_no_premium_is_told_about_tags_once_and_quietly(client: Client, bob: User, mara: Author) -> None:
    library.save(bob, wrote(mara, 100))
    page = shown(client)
    assert page.count('href="/premium"') - page.count('href="/premium">Premium') == 1
    assert 'value="tag"' not in page


def test_a_member_has_no_limit_and_may_tag_many_at_once(client: Client, mara: Author) -> None:
    alice = a_reader("alice", premium=True)
    client.force_login(alice)
    library.save(alice, wrote(mara, 100))
    page = shown(client)
    assert "1 thread<" in page
    assert 'name="action" value="tag"' in page


@pytest.mark.parametrize("part", ["unread", "favorites", "archive"])
def test_empty_parts_say_what_they_are_for(client: Client, bob: User, mara: Author, part: str) -> None:
    thread = wrote(mara, 100)
    library.save(bob, thread)
    Reading.objects.create(user=bob, thread=thread, read_at=timezone.now())
    words = {"unread": "You have read everything", "favorites": "No favorites yet", "archive": "The archive is empty"}
    assert words[part] in shown(client, f"?show={part}")


SENSELESS = (
    *("?q=%00", "?q=" + "a" * 900, "?q=%25_%5C", "?show=x", "?page=999", "?page=x", "?show=&sort=&q=&source="),
    *("?author=-1", "?author=99999999999", "?author=x", "?tag=%00", "?tag=%2C%2C", "?tag=" + "b" * 500, "?source=y"),
)


@pytest.mark.parametrize("query", SENSELESS)
def test_senseless_queries_show_a_page(client: Client, bob: User, mara: Author, query: str) -> None:
    library.save(bob, wrote(mara, 100))
    shown(client, query)


def test_pages_follow_each_other_and_keep_the_sift(client: Client, bob: User, mara: Author) -> None:
    thread = wrote(mara, 1000)
    copies = [Thread(**(values(thread) | {"path": f"copy-{n}"})) for n in range(60)]
    Saved.objects.bulk_create(Saved(user=bob, thread=copy, tags=["a b"]) for copy in Thread.objects.bulk_create(copies))
    page = shown(client, "?tag=a+b")
    assert page.count('name="saved"') == 50
    assert 'href="?tag=a+b&amp;page=2"' in page
    assert "All 60, also on the other pages" in page
    assert shown(client, "?tag=a+b&page=2").count('name="saved"') == 10


def test_queries_do_not_grow_with_the_library(client: Client, bob: User, mara: Author) -> None:
    thread = wrote(mara, 1000)

    def queries(count: int) -> list[str]:
        copies = [Thread(**(values(thread) | {"path": f"copy-{count}-{n}"})) for n in range(count)]
        rows = Thread.objects.bulk_create(copies)
        Saved.objects.bulk_create(Saved(user=bob, thread=row, tags=[f"tag {n}"]) for n, row in enumerate(rows))
        Reading.objects.bulk_create(Reading(user=bob, thread=row, position="post-2") for row in rows)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert len(listed(client)) >= count
        return [query["sql"] for query in seen]

    few, many = queries(5), queries(40)
    assert len(few) == len(many)
    assert not any('"unroller_thread"."document"' in query for query in many)


def values(thread: Thread) -> dict[str, object]:
    """A thread's columns, for a copy of it."""
    left_out = {"id", "document"}
    return {
        field.attname: getattr(thread, field.attname)
        for field in Thread._meta.concrete_fields
        if field.attname not in left_out
    }
