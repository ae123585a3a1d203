"""Highlights by the API."""

from http import HTTPStatus
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.api.calling import Program, json_of, problem, signs_in_with_x
from tests.api.test_library import walked
from tests.marking import BREAD, mark, said
from tests.threads import MARA, a_thread
from unroller.actions import highlights
from unroller.models import Color, Highlight, Saved

pytestmark = pytest.mark.django_db

PASSAGE: dict[str, Any] = {"thread": "x/1", "post_id": "2", "quote": "flour, water"}


def test_a_passage_is_marked_where_its_words_stand(program: Program, alice: User) -> None:
    said(BREAD)
    signs_in_with_x(alice, "1")
    answer = program.post("/highlights", PASSAGE | {"color": "green", "note": "Look this up."})
    assert answer.status_code == HTTPStatus.CREATED
    row = Highlight.objects.get(user=alice)
    told = json_of(answer)
    assert answer["Location"] == f"http://localhost:8000/api/v1/highlights/{row.id}"
    assert (told["quote"], told["start"], told["length"]) == ("flour, water", row.start, 12)
    assert (told["color"], told["note"], told["lost_at"]) == ("green", "Look this up.", None)
    assert told["url"] == "http://localhost:8000/thread/x/1#post-2"
    assert json_of(program.get(f"/highlights/{row.id}")) == told
    assert Saved.objects.get(user=alice).thread == row.thread


def test_words_of_x_stay_here_and_what_one_wrote_does_not(program: Program, alice: User) -> None:
    said(BREAD)
    told = json_of(program.post("/highlights", PASSAGE | {"color": "green", "note": "Look this up."}))
    assert (told["quote"], told["note"], told["color"]) == (None, "Look this up.", "green")
    assert Highlight.objects.get(user=alice).quote
    assert "flour" not in program.get("/highlights").content.decode()
    assert json_of(program.get(f"/highlights/{told['id']}"))["quote"] is None
    found = json_of(program.get("/search", {"q": "flour OR look", "in": "library"}))["items"]
    assert [each["own"] for each in found] == [["Look this up."]]
    signs_in_with_x(alice, "1")
    found = json_of(program.get("/search", {"q": "flour", "in": "library"}))["items"]
    assert [each["own"] for each in found] == [["flour, water"]]


def test_where_words_stand_more_than_once_the_start_says_which(program: Program) -> None:
    said(BREAD)
    second = json_of(program.post("/highlights", PASSAGE | {"quote": "Bread is", "start": 15}))
    assert second["start"] > 0
    assert json_of(program.post("/highlights", PASSAGE | {"quote": "Bread is"}))["start"] == 0


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"quote": "not there"}, 409),
        ({"post_id": "9"}, 422),
        ({"quote": "   "}, 422),
        ({"quote": ""}, 422),
        ({"quote": "a" * 5_001}, 422),
        ({"color": "black"}, 422),
        ({"start": -1}, 422),
        ({"start": 2**40}, 422),
        ({"thread": "x/99"}, 404),
        ({"note": "a" * 10_001}, 422),
    ],
)
def test_what_cannot_be_marked(program: Program, change: dict[str, Any], status: int) -> None:
    said(BREAD)
    assert program.post("/highlights", PASSAGE | change).status_code == status
    assert not Highlight.objects.exists()


def test_a_post_that_is_not_in_the_thread_is_pointed_at(program: Program) -> None:
    said(BREAD)
    told = problem(program.post("/highlights", PASSAGE | {"post_id": "9"}), "invalid")
    assert told["errors"] == [{"pointer": "#/post_id", "detail": "There is no such post in this thread."}]


def test_they_are_listed_the_one_made_last_first_and_sifted(program: Program, alice: User) -> None:
    thread = said(BREAD)
    made = [mark(alice, thread, "Bread", 0), mark(alice, thread, "flour", 32), mark(alice, thread, "water", 39)]
    highlights.annotate(made[1], "Which one?")
    highlights.recolor(made[2], Color.PINK)
    other = a_thread(3, first=50)
    made.append(highlights.add(alice, other, post_id="51", start=8, length=4, quote="post", color=Color.BLUE))
    ids = [row.id for row in made]
    assert [each["id"] for each in walked(program, "/highlights", limit=2)] == ids[::-1]
    for query, wanted in (
        ({"q": "which"}, [ids[1]]),
        ({"color": "pink"}, [ids[2]]),
        ({"thread": "x/50"}, [ids[3]]),
        ({"thread": "x/1", "limit": 1}, ids[2::-1]),
        ({"thread": "nowhere"}, []),
    ):
        assert [each["id"] for each in walked(program, "/highlights", **query)] == wanted, query


def test_one_looks_for_no_words_that_the_answer_may_not_show(program: Program, alice: User) -> None:
    mine, theirs = said(BREAD), a_thread(3, first=50, source="mastodon", author=MARA)
    of_x = mark(alice, mine, "flour", 32, note="Which one?")
    elsewhere = highlights.add(alice, theirs, post_id="51", start=8, length=4, quote="post", color=Color.BLUE)

    def found(words: str) -> list[int]:
        return [each["id"] for each in walked(program, "/highlights", q=words)]

    assert (found("flour"), found("flo"), found("which"), found("post")) == ([], [], [of_x.id], [elsewhere.id])
    signs_in_with_x(alice, "another")
    assert found("flour") == []
    signs_in_with_x(alice, "1")
    assert found("flour") == [of_x.id]


def test_a_list_costs_as_many_queries_at_twice_the_length(program: Program, alice: User) -> None:
    program.get("/me")
    costs = []
    for first in (100, 200):
        for number in range(4):
            thread = a_thread(3, first=first + 10 * number)
            given: dict[str, Any] = {"post_id": thread.path, "start": 0, "length": 4, "quote": "This"}
            highlights.add(alice, thread, **given, color=Color.BLUE)
        with CaptureQueriesContext(connection) as queries:
            assert json_of(program.get("/highlights"))["items"]
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 7


def test_color_and_note_are_changed_and_it_is_removed(program: Program, alice: User) -> None:
    row = mark(alice, said(BREAD), "Bread", 0)
    path = f"/highlights/{row.id}"
    assert json_of(program.patch(path, {"color": "blue"}))["color"] == "blue"
    told = json_of(program.patch(path, {"note": "A note."}))
    assert (told["note"], told["color"]) == ("A note.", "blue")
    assert json_of(program.patch(path, {"note": ""}))["note"] == ""
    for wrong in ({"color": "black"}, {"quote": "other"}, {"note": None}):
        assert program.patch(path, wrong).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert program.delete(path).status_code == HTTPStatus.NO_CONTENT
    assert program.get(path).status_code == HTTPStatus.NOT_FOUND


def test_a_lost_passage_says_so(program: Program, alice: User) -> None:
    row = mark(alice, said(BREAD), "Bread", 0)
    signs_in_with_x(alice, "1")
    said("<p>Something else.</p>")
    told = json_of(program.get(f"/highlights/{row.id}"))
    assert told["lost_at"]
    assert told["quote"] == ""


def test_charlie_reaches_nothing_of_alice_s(stranger: Program, alice: User) -> None:
    row = mark(alice, said(BREAD), "Bread", 0)
    path = f"/highlights/{row.id}"
    for answer in (stranger.get(path), stranger.patch(path, {"color": "blue"}), stranger.delete(path)):
        assert answer.status_code == HTTPStatus.NOT_FOUND
        problem(answer, "not-found")
    assert json_of(stranger.get("/highlights"))["items"] == []
    assert Highlight.objects.get().color == "yellow"
