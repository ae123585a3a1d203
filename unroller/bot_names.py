"""By which names the bot is mentioned, on each network where it is set up."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache

from unroller.models import BotAccount
from unroller.models.threads import SourceKey

REMEMBERED = 600
"""Seconds: a name changes rarely, and pages of threads ask for it."""
NOT_YET = 10
"""Seconds until it is asked again whether the bot has signed in to Mastodon by now."""


def names() -> list[tuple[str, str]]:
    """Networks and handles without their first @. On X and Bluesky the handle is a setting; on Mastodon it is its
    token's, known once the bot has signed in."""
    by_source = {
        SourceKey.X: settings.X_BOT_HANDLE,
        SourceKey.BLUESKY: settings.BLUESKY_BOT_HANDLE,
        SourceKey.MASTODON: _on_mastodon() if settings.MASTODON_BOT_URL and settings.MASTODON_BOT_TOKEN else "",
    }
    return [(str(source.label), handle) for source, handle in by_source.items() if handle]


def _on_mastodon() -> str:
    handle: str | None = cache.get("mastodon-bot")
    if handle is None:
        host = urlsplit(settings.MASTODON_BOT_URL).netloc  # a name on a server of before is none any more
        rows = BotAccount.objects.filter(source=SourceKey.MASTODON, handle__endswith=f"@{host}")
        handle = rows.values_list("handle", flat=True).first() or ""
        cache.set("mastodon-bot", handle, REMEMBERED if handle else NOT_YET)
    return handle
