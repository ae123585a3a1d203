"""What every request to the API meets: tokens, plans, scopes, limits, ETags, and problems for all that goes wrong."""

import json
import re
from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import limits, tokens
from accounts.actions import closing
from accounts.actions import tokens as actions
from accounts.models import Token, User
from tests.api.calling import V1, Program, problem
from tests.follows import a_reader
from tests.marking import no_longer_member
from tests.threads import a_thread
from unroller import access

pytestmark = pytest.mark.django_db


# Tokens


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer nonsense", "Bearer \xff", "Bearer NEW"]
)
def test_without_a_token_nothing_opens(client: Client, header: str) -> None:
    header = header.replace("NEW", tokens.fresh())
    headers = {"Authorization": header} if header else {}
    answer = client.get(f"{V1}/me", headers=headers)
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert answer["WWW-Authenticate"].startswith('Bearer realm="api"')
    problem(answer, "unauthorized")


def test_a_session_is_no_way_in(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get(f"{V1}/me").status_code == HTTPStatus.UNAUTHORIZED
    assert client.post(f"{V1}/unrolls").status_code == HTTPStatus.UNAUTHORIZED


def test_a_token_that_is_revoked_in_the_middle_opens_nothing_more(program: Program) -> None:
    assert program.get("/me").status_code == HTTPStatus.OK
    actions.revoke(program.user, Token.objects.get().id)
    assert program.get("/me").status_code == HTTPStatus.UNAUTHORIZED
    assert program.post("/unrolls", {"url": "x"}).status_code == HTTPStatus.UNAUTHORIZED


def test_a_closed_account_is_shut(program: Program) -> None:
    closing.ask(program.user)
    assert program.get("/me").status_code == HTTPStatus.UNAUTHORIZED


def test_when_it_was_used_is_written_once_a_minute(
    program: Program, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        program.get("/me")
        assert Token.objects.get().used_at == now
    with time_machine.travel(now + timedelta(seconds=59), tick=False):
        with django_assert_num_queries(4) as asked:
            program.get("/me")
        assert not [query for query in asked.captured_queries if query["sql"].startswith("UPDATE")]
        assert Token.objects.get().used_at == now
    with time_machine.travel(now + timedelta(seconds=61), tick=False):
        program.get("/me")
        assert Token.objects.get().used_at == timezone.now()


# Plans and scopes


def test_without_premium_the_answer_is_the_offer() -> None:
    bob = Program(a_reader("bob"))
    answer = bob.get("/me")
    assert answer.status_code == HTTPStatus.PAYMENT_REQUIRED
    assert problem(answer, "premium")["offer"] == "http://localhost:8000/premium"


def test_when_premium_ends_the_token_waits_for_it(program: Program) -> None:
    no_longer_member(program.user)
    assert program.get("/library").status_code == HTTPStatus.PAYMENT_REQUIRED


def test_where_nothing_is_sold_everybody_has_the_api(settings: Settings) -> None:
    settings.BILLING_ENABLED = False
    assert Program(a_reader("bob")).get("/me").status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/library"), ("PATCH", "/library/1"), ("DELETE", "/tags/history"), ("POST", "/unrolls"), ("PUT", "/me")],
)
def test_a_token_that_reads_changes_nothing(alice: User, method: str, path: str) -> None:
    answer = Program(alice, writes=False).send(method, path, {})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert problem(answer, "scope")["scope"] == "write"


# What goes wrong


@pytest.mark.parametrize(
    "path", ["/", "", "/nothing", "/library/", "/library/x", "/me/x", "/unrolls/1", "/%ff", "/tags/a%0Ab", "/me%0A"]
)
def test_other_addresses_are_problems_too(program: Program, path: str) -> None:
    assert problem(program.get(path), "not-found")


def test_a_method_that_is_not_there_says_which_are(program: Program) -> None:
    answer = program.send("PUT", "/library")
    assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert answer["Allow"] == "GET, HEAD, POST"
    problem(answer, "method")


@pytest.mark.parametrize("body", [b"{", b"\xff", b"nope", b"[" * 100_000, b'{"url": NaN'])
def test_a_body_that_is_no_json_is_said_to_be_none(program: Program, body: bytes) -> None:
    answer = program.client.post(f"{V1}/unrolls", body, "application/json", headers=program.with_token({}))
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    problem(answer, "bad-request")


def test_a_form_is_no_json(program: Program) -> None:
    answer = program.client.post(f"{V1}/unrolls", {"url": "https://x.com/a/status/1"}, headers=program.with_token({}))
    assert answer.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    problem(answer, "media-type")


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "once"}])
def test_a_body_that_is_too_large_is_refused(program: Program, headers: dict[str, str]) -> None:
    answer = program.post("/unrolls", {"url": "x" * 1_100_000}, **headers)
    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    problem(answer, "too-large")


def test_more_parameters_than_anybody_reads_are_refused(program: Program) -> None:
    answer = program.get("/library", {f"a{number}": "1" for number in range(1_001)})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    problem(answer, "bad-request")


def test_of_a_parameter_given_twice_the_last_is_what_counts_and_is_checked(program: Program) -> None:
    path = f"{V1}/library?limit="
    answer = program.client.get(f"{path}1&limit=101", headers=program.with_token({}))
    assert [error["parameter"] for error in problem(answer, "invalid")["errors"]] == ["limit"]
    assert program.client.get(f"{path}101&limit=1", headers=program.with_token({})).status_code == HTTPStatus.OK


def test_fields_are_pointed_at(program: Program) -> None:
    answer = program.post("/library", {"tags": ["fine", 7], "nte": "a slip", "favorite": "perhaps"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    found = problem(answer, "invalid")
    assert [error["pointer"] for error in found["errors"]] == ["#/tags/1", "#/favorite", "#/nte"]
    assert all(error["detail"].endswith(".") for error in found["errors"])
    answer = program.get("/library", {"limit": 101, "sort": "luck"})
    assert [error["parameter"] for error in problem(answer, "invalid")["errors"]] == ["limit", "sort"]
    assert problem(program.post("/unrolls", [1]), "invalid")["errors"][0]["pointer"] == "#"
    assert problem(program.post("/unrolls", {"url": "\ud800"}), "invalid")["errors"][0]["pointer"] == "#/url"


def test_what_breaks_is_written_down_and_is_a_problem(
    program: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delattr(access, "saved")  # a fault of ours, wherever
    answer = program.get("/library/1")
    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "saved" not in json.dumps(problem(answer, "server-error"))
    assert "GET /api/v1/library/1" in caplog.text


# Limits


def test_what_is_left_is_said_with_every_answer(program: Program) -> None:
    answer = program.get("/me")
    assert answer["RateLimit-Policy"] == '"requests";q=600;w=60, "unrolls";q=200;w=3600'
    assert re.fullmatch(r'"requests";r=599;t=\d+', answer["RateLimit"])
    assert program.get("/nothing")["RateLimit"].startswith('"requests";r=598;')


def test_all_tokens_of_a_person_have_one_limit_and_another_person_has_their_own(
    program: Program, stranger: Program, alice: User
) -> None:
    other = Program(alice)
    with time_machine.travel(timezone.now()):
        assert program.get("/me")["RateLimit"].startswith('"requests";r=599;')
        assert other.get("/me")["RateLimit"].startswith('"requests";r=598;')
        limit = limits.API_REQUESTS
        assert limits.spend(limit, f"person {alice.pk}", cost=limit.item.amount - 2)
        for each in (program, other, Program(alice)):
            answer = each.get("/me")
            assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
            assert 1 <= int(answer["Retry-After"]) <= 60
            assert answer["RateLimit"].startswith('"requests";r=0;')
            problem(answer, "too-many")
        assert stranger.get("/me").status_code == HTTPStatus.OK


# ETags, HEAD, and who may keep what


def test_what_has_not_changed_is_not_sent_again(program: Program) -> None:
    first = program.get("/tags")
    assert first["Cache-Control"] == "private, no-cache"
    assert first["Vary"] == "Authorization"
    for known in (first["ETag"], f'"other", W/{first["ETag"]}', "*"):
        again = program.get("/tags", If_None_Match=known)
        assert (again.status_code, again.content, again["ETag"]) == (HTTPStatus.NOT_MODIFIED, b"", first["ETag"])
    program.post("/library", {"thread": f"x/{a_thread().path}", "tags": ["history"]})
    assert program.get("/tags", If_None_Match=first["ETag"]).status_code == HTTPStatus.OK


def test_lists_have_the_same_etag_while_nothing_changes(program: Program) -> None:
    for first in (1, 11, 21):
        program.post("/library", {"thread": f"x/{a_thread(first=first).path}"})
    answers = [program.get("/library", {"limit": 1}) for _ in range(2)]
    assert answers[0]["ETag"] == answers[1]["ETag"]
    known = program.get("/library", {"limit": 1}, If_None_Match=answers[0]["ETag"])
    assert (known.status_code, known["Link"]) == (HTTPStatus.NOT_MODIFIED, answers[0]["Link"])


def test_head_is_get_without_a_body(program: Program) -> None:
    asked, told = program.send("HEAD", "/me"), program.get("/me")
    assert (asked.status_code, asked.content, asked["ETag"]) == (HTTPStatus.OK, b"", told["ETag"])
    assert asked["Content-Length"] == str(len(told.content))


def test_errors_are_kept_by_nobody_and_no_other_site_s_page_may_ask(program: Program) -> None:
    answer = program.get("/nothing", Origin="https://evil.example")
    assert answer["Cache-Control"] == "no-store"
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert program.send("OPTIONS", "/me").status_code == HTTPStatus.METHOD_NOT_ALLOWED
