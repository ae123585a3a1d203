"""Codes of the second factor while Redis is away, and after the site's SECRET_KEY was lost."""

from http import HTTPStatus

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.actions import locks
from accounts.cache import ForgivingCache
from tests.accounts.signing import sign_in
from tests.accounts.test_second_factor import BOSS, HERE, may_enter, set_up, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret(client: Client) -> str:
    """The key of an operator's app."""
    call_command("createsuperuser", email=BOSS, interactive=False, verbosity=0)
    sign_in(client, BOSS)
    return set_up(client)[0]


def test_guessing_ends_as_soon_while_redis_is_away(
    secret: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    thief = Client()
    sign_in(thief, BOSS)
    monkeypatch.setattr(ForgivingCache, "away_until", 0.0)
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    for number in range(locks.TRIES):
        thief.post(HERE, {"code": f"{number:06}"})
    answer = thief.post(HERE, {"code": shown(secret, steps=1)})
    assert b"Too many tries" in answer.content
    assert not may_enter(thief)
    with time_machine.travel(timezone.now() + locks.WITHIN):
        thief.post(HERE, {"code": shown(secret)})
        assert may_enter(thief)


def test_with_another_secret_key_no_code_is_right_and_the_page_says_so(secret: str, settings: Settings) -> None:
    settings.SECRET_KEY = "another one, since the old one was lost"
    operator = Client()
    sign_in(operator, BOSS)
    answer = operator.post(HERE, {"code": shown(secret, steps=1)})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert b"another SECRET_KEY" in answer.content
    assert b"reset_second_factor" in answer.content
    assert not may_enter(operator)
