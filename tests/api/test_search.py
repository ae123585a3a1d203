"""Search, and what one's plan holds, by the API."""

from http import HTTPStatus

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import limits
from accounts.models import User
from tests.api.calling import Program, json_of, problem
from tests.api.test_library import walked
from tests.follows import an_author
from tests.searches import wrote
from unroller import searching
from unroller.actions import follows, library
from unroller.models import Cadence, Thread

pytestmark = pytest.mark.django_db


def test_public_threads_are_found_and_words_of_x_stay_here(program: Program) -> None:
    wrote(1, "A lamp and a lighthouse")
    wrote(11, "A lamp on a table", source="mastodon")
    found = {each["thread"]["source"]: each for each in json_of(program.get("/search", {"q": "lamp"}))["items"]}
    assert found["mastodon"]["snippet"] == "A lamp on a table"
    assert found["mastodon"]["thread"]["title"] == "A lamp on a table"
    assert (found["x"]["snippet"], found["x"]["thread"]["title"]) == (None, None)


def test_pages_follow_each_other(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(25):
        wrote(1 + 10 * number, "A lamp")
    answer = program.get("/search", {"q": "lamp"})
    assert len(json_of(answer)["items"]) == 20
    assert json_of(answer)["total"] == 25
    assert 'rel="next"' in answer["Link"]
    assert len({each["thread"]["id"] for each in walked(program, "/search", q="lamp")}) == 25
    cursor = json_of(answer)["next"]
    assert program.get("/search", {"q": "table", "cursor": cursor}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_one_s_own_library_is_searched(program: Program, stranger: Program, alice: User) -> None:
    library.save(alice, wrote(1, "A lamp"), tags=["light"], note="A candle would do.")
    wrote(11, "A candle")
    found = json_of(program.get("/search", {"q": "candle", "in": "library"}))["items"]
    assert [each["thread"]["id"] for each in found] == ["x/1"]
    assert found[0]["own"] == ["A candle would do."]
    assert json_of(program.get("/search", {"q": "tag:light", "in": "library"}))["total"] == 1
    assert json_of(stranger.get("/search", {"q": "candle", "in": "library"}))["items"] == []


@pytest.mark.parametrize("q", ["", "   ", "-lamp", "before:soon lamp", "tag:light", "a" * 301, "\x00", "network:x"])
def test_a_question_without_sense_is_pointed_at(program: Program, q: str) -> None:
    answer = program.get("/search", {"q": q})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert problem(answer)["errors"][0]["parameter"] == "q"


def test_searches_count_with_those_of_the_page(program: Program, alice: User) -> None:
    assert limits.spend(limits.SEARCHES, f"person {alice.pk}", cost=limits.SEARCHES.item.amount)
    answer = program.get("/search", {"q": "lamp"})
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert int(answer["Retry-After"]) <= 60
    assert '"searches";q=60;w=60' in answer["RateLimit-Policy"]
    assert '"searches";r=0;' in answer["RateLimit"]


def test_what_is_too_much_for_the_database_is_said(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(searching.PLANNER, "statement_timeout", "1")
    monkeypatch.setattr(
        searching, "PUBLIC", f"{searching.PUBLIC.replace('WITH', 'WITH slow AS MATERIALIZED (SELECT pg_sleep(9)),', 1)}"
    )
    monkeypatch.setattr(
        searching, "PUBLIC", searching.PUBLIC.replace("FROM ranked\n    ORDER", "FROM ranked, slow\n    ORDER")
    )
    wrote(1, "A lamp")
    answer = program.get("/search", {"q": "lamp"})
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    problem(answer, "too-slow")


def test_a_search_costs_as_many_queries_at_twice_the_length(program: Program) -> None:
    program.get("/me")
    costs = []
    for first in (1, 101):
        for number in range(4):
            wrote(first + 10 * number, "A lamp")
        with CaptureQueriesContext(connection) as queries:
            assert json_of(program.get("/search", {"q": "lamp"}))["items"]
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_the_plan_says_what_is_left(program: Program, alice: User) -> None:
    library.save(alice, wrote(1, "A lamp"))
    follows.follow(alice, an_author("zoe"), Cadence.DAILY)
    told = json_of(program.get("/me"))
    assert told["plan"] == "premium"
    assert told["limits"] == {
        "unrolls": {"an_hour": 200, "left": 200},
        "authors": {"held": 1, "most": 500},
        "saved": {"held": 1, "most": None},
        "kept_megabytes": 5000,
    }
    assert (told["token"]["name"], told["token"]["scope"]) == ("a program", "write")
    assert program.token.startswith(told["token"]["hint"])
    assert program.token not in str(told)
    assert Thread.objects.count() == 1
