"""The two things signing in asks of X: a token for the code a reader brought, and whose token it is."""

import json
import logging
import re
import ssl
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import certifi
import httpx
from allauth.socialaccount.providers.base import ProviderException
from django.conf import settings

from accounts.x.identity import Identity

logger = logging.getLogger(__name__)

READ_SECONDS = 5.0
TOTAL_SECONDS = 10.0
"""For one answer: a reader waits for it, and so does a web worker."""
MOST_BYTES = 64 * 1024

LATE = "That sign-in took too long, or its link was used before. Please start again."
BUSY = "X lets nobody else in for the moment. Please try again in a few minutes, or use your e-mail address."
AWAY = "X does not answer at the moment. Please try again in a while, or use your e-mail address."
UNKNOWN = "X does not say who you are; the account may be suspended. You can use your e-mail address instead."
OURS = "Signing in with X does not work here at the moment. Please use your e-mail address instead."

ID = re.compile(r"[0-9]{1,19}")
TOKEN = re.compile(r"[\x21-\x7e]+")
HANDLE = re.compile(r"[A-Za-z0-9_]{1,50}")
LONGEST_NAME = 200
LONGEST_ADDRESS = 1000
FIELDS = "id,name,username,profile_image_url"


class NotSignedInError(ProviderException):  # type: ignore[misc]  # allauth has no types
    """Why nobody was signed in; `sentence` may be shown to the reader as it is."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Keys(NamedTuple):
    """Who we are to X. Without a secret we are a public client."""

    client_id: str
    secret: str


def exchange(code: str, *, verifier: str, callback: str, keys: Keys) -> str:
    """The reader's token for a code, which is good once and for 30 seconds. Raises NotSignedInError."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback, "code_verifier": verifier}
    if not keys.secret:
        form["client_id"] = keys.client_id
    answer = _ask("POST", "/2/oauth2/token", data=form, auth=keys if keys.secret else None)
    token = answer.body.get("access_token")
    if answer.status != 200 or not isinstance(token, str) or not TOKEN.fullmatch(token):
        raise _failure(answer, _why_no_token(answer))
    return token


def whose(token: str) -> Identity:
    """The person a token belongs to. Raises NotSignedInError, also for one who is suspended."""
    bearer = {"Authorization": f"Bearer {token}"}
    answer = _ask("GET", "/2/users/me", params={"user.fields": FIELDS}, headers=bearer)
    found = answer.body.get("data")
    if answer.status != 200 or not isinstance(found, dict):
        raise _failure(answer, _why_nobody(answer))
    identity = _identity({name: _storable(value) for name, value in found.items() if isinstance(value, str)})
    if not ID.fullmatch(identity.id) or not HANDLE.fullmatch(identity.handle):
        raise _failure(answer, AWAY)
    return identity


def _identity(found: Mapping[str, str]) -> Identity:
    """Nothing longer is kept than what a person on X may have."""
    picture = found.get("profile_image_url", "")
    is_address = picture.startswith(("https://", "http://")) and len(picture) <= LONGEST_ADDRESS
    name = found.get("name", "")[:LONGEST_NAME]
    return Identity(found.get("id", ""), found.get("username", ""), name, picture if is_address else "")


def _storable(text: str) -> str:
    """Without what JSON may say and a database cannot keep: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "").encode(errors="ignore").decode()


class _Answer(NamedTuple):
    what: str
    status: int
    body: dict[str, Any]


def _ask(method: str, path: str, *, headers: Mapping[str, str] | None = None, **asked: Any) -> _Answer:
    """One question; redirects are not followed, since a code and a secret travel with it."""
    what, deadline, body = f"{method} {path}", time.monotonic() + TOTAL_SECONDS, b""
    client = httpx.Client(
        base_url=settings.X_API_URL,
        headers={"User-Agent": settings.USER_AGENT, **(headers or {})},
        timeout=READ_SECONDS,
        verify=_trusted(),
    )
    try:
        with client, client.stream(method, path, **asked) as answer:
            for part in answer.iter_bytes():
                body += part
                if len(body) > MOST_BYTES or time.monotonic() > deadline:
                    raise httpx.ReadError("too much, or too slowly")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        logger.warning("sign-in: %s: %r", what, error)
        raise NotSignedInError(AWAY) from error
    return _Answer(what, answer.status_code, _read(body))


def _read(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _why_no_token(answer: _Answer) -> str:
    """400 is about the code, in whatever words (`invalid_grant`, `invalid_request`); 401 and the rest are about us."""
    if answer.status == 400 and _error(answer) != "invalid_client":
        return LATE
    return OURS if answer.status in (400, 401, 402, 403) else _why_not_now(answer)


def _why_nobody(answer: _Answer) -> str:
    """A suspended person is a 200 without data, or a 403; money and enrolment are a 402 or a 403 of their own type."""
    if answer.status == 402 or _last_segment(answer) in ("credits", "client-forbidden"):
        return OURS
    return UNKNOWN if answer.status in (200, 401, 403) else _why_not_now(answer)


def _why_not_now(answer: _Answer) -> str:
    return BUSY if answer.status == 429 else AWAY


def _failure(answer: _Answer, sentence: str) -> NotSignedInError:
    """Operators read what X said; readers read one sentence."""
    said = _error(answer) or str(answer.body.get("title", ""))
    level = logging.ERROR if sentence == OURS else logging.WARNING
    logger.log(level, "sign-in: %s: %s %s", answer.what, answer.status, said[:100])
    return NotSignedInError(sentence)


def _error(answer: _Answer) -> str:
    return str(answer.body.get("error", ""))


def _last_segment(answer: _Answer) -> str:
    """Both of X's hosts occur in the types of its problems: only the last part of the path counts."""
    return str(answer.body.get("type", "")).rsplit("/", 1)[-1]


@cache
def _trusted() -> ssl.SSLContext:
    """Made once: reading the certificates takes longer than asking."""
    return ssl.create_default_context(cafile=certifi.where())
