"""Webhook secrets, and the `Stripe-Signature` header that is made with them."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable


class EndpointSecrets:
    """The secrets that sign for each endpoint, the newest first. The first endpoint ever gets the one known before."""

    def __init__(self, first: str) -> None:
        self._first = first
        self._by_endpoint: dict[str, list[str]] = {}

    def issue(self, endpoint_id: str) -> str:
        """The secret of a new endpoint."""
        secret = new_secret() if self._by_endpoint else self._first
        self._by_endpoint[endpoint_id] = [secret]
        return secret

    def of(self, endpoint_id: str) -> list[str]:
        return list(self._by_endpoint[endpoint_id])

    def roll(self, endpoint_id: str) -> str:
        """Another secret; until `forget_old` the one before signs as well, as Stripe has it for up to a day."""
        secret = new_secret()
        self._by_endpoint[endpoint_id].insert(0, secret)
        return secret

    def forget_old(self, endpoint_id: str) -> None:
        del self._by_endpoint[endpoint_id][1:]


def new_secret() -> str:
    return f"whsec_{secrets.token_hex(16)}"


def signature(body: bytes, secret: str, moment: int) -> str:
    """The `v1` scheme: HMAC-SHA256 over `moment.body`, in hexadecimal."""
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def signed(body: bytes, signing: Iterable[str], moment: int) -> str:
    """A `Stripe-Signature` header, with one signature for each secret."""
    return ",".join([f"t={moment}", *(f"v1={signature(body, secret, moment)}" for secret in signing)])
