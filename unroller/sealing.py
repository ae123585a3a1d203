"""Secrets of others that we have to use, and so cannot merely hash: they are kept encrypted with a key of the site."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"unroller: secrets at rest"


class Unreadable(Exception):
    """A secret was sealed with a SECRET_KEY that this site no longer has."""


def seal(secret: str) -> str:
    """A secret as it may lie in the database."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret again. Raises Unreadable."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except (InvalidToken, UnicodeError) as error:
        raise Unreadable("sealed with another SECRET_KEY") from error


def _box() -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=PURPOSE).derive(settings.SECRET_KEY.encode())
    return Fernet(urlsafe_b64encode(derived))
