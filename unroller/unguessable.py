"""Secrets in addresses of private links and gifts, made of a row's id and the site's own key.

The row holds a digest alone: whoever reads the database, or a backup of it, opens no link. Yet its owner can copy the
address again whenever they like, which a secret that is shown once would not allow.
"""

import base64
import hashlib
import hmac
from uuid import UUID

from django.conf import settings


def secret(kind: str, row_id: UUID) -> str:
    """256 bits in 43 characters of base64url; `kind` tells apart what secrets open."""
    return _made(settings.SECRET_KEY, kind, row_id)


def digest(found: str) -> str:
    """What a row holds of its secret, and is found by."""
    return _text(hashlib.sha256(found.encode()).digest())


def known(kind: str, row_id: UUID, held: str) -> str:
    """The secret that a row's digest is of; nothing once the key it was made with is no longer in the settings."""
    made = (_made(str(key), kind, row_id) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
    return next((each for each in made if hmac.compare_digest(digest(each), held)), "")


def _made(key: str, kind: str, row_id: UUID) -> str:
    """HMAC-SHA256: unguessable without the key, however many others are known."""
    purpose = hashlib.sha256(f"unguessable {kind} {key}".encode()).digest()
    return _text(hmac.digest(purpose, row_id.bytes, "sha256"))


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
