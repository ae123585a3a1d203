"""One client for Stripe, with time limits, and its errors in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus

import stripe
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from billing import keys
from billing.gateway.errors import Away, Declined, Denied, Missing, Misused, Refused, Repeated, StripeError
from billing.gateway.pacing import PacedClient

API_VERSION = "2026-10-28.endive"
"""Pinned here, at the webhook endpoint (manage.py stripe_setup) and in the sandbox; a test holds them together."""
CONNECT_SECONDS, READ_SECONDS = 5, 20
RETRIES = 2
SILENCES = {"ConnectionError": "no connection", "SSLError": "its certificate is not good"}
"""In words, by the name of what the network said."""

# It would tell Stripe which system this is, by a number that it keeps in a file, and how long each answer took.
stripe.enable_telemetry = False


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
    except stripe.APIConnectionError as error:
        # Its text and its cause hold the address that was asked: ids that open payment pages, and people's addresses.
        raise Away(f"Stripe does not answer: {_silence(error)}") from None
    except stripe.StripeError as error:
        raise _ours(error) from error


def _silence(error: stripe.APIConnectionError) -> str:
    """What kind of silence it is."""
    kind = type(error.__cause__).__name__
    return "timeout" if "Timeout" in kind else SILENCES.get(kind, kind)


def _ours(error: stripe.StripeError) -> StripeError:
    """What an error of the library's means for us."""
    ours = _kind(error)(
        f"{type(error).__name__}: {error.user_message or error}"[:1000],
        code=error.code or "",
        param=getattr(error, "param", None) or "",
    )
    if isinstance(ours, Away) and (error.http_status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        ours.wants_new_key = True
    return ours


def _kind(error: stripe.StripeError) -> type[StripeError]:
    """By what is to be done about it."""
    kind: type[StripeError] = Refused
    if isinstance(error, stripe.CardError):
        kind = Declined
    elif isinstance(error, stripe.IdempotencyError):
        # 409 is the same call underway elsewhere; 400 is one key for two things.
        kind = Away if error.http_status == HTTPStatus.CONFLICT else Misused
    elif isinstance(error, (stripe.AuthenticationError, stripe.PermissionError)):
        kind = Denied
    elif error.http_status == HTTPStatus.NOT_FOUND or error.code == "resource_missing":
        kind = Missing
    elif isinstance(error, (stripe.RateLimitError, stripe.APIError)):
        kind = Repeated if _header(error, "idempotent-replayed") == "true" else Away
    return kind


def options(key: str) -> stripe.RequestOptions:
    """One key per thing to do: the same one again does it no second time."""
    return {"idempotency_key": key}


def _header(error: stripe.StripeError, name: str) -> str:
    return {key.lower(): value for key, value in (error.headers or {}).items()}.get(name, "")
