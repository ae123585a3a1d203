"""Unrolling and threads by the API."""

from datetime import timedelta
from http import HTTPStatus
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import limits
from accounts.models import User
from billing.plans import PREMIUM, Limit
from tests.api.calling import Program, json_of, problem, signs_in_with_x
from tests.api.test_library import walked
from tests.follows import an_author, wrote
from tests.threads import a_thread
from unroller.actions import moderating
from unroller.models import Job, Thread

pytestmark = pytest.mark.django_db

LINK = "https://x.com/maralind/status/1700000000000000001"


# Unrolls


def test_a_thread_that_is_not_here_is_fetched_and_the_way_there_is_told(program: Program) -> None:
    answer = program.post("/unrolls", {"url": LINK})
    job = Job.objects.get()
    assert answer.status_code == HTTPStatus.ACCEPTED
    assert answer["Location"] == f"http://localhost:8000/api/v1/unrolls/{job.id}"
    told = json_of(answer)
    assert (told["id"], told["state"], told["thread"]) == (str(job.id), "queued", None)
    assert json_of(program.get(f"/unrolls/{job.id}")) == told


def test_a_thread_that_is_here_is_told_at_once(program: Program) -> None:
    a_thread(4)
    answer = program.post("/unrolls", {"url": "https://twitter.com/whoever/status/3"})
    assert answer.status_code == HTTPStatus.OK
    told = json_of(answer)
    assert (told["id"], told["state"], told["thread"]["id"]) == (None, "done", "x/1")
    assert not Job.objects.exists()


def test_how_far_it_is_and_how_it_ended(program: Program) -> None:
    program.post("/unrolls", {"url": LINK})
    job = Job.objects.get()
    path = f"/unrolls/{job.id}"
    until = timezone.now() + timedelta(minutes=5)
    Job.objects.update(posts_seen=7, not_before=until)
    told = json_of(program.get(path))
    assert told["posts_seen"] == 7
    assert told["wait_until"].startswith(until.strftime("%Y-%m-%dT%H:%M"))
    Job.objects.update(state=Job.State.FAILED, error="Gone", sentence="This post does not exist.", not_before=None)
    told = json_of(program.get(path))
    assert (told["state"], told["error"], told["detail"]) == ("failed", "Gone", "This post does not exist.")
    Job.objects.update(state=Job.State.DONE, error="", sentence="", thread=a_thread())
    assert json_of(program.get(path))["thread"]["id"] == "x/1"


def test_nobody_knows_an_unroll_by_chance(program: Program) -> None:
    assert program.get(f"/unrolls/{uuid4()}").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("link", ["hello", "https://example.com/", "http://169.254.169.254/", "x" * 3_000, "\x00", ""])
def test_a_link_that_leads_nowhere_is_pointed_at(program: Program, link: str) -> None:
    answer = program.post("/unrolls", {"url": link})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert problem(answer, "invalid")["errors"][0]["pointer"] == "#/url"
    assert not Job.objects.exists()


def test_new_unrolls_count_with_those_of_the_page_and_others_do_not(program: Program, alice: User) -> None:
    most = PREMIUM.limit(Limit.UNROLLS)
    assert limits.spend(limits.unrolls(most), f"member {alice.pk}", cost=most - 1)
    answer = program.post("/unrolls", {"url": LINK})
    assert '"unrolls";r=0;' in answer["RateLimit"]
    assert program.post("/unrolls", {"url": LINK}).status_code == HTTPStatus.ACCEPTED  # is being fetched
    answer = program.post("/unrolls", {"url": LINK.replace("1700", "1800")})
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert 3500 < int(answer["Retry-After"]) <= 3600
    assert "200 new unrolls" in problem(answer, "too-many")["detail"]
    assert json_of(program.get("/me"))["limits"]["unrolls"] == {"an_hour": 200, "left": 0}


# Threads


def test_of_a_thread_of_x_ids_and_facts_are_told(program: Program) -> None:
    a_thread(3)
    told = json_of(program.get("/threads/x/1"))
    assert (told["id"], told["post_count"], told["title"], told["excerpt"]) == ("x/1", 3, None, None)
    assert [post["id"] for post in told["posts"]] == ["1", "2", "3"]
    assert all(post["url"] and post["created_at"] for post in told["posts"])
    words = ("text", "html", "media", "quote")
    assert {post[name] for post in told["posts"] for name in words} == {None}


def test_of_other_networks_and_one_s_own_threads_the_words_are_told(program: Program, alice: User) -> None:
    a_thread(3, source="bluesky")
    assert json_of(program.get("/threads/bluesky/1"))["posts"][1]["text"] == "This is post 2."
    a_thread(3)
    signs_in_with_x(alice, "1")
    told = json_of(program.get("/threads/x/1"))
    assert told["title"] == "This is post 1"
    assert [post["text"] for post in told["posts"]][2] == "This is post 3."


def test_any_post_of_a_thread_leads_to_it(program: Program) -> None:
    a_thread(3)
    assert json_of(program.get("/threads/x/3"))["id"] == "x/1"


@pytest.mark.parametrize("path", ["x/99", "x/", "mastodon/a/b/c", "nowhere/1", "x/%00"])
def test_what_is_not_here(program: Program, path: str) -> None:
    assert program.get(f"/threads/{path}").status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}


def test_a_removed_thread_is_gone_and_a_private_one_is_not_here(program: Program) -> None:
    a_thread(3)
    Thread.objects.update(private=True)
    assert program.get("/threads/x/1").status_code == HTTPStatus.NOT_FOUND
    Thread.objects.update(private=False, removed="Gone", document=None)
    problem(program.get("/threads/x/1"), "gone")
    problem(program.post("/unrolls", {"url": "https://x.com/maralind/status/1"}), "gone")


def test_a_hidden_thread_is_not_here_as_its_page_says_and_by_whom(program: Program) -> None:
    thread = a_thread(3)
    moderating.hide(thread.pk, "threats")
    for answer in (program.get("/threads/x/1"), program.post("/unrolls", {"url": "https://x.com/maralind/status/1"})):
        assert "The people who run this site do not show this thread" in problem(answer, "not-found")["detail"]
    assert json_of(program.get("/threads", {"source": "x", "handle": "maralind"}))["items"] == []


def test_an_author_s_threads_come_newest_first_in_pages(program: Program) -> None:
    mara = an_author("maralind")
    for number in range(5):
        wrote(mara, 100 + 10 * number)
    Thread.objects.filter(path__in=["110", "120"]).update(posted_at=Thread.objects.get(path="110").posted_at)
    asked = {"source": "x", "handle": "MaraLind", "limit": 2}
    found = [thread["id"] for thread in walked(program, "/threads", **asked)]
    assert found == ["x/140", "x/130", "x/120", "x/110", "x/100"]
    Thread.objects.filter(path="130").update(unlisted=True)
    assert len(list(walked(program, "/threads", **asked))) == 4
    assert program.get("/threads", {"source": "x", "handle": "nobody"}).status_code == HTTPStatus.NOT_FOUND
    assert program.get("/threads", {"source": "x"}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_list_costs_as_many_queries_at_twice_the_length(program: Program) -> None:
    mara = an_author("maralind")
    program.get("/me")
    costs = []
    for first in (100, 200):
        for number in range(4):
            wrote(mara, first + 10 * number)
        with CaptureQueriesContext(connection) as queries:
            assert json_of(program.get("/threads", {"source": "x", "handle": "maralind"}))["items"]
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 5


def test_what_is_fetched_for_a_private_link_is_nobody_s_to_look_at(program: Program) -> None:
    program.post("/unrolls", {"url": LINK})
    job = Job.objects.get()
    Job.objects.update(why=Job.Why.PRIVATE)
    assert program.get(f"/unrolls/{job.id}").status_code == HTTPStatus.NOT_FOUND
    thread = a_thread()
    Thread.objects.update(private=True)
    Job.objects.update(why=Job.Why.ASKED, thread=thread)
    assert program.get(f"/unrolls/{job.id}").status_code == HTTPStatus.NOT_FOUND
