"""What Patreon posts to us: is it Patreon's, and whom does it concern. What it says of them is not believed."""

import hashlib
import hmac
import json
from dataclasses import dataclass

from django.conf import settings

from billing.patreon.client import Json
from billing.patreon.errors import Forged
from billing.patreon.reading import identifier, part, related

ABOUT_MEMBERS = "members:"
"""How the names of the events begin that concern us; others are about posts."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Look at this member: ids of Patreon's, either may be empty."""

    user_id: str
    member_id: str


def hint(body: bytes, *, signature: str, event: str) -> Hint | None:
    """Whom an event concerns, None when nobody. Raises Forged.

    The signature is the HMAC-MD5 of the body as it came, in hex; nothing in it tells the time, so the same one may come
    again at any time.
    """
    expected = hmac.new(settings.PATREON_WEBHOOK_SECRET.encode(), body, hashlib.md5).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise Forged("the signature of the webhook does not fit")
    member = _member(body) if event.startswith(ABOUT_MEMBERS) else {}
    found = Hint(related(member, "user"), identifier(member))
    return found if found.user_id or found.member_id else None


def _member(body: bytes) -> Json:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return part(said, "data") if isinstance(said, dict) else {}
