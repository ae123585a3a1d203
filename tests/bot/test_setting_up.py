"""Half of the bot's settings is said at start-up."""

import pytest
from django.core.checks import run_checks
from pytest_django import Settings


@pytest.fixture(autouse=True)
def off(settings: Settings) -> None:
    for name in (
        "X_BOT_HANDLE",
        "BLUESKY_BOT_HANDLE",
        "BLUESKY_BOT_PASSWORD",
        "MASTODON_BOT_URL",
        "MASTODON_BOT_TOKEN",
    ):
        setattr(settings, name, "")


def said() -> list[str]:
    return [found.msg for found in run_checks() if found.id == "unroller.W006"]


def test_a_site_without_a_bot_is_fine() -> None:
    assert said() == []


def test_half_of_a_networks_settings_is_a_slip(settings: Settings) -> None:
    settings.X_BOT_HANDLE, settings.X_CLIENT_ID = "unroller", ""
    settings.BLUESKY_BOT_HANDLE = "unroller.example"
    settings.MASTODON_BOT_URL, settings.MASTODON_BOT_TOKEN = "https://social.example", "token"
    assert said() == [
        "The bot is off on X: X_CLIENT_ID is missing.",
        "The bot is off on Bluesky: BLUESKY_BOT_PASSWORD is missing.",
    ]


def test_addresses_of_the_bot_are_https(settings: Settings) -> None:
    settings.MASTODON_BOT_URL, settings.MASTODON_BOT_TOKEN = "http://127.0.0.1:1", "token"
    errors = [found.msg for found in run_checks(include_deployment_checks=True) if found.id == "unroller.E001"]
    assert "MASTODON_BOT_URL is not https." in errors
