"""`/highlights`, `/highlights.md`, and what a thread's page is told of its reader's highlights."""

import json
from http import HTTPStatus

import pytest
from django.test import Client
from limits import RateLimitItemPerDay
from pytest_django import DjangoAssertNumQueries

from accounts import limits
from accounts.models import User
from tests.follows import a_reader
from tests.marking import mark_post, no_longer_member, shown
from tests.threads import MARA, a_thread
from unroller.actions import highlights, taking
from unroller.models import Color, Highlight, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("billing")]


# The list


def test_highlights_stand_under_their_threads_the_one_marked_last_first(client: Client, alice: User) -> None:
    older, newer = a_thread(12, text="On bread."), a_thread(3, first=50, text="On rivers.")
    mark_post(alice, older, post=11, start=0, length=4, quote="This")
    mark_post(alice, newer, post=51)
    mark_post(alice, older, post=2, note="A note <b>of mine</b>", color=Color.PINK)
    page = shown(client)
    assert "3 highlights" in page
    order = ["On bread", "/thread/x/1#post-2", "/thread/x/1#post-11", "On rivers", "/thread/x/50#post-2"]
    assert sorted(order, key=page.index) == order
    assert "A note &lt;b&gt;of mine&lt;/b&gt;" in page
    assert 'class="passage hl-pink"' in page


def test_they_are_sifted_by_words_color_and_thread(client: Client, alice: User, thread: Thread) -> None:
    other = a_thread(3, first=50)
    mark_post(alice, thread, note="About salt", color=Color.PINK)
    mark_post(alice, thread, post=3, quote="This", start=0, length=4)
    mark_post(alice, other, post=51)
    for query, count in (
        ("?q=SALT", 1),
        ("?q=this", 1),
        ("?color=pink", 1),
        ("?thread=x/1", 2),
        ("?thread=x/1&color=yellow", 1),
        ("?q=nothing", 0),
        ("?thread=y/0", 0),
        ("?color=mauve", 3),
        ("?page=999", 3),
        ("?q=%00", 3),
    ):
        assert shown(client, query).count('<li class="passage') == count, query


def test_who_has_none_is_told_how(client: Client, alice: User) -> None:
    assert "select some of its words" in shown(client)
    no_longer_member(alice)
    assert "With premium you mark passages" in shown(client)


def test_lost_words_are_said_to_be_lost(client: Client, alice: User, thread: Thread) -> None:
    mark_post(alice, thread, note="What was it?")
    highlights.forget_words(thread)
    page = shown(client)
    assert "These words are no longer in the thread, so they are gone here too; your note stays." in page
    assert "What was it?" in page


def test_a_removed_thread_is_said_to_be_removed(client: Client, alice: User, thread: Thread) -> None:
    mark_post(alice, thread)
    Thread.objects.update(removed="gone", document=None, title="")
    assert "A thread that was removed" in shown(client)


def test_the_list_asks_the_database_as_often_for_ten_as_for_fifty(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def make(count: int, first: int) -> None:
        for number in range(count):
            row = mark_post(alice, a_thread(2, first=first + 10 * number), post=first + 10 * number)
            mark_post(alice, row.thread, post=int(row.post_id) + 1)

    make(5, first=1_000)
    shown(client)
    with django_assert_num_queries(7) as asked:
        shown(client)
    assert all('"document"' not in query["sql"] for query in asked.captured_queries)
    make(20, first=2_000)
    with django_assert_num_queries(7):
        page = shown(client)
    assert page.count('<li class="passage') == 50
    make(1, first=9_000)
    assert "More highlights" in shown(client)
    assert shown(client, "?page=2&color=yellow").count('<li class="passage') == 2


# As Markdown


def test_all_of_them_are_taken_as_markdown(client: Client, alice: User, thread: Thread) -> None:
    mark_post(alice, thread, note="Hm")
    answer = client.get("/highlights.md")
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert 'attachment; filename="highlights-' in answer["Content-Disposition"]
    words = answer.content.decode()
    assert "## [This is post 1](http://localhost:8000/thread/x/1)" in words
    assert "> post\n\nHm\n\n[Post 2](http://localhost:8000/thread/x/1#post-2), yellow, " in words
    assert "> post" in client.get("/highlights.md?thread=x/1").content.decode()


def test_each_post_of_x_counts_towards_the_days_limit(client: Client, alice: User, thread: Thread) -> None:
    mark_post(alice, thread)
    mark_post(alice, thread, quote="This", start=0, length=4)
    mark_post(alice, thread, post=3)
    mark_post(alice, a_thread(3, first=70, source="bluesky", author=MARA), post=71)
    limits.spend(limits.X_POSTS_INTO_FILES, taking.account(alice), cost=497)
    assert client.get("/highlights.md").status_code == HTTPStatus.OK
    mark_post(alice, thread, post=4)
    answer = client.get("/highlights.md")
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert b"X allows a reader 500 of its posts a day in files." in answer.content
    assert client.get("/highlights.md?thread=bluesky/70").status_code == HTTPStatus.OK


def left(user: User) -> int:
    return limits.left(limits.X_POSTS_INTO_FILES, taking.account(user)).uses


def test_the_same_posts_count_once_a_day_and_asking_for_headers_not_at_all(
    client: Client, alice: User, thread: Thread
) -> None:
    mark_post(alice, thread)
    mark_post(alice, thread, post=3)
    assert client.head("/highlights.md").status_code == HTTPStatus.OK
    assert left(alice) == 500
    for _ in range(3):
        assert client.get("/highlights.md").status_code == HTTPStatus.OK
    assert left(alice) == 498


def test_beyond_what_x_allows_the_words_of_the_older_ones_are_left_out(
    client: Client, alice: User, thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "X_POSTS_INTO_FILES", limits.Limit("few", RateLimitItemPerDay(2)))
    for post in (2, 3, 4):
        mark_post(alice, thread, post=post, quote="This", start=0, note=f"Note {post}")
    mark_post(alice, a_thread(3, first=70, source="bluesky", author=MARA), post=71)
    words = client.get("/highlights.md").content.decode()
    assert words.count("> This\n") == 2
    assert "*These words are left out: X allows 500 of its posts in files a day.*\n\nNote 2" in words
    assert "the 500 posts of X that you marked last" in words
    assert "> post" in words
    found = client.get("/library.json")
    told = json.loads(b"".join(found.streaming_content))["highlights"]  # type: ignore[attr-defined]
    assert [(row["quote"], "quote_left_out" in row) for row in told] == [
        ("", True),
        ("This", False),
        ("This", False),
        ("post", False),
    ]
    assert told[0]["note"] == "Note 2"


# On the thread's page


def test_a_thread_page_is_told_its_readers_marks(client: Client, alice: User, thread: Thread) -> None:
    row = mark_post(alice, thread, note="Why <i>?")
    mark_post(a_reader("bob", premium=True), thread, post=3)
    lost = mark_post(alice, thread, post=4)
    Highlight.objects.filter(id=lost.id).update(lost_at=lost.created_at, quote="")
    page = client.get("/personal?thread=x/1").content.decode()
    assert f'<li data-highlight="{row.id}" data-post="2" data-start="8" data-length="4" data-color="yellow"' in page
    assert 'data-begins="post">Why &lt;i&gt;?</li>' in page
    assert page.count("<li data-highlight") == 1
    assert 'action="/thread/x/1/highlights" data-change="/highlights/" data-may>' in page
    assert [f'data-color="{color}"' in page for color in Color.values] == [True] * 4


def test_without_premium_marks_are_shown_and_none_is_offered(client: Client, alice: User, thread: Thread) -> None:
    mark_post(alice, thread)
    no_longer_member(alice)
    page = client.get("/personal?thread=x/1").content.decode()
    assert "<li data-highlight" in page
    assert "data-may" not in page
    assert 'type="button" data-color=' not in page
