"""Secrets that we have to use, and so cannot merely hash: they lie encrypted, with keys made of the site's own."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """A secret was sealed with a SECRET_KEY that this site no longer has."""


def seal(secret: str, purpose: bytes) -> str:
    """A secret as it may lie in the database; what was sealed for one purpose opens for no other."""
    return _box(purpose).encrypt(secret.encode()).decode()


def unseal(sealed: str, purpose: bytes) -> str:
    """The secret again. Raises Unreadable."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except (InvalidToken, UnicodeError) as error:
        raise Unreadable("sealed with another SECRET_KEY") from error


def _box(purpose: bytes) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=purpose).derive(settings.SECRET_KEY.encode())
    return Fernet(urlsafe_b64encode(derived))
