"""Signing in with X when something is wrong: with the way back, with X, or with what it answers."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django import Settings

from accounts.x import api
from accounts.x.identity import Identity
from tests.accounts.x.crossing import CALLBACK, agree, come_back, go, person_in
from tests.sandbox import World
from tests.sandbox.faults import Kind
from tests.sandbox.x.model import Person
from tests.sandbox.x.oauth import CODE_SECONDS, challenge_of
from tests.sources.loopback import Loopback, answer, in_turn

pytestmark = pytest.mark.django_db


def failed(client: Client, answer: Any, sentence: str) -> None:
    """Nobody is signed in, and the page says why in one sentence."""
    assert answer.status_code == 401
    assert sentence in answer.content.decode()
    assert person_in(client) is None
    assert not SocialAccount.objects.exists()


@contextmanager
def x_says(settings: Settings, body: bytes) -> Iterator[None]:
    """An X that answers everything with this."""
    with Loopback(in_turn(answer(body))) as x:
        settings.X_API_URL = x.url
        yield


def test_whoever_says_no_at_x_is_not_signed_in(client: Client, world: World, ada: Person) -> None:
    answer = client.get(agree(go(client), None), follow=True)
    assert answer.status_code == 200
    assert person_in(client) is None
    assert not world.log.of("x", "oauth2/token")


def test_a_code_that_is_too_old_is_said_to_be(client: Client, world: World, ada: Person) -> None:
    back = agree(go(client), ada)
    world.clock.advance(timedelta(seconds=CODE_SECONDS))
    failed(client, client.get(back), api.LATE)


def test_a_code_is_good_for_the_browser_it_was_made_for(client: Client, ada: Person) -> None:
    """Code and state of another browser: the state is not known here."""
    back = agree(go(Client()), ada)
    answer = client.get(back)
    assert answer.status_code == 401
    assert person_in(client) is None


def test_a_stolen_code_does_not_fit_another_sign_in(client: Client, ada: Person) -> None:
    """The state is ours, the code is not: PKCE is what stops it."""
    stolen = parse_qs(urlsplit(agree(go(Client()), ada)).query)["code"][0]
    mine = parse_qs(urlsplit(go(client)).query)["state"][0]
    failed(client, client.get(CALLBACK, {"state": mine, "code": stolen}), api.LATE)


def test_a_challenge_that_was_tampered_with_does_not_fit(client: Client, ada: Person) -> None:
    address = re.sub(r"code_challenge=[^&]+", f"code_challenge={challenge_of('another')}", go(client))
    failed(client, client.get(agree(address, ada)), api.LATE)


def test_coming_back_twice_does_nothing_more(client: Client, world: World, ada: Person) -> None:
    back = agree(go(client), ada)
    client.get(back)
    answer = client.get(back)
    assert answer.status_code == 401
    assert len(world.log.of("x", "oauth2/token")) == 1


@pytest.mark.parametrize("changed", [{"state": "another"}, {"state": ""}, {}])
def test_a_state_that_is_not_ours_asks_x_nothing(
    client: Client, world: World, ada: Person, changed: dict[str, str]
) -> None:
    code = parse_qs(urlsplit(agree(go(client), ada)).query)["code"][0]
    answer = client.get(CALLBACK, {"code": code, **changed})
    assert answer.status_code == 401
    assert person_in(client) is None
    assert not world.log.of("x", "oauth2/token")


@pytest.mark.parametrize("path", ["oauth2/token", "users/me"])
@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("error", api.AWAY),
        ("error-html", api.AWAY),
        ("error-empty", api.AWAY),
        ("redirect", api.AWAY),
        ("close", api.AWAY),
        ("cut-off", api.AWAY),
        ("hang", api.AWAY),
        ("huge", api.AWAY),
        ("rate-limited", api.BUSY),
        ("rate-limited-old-shape", api.BUSY),
        ("out-of-credits", api.OURS),
        ("spend-cap", api.OURS),
        ("not-enrolled", api.OURS),
    ],
)
def test_whatever_x_answers_is_one_sentence(
    client: Client, world: World, ada: Person, monkeypatch: pytest.MonkeyPatch, *, path: str, kind: Kind, sentence: str
) -> None:
    if kind == "hang":
        monkeypatch.setattr(api, "READ_SECONDS", 0.3)
    world.faults.add("x", kind, path=path, to="http://127.0.0.1:1/", megabytes=1)
    failed(client, come_back(client, ada), sentence)


def test_an_answer_that_drips_is_waited_for_only_so_long(
    client: Client, world: World, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "TOTAL_SECONDS", 0.3)
    world.faults.add("x", "drip", path="users/me", seconds=4)
    failed(client, come_back(client, ada), api.AWAY)


def test_keys_that_x_does_not_know_are_our_fault(client: Client, world: World, ada: Person) -> None:
    world.x.sign_in.app.secret = "changed"
    failed(client, come_back(client, ada), api.OURS)


def test_somebody_who_is_suspended_is_told_so(client: Client, world: World, ada: Person) -> None:
    back = agree(go(client), ada)
    world.x.suspend(ada)
    failed(client, client.get(back), api.UNKNOWN)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"id": "12"}, api.AWAY),
        ({"id": "me", "username": "ada"}, api.AWAY),
        ({"id": 12, "username": "ada"}, api.AWAY),
        ({"id": "12", "username": "a da"}, api.AWAY),
        ([], api.UNKNOWN),
        (None, api.UNKNOWN),
    ],
)
def test_a_person_without_number_or_handle_is_nobody(settings: Settings, fields: object, sentence: str) -> None:
    body = json.dumps({"data": fields}).encode()
    with x_says(settings, body), pytest.raises(api.NotSignedInError) as raised:
        api.whose("token")
    assert raised.value.sentence == sentence


def test_of_a_strange_person_only_what_can_be_kept_is_taken(settings: Settings) -> None:
    strange = {"id": "12", "username": "ada", "name": "A\x00\ud800" * 300, "profile_image_url": "javascript:1"}
    with x_says(settings, json.dumps({"data": strange}).encode()):
        assert api.whose("token") == Identity("12", "ada", "A" * 200, "")


@pytest.mark.parametrize("token", [None, 7, "", "two words", "line\nbreak", "ü", ["t"]])
def test_a_token_that_is_none_is_not_used(settings: Settings, token: object) -> None:
    body = json.dumps({"access_token": token}).encode()
    with x_says(settings, body), pytest.raises(api.NotSignedInError):
        api.exchange("code", verifier="v", callback="c", keys=api.Keys("id", "secret"))


@pytest.mark.parametrize("body", [b"", b"[]", b"nothing", b"[" * 5000, b"\xff\xfe"])
def test_a_body_that_is_no_object_is_no_answer(settings: Settings, body: bytes) -> None:
    with x_says(settings, body), pytest.raises(api.NotSignedInError):
        api.whose("token")
