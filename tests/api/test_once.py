"""`Idempotency-Key`: the same request twice is done once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus
from threading import Event
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.models import User
from tests.api.calling import Program, json_of, problem
from tests.follows import a_reader
from tests.threads import a_thread
from unroller.actions import library, replays, threads
from unroller.core.errors import Gone
from unroller.models import Job, Replay, Saved, Thread

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


def a_body(first: int = 1) -> dict[str, object]:
    return {"thread": f"x/{a_thread(first=first).path}", "tags": ["history"]}


@pytest.mark.django_db
def test_the_second_time_nothing_is_done_and_the_answer_is_the_same(program: Program) -> None:
    body = a_body()
    first = program.post("/library", body, **KEY)
    again = program.post("/library", body, **KEY)
    assert (first.status_code, again.status_code) == (HTTPStatus.CREATED, HTTPStatus.CREATED)
    assert json_of(first) == json_of(again)
    assert first["Location"] == again["Location"]
    assert first["Content-Type"] == again["Content-Type"]
    assert again["Idempotency-Replayed"] == "true"
    assert not first.has_header("Idempotency-Replayed")
    Saved.objects.all().delete()
    gone = program.post("/library", body, **KEY)
    assert (gone.status_code, gone["Idempotency-Replayed"]) == (HTTPStatus.NOT_FOUND, "true")
    assert not Saved.objects.exists()


@pytest.mark.django_db
def test_words_that_were_removed_do_not_come_again(program: Program) -> None:
    thread = a_thread(source="bluesky")
    body = {"thread": "bluesky/1", "post_id": "2", "quote": "post 2"}
    assert json_of(program.post("/highlights", body, **KEY))["quote"] == "post 2"
    threads.remove(thread, Gone())
    again = program.post("/highlights", body, **KEY)
    assert (again.status_code, json_of(again)["quote"]) == (HTTPStatus.CREATED, "")


@pytest.mark.django_db
def test_an_answer_that_did_nothing_keeps_no_key(program: Program) -> None:
    a_thread()
    assert program.post("/unrolls", {"url": "https://x.com/maralind/status/1"}, **KEY).status_code == HTTPStatus.OK
    assert not Replay.objects.exists()


@pytest.mark.django_db
def test_only_so_many_keys_are_remembered(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "MOST", 1)
    body = a_body()
    assert program.post("/library", body, **KEY).status_code == HTTPStatus.CREATED
    answer = program.post("/library", body, **{"Idempotency-Key": "another"})
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert 86_000 < int(answer["Retry-After"]) <= 86_400
    assert program.post("/library", body, **KEY).status_code == HTTPStatus.CREATED


@pytest.mark.django_db
def test_whoever_was_taken_for_dead_does_not_free_the_key_of_the_one_who_took_over(alice: User) -> None:
    first = replays.begin(alice, "a key", "a request")
    with time_machine.travel(timezone.now() + replays.LONGEST):
        second = replays.begin(alice, "a key", "a request")
        replays.forget(first)
        with pytest.raises(replays.StillRunning):
            replays.begin(alice, "a key", "a request")
        replays.finish(second, status=HTTPStatus.CREATED, location="/there")
        assert replays.begin(alice, "a key", "a request").location == "/there"


@pytest.mark.django_db
def test_an_unroll_is_asked_for_once(program: Program) -> None:
    link = {"url": "https://x.com/maralind/status/777"}
    answers = [program.post("/unrolls", link, **KEY) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [HTTPStatus.ACCEPTED] * 2
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Job.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["body", "path", "query"])
def test_a_key_belongs_to_one_request(program: Program, change: str) -> None:
    body = a_body()
    program.post("/library", body, **KEY)
    path = {"body": "/library", "path": "/unrolls", "query": "/library?x=1"}[change]
    answer = program.post(path, body | {"note": "other"} if change == "body" else body, **KEY)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    problem(answer, "key-reused")


@pytest.mark.django_db
def test_a_key_is_its_owner_s_own(program: Program, stranger: Program) -> None:
    body = a_body()
    program.post("/library", body, **KEY)
    answer = stranger.post("/library", body, **KEY)
    assert answer.status_code == HTTPStatus.CREATED
    assert Saved.objects.filter(user=stranger.user).count() == 1


@pytest.mark.django_db
def test_after_a_day_a_key_is_new(program: Program) -> None:
    program.post("/library", a_body(), **KEY)
    with time_machine.travel(timezone.now() + replays.KEPT + timedelta(seconds=1)):
        answer = program.post("/library", a_body(21), **KEY)
        assert answer.status_code == HTTPStatus.CREATED
        assert not answer.has_header("Idempotency-Replayed")
        assert replays.tidy() == 0
    with time_machine.travel(timezone.now() + 2 * replays.KEPT + timedelta(minutes=1)):
        assert replays.tidy() == 1


@pytest.mark.django_db
def test_what_was_refused_leaves_its_key_free(program: Program) -> None:
    refused = {"thread": "x/1"}
    assert program.post("/library", refused, **KEY).status_code == HTTPStatus.NOT_FOUND
    assert not Replay.objects.exists()
    a_thread()
    assert program.post("/library", refused, **KEY).status_code == HTTPStatus.CREATED


@pytest.mark.django_db
def test_what_broke_leaves_its_key_free(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    body = a_body()
    with monkeypatch.context() as broken:
        broken.delattr(library, "save")  # a fault of ours, wherever
        assert program.post("/library", body, **KEY).status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert program.post("/library", body, **KEY).status_code == HTTPStatus.CREATED


@pytest.mark.django_db
def test_while_the_first_is_being_answered_the_second_waits_and_a_dead_one_holds_up_nobody(program: Program) -> None:
    now = timezone.now()
    body = a_body()
    with time_machine.travel(now, tick=False):
        program.post("/library", body, **KEY)
        Replay.objects.update(status=None)
        answer = program.post("/library", body, **KEY)
        assert (answer.status_code, answer["Retry-After"]) == (HTTPStatus.CONFLICT, "1")
        problem(answer, "running")
    with time_machine.travel(now + replays.LONGEST, tick=False):
        assert program.post("/library", body, **KEY).status_code == HTTPStatus.OK


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "é", "a" * 256, "a\tb", "a b"])
def test_a_key_is_short_and_plain(program: Program, key: str) -> None:
    answer = program.post("/library", a_body(), **{"Idempotency-Key": key})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert problem(answer, "invalid")["errors"][0]["header"] == "Idempotency-Key"
    assert not Saved.objects.exists()


@pytest.mark.django_db
def test_other_methods_know_no_key(program: Program) -> None:
    assert program.get("/tags", {}, **KEY).status_code == HTTPStatus.OK
    assert not Replay.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_moment_one_does_it(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that is first is held until the others were answered."""
    body, program = a_body(), Program(alice)
    others_are_answered = Event()
    real: Callable[..., Saved] = library.save
    done: list[Thread] = []

    def held_up(user: User, thread: Thread, **given: Any) -> Saved:
        assert others_are_answered.wait(20)
        done.append(thread)
        return real(user, thread, **given)

    monkeypatch.setattr(library, "save", held_up)
    statuses: list[int] = []

    def ask(_: int) -> int:
        try:
            status = Program(alice, token=program.token).post("/library", body, **KEY).status_code
            statuses.append(status)
            if statuses.count(HTTPStatus.CONFLICT) == 4:
                others_are_answered.set()
            return status
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        answers = sorted(pool.map(ask, range(5)))
    assert answers == [HTTPStatus.CREATED, *[HTTPStatus.CONFLICT] * 4]
    assert len(done) == Saved.objects.count() == 1


@pytest.mark.django_db
def test_a_closed_account_takes_its_keys_along() -> None:
    bob = a_reader("bob", premium=True)
    Program(bob).post("/library", a_body(), **KEY)
    bob.delete()
    assert not Replay.objects.exists()
