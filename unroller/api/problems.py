"""What goes wrong, as RFC 9457 has it: every error of the API is one of these, `application/problem+json`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

CONTENT_TYPE = "application/problem+json"


class Kind(NamedTuple):
    """A sort of problem. `name` is the last part of its type, `title` what all of them have in common."""

    name: str
    status: HTTPStatus
    title: str


BAD_REQUEST = Kind("bad-request", HTTPStatus.BAD_REQUEST, "The request cannot be read")
UNAUTHORIZED = Kind("unauthorized", HTTPStatus.UNAUTHORIZED, "A token is needed")
PREMIUM = Kind("premium", HTTPStatus.PAYMENT_REQUIRED, "This comes with premium")
SCOPE = Kind("scope", HTTPStatus.FORBIDDEN, "The token may not do this")
NOT_FOUND = Kind("not-found", HTTPStatus.NOT_FOUND, "There is no such thing")
METHOD = Kind("method", HTTPStatus.METHOD_NOT_ALLOWED, "This cannot be done here")
CONFLICT = Kind("conflict", HTTPStatus.CONFLICT, "This cannot be done as things are")
RUNNING = Kind("running", HTTPStatus.CONFLICT, "The first request with this key is still being answered")
GONE = Kind("gone", HTTPStatus.GONE, "The thread was removed")
TOO_LARGE = Kind("too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large")
MEDIA_TYPE = Kind("media-type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body is not JSON")
INVALID = Kind("invalid", HTTPStatus.UNPROCESSABLE_ENTITY, "Something in the request makes no sense")
KEY_REUSED = Kind("key-reused", HTTPStatus.UNPROCESSABLE_ENTITY, "The key belongs to another request")
TOO_MANY = Kind("too-many", HTTPStatus.TOO_MANY_REQUESTS, "Too many requests")
SERVER_ERROR = Kind("server-error", HTTPStatus.INTERNAL_SERVER_ERROR, "Something broke here")
TOO_SLOW = Kind("too-slow", HTTPStatus.SERVICE_UNAVAILABLE, "This takes too long")
KINDS = (
    BAD_REQUEST,
    UNAUTHORIZED,
    PREMIUM,
    SCOPE,
    NOT_FOUND,
    METHOD,
    CONFLICT,
    RUNNING,
    GONE,
    TOO_LARGE,
    MEDIA_TYPE,
    INVALID,
    KEY_REUSED,
    TOO_MANY,
    SERVER_ERROR,
    TOO_SLOW,
)


@dataclass
class Problem(Exception):
    """Ends a request with an answer of its kind. `errors` say what is wrong where, `more` are members of our own."""

    kind: Kind
    detail: str
    errors: Sequence[Mapping[str, str]] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def in_field(name: str, detail: str) -> Problem:
    """That a field of the body makes no sense."""
    return Problem(INVALID, detail, [{"pointer": f"#/{escaped(name)}", "detail": detail}])


def in_parameter(name: str, detail: str) -> Problem:
    """That a parameter of the address makes no sense."""
    return Problem(INVALID, detail, [{"parameter": name, "detail": detail}])


def in_header(name: str, detail: str) -> Problem:
    """That a header makes no sense."""
    return Problem(INVALID, detail, [{"header": name, "detail": detail}])


def escaped(name: str) -> str:
    """A part of a JSON Pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def answer(problem: Problem) -> HttpResponse:
    """The response. `type` is an address that says more."""
    kind = problem.kind
    body: dict[str, Any] = {
        "type": f"{settings.SITE_URL}{reverse('api-docs')}#problem-{kind.name}",
        "title": kind.title,
        "status": int(kind.status),
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = list(problem.errors)
    text = json.dumps(body | dict(problem.more), ensure_ascii=False)
    return HttpResponse(text, status=kind.status, content_type=CONTENT_TYPE, headers=dict(problem.headers))
