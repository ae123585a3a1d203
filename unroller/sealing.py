"""Secrets of other services that we have to use, and so cannot merely hash: they are kept encrypted."""

from accounts import sealing
from accounts.sealing import Unreadable

__all__ = ["Unreadable", "seal", "unseal"]

PURPOSE = b"unroller: secrets at rest"


def seal(secret: str) -> str:
    """A secret as it may lie in the database."""
    return sealing.seal(secret, PURPOSE)


def unseal(sealed: str) -> str:
    """The secret again. Raises Unreadable."""
    return sealing.unseal(sealed, PURPOSE)
