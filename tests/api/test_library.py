"""The library by the API: listed, sifted and sorted by cursor, saved, described, taken out; tags."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.api.calling import Program, json_of, problem, signs_in_with_x
from tests.follows import a_reader, an_author, wrote
from tests.sandbox.server import Sandbox
from tests.threads import a_thread
from unroller.actions import library
from unroller.api.library import KEYS
from unroller.library import ORDERS, Sort
from unroller.models import Author, Job, Saved, Thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def mara() -> Author:
    return an_author("maralind", name="Mara Lindqvist")


def saved(user: User, author: Author, count: int, *, first: int = 100, **given: Any) -> list[Saved]:
    return [library.save(user, wrote(author, first + 10 * number), **given) for number in range(count)]


def walked(program: Program, path: str, **query: Any) -> Iterator[dict[str, Any]]:
    """Everything in a list, page by page."""
    cursor: str | None = ""
    while cursor is not None:
        page = json_of(program.get(path, query | ({"cursor": cursor} if cursor else {})))
        yield from page["items"]
        cursor = page["next"]


# Lists


def test_what_is_saved_is_told(program: Program, alice: User, mara: Author) -> None:
    (row,) = saved(alice, mara, 1, tags=["history"], note="Read this.", favorite=True)
    (item,) = json_of(program.get("/library"))["items"]
    assert item == json_of(program.get(f"/library/{row.id}"))
    assert (item["id"], item["tags"], item["note"], item["favorite"]) == (row.id, ["history"], "Read this.", True)
    assert (item["archived"], item["place"]) == (False, "")
    thread = item["thread"]
    assert thread["id"] == f"x/{row.thread.path}"
    assert thread["url"] == f"http://localhost:8000/thread/x/{row.thread.path}"
    assert thread["author"]["handle"] == "maralind"
    assert thread["post_count"] == 3


def test_words_of_x_are_told_to_their_author_alone(program: Program, alice: User, mara: Author) -> None:
    saved(alice, mara, 1)
    library.save(alice, a_thread(first=900, source="mastodon"))
    on_mastodon, on_x = (item["thread"] for item in json_of(program.get("/library"))["items"])
    assert (on_x["title"], on_x["excerpt"]) == (None, None)
    assert on_mastodon["title"]
    signs_in_with_x(alice, mara.network_id)
    assert json_of(program.get("/library"))["items"][1]["thread"]["title"]


def test_cursors_know_every_order_of_the_page() -> None:
    assert KEYS.keys() == ORDERS.keys()
    assert [len(KEYS[sort]) for sort in Sort] == [len(ORDERS[sort]) for sort in Sort]


@pytest.mark.parametrize("sort", list(Sort))
def test_every_order_is_that_of_the_page_whatever_comes_meanwhile(
    program: Program, alice: User, mara: Author, sort: Sort
) -> None:
    """Rows with equal keys, and one that is saved between two pages."""
    saved(alice, mara, 4)
    saved(alice, an_author("zoe"), 3, first=500)
    Thread.objects.filter(path__in=["100", "120", "500"]).update(title="Same", word_count=5)
    ids = list(Saved.objects.filter(user=alice).order_by(*ORDERS[sort]).values_list("id", flat=True))
    walk = walked(program, "/library", sort=sort.value, limit=2)
    found = [next(walk)["id"], next(walk)["id"]]
    Saved.objects.filter(id=found[0]).delete()
    library.save(alice, wrote(mara, 900))
    found += [item["id"] for item in walk if item["thread"]["id"] != "x/900"]
    assert found == ids


def test_pages_are_linked_and_keep_what_was_asked(program: Program, alice: User, mara: Author) -> None:
    saved(alice, mara, 3, tags=["a b"])
    answer = program.get("/library", {"limit": 2, "tag": "a b"})
    address = answer["Link"].removeprefix("<http://localhost:8000/api/v1").removesuffix('>; rel="next"')
    assert "tag=a+b" in address
    last = program.get(address)
    assert len(json_of(last)["items"]) == 1
    assert json_of(last)["next"] is None
    assert not last.has_header("Link")


@pytest.mark.parametrize("cursor", ["x", "", "a:b", "W10:x", "\x00", "é"])
def test_a_cursor_that_is_none_is_pointed_at(program: Program, cursor: str) -> None:
    found = problem(program.get("/library", {"cursor": cursor}), "invalid")
    assert found["errors"][0]["parameter"] == "cursor"


def test_a_cursor_means_the_list_and_the_order_it_came_from(program: Program, alice: User, mara: Author) -> None:
    saved(alice, mara, 2)
    cursor = json_of(program.get("/library", {"limit": 1}))["next"]
    assert program.get("/library", {"cursor": cursor, "sort": "title"}).status_code == 422
    assert program.get("/highlights", {"cursor": cursor}).status_code == 422
    forged = cursor[:-1] + ("a" if cursor[-1] != "a" else "b")
    assert program.get("/library", {"cursor": forged}).status_code == 422


def test_it_is_sifted_as_on_the_page(program: Program, alice: User, mara: Author) -> None:
    one, two, three = saved(alice, mara, 3)
    library.describe(one, tags=["bread"], note="")
    library.favor(Saved.objects.filter(id=two.id), favorite=True)
    library.archive(Saved.objects.filter(id=three.id))
    for query, wanted in (
        ({"tag": "Bread"}, [one]),
        ({"show": "favorites"}, [two]),
        ({"show": "archive"}, [three]),
        ({"source": "mastodon"}, []),
        ({"author": mara.id, "sort": "oldest"}, [one, two, three]),
        ({"q": "lindqvist", "show": "favorites"}, [two]),
    ):
        assert [item["id"] for item in walked(program, "/library", **query)] == [row.id for row in wanted], query


def test_a_list_costs_as_many_queries_at_twice_the_length(program: Program, alice: User, mara: Author) -> None:
    program.get("/me")
    costs = []
    for first in (100, 200):
        saved(alice, mara, 5, first=first, tags=["a"])
        with CaptureQueriesContext(connection) as queries:
            assert len(json_of(program.get("/library"))["items"]) == (5 if first == 100 else 10)
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 6


# Saving


def test_a_thread_that_is_here_is_saved_by_its_id(program: Program, alice: User, mara: Author) -> None:
    thread = wrote(mara, 100)
    given = {"thread": f"x/{thread.path}", "tags": ["#History ", "history"], "note": "n", "favorite": True}
    answer = program.post("/library", given)
    assert answer.status_code == HTTPStatus.CREATED
    row = Saved.objects.get(user=alice)
    assert answer["Location"] == f"http://localhost:8000/api/v1/library/{row.id}"
    assert (row.thread, row.tags, row.note, row.favorite) == (thread, ["history"], "n", True)
    again = program.post("/library", {"thread": f"x/{thread.path}", "tags": ["more"]})
    assert again.status_code == HTTPStatus.OK
    assert (json_of(again)["tags"], json_of(again)["note"]) == (["history", "more"], "n")


def test_a_link_saves_what_is_here_and_unrolls_what_is_not(program: Program, mara: Author, sandbox: Sandbox) -> None:
    thread = wrote(mara, 100)
    assert program.post("/library", {"url": "https://x.com/maralind/status/100"}).status_code == HTTPStatus.CREATED
    answer = program.post("/library", {"url": "https://x.com/maralind/status/777"})
    assert answer.status_code == HTTPStatus.ACCEPTED
    job = Job.objects.get()
    assert answer["Location"] == f"http://localhost:8000/api/v1/unrolls/{job.id}"
    assert json_of(answer)["state"] == "queued"
    assert Saved.objects.get().thread == thread


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"thread": "x/1", "url": "https://x.com/a/status/1"}, 422),
        ({"thread": "x/1"}, 404),
        ({"thread": "nowhere/1"}, 422),
        ({"url": "https://example.com"}, 422),
        ({"thread": "x/1", "tags": ["a"] * 21}, 422),
        ({"thread": "x/1", "tags": ["a" * 51]}, 422),
        ({"thread": "x/1", "tags": [" # "]}, 422),
        ({"thread": "x/1", "note": "a\x00"}, 422),
        ({"thread": "x/1", "note": "a" * 10_001}, 422),
    ],
)
def test_what_cannot_be_saved(program: Program, body: dict[str, Any], status: int) -> None:
    assert program.post("/library", body).status_code == status
    assert not Saved.objects.exists()


def test_a_removed_thread_is_gone(program: Program, mara: Author) -> None:
    thread = wrote(mara, 100)
    Thread.objects.filter(id=thread.id).update(removed="Gone", document=None)
    for body in ({"thread": "x/100"}, {"url": "https://x.com/maralind/status/100"}):
        problem(program.post("/library", body), "gone")


# Changing


def test_what_is_left_out_of_a_change_stays(program: Program, alice: User, mara: Author) -> None:
    (row,) = saved(alice, mara, 1, tags=["a"], note="n")
    path = f"/library/{row.id}"
    assert json_of(program.patch(path, {"archived": True, "favorite": True}))["note"] == "n"
    row.refresh_from_db()
    assert (row.tags, row.note, row.favorite, row.archived_at is not None) == (["a"], "n", True, True)
    found = json_of(program.patch(path, {"tags": [], "archived": False}))
    assert (found["tags"], found["note"], found["favorite"], found["archived"]) == ([], "n", True, False)
    assert json_of(program.patch(path, {"note": ""}))["note"] == ""
    before = json_of(program.get(path))
    assert json_of(program.patch(path, {})) == before
    for wrong in ({"note": None}, {"favorite": None}, {"id": 7}, {"tags": "a"}):
        assert program.patch(path, wrong).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_thread_is_taken_out(program: Program, alice: User, mara: Author) -> None:
    (row,) = saved(alice, mara, 1)
    answer = program.delete(f"/library/{row.id}")
    assert (answer.status_code, answer.content) == (HTTPStatus.NO_CONTENT, b"")
    assert program.delete(f"/library/{row.id}").status_code == HTTPStatus.NOT_FOUND


def test_charlie_reaches_nothing_of_alice_s(stranger: Program, alice: User, mara: Author) -> None:
    (row,) = saved(alice, mara, 1, tags=["secret"])
    path = f"/library/{row.id}"
    assert [stranger.get(path).status_code, stranger.patch(path, {"note": "x"}).status_code] == [404, 404]
    assert [stranger.delete(path).status_code, stranger.delete("/tags/secret").status_code] == [404, 404]
    assert stranger.patch("/tags/secret", {"name": "mine"}).status_code == 404
    assert json_of(stranger.get("/library"))["items"] == json_of(stranger.get("/tags"))["items"] == []
    row.refresh_from_db()
    assert (row.tags, row.note) == (["secret"], "")


# Tags


def test_tags_are_counted_renamed_and_taken_off(program: Program, alice: User, mara: Author) -> None:
    one, two = saved(alice, mara, 2, tags=["a/b"])
    library.describe(two, tags=["a/b", "other"], note="")
    assert json_of(program.get("/tags"))["items"] == [{"name": "a/b", "threads": 2}, {"name": "other", "threads": 1}]
    assert json_of(program.patch("/tags/A%2Fb", {"name": "Other"})) == {"name": "other", "threads": 2}
    assert program.patch("/tags/a/b", {"name": "x"}).status_code == HTTPStatus.NOT_FOUND
    assert program.patch("/tags/other", {"name": " "}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert program.delete("/tags/other").status_code == HTTPStatus.NO_CONTENT
    one.refresh_from_db()
    assert one.tags == []


def test_another_s_saved_thread_leaves_mine_alone(program: Program, mara: Author) -> None:
    bob = a_reader("bob", premium=True)
    (his,) = saved(bob, mara, 1, note="his")
    program.post("/library", {"thread": "x/100", "note": "hers"})
    his.refresh_from_db()
    assert his.note == "his"
