"""One question to Patreon, with limits on time and size, and its errors in our words."""

import json
import ssl
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

import certifi
import httpx
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from billing import keys
from billing.patreon.errors import Away, Missing, PatreonError, Refused, Stale

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 3.0, 5.0, 10.0
"""For one answer: a person may be waiting, or a row be locked."""
MOST_BYTES = 4 * 1024 * 1024
"""A page of 500 members is far below."""

Json = dict[str, Any]


def is_set_up() -> bool:
    """Whether patrons can be recognized: all four keys are there, and premium is something here."""
    named = (
        settings.PATREON_CLIENT_ID,
        settings.PATREON_CLIENT_SECRET,
        settings.PATREON_CREATOR_TOKEN,
        settings.PATREON_CAMPAIGN_ID,
    )
    return settings.BILLING_ENABLED and all(named)


def post(path: str, form: Mapping[str, str]) -> Json:
    """A form to one of the addresses of OAuth, which carry no token."""
    return _ask("POST", path, data=form)


def get(path: str, token: str, params: Mapping[str, str]) -> Json:
    """What the owner of a token may read. Names in `params` hold brackets, which are escaped as Patreon wants them."""
    return _ask("GET", path, params=params, headers={"Authorization": f"Bearer {token}"})


def _ask(method: str, path: str, *, headers: Mapping[str, str] | None = None, **asked: Any) -> Json:
    """Redirects are not followed, since a secret travels with the question. Raises a PatreonError."""
    what, deadline, body = f"{method} {path}", time.monotonic() + TOTAL_SECONDS, b""
    client = httpx.Client(
        base_url=_base(),
        headers={"User-Agent": settings.USER_AGENT, "Accept": "application/json", **(headers or {})},
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        verify=_trusted(),
        trust_env=False,
    )
    try:
        with client, client.stream(method, path, **asked) as answer:
            for part in answer.iter_bytes():
                body += part
                if len(body) > MOST_BYTES or time.monotonic() > deadline:
                    raise httpx.ReadError("too much, or too slowly")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Away(f"{what}: {error!r}") from error
    found = _read(body)
    if answer.status_code != 200:
        raise _error(what, answer.status_code, found or {})
    if found is None:
        raise Away(f"{what}: 200, but no JSON object")
    return found


def _base() -> str:
    """Keys travel in the clear to this machine alone."""
    address: str = settings.PATREON_API_URL
    if not address.startswith("https://") and not keys.is_loopback(address):
        raise ImproperlyConfigured(f"PATREON_API_URL is {address}: plain http is for this machine alone")
    return address


def _read(body: bytes) -> Json | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _error(what: str, status: int, body: Json) -> PatreonError:
    """A bad code is told by its word: its status has been 400 and 401."""
    word = body.get("error")
    sentence = f"{what}: {status} {word or _detail(body)}"[:500]
    if word == "invalid_grant":
        return Stale(sentence)
    if status == 404:
        return Missing(sentence)
    return Refused(sentence) if 400 <= status < 500 and status not in (408, 429) else Away(sentence)


def _detail(body: Json) -> str:
    """JSON:API's list of errors, its first."""
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return str(first.get("code_name") or first.get("title") or "") if isinstance(first, dict) else ""


@cache
def _trusted() -> ssl.SSLContext:
    """Made once: reading the certificates takes longer than asking."""
    return ssl.create_default_context(cafile=certifi.where())
