"""Signatures of webhooks, by the specification "Standard Webhooks"."""

import hmac
from base64 import b64decode, b64encode
from datetime import datetime

PREFIX = "whsec_"
BYTES = 32


def secret(random: bytes) -> str:
    """A signing secret as people copy it, of at least 24 random bytes."""
    return PREFIX + b64encode(random).decode()


def headers(secret: str, name: str, at: datetime, body: bytes) -> dict[str, str]:
    """What goes with a body: by which name it is known, when it is sent, and who sends it. `at` is aware."""
    moment = str(int(at.timestamp()))
    signed = b".".join((name.encode(), moment.encode(), body))
    digest = hmac.digest(b64decode(secret.removeprefix(PREFIX)), signed, "sha256")
    return {
        "Webhook-Id": name,
        "Webhook-Timestamp": moment,
        "Webhook-Signature": f"v1,{b64encode(digest).decode()}",
    }
