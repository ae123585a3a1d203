"""Following by the API."""

from http import HTTPStatus

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import limits
from accounts.models import User
from tests.api.calling import Program, json_of, problem
from tests.api.test_library import walked
from tests.follows import an_author, many_authors, wrote
from unroller.actions import follows, lookups
from unroller.models import Author, Cadence, Follow, Lookup

pytestmark = pytest.mark.django_db


@pytest.fixture
def mara() -> Author:
    """Known here by a thread."""
    author = an_author("maralind", name="Mara Lindqvist")
    wrote(author, 10)
    return author


@pytest.mark.parametrize("who", ["@maralind", "https://x.com/MaraLind", "http://localhost:8000/author/x/maralind"])
def test_an_author_who_is_known_here_is_followed_at_once(program: Program, alice: User, mara: Author, who: str) -> None:
    answer = program.post("/authors", {"author": who, "cadence": "weekly"})
    assert answer.status_code == HTTPStatus.CREATED
    assert answer["Location"] == f"http://localhost:8000/api/v1/authors/{mara.id}"
    told = json_of(answer)
    assert (told["author"]["handle"], told["cadence"], told["unread"], told["trouble"]) == (
        "maralind",
        "weekly",
        0,
        None,
    )
    again = program.post("/authors", {"author": who, "cadence": "daily"})
    assert (again.status_code, json_of(again)["cadence"]) == (HTTPStatus.OK, "weekly")
    assert Follow.objects.get().user == alice


def test_an_author_nobody_knows_is_looked_up_first(program: Program) -> None:
    answer = program.post("/authors", {"author": "@newcomer"})
    assert answer.status_code == HTTPStatus.ACCEPTED
    lookup = Lookup.objects.get()
    assert answer["Location"] == f"http://localhost:8000/api/v1/lookups/{lookup.id}"
    assert json_of(answer) == json_of(program.get(f"/lookups/{lookup.id}"))
    newcomer = an_author("newcomer")
    lookups.answer(lookup, newcomer, "")
    lookup.save()
    assert json_of(program.get(f"/lookups/{lookup.id}"))["author"]["id"] == newcomer.id
    assert not Follow.objects.exists()
    assert program.post("/authors", {"author": "@newcomer"}).status_code == HTTPStatus.CREATED


def test_who_asks_to_be_left_alone_is(program: Program, mara: Author) -> None:
    Author.objects.update(opted_out=True, unlisted=True)
    answer = program.post("/authors", {"author": "@maralind"})
    assert "asked this site not to follow" in problem(answer, "conflict")["detail"]


def test_a_full_list_is_a_conflict(
    program: Program, alice: User, mara: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    authors = many_authors(500)
    follows.follow_all(alice, {author.id: Cadence.DAILY for author in authors})
    answer = program.post("/authors", {"author": "@maralind"})
    assert problem(answer, "conflict")["detail"].startswith("You follow 500 authors")


@pytest.mark.parametrize("who", ["", "not a handle", "https://example.com/", "a" * 501, "\x00"])
def test_what_names_nobody_is_pointed_at(program: Program, who: str) -> None:
    answer = program.post("/authors", {"author": who})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert problem(answer)["errors"][0]["pointer"] == "#/author"


def test_too_many_look_ups_wait(program: Program, alice: User) -> None:
    assert limits.spend(limits.LOOKUPS, str(alice.id), cost=limits.LOOKUPS.item.amount)
    answer = program.post("/authors", {"author": "@newcomer"})
    assert (answer.status_code, answer["Retry-After"]) == (HTTPStatus.TOO_MANY_REQUESTS, "3600")


def test_they_are_listed_and_sifted(program: Program, alice: User, mara: Author) -> None:
    for author in [*many_authors(4), mara]:
        follows.follow(alice, author, Cadence.DAILY)
    wrote(mara, 100)
    found = list(walked(program, "/authors", limit=2))
    assert found[0]["author"]["handle"] == "maralind"
    assert len({each["author"]["id"] for each in found}) == 5
    assert found[0]["unread"] == 1
    assert [each["author"]["id"] for each in walked(program, "/authors", unread="true")] == [mara.id]
    assert [each["author"]["id"] for each in walked(program, "/authors", q="@lindqvist")] == [mara.id]


def test_a_list_costs_as_many_queries_at_twice_the_length(program: Program, alice: User) -> None:
    program.get("/me")
    costs = []
    for prefix in ("a", "b"):
        for author in many_authors(4, prefix=prefix):
            follows.follow(alice, author, Cadence.DAILY)
        with CaptureQueriesContext(connection) as queries:
            assert json_of(program.get("/authors"))["items"]
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 4


def test_how_one_is_told_is_changed_and_following_ends(program: Program, alice: User, mara: Author) -> None:
    follows.follow(alice, mara, Cadence.DAILY)
    path = f"/authors/{mara.id}"
    assert json_of(program.get(path))["cadence"] == "daily"
    assert json_of(program.patch(path, {"cadence": "here"}))["cadence"] == "here"
    assert program.patch(path, {"cadence": "hourly"}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert program.patch(path, {}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert program.delete(path).status_code == HTTPStatus.NO_CONTENT
    assert program.get(path).status_code == HTTPStatus.NOT_FOUND
    assert not Follow.objects.exists()


def test_charlie_reaches_nothing_of_alice_s(stranger: Program, program: Program, alice: User, mara: Author) -> None:
    follows.follow(alice, mara, Cadence.DAILY)
    program.post("/authors", {"author": "@newcomer"})
    path = f"/authors/{mara.id}"
    for answer in (
        stranger.get(path),
        stranger.patch(path, {"cadence": "here"}),
        stranger.delete(path),
        stranger.get(f"/lookups/{Lookup.objects.get().id}"),
    ):
        problem(answer, "not-found")
    assert json_of(stranger.get("/authors"))["items"] == []
    assert Follow.objects.get().cadence == "daily"
