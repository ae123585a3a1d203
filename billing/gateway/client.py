"""One client for Stripe, with time limits, and its errors in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus

import stripe
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from billing import keys
from billing.gateway.errors import Away, Declined, Missing, Misused, Refused, Repeated, StripeError
from billing.gateway.pacing import PacedClient

API_VERSION = "2026-10-28.endive"
"""Pinned here, at the webhook endpoint (manage.py stripe_setup) and in the sandbox; a test holds them together."""
CONNECT_SECONDS, READ_SECONDS = 5, 20
RETRIES = 2


def client() -> stripe.StripeClient:
    """The client for the settings of now. Raises ImproperlyConfigured for a key that may not talk to that host."""
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_URL)


@cache
def _client(key: str, api_url: str) -> stripe.StripeClient:
    refusal = keys.refusal(key, api_url) or ("" if key else "STRIPE_SECRET_KEY is not set")
    if refusal:
        raise ImproperlyConfigured(refusal)
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        max_network_retries=RETRIES,
        http_client=PacedClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
        base_addresses={"api": api_url},
    )


@contextmanager
def asking() -> Iterator[stripe.StripeClient]:
    """`with asking() as api:` every error inside becomes one of billing/gateway/errors.py."""
    try:
        yield client()
    except stripe.StripeError as error:
        raise _ours(error) from error


def _ours(error: stripe.StripeError) -> StripeError:
    """What an error of the library's means for us."""
    sentence, code = f"{type(error).__name__}: {error.user_message or error}"[:1000], error.code or ""
    kind: type[StripeError] = Refused
    if isinstance(error, stripe.CardError):
        kind = Declined
    elif isinstance(error, stripe.IdempotencyError):
        # 409 is the same call underway elsewhere; 400 is one key for two things.
        kind = Away if error.http_status == HTTPStatus.CONFLICT else Misused
    elif error.http_status == HTTPStatus.NOT_FOUND or code == "resource_missing":
        kind = Missing
    elif isinstance(error, (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError)):
        kind = Repeated if _header(error, "idempotent-replayed") == "true" else Away
    return kind(sentence, code=code)


def options(key: str) -> stripe.RequestOptions:
    """One key per thing to do: the same one again does it no second time."""
    return {"idempotency_key": key}


def _header(error: stripe.StripeError, name: str) -> str:
    return {key.lower(): value for key, value in (error.headers or {}).items()}.get(name, "")
