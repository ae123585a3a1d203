"""What every page may say of the site itself."""

from django.conf import settings
from django.http import HttpRequest

from unroller import bot_names


def site(request: HttpRequest | None = None) -> dict[str, object]:
    """The site's name and addresses, from the settings; also for pages that are rendered without a request."""
    return {
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "FOLLOW_US_URL": settings.FOLLOW_US_URL,
        "CONTACT_EMAIL": settings.CONTACT_EMAIL,
        "SELLS": settings.BILLING_ENABLED,
        "BOTS": bot_names.names,  # asked for by the pages that say it
    }
