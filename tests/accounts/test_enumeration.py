"""Nobody learns from us who has an account: not by the page, the answer, the mail, nor the work that is done."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Letter, User
from tests.accounts.signing import CODE, LOGIN, a_person, ask_for_code, newest_letter

pytestmark = pytest.mark.django_db

KNOWN, UNKNOWN, CLOSED = "known@example.com", "new@example.com", "gone@example.com"
SECRETS = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')


@pytest.fixture(autouse=True)
def people() -> None:
    a_person(KNOWN, "a long password")
    closed = a_person(CLOSED, "a long password")
    User.objects.filter(pk=closed.pk).update(is_active=False)


def seen(answer: HttpResponseBase, email: str) -> tuple[int, str, bytes]:
    """What a stranger sees of an answer, without what differs every time and the address they typed themselves."""
    assert isinstance(answer, HttpResponse)
    body = SECRETS.sub(b"", answer.content).replace(email.encode(), b"ADDRESS")
    return answer.status_code, answer.headers.get("Location", ""), body


def first_steps(email: str) -> list[tuple[int, str, bytes]]:
    """Asking for a code, the page where it is typed, three wrong ones, another code, and where that leads."""
    stranger = Client()
    steps = [
        ask_for_code(stranger, email, next_page="/thread/x/1"),
        stranger.get(CODE),
        stranger.post(CODE, {"action": "resend"}),
        stranger.get(CODE),
        *(stranger.post(CODE, {"code": "wrong"}) for _ in range(3)),
        stranger.get(LOGIN),
        ask_for_code(stranger, email),
        ask_for_code(Client(), email),
        ask_for_code(Client(), email),
    ]
    return [seen(step, email) for step in steps]


def test_every_step_looks_the_same_for_all() -> None:
    known, unknown, closed = (first_steps(email) for email in (KNOWN, UNKNOWN, CLOSED))
    assert known == unknown == closed


def test_everybody_gets_one_mail() -> None:
    for email in (KNOWN, UNKNOWN, CLOSED):
        ask_for_code(Client(), email)
        assert Letter.objects.filter(to=email).count() == 1
    assert newest_letter(KNOWN).name == newest_letter(UNKNOWN).name == "login_code"
    assert "is closed or being deleted" in newest_letter(CLOSED).text


def test_the_same_work_is_done_for_all() -> None:
    done = []
    for email in (KNOWN, UNKNOWN, CLOSED):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            ask_for_code(Client(), email)
        done.append([re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries])
    assert done[0] == done[1] == done[2]


def test_its_sessions_end_with_the_account(client: Client) -> None:
    bob = User.objects.get(email=KNOWN)
    client.force_login(bob)
    assert client.get("/accounts/sessions/").status_code == 200
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert client.get("/accounts/sessions/").status_code == 302


def test_a_wrong_password_and_a_wrong_address_look_the_same() -> None:
    page = "/accounts/login/password/"
    answers = [
        seen(Client().post(page, {"login": email, "password": "wrong password"}), email)
        for email in (KNOWN, UNKNOWN, CLOSED)
    ]
    assert answers[0] == answers[1] == answers[2]
    assert not Letter.objects.exists()


def test_somebody_elses_address_is_not_told_from_a_free_one(client: Client) -> None:
    client.post(LOGIN, {"email": "bob@example.com"})
    answers = []
    for taken in (KNOWN, UNKNOWN):
        bob = Client()
        ask_for_code(bob, "bob@example.com")
        bob.post(CODE, {"code": re.findall(r"\d{6}", newest_letter("bob@example.com").subject)[0]})
        change = bob.post("/accounts/email/", {"action_add": "", "email": taken})
        answers.append([seen(change, taken), seen(bob.get("/accounts/email/code/"), taken)])
        assert Letter.objects.filter(to=taken).count() == 1
    assert answers[0] == answers[1]
    assert EmailAddress.objects.filter(email=KNOWN).count() == 1
