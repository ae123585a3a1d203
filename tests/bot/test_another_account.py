"""Another token in the settings may be another account: on Mastodon nothing else says who the bot is."""

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.sandbox.mastodon.model import Token
from tests.sandbox.mastodon.network import BOT_SCOPES
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller.actions.bot import reading
from unroller.models import BotAccount, Mention

pytestmark = pytest.mark.django_db


def look() -> BotAccount:
    """One look on Mastodon whose time has come."""
    BotAccount.objects.update(due_at=timezone.now())
    reading.claim_due()
    account = BotAccount.objects.get(source="mastodon")
    reading.look("mastodon", str(account.turn))
    account.refresh_from_db()
    assert account.error == ""
    return account


def test_another_account_of_mastodon_begins_anew(sandbox: Sandbox, world: World, settings: Settings) -> None:
    world.mastodon.mention("ben")
    before = look()
    assert before.cursor
    other = world.mastodon.two.person("reader")
    world.mastodon.two.tokens["another"] = Token(other, BOT_SCOPES)
    settings.MASTODON_BOT_URL, settings.MASTODON_BOT_TOKEN = world.mastodon.two.base, "another"
    world.mastodon.two.post("cara", "@reader unroll", at=world.clock.now())
    after = look()
    assert after.handle == f"reader@{world.mastodon.two.host}"
    assert after.network_id != before.network_id
    assert [row.asker_handle.partition("@")[0] for row in Mention.objects.order_by("created_at")] == ["ben", "cara"]


def test_another_token_of_the_same_account_goes_on(sandbox: Sandbox, world: World, settings: Settings) -> None:
    world.mastodon.mention("ben")
    cursor = look().cursor
    world.mastodon.one.tokens["newer"] = Token(world.mastodon.bot, BOT_SCOPES)
    settings.MASTODON_BOT_TOKEN = "newer"
    assert look().cursor == cursor
    calls = len(world.log.of("mastodon_one", "verify_credentials"))
    look()
    assert len(world.log.of("mastodon_one", "verify_credentials")) == calls == 2
