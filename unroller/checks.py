"""Misconfiguration, said at start-up by id, with a hint."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from unroller.bot_standing import KEPT_HERE, NEEDED

SHORTEST_TOKEN = 16


@register(deploy=True)
def networks_are_real(**_: Any) -> list[CheckMessage]:
    """Plain http to a network is only for the sandbox."""
    return [
        Error(f"{name} is not https.", hint="Use the network's https address.", id="unroller.E001")
        for name in (
            *("X_API_URL", "X_AUTHORIZE_URL", "BLUESKY_APPVIEW_URL", "BLUESKY_PLC_URL"),
            *("BLUESKY_BOT_PDS_URL", "MASTODON_BOT_URL"),
        )
        if not (getattr(settings, name) or "https://").startswith("https://")
    ]


@register(deploy=True)
def site_is_named(**_: Any) -> list[CheckMessage]:
    """Feeds, canonical links and the User-Agent carry the site's address and a contact."""
    found: list[CheckMessage] = []
    if "localhost" in settings.SITE_URL:
        found.append(
            checks.Warning("SITE_URL is still localhost.", hint="Set it to the public address.", id="unroller.W001")
        )
    if not settings.CONTACT_EMAIL:
        found.append(
            checks.Warning(
                "CONTACT_EMAIL is empty.",
                hint="Networks want a contact in the User-Agent.",
                id="unroller.W002",
            )
        )
    if settings.EMAIL_BACKEND == "accounts.backends.Files":
        found.append(
            checks.Warning(
                "EMAIL_URL is empty: mail is written to files, and nobody can sign in by a code.",
                hint="Name a mail server or a provider (docs/mail.md).",
                id="unroller.W005",
            )
        )
    return found


@register
def keys_of_x_go_together(**_: Any) -> list[CheckMessage]:
    """One half of the keys alone is a slip, but for a public client, which has no secret."""
    if settings.X_CLIENT_SECRET and not settings.X_CLIENT_ID:
        return [
            checks.Warning(
                "X_CLIENT_SECRET is set, X_CLIENT_ID is not: nobody can sign in with X.",
                hint="Set both, or neither.",
                id="unroller.W003",
            )
        ]
    if settings.X_CLIENT_ID and not settings.X_CLIENT_SECRET:
        return [
            checks.Warning(
                "X_CLIENT_ID is set, X_CLIENT_SECRET is not: X takes this site for a public client.",
                hint="Set the secret, or silence this when the app is registered at X as a public client.",
                id="unroller.W004",
            )
        ]
    return []


@register
def settings_of_the_bot_go_together(**_: Any) -> list[CheckMessage]:
    """Half of a network's settings is a slip: the bot is off there, and nobody says so."""
    found: list[CheckMessage] = []
    for source, names in NEEDED.items():
        missing = [name for name in names if name != KEPT_HERE and not getattr(settings, name)]
        if missing and any(getattr(settings, name) for name in names if "_BOT_" in name):
            words = f"The bot is off on {source.label}: {' and '.join(missing)} is missing."
            found.append(checks.Warning(words, hint="docs/bot.md says what it needs.", id="unroller.W006"))
    return found


@register(deploy=True)
def x_comes_back_by_https(**_: Any) -> list[CheckMessage]:
    """X sends readers back to an https address only; the code they bring is worth a sign-in."""
    if not settings.X_CLIENT_ID or settings.SITE_URL.startswith("https://"):
        return []
    return [
        Error(
            "Signing in with X is set up, but SITE_URL is not https.",
            hint="X sends readers back to SITE_URL + /accounts/x/login/callback/.",
            id="unroller.E002",
        )
    ]


@register
def numbers_are_not_for_everybody(**_: Any) -> list[CheckMessage]:
    """A token that somebody guesses is none."""
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < SHORTEST_TOKEN:
        words = f"METRICS_TOKEN has fewer than {SHORTEST_TOKEN} characters."
        return [checks.Warning(words, hint="Take 32 characters by chance.", id="unroller.W007")]
    return []
