"""A token's button that is pressed twice: one token, which both answers show."""

from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts import tokens
from accounts.models import Letter, Token, User
from tests.accounts.signing import sign_in
from tests.follows import a_reader
from tests.meeting import at_once
from tests.views.test_pressed_twice import key
from tests.views.test_tokens import PAGE, WANTED, secret_in
from unroller.models import Replay

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("billing")]


@pytest.fixture
def form(client: Client) -> dict[str, str]:
    """What alice sends, who signed in just now."""
    alice = a_reader("alice", premium=True)
    sign_in(client, alice.email)
    return WANTED | {"once": key(client, PAGE)}


def test_one_token_is_made_at_the_same_moment_and_every_answer_shows_it(client: Client, form: dict[str, str]) -> None:
    answers = at_once(*[lambda: client.post(PAGE, form)] * 4)
    assert {answer.status_code for answer in answers} == {HTTPStatus.CREATED}
    (secret,) = {secret_in(answer) for answer in answers}
    assert tokens.is_one(secret)
    assert Token.objects.get().digest == tokens.digest(secret)
    assert Letter.objects.filter(name="token_made").count() == 1


def test_nobody_makes_it_of_what_is_in_the_database(client: Client, form: dict[str, str]) -> None:
    secret = secret_in(client.post(PAGE, form))
    kept = repr(Replay.objects.values())
    assert secret not in kept
    assert form["once"] not in kept
    other = secret_in(client.post(PAGE, WANTED | {"once": key(client, PAGE)}))
    assert other != secret


@pytest.mark.parametrize("what", ["revoked", "a minute"])
def test_later_the_form_shows_nothing_and_makes_nothing(client: Client, form: dict[str, str], what: str) -> None:
    secret = secret_in(client.post(PAGE, form))
    if what == "revoked":
        Token.objects.all().delete()
    with time_machine.travel(timezone.now() + timedelta(minutes=0 if what == "revoked" else 2)):
        answer = client.post(PAGE, form, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain == [(PAGE, HTTPStatus.SEE_OTHER)]
    assert "made its token already" in page
    assert secret not in page
    assert Token.objects.count() == (0 if what == "revoked" else 1)


def test_a_key_of_somebody_else_shows_nothing_of_theirs(client: Client, form: dict[str, str]) -> None:
    secret = secret_in(client.post(PAGE, form))
    charlie = Client()
    sign_in(charlie, a_reader("charlie", premium=True).email)
    assert secret_in(charlie.post(PAGE, form)) != secret
    assert User.objects.filter(tokens__isnull=False).distinct().count() == 2
