"""What every page may say of the site itself."""

from django.conf import settings
from django.http import HttpRequest

BOTS = (("X", "X_BOT_HANDLE"), ("Bluesky", "BLUESKY_BOT_HANDLE"))
"""Networks on which the bot's handle is a setting. On Mastodon it is its token's, which the network knows."""


def site(request: HttpRequest | None = None) -> dict[str, object]:
    """The site's name and addresses, from the settings; also for pages that are rendered without a request."""
    return {
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "FOLLOW_US_URL": settings.FOLLOW_US_URL,
        "CONTACT_EMAIL": settings.CONTACT_EMAIL,
        "SELLS": settings.BILLING_ENABLED,
        "BOTS": [(network, handle) for network, name in BOTS if (handle := getattr(settings, name))],
    }
