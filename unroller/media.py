"""Addresses of pictures on our own site: signed, so that the proxy fetches only what a page of ours shows."""

import base64
import hashlib
import hmac
from functools import cache

from django.conf import settings

SIGNATURE_BYTES = 12


def address(url: str) -> str:
    """`/media/<signature>/<encoded url>` for a picture's address at its network; empty for an empty one."""
    if not url:
        return ""
    encoded = base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
    return f"/media/{_signature(url)}/{encoded}"


def original(signature: str, encoded: str) -> str | None:
    """The network's address that was signed, or None for anything we did not sign."""
    try:
        url = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except ValueError:
        return None
    return url if hmac.compare_digest(signature, _signature(url)) else None


def _signature(url: str) -> str:
    digest = hmac.new(_key(), url.encode(), hashlib.sha256).digest()[:SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(digest).decode()


@cache
def _key() -> bytes:
    return hashlib.sha256(b"media address " + settings.SECRET_KEY.encode()).digest()
