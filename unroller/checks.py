"""Misconfiguration, said at start-up by id, with a hint."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register


@register(deploy=True)
def networks_are_real(**_: Any) -> list[CheckMessage]:
    """Plain http to a network is only for the sandbox."""
    return [
        Error(f"{name} is not https.", hint="Use the network's https address.", id="unroller.E001")
        for name in ("X_API_URL", "BLUESKY_APPVIEW_URL", "BLUESKY_PLC_URL")
        if not getattr(settings, name).startswith("https://")
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
    return found
