"""Telling operators that Stripe does not take our key: everything waits until they have seen to it."""

from billing.actions.alerts import alert
from billing.gateway.errors import Denied


def tell(error: Exception) -> None:
    """An alert when Stripe denied something to our key, once for all that is denied; nothing for other errors."""
    if isinstance(error, Denied):
        alert("denied", "key", f"Stripe does not take the secret key, or it lacks a right: {error}"[:4000])
