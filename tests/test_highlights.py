"""Highlights: made on what stands there, once, within limits; changed and removed."""

import pytest
from pytest_django import Settings

from accounts.models import User
from tests.follows import a_reader
from tests.marking import BREAD, mark, said, where
from tests.meeting import at_once
from unroller.actions import highlights
from unroller.actions.highlights import CannotHighlight, WordsGone
from unroller.core.passages import digest
from unroller.models import Color, Highlight, Saved, Thread

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


def test_a_highlight_keeps_the_words_and_saves_their_thread(alice: User, thread: Thread) -> None:
    row = mark(alice, thread, "is patience", 6, color=Color.PINK, note=" How true. ")
    assert where(row) == ("2", 6, 11, "is patience")
    assert (row.color, row.note, row.digest) == ("pink", "How true.", digest("is patience"))
    assert Saved.objects.get().thread == thread


def test_lines_and_paragraphs_of_a_passage_are_kept(alice: User, thread: Thread) -> None:
    row = mark(alice, thread, "patience.Bread is flour, water and patience.👩‍🍳", 9)
    assert row.quote == "patience.\u2028Bread is flour, water and patience.\u2029👩‍🍳"


def test_the_same_passage_twice_is_one_highlight_with_the_newer_color(alice: User, thread: Thread) -> None:
    first = mark(alice, thread, "patience", 9, note="Yes")
    second = mark(alice, thread, " patience", 8, color=Color.BLUE)  # white space around it does not count
    assert first.id == second.id
    assert (second.color, second.note) == ("blue", "Yes")


def test_overlapping_passages_are_highlights_of_their_own(alice: User, thread: Thread) -> None:
    mark(alice, thread, "Bread is", 0)
    mark(alice, thread, "is patience", 6)
    mark(alice, thread, "is", 6)
    assert Highlight.objects.count() == 3


def test_words_that_moved_before_the_click_are_marked_where_they_are(alice: User, thread: Thread) -> None:
    assert where(mark(alice, thread, "flour", 20)) == ("2", 27, 5, "flour")
    assert where(mark(alice, thread, "patience", 40)) == ("2", 44, 8, "patience")


@pytest.mark.parametrize("changes", [{"quote": "butter"}, {"post_id": "99"}, {"post_id": "2\u0000"}])
def test_words_that_are_not_there_are_not_marked(alice: User, thread: Thread, changes: dict[str, str]) -> None:
    with pytest.raises(WordsGone, match="load the page again"):
        mark(alice, thread, **({"quote": "Bread", "start": 0} | changes))  # type: ignore[arg-type]
    assert not Saved.objects.exists()


def test_nothing_is_marked_in_a_removed_thread(alice: User, thread: Thread) -> None:
    Thread.objects.update(removed="gone", document=None)
    with pytest.raises(WordsGone):
        mark(alice, thread, "Bread", 0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"quote": " \n"}, "no words"),
        ({"quote": "a" * 5_001}, "5,000 characters"),
        ({"quote": "Bread", "note": "a" * 10_001}, "10,000 characters"),
    ],
)
def test_too_little_and_too_much_are_refused(
    alice: User, thread: Thread, changes: dict[str, str], sentence: str
) -> None:
    with pytest.raises(CannotHighlight, match=sentence):
        mark(alice, thread, **({"start": 0} | changes))  # type: ignore[arg-type]


def test_a_thread_holds_a_thousand_highlights_of_a_reader(
    alice: User, thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(highlights, "MOST_IN_A_THREAD", 2)
    first = mark(alice, thread, "Bread", 0)
    mark(alice, thread, "is", 6)
    with pytest.raises(CannotHighlight, match="as many as it can hold"):
        mark(alice, thread, "patience", 9)
    assert mark(alice, thread, "Bread", 0).id == first.id
    mark(a_reader("bob", premium=True), thread, "patience", 9)


def test_a_note_and_a_color_are_changed_and_all_goes_with_the_highlight(alice: User, thread: Thread) -> None:
    row = mark(alice, thread, "Bread", 0)
    highlights.recolor(row, Color.GREEN)
    highlights.annotate(row, "  Why? ")
    row.refresh_from_db()
    assert (row.color, row.note) == ("green", "Why?")
    with pytest.raises(CannotHighlight):
        highlights.annotate(row, "a" * 10_001)
    highlights.remove(row)
    highlights.annotate(row, "too late")
    assert not Highlight.objects.exists()
    assert Saved.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_clicks_at_the_same_moment_make_one_highlight(alice: User, thread: Thread) -> None:
    made = at_once(*[lambda: mark(alice, thread, "flour", 27).id] * 4)
    assert len(set(made)) == 1
    assert Highlight.objects.count() == 1
