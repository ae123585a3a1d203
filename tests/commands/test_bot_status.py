"""`manage.py bot_status`."""

import io

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from unroller.actions.bot import days
from unroller.models import BotAccount, Mention

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def set_up(settings: Settings) -> None:
    """On Bluesky only."""
    for name in ("X_BOT_HANDLE", "X_CLIENT_ID", "X_BOT_REFRESH_TOKEN", "MASTODON_BOT_URL", "MASTODON_BOT_TOKEN"):
        setattr(settings, name, "")
    settings.BLUESKY_BOT_HANDLE, settings.BLUESKY_BOT_PASSWORD = "unroller.example", "word"


def status() -> str:
    out = io.StringIO()
    call_command("bot_status", stdout=out)
    return out.getvalue()


def a_mention(key: str, **values: object) -> None:
    Mention.objects.create(
        source="bluesky", key=key, asker_id="1", asker_handle="ana", written_at=timezone.now(), **values
    )


def test_a_network_that_is_off_says_what_it_needs() -> None:
    said = status()
    assert "X: off. Missing: X_BOT_HANDLE, X_CLIENT_ID, X_BOT_REFRESH_TOKEN (docs/bot.md)" in said
    assert "Mastodon: off. Missing: MASTODON_BOT_URL, MASTODON_BOT_TOKEN" in said
    assert "Bluesky: on" in said
    assert "signed in as  not yet" in said


def test_a_token_that_was_used_is_not_needed_any_more(settings: Settings) -> None:
    settings.X_BOT_HANDLE, settings.X_CLIENT_ID = "unroller", "client"
    BotAccount.objects.create(source="x", sealed="something", due_at=timezone.now())
    assert "X: on" in status()


def test_it_sums_up_what_was_done_and_what_that_cost() -> None:
    now = timezone.now()
    BotAccount.objects.create(
        source="bluesky", handle="unroller.example", due_at=now, looked_at=now, error="RateLimited", sealed="a secret"
    )
    days.count("bluesky", looks=3, mentions=1_234, answers=2, micros=1_254_000)
    a_mention("1")
    a_mention("2", state="silent", reason="bot", finished_at=now)
    a_mention("3", state="silent", reason="bot", finished_at=now)
    a_mention("4", state="failed", reason="Gone", finished_at=now)
    said = status()
    assert "signed in as  @unroller.example" in said
    assert "waiting       1\n" in said
    assert "today         2 answered, 1,234 mentions read in 3 looks, $1.254" in said
    assert "30 days       2 answered" in said
    assert "kept silent   bot 2" in said
    assert "failed        Gone 1" in said
    assert "trouble       Bluesky asks us to wait before reading more. (RateLimited)" in said
    assert "a secret" not in said
