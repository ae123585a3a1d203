"""A library's file is brought again: its highlights are marked where their threads are, each once."""

import json
from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from accounts.models import User
from tests.follows import a_reader
from tests.marking import BREAD, mark, said, where
from tests.meeting import at_once
from unroller.actions import brought_marks, library_json
from unroller.actions.brought_marks import Brought
from unroller.core import link_lists
from unroller.models import Color, Highlight, Saved, Thread

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def billing(settings: Settings) -> None:
    settings.BILLING_ENABLED = True


@pytest.fixture
def alice() -> User:
    return a_reader("alice", premium=True)


@pytest.fixture
def thread() -> Thread:
    return said(BREAD)


def file_of(user: User) -> str:
    return "".join(library_json.stream(user))


def bring(user: User, text: str) -> Brought:
    return brought_marks.bring_in(user, link_lists.read(text).marks)


def test_highlights_come_back_as_they_were(alice: User, thread: Thread) -> None:
    then = datetime(2025, 3, 1, tzinfo=UTC)
    mark(alice, thread, "patience", 44, color=Color.PINK, note='My "highlights": [note')
    mark(alice, thread, "patience.Bread", 9)
    Highlight.objects.update(created_at=then)
    text = file_of(alice)
    Highlight.objects.all().delete()
    assert bring(alice, text) == Brought(made=2)
    first, second = Highlight.objects.order_by("id")
    assert where(first) == ("2", 44, 8, "patience")
    assert (first.color, first.note, first.created_at) == ("pink", 'My "highlights": [note', then)
    assert second.quote == "patience.\u2028Bread"


def test_the_same_file_twice_makes_nothing_twice_and_changes_nothing(alice: User, thread: Thread) -> None:
    row = mark(alice, thread, "patience", 44)
    text = file_of(alice)
    Highlight.objects.update(color=Color.BLUE, note="Newer")
    assert bring(alice, text) == Brought(known=1)
    without_place = json.loads(text)
    del without_place["highlights"][0]["start"]
    assert bring(alice, json.dumps(without_place)) == Brought(known=1)
    row.refresh_from_db()
    assert (Highlight.objects.count(), row.color, row.note) == (1, "blue", "Newer")


def test_two_files_at_the_same_moment_make_one_highlight(alice: User, thread: Thread) -> None:
    mark(alice, thread, "patience", 44)
    text = file_of(alice)
    Highlight.objects.all().delete()
    at_once(*[lambda: bring(alice, text)] * 2)
    assert Highlight.objects.count() == 1


def test_what_cannot_be_placed_is_counted(alice: User, thread: Thread) -> None:
    mark(alice, thread, "patience", 9)
    mark(alice, thread, "flour", 27)
    data = json.loads(file_of(alice))
    changes: list[dict[str, object]] = [
        {"quote": ""},
        {"quote": "yeast"},
        {"post_id": "77"},
        {"thread": "https://x.com/a/status/99", "link": ""},
        {"thread": "nonsense", "link": 5},
        {"quote": "\ud800", "post_id": "\x00"},
        {"color": "mauve", "start": -1, "quote": "water", "created_at": "never"},
    ]
    data["highlights"] = [data["highlights"][0] | each for each in changes] + ["no object", {"quote": None}]
    found = bring(alice, json.dumps(data))
    assert found == Brought(made=1, gone=4, away=2)
    assert found.sentence.startswith("Highlights: 1 brought in; 2 not brought in, since their threads are not here yet")
    assert Highlight.objects.get(quote="water").color == "yellow"


def test_a_free_reader_is_told_what_was_left_out(alice: User, thread: Thread) -> None:
    mark(alice, thread, "patience", 9)
    bob = a_reader("bob")
    assert bring(bob, file_of(alice)) == Brought(held_back=1)
    assert not Saved.objects.filter(user=bob).exists()


def test_nobody_reaches_a_private_thread_of_others_with_a_file(alice: User, thread: Thread) -> None:
    mark(alice, thread, "patience", 9)
    text = file_of(alice)
    Thread.objects.update(private=True)
    assert bring(a_reader("mallory", premium=True), text) == Brought(away=1)


def test_one_file_is_not_looked_at_without_end(alice: User, thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    for quote, start in (("patience", 9), ("flour", 27), ("water", 34)):
        mark(alice, thread, quote, start)
    text = file_of(alice)
    Highlight.objects.all().delete()
    monkeypatch.setattr(brought_marks, "MOST_AT_ONCE", 2)
    assert bring(alice, text) == Brought(made=2, later=1)
    assert bring(alice, text) == Brought(made=1, known=2)
