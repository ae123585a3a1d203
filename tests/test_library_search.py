"""Search in one's library: saved threads, and one's own words on them."""

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests.follows import a_reader
from tests.searches import found_by, marked, somebody, wrote
from unroller import searching
from unroller.core.search_terms import ONLY_SIFTED, parse
from unroller.models import Highlight, Saved, Thread

pytestmark = pytest.mark.django_db

QUERIES = 10
"""A savepoint, the bounds, the words' forms, the reader's own words and their forms, the search, the threads, the
savepoint's end; then the documents of the threads and their words' forms."""


@pytest.fixture
def alice() -> User:
    return a_reader("alice")


def keep(user: User, thread: Thread, **values: object) -> Saved:
    """A thread in somebody's library."""
    return Saved.objects.create(user=user, thread=thread, **values)


def mark(user: User, thread: Thread, quote: str, note: str = "") -> Highlight:
    return Highlight.objects.create(
        user=user, thread=thread, post_id="1", start=0, length=len(quote), quote=quote, digest="0", note=note
    )


def test_only_saved_threads_are_found(alice: User) -> None:
    keep(alice, wrote(1, "A lamp"))
    wrote(10, "A lamp")
    assert found_by(alice, "lamp") == ["1"]


def test_a_network_or_a_date_alone_sifts_a_library(alice: User) -> None:
    keep(alice, wrote(1, "A lamp"))
    wrote(10, "A lamp")
    assert found_by(alice, "network:x") == ["1"]
    assert found_by(alice, "network:bluesky") == []
    assert found_by(alice, "after:2000") == ["1"]
    assert found_by(alice, "before:2000") == []
    assert searching.problem(parse("after:2026"), in_library=True) == ""
    assert searching.problem(parse("after:2026"), in_library=False) == ONLY_SIFTED


def test_nobody_finds_what_others_saved_or_wrote(alice: User) -> None:
    thread = wrote(1, "A lamp")
    keep(alice, thread, note="my walrus", tags=["penguin"])
    mark(alice, thread, "A lamp", "an albatross")
    charlie = a_reader("charlie")
    for asked in ("lamp", "walrus", "penguin", "albatross", "tag:penguin"):
        assert found_by(alice, asked) == ["1"]
        assert found_by(charlie, asked) == []
    keep(charlie, thread)
    assert found_by(charlie, "lamp") == ["1"]
    assert found_by(charlie, "walrus") == []


def test_words_may_stand_in_the_thread_or_in_ones_own(alice: User) -> None:
    thread = wrote(1, "A lamp on the pier")
    keep(alice, thread, note="Read this on the trains to Łódź", tags=["long read", "灯台"])
    mark(alice, thread, "on the pier", "compare with Müller")
    keep(alice, wrote(10, "A lamp elsewhere"))
    assert found_by(alice, "lamp train") == ["1"]
    assert found_by(alice, "pier lodz muller") == ["1"]
    assert found_by(alice, '"long read" lamp') == ["1"]
    assert found_by(alice, "灯台 lamp") == ["1"]
    assert found_by(alice, "灯 OR castle") == ["1"]
    assert found_by(alice, "train castle") == []
    assert set(found_by(alice, "lamp")) == {"1", "10"}


def test_what_ones_own_words_hold_can_be_excluded(alice: User) -> None:
    keep(alice, wrote(1, "A lamp"), note="boring")
    keep(alice, wrote(10, "A lamp"))
    assert found_by(alice, "lamp -boring") == ["10"]
    assert found_by(alice, "boring -lamp") == []


def test_ones_own_words_are_shown(alice: User) -> None:
    thread = wrote(1, "A lamp")
    keep(alice, thread, note="Ask grandmother about lamps", tags=["family"])
    mark(alice, thread, "A lamp", "like grandmother's")
    result = searching.library(alice, parse("grandmother"), 1).results[0]
    assert result.snippet is None
    assert [(own.kind, marked(own.parts)) for own in result.own] == [
        ("Your note", "Ask [grandmother] about lamps"),
        ("Your note on a highlight", "like [grandmother]'s"),
    ]
    both = searching.library(alice, parse("lamp family"), 1).results[0]
    assert both.snippet is not None
    assert [own.kind for own in both.own] == ["Tags", "Your note", "Your highlight"]


@pytest.mark.parametrize(
    ("note", "asked"),
    [("co\u2060op", "coop"), ("light\u00adhouse keeper", "lighthouse"), ("كـــتاب", "كتاب"), ("東\u200b京", "東京")],
)
def test_signs_that_words_do_not_have_hide_nothing(alice: User, note: str, asked: str) -> None:
    thread = wrote(1, "Something else")
    keep(alice, thread, note=note)
    mark(alice, thread, note)
    assert found_by(alice, asked) == ["1"]


def test_tags_sift(alice: User) -> None:
    keep(alice, wrote(1, "A lamp"), tags=["history", "long read"])
    keep(alice, wrote(10, "A lamp"), tags=["history"])
    keep(alice, wrote(20, "A pier"))
    assert found_by(alice, "tag:history") == ["10", "1"]
    assert found_by(alice, 'tag:"Long Read" tag:#history') == ["1"]
    assert found_by(alice, "lamp -tag:history") == []
    assert found_by(alice, "tag:history -tag:long") == ["10", "1"]
    assert found_by(alice, 'tag:history -tag:"long read" lamp') == ["10"]
    assert found_by(alice, "tag:history -lamp") == []


def test_authors_dates_and_networks_sift_here_too(alice: User) -> None:
    keep(alice, wrote(1, "A lamp"))
    keep(alice, wrote(10, "A lamp", author=somebody("Ali", "ali")), note="about Mara")
    assert found_by(alice, "lamp author:mara") == ["1"]
    assert found_by(alice, "lamp after:2026-03 before:2026-04 network:x -author:ali") == ["1"]
    assert found_by(alice, "lamp before:2020") == []
    assert found_by(alice, "lamp network:bluesky") == []


def test_unlisted_threads_are_found_and_removed_ones_by_ones_own_words(alice: User) -> None:
    keep(alice, wrote(1, "A lamp"))
    keep(alice, wrote(10, "A lamp"), note="the one with the walrus", tags=["history"])
    Thread.objects.filter(path="1").update(unlisted=True)
    Thread.objects.filter(path="10").update(removed="gone", document=None)
    from_thread = wrote(20, "Something new")
    assert from_thread.words
    assert found_by(alice, "lamp") == ["1"]
    assert found_by(alice, "walrus") == ["10"]
    assert found_by(alice, "walrus -castle") == ["10"]
    assert found_by(alice, "tag:history") == ["10"]


def test_a_library_is_searched_with_the_same_queries_for_n_and_2n(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for batch in (range(1, 9, 2), range(9, 17, 2)):
        for number in batch:
            thread = wrote(number, "A lamp on the pier")
            keep(alice, thread, note="a walrus", tags=["history"])
            mark(alice, thread, "the pier", "a walrus again")
        with django_assert_num_queries(QUERIES):
            page = searching.library(alice, parse("lamp walrus -castle tag:history"), 1)
        assert page.total == Saved.objects.count()
