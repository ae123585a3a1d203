"""Events: proving that a webhook is Stripe's, and reading those that did not arrive."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import stripe
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from billing.facts import Event
from billing.gateway import reading
from billing.gateway.client import asking
from billing.gateway.errors import Forged

TYPES_A_CALL = 20
"""As many as Stripe takes."""


def verify(body: bytes, signature: str) -> dict[str, Any]:
    """The event in a webhook's body. Raises Forged when no secret fits, it is too old, or it is no event."""
    if not signature.isascii():
        raise Forged("a signature that is none")
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            stripe.WebhookSignature.verify_header(body.decode(), signature, secret, stripe.Webhook.DEFAULT_TOLERANCE)
        except (stripe.SignatureVerificationError, ValueError):
            continue
        return _event(body)
    raise Forged("no secret fits")


def signed_at(signature: str) -> datetime | None:
    """When a webhook was signed, by its `Stripe-Signature` header, which `verify` has found good.

    The first `t` counts, as it does for the signature: whoever caught a header can add others to it.
    """
    stated = next((part[2:] for part in signature.split(",") if part.startswith("t=")), "")
    return reading.moment(int(stated)) if stated.isdecimal() else None


def since(moment: datetime, types: list[str], *, until: datetime) -> Iterator[Event]:
    """Events of these types since then and before `until`, as far back as Stripe keeps them."""
    for start in range(0, len(types), TYPES_A_CALL):
        params: Any = {
            "types": types[start : start + TYPES_A_CALL],
            "created": {"gte": int(moment.timestamp()), "lt": int(until.timestamp())},
            "limit": 100,
        }
        with asking() as api:
            for each in api.v1.events.list(params=params).auto_paging_iter():
                yield Event(
                    id=each.id,
                    type=each.type,
                    livemode=each.livemode,
                    api_version=each.api_version or "",
                    created_at=datetime.fromtimestamp(each.created, UTC),
                    raw=json.dumps(each.to_dict(), cls=DjangoJSONEncoder),
                )


def _event(body: bytes) -> dict[str, Any]:
    """A signed body need not be an event."""
    try:
        event: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Forged("not JSON") from error
    is_event = isinstance(event, dict) and event.get("object") == "event"
    if not is_event or not all(reading.word(event.get(name)) for name in ("id", "type")):
        raise Forged("signed, but no event")
    return dict(event)
