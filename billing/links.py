"""Links to PayPal and Patreon out of the settings: only to their own pages, and hidden when they are not that."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings

from billing import keys
from billing.plans import CURRENCY

PAYPAL_ME = frozenset({"paypal.me", "www.paypal.me"})
PAYPAL = frozenset({"www.paypal.com"}) | PAYPAL_ME
PATREON = frozenset({"www.patreon.com", "patreon.com"})
DONATE = "/donate"
KEYS = (
    "PATREON_CLIENT_ID",
    "PATREON_CLIENT_SECRET",
    "PATREON_CREATOR_TOKEN",
    "PATREON_CAMPAIGN_ID",
    "PATREON_WEBHOOK_SECRET",
)
"""All or none: patrons are not recognized with some of them, or are told of late."""


def paypal(cents: int = 0) -> str:
    """Where somebody gives through PayPal, with the amount filled in where PayPal lets a link do that; or empty.

    A hosted button (`hosted_button_id`) has its own amounts, and takes none from a link.
    """
    link: str = settings.PAYPAL_DONATE_URL
    if not link or _fault(link, PAYPAL):
        return ""
    parts = urlsplit(link)
    amount = f"{cents // 100}.{cents % 100:02d}"
    if cents and parts.hostname in PAYPAL_ME and parts.path.strip("/").count("/") == 0:
        return parts._replace(path=f"{parts.path.rstrip('/')}/{amount}{CURRENCY.upper()}").geturl()
    query = dict(parse_qsl(parts.query))
    if cents and parts.path.rstrip("/") == DONATE and "business" in query:
        return parts._replace(query=urlencode({**query, "amount": amount, "currency_code": CURRENCY.upper()})).geturl()
    return link


def patreon() -> str:
    """Our page at Patreon, or empty."""
    link: str = settings.PATREON_URL
    return "" if _fault(link, PATREON) else link


def refusals() -> list[str]:
    """What is wrong with the settings of PayPal and Patreon, one sentence each."""
    found = [
        f"{name} {fault}"
        for name, hosts in (("PAYPAL_DONATE_URL", PAYPAL), ("PATREON_URL", PATREON))
        if getattr(settings, name) and (fault := _fault(getattr(settings, name), hosts))
    ]
    found += [
        f"{name} is plain http, which is for this machine alone"
        for name in ("PATREON_API_URL", "PATREON_AUTHORIZE_URL")
        if not getattr(settings, name).startswith("https://") and not keys.is_loopback(getattr(settings, name))
    ]
    missing = [name for name in KEYS if not getattr(settings, name)]
    if 0 < len(missing) < len(KEYS):
        found.append(f"Patrons are recognized only with all of Patreon's keys: {', '.join(missing)} is not set")
    return found


def _fault(link: str, hosts: frozenset[str]) -> str:
    """Why this is no link to one of these hosts; empty when it is one."""
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError:
        return "is no address"
    if not link.isprintable() or set(link) & set(" \\\"'<>"):
        return "holds characters that no address holds"
    if parts.scheme != "https" or port is not None or "@" in parts.netloc or parts.hostname not in hosts:
        return f"must be an https address at {', '.join(sorted(hosts))}"
    return "" if parts.path.strip("/") else "names nobody: its path is empty"
