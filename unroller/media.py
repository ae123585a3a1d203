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


def brought(url: str, thread_id: int) -> str:
    """A picture's address for what the author of a thread brought in its place: its fragment names the thread, and
    signs that, so that nobody else's words can name it."""
    return f"{url}#brought-{thread_id}-{_signature(f'{thread_id} {url}')}"


def brought_from(url: str) -> tuple[str, int | None]:
    """An address without such a fragment, and the thread that it names."""
    plain, mark, rest = url.rpartition("#brought-")
    thread_id, _, signature = rest.partition("-")
    if not mark or not (thread_id.isascii() and thread_id.isdecimal()):
        return url, None
    is_ours = _is_signed(f"{thread_id} {plain}", signature)
    return (plain, int(thread_id)) if is_ours else (url, None)


def original(signature: str, encoded: str) -> str | None:
    """The network's address that was signed, or None for anything we did not sign."""
    try:
        url = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except ValueError:
        return None
    return url if _is_signed(url, signature) else None


def _is_signed(url: str, signature: str) -> bool:
    """Compared as bytes: whatever letters a stranger writes, none of them breaks the comparison."""
    return hmac.compare_digest(signature.encode(errors="replace"), _signature(url).encode())


def _signature(url: str) -> str:
    digest = hmac.new(_key(), url.encode(), hashlib.sha256).digest()[:SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(digest).decode()


@cache
def _key() -> bytes:
    return hashlib.sha256(b"media address " + settings.SECRET_KEY.encode()).digest()
