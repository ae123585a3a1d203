"""Highlights are kept in place through every change of their thread, and let go with its words."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from tests.follows import a_reader
from tests.marking import BREAD, content, mark, said, where
from tests.threads import a_pile, a_post, a_thread, stored
from unroller.actions import highlights
from unroller.core.passages import digest
from unroller.core.posts import Pile
from unroller.models import Color, Highlight, Thread

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def billing(settings: Settings) -> None:
    settings.BILLING_ENABLED = True


@pytest.fixture
def alice() -> User:
    return a_reader("alice", premium=True)


@pytest.fixture
def thread() -> Thread:
    return said(BREAD)


def test_words_written_before_a_passage_move_it(alice: User, thread: Thread) -> None:
    row = mark(alice, thread, "flour, water", 27)
    said("<p>👩‍🍳 Update!</p>" + BREAD)
    assert where(row) == ("2", 38, 12, "flour, water")


def test_a_passage_that_did_not_move_is_not_written(
    alice: User, thread: Thread, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    mark(alice, thread, "Bread", 0)
    found = content(BREAD + "<p>And salt.</p>")
    with transaction.atomic(), django_assert_num_queries(1):
        highlights.replace(thread, found)


def test_of_two_places_the_nearer_one_is_taken(alice: User, thread: Thread) -> None:
    row = mark(alice, thread, "patience", 44)
    said("<p>patience. Bread is flour, water and then patience.</p>")
    assert where(row) == ("2", 41, 8, "patience")


def test_new_line_breaks_are_known_in_the_kept_words(alice: User, thread: Thread) -> None:
    row = mark(alice, thread, "flour, water", 27)
    said(BREAD.replace("flour, ", "flour, <br>"))
    assert where(row) == ("2", 27, 12, "flour, \u2028water")


def test_an_edited_post_hands_its_highlights_to_the_new_version(alice: User, thread: Thread) -> None:
    row = mark(alice, thread, "Bread", 0)
    head, _, last = a_pile(3).posts
    edited = a_post(22, html=f"<p>Ah. {BREAD[3:]}", text="…", parent_id="1", aliases=("2",), order=(1, "2"))
    stored(Pile(source="x", anchor_id="1", posts=(head, edited, last)))
    assert where(row) == ("22", 4, 5, "Bread")


def test_words_that_were_edited_away_are_let_go_and_the_note_stays(alice: User, thread: Thread) -> None:
    row = mark(alice, thread, "flour", 27, note="Which?", color=Color.BLUE)
    said("<p>Bread is patience.</p>")
    assert where(row) is None
    assert (row.note, row.color) == ("Which?", "blue")


def test_words_that_come_back_are_marked_again(alice: User, thread: Thread) -> None:
    row = mark(alice, thread, "flour", 27)
    said("<p>Bread is patience.</p>")
    said("<p>Bread is patience.</p>")
    assert where(row) is None
    said(BREAD)
    assert where(row) == ("2", 27, 5, "flour")


def test_a_removed_thread_takes_all_words_along_and_brings_them_back(
    alice: User, thread: Thread, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rows = [mark(alice, thread, "Bread", 0), mark(alice, thread, "👩‍🍳 says", 53)]
    with transaction.atomic(), django_assert_num_queries(1):
        highlights.forget_words(thread)
    assert [where(row) for row in rows] == [None, None]
    with transaction.atomic():
        highlights.replace(thread, content(BREAD))
    assert [where(row) for row in rows] == [("2", 0, 5, "Bread"), ("2", 53, 8, "👩‍🍳 says")]


def test_when_a_passage_was_lost_is_remembered(alice: User, thread: Thread) -> None:
    row = mark(alice, thread, "flour", 27)
    with time_machine.travel(timezone.now() - timedelta(days=9)):
        said("<p>…</p>")
    row.refresh_from_db()
    lost = row.lost_at
    said("<p>… …</p>")
    row.refresh_from_db()
    assert row.lost_at == lost


def test_passages_may_move_to_where_others_just_stood(alice: User) -> None:
    thread = said("<p>ab cd ab cd</p>")
    rows = [mark(alice, thread, "ab", 0), mark(alice, thread, "cd", 3), mark(alice, thread, "ab", 6)]
    said("<p>xy ab cd xy ab</p>")  # ab 0 to 3, cd 3 to 6; the second ab has no place near its old one but 12
    assert [where(row) for row in rows] == [("2", 3, 2, "ab"), ("2", 6, 2, "cd"), None]


def test_of_two_passages_in_one_place_the_one_that_stood_there_stays(alice: User, thread: Thread) -> None:
    moved, stayed = mark(alice, thread, "patience", 44), mark(alice, thread, "patience", 9)
    other = mark(a_reader("bob", premium=True), thread, "patience", 44)
    said("<p>Bread is patience.</p>")
    assert where(stayed) == where(other) == ("2", 9, 8, "patience")
    assert where(moved) is None


def test_ten_thousand_highlights_need_few_statements(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    names = [f"{number:03}" for number in range(1_000)]
    thread = said(f"<p>{' '.join(names)}</p>")
    readers = User.objects.bulk_create(User(email=f"reader{number}@example.com") for number in range(10))
    Highlight.objects.bulk_create(
        Highlight(user=reader, thread=thread, post_id="2", start=4 * place, length=3, quote=name, digest=digest(name))
        for reader in readers
        for place, name in enumerate(names)
    )
    found = content(f"<p>🌾 {' '.join(names[:-1])}</p>")
    with transaction.atomic(), django_assert_max_num_queries(2 + 10_000 // highlights.AT_ONCE):
        highlights.replace(thread, found)
    assert Highlight.objects.filter(lost_at=None).count() == 9_990
    assert where(Highlight.objects.get(user=readers[7], start=4 * 500 + 2)) == ("2", 2_002, 3, "500")


# Threads that turn out to be parts of others


@pytest.fixture
def part() -> Callable[[], Thread]:
    """A thread whose posts all stand in another one too."""
    return lambda: a_thread(3, first=2, html=BREAD)


def test_highlights_of_a_part_are_those_of_the_whole(
    alice: User, thread: Thread, part: Callable[[], Thread], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    piece = part()
    row = mark(alice, piece, "flour", 27)
    with django_assert_num_queries(3):
        highlights.inherit(thread, [piece])
    row.refresh_from_db()
    assert row.thread == thread
    assert where(row) == ("2", 27, 5, "flour")


def test_a_passage_marked_in_both_is_one_with_both_notes(
    alice: User, thread: Thread, part: Callable[[], Thread]
) -> None:
    piece = part()
    for note in ("Of the part", "Of the part, later"):
        mark(alice, piece, "flour", 27, note=note)
    kept = mark(alice, thread, "flour", 27, note="Of the whole")
    other = mark(a_reader("bob", premium=True), piece, "flour", 27)
    highlights.inherit(thread, [piece])
    kept.refresh_from_db()
    assert kept.note == "Of the whole\n\nOf the part, later"
    assert set(Highlight.objects.filter(thread=thread)) == {kept, other}


def test_lost_highlights_are_inherited_too(alice: User, thread: Thread, part: Callable[[], Thread]) -> None:
    piece = part()
    row = mark(alice, piece, "flour", 27, note="Mine")
    highlights.forget_words(piece)
    mark(alice, thread, "flour", 27)
    highlights.inherit(thread, [piece])
    row.refresh_from_db()
    assert (row.thread, row.note, where(row)) == (thread, "Mine", None)
