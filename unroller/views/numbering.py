"""Every request has a number: it stands in its answer, on pages about errors, and in all log lines that it led to, also
those of workers. And every request is counted and is one line of the log."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts import security
from accounts.security import Event
from accounts.visitors import came_through_proxy
from unroller import meters

HEADER = "X-Request-ID"
META = "REQUEST_ID"
"""Where pages find it; no header of a request gets there."""
SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:=+/-]{7,127}")
NO_VIEW, FILES = "none", "static"
PROBES = frozenset({"healthz", "readyz", "metrics"})
"""Asked by machines every few seconds: what is well with them fills no log."""
SIGNING_IN = "/accounts/"
LONGEST = 500
"""Characters of a path in the log."""

logger = logging.getLogger("unroller.requests")


class Numbered:
    """The outermost middleware. A number that a trusted proxy gave is kept, so that its log and ours tell of the same
    request by the same name; anybody else's would let them write our log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        number, began = _number(request), time.perf_counter()
        request.META[META] = number
        structlog.contextvars.clear_contextvars()
        with structlog.contextvars.bound_contextvars(request_id=number):
            response = self._get_response(request)
            response[HEADER] = number
            _note(request, response.status_code, time.perf_counter() - began)
        return response


def _number(request: HttpRequest) -> str:
    given = request.headers.get(HEADER, "")
    return given if SANE.fullmatch(given) and came_through_proxy(request) else uuid.uuid4().hex


def _note(request: HttpRequest, status: int, seconds: float) -> None:
    """Nobody's address, no account, no query: what they looked at is not ours to keep beside who they are."""
    view, method = _view(request), request.method or ""
    meters.note_request(view=view, method=method, status=status, seconds=seconds)
    if status == HTTPStatus.FORBIDDEN:
        security.note(Event.ACCESS_REFUSED, _person(request), why=request.META.get(security.WHY, "rights"), view=view)
    elif status == HTTPStatus.TOO_MANY_REQUESTS and request.path.startswith(SIGNING_IN):
        security.note(Event.LIMIT_HIT, _person(request), limit="sign-in")  # our own limits are told where they count
    path = request.path[:LONGEST]
    facts = {"view": view, "method": method, "path": path, "status": status, "seconds": round(seconds, 4)}
    level = logging.DEBUG if view in PROBES and status < HTTPStatus.BAD_REQUEST else logging.INFO
    logger.log(level, "%s %s %d in %.3f s", method, path, status, seconds, extra=facts)


def _person(request: HttpRequest) -> int | None:
    """Who asks, where a view or its guard looked that up: a refusal asks the database for nothing more."""
    token = getattr(request, "token", None)
    if token is not None:
        return int(token.user_id)
    person = getattr(request, "_cached_user", None)  # of Django's own middleware
    return None if person is None else person.pk


def _view(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is not None:
        return match.view_name or NO_VIEW
    return FILES if request.path.startswith(settings.STATIC_URL) else NO_VIEW
