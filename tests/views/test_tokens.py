"""`/account/tokens`: personal tokens made, listed, revoked."""

import html
import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import tokens
from accounts.actions import tokens as actions
from accounts.models import Letter, Token, User
from billing import plans
from billing.models import Grant
from tests.accounts.signing import LOGIN, newest_letter, sign_in
from tests.marking import no_longer_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("billing")]

PAGE = "/account/tokens"
WANTED = {"name": "My laptop", "scope": "read"}


@pytest.fixture
def alice(client: Client) -> User:
    """Pays, and signed in just now."""
    sign_in(client, "alice@example.com")
    person = User.objects.get(email="alice@example.com")
    Grant.objects.create(user=person, starts_at=timezone.now() - timedelta(days=1), reason="alice pays")
    return person


def secret_in(answer: Any) -> str:
    """The token that a page shows."""
    found = re.search(r"unr_\w{46}", answer.content.decode())
    assert found is not None
    return found[0]


# What a token looks like


def test_a_token_is_random_and_shows_every_slip() -> None:
    one, other = tokens.fresh(), tokens.fresh()
    assert one != other
    assert re.fullmatch(r"unr_[0-9A-Za-z]{46}", one)
    assert tokens.is_one(one)
    slips = [
        one[:-1],
        one[1:],
        one + "a",
        one.swapcase(),
        one[:20] + one[21] + one[20] + one[22:],
        "",
        "unr_",
        "é" * 50,
    ]
    assert not any(tokens.is_one(slip) for slip in slips if slip != one)


# The page


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/1/revoke"])
def test_charlie_is_asked_to_sign_in(client: Client, path: str) -> None:
    assert client.get(path)["Location"] == f"{LOGIN}?next={path}"
    assert client.post(path)["Location"].startswith(LOGIN)


def test_a_sign_in_of_yesterday_does_not_do(client: Client, alice: User) -> None:
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert client.get(PAGE)["Location"].startswith("/accounts/again/")
        assert client.post(PAGE, WANTED)["Location"].startswith("/accounts/again/")
    assert not Token.objects.exists()


def test_a_token_is_shown_once_and_only_its_digest_is_kept(client: Client, alice: User) -> None:
    answer = client.post(PAGE, WANTED)
    assert answer.status_code == HTTPStatus.CREATED
    assert "no-store" in answer["Cache-Control"]
    secret = secret_in(answer)
    token = Token.objects.get()
    assert (token.user, token.name, token.scope, token.used_at) == (alice, "My laptop", "read", None)
    assert (token.digest, token.hint) == (tokens.digest(secret), secret[:8])
    assert actions.use(secret) == token
    page = client.get(PAGE).content.decode()
    assert secret not in page
    for words in ("My laptop", f"{secret[:8]}…", "last used"):
        assert words in page


def test_a_letter_says_that_a_token_was_made(client: Client, alice: User) -> None:
    answer = client.post(PAGE, {"name": "<b>laptop</b>", "scope": "write"}, headers={"User-Agent": "Firefox/1 Linux"})
    letter = newest_letter(alice.email)
    assert (letter.name, letter.user) == ("token_made", alice)
    for words in (letter.text, letter.html):
        assert "change it" in words
        assert "Firefox on Linux" in words
        assert "/account/tokens" in words
        assert secret_in(answer) not in words
    assert "“<b>laptop</b>”" in letter.text
    assert "<b>laptop</b>" not in letter.html


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Give the token a name."),
        ({"name": "a" * 61}, "A name has at most 60 characters."),
        ({"name": "a\x00"}, "This name holds characters that cannot be kept."),
        ({"scope": "everything"}, "Choose what it may do."),
        ({"scope": ""}, "Choose what it may do."),
    ],
)
def test_what_is_wrong_is_said(client: Client, alice: User, change: dict[str, str], sentence: str) -> None:
    answer = client.post(PAGE, WANTED | change)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert sentence in answer.content.decode()
    assert not Token.objects.exists()


def test_an_account_holds_so_many(client: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST", 1)
    client.post(PAGE, WANTED)
    answer = client.post(PAGE, WANTED)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "as many as an account holds" in answer.content.decode()
    assert Token.objects.count() == 1
    assert Letter.objects.filter(name="token_made").count() == 1


def test_one_is_revoked_at_once(client: Client, alice: User) -> None:
    secret = secret_in(client.post(PAGE, WANTED))
    answer = client.post(f"{PAGE}/{Token.objects.get().id}/revoke")
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, PAGE)
    assert actions.use(secret) is None
    assert "“My laptop” is revoked" in client.get(PAGE).content.decode()


def test_charlie_sees_and_revokes_none_of_alice_s(client: Client, alice: User) -> None:
    client.post(PAGE, WANTED)
    charlie = Client()
    sign_in(charlie, "charlie@example.com")
    person = User.objects.get(email="charlie@example.com")
    Grant.objects.create(user=person, starts_at=timezone.now(), reason="charlie pays")
    assert "My laptop" not in charlie.get(PAGE).content.decode()
    for number in (Token.objects.get().id, 2**70):
        assert charlie.post(f"{PAGE}/{number}/revoke").status_code == HTTPStatus.NOT_FOUND
    assert Token.objects.exists()


def test_bob_sees_the_offer(client: Client) -> None:
    sign_in(client)
    promise = next(row.promise for row in plans.comparison() if row.about is plans.Feature.API)
    for answer in (client.get(PAGE), client.post(PAGE, WANTED)):
        assert answer.status_code == HTTPStatus.PAYMENT_REQUIRED
        assert promise in html.unescape(answer.content.decode())
    assert not Token.objects.exists()


def test_when_premium_ends_tokens_are_still_there_to_be_revoked(client: Client, alice: User) -> None:
    client.post(PAGE, WANTED)
    no_longer_member(alice)
    page = client.get(PAGE)
    assert page.status_code == HTTPStatus.OK
    assert "open nothing for now" in page.content.decode()
    assert "Make a token" not in page.content.decode()
    assert client.post(PAGE, WANTED).status_code == HTTPStatus.PAYMENT_REQUIRED
    assert client.post(f"{PAGE}/{Token.objects.get().id}/revoke").status_code == HTTPStatus.SEE_OTHER


def test_the_list_costs_as_many_queries_at_twice_the_length(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get(PAGE)
    for _ in range(2):
        actions.make(alice, name="one", scope=Token.Scope.READ, browser="a test")
    with django_assert_num_queries(5) as asked:
        client.get(PAGE)
    for _ in range(2):
        actions.make(alice, name="one", scope=Token.Scope.READ, browser="a test")
    with django_assert_num_queries(len(asked)):
        client.get(PAGE)
