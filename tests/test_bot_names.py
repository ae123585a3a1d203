"""By which names visitors are told to mention the bot."""

from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from unroller import bot_names
from unroller.models import BotAccount

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]


@pytest.fixture(autouse=True)
def bots(settings: Settings) -> None:
    settings.X_BOT_HANDLE, settings.BLUESKY_BOT_HANDLE = "reads", ""
    settings.MASTODON_BOT_URL, settings.MASTODON_BOT_TOKEN = "https://m.example", "t"


def test_on_mastodon_the_name_is_the_one_it_signed_in_with() -> None:
    BotAccount.objects.create(source="mastodon", handle="reads@m.example", due_at=datetime.now(UTC))
    assert bot_names.names() == [("X", "reads"), ("Mastodon", "reads@m.example")]


def test_before_it_signed_in_no_name_is_told() -> None:
    assert bot_names.names() == [("X", "reads")]


def test_where_no_bot_is_set_up_there_is_none(settings: Settings) -> None:
    BotAccount.objects.create(source="mastodon", handle="reads@m.example", due_at=datetime.now(UTC))
    settings.X_BOT_HANDLE, settings.MASTODON_BOT_TOKEN = "", ""
    assert bot_names.names() == []


def test_a_name_on_a_server_of_before_is_none(settings: Settings) -> None:
    settings.X_BOT_HANDLE, settings.BLUESKY_BOT_HANDLE = "", ""
    settings.MASTODON_BOT_URL, settings.MASTODON_BOT_TOKEN = "https://moved.example", "t"
    BotAccount.objects.create(source="mastodon", handle="reads@m.example", due_at=datetime.now(UTC))
    assert bot_names.names() == []
