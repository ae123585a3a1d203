"""The door of the API: whose token, how often, done once, answered by ETag. Behind it stand the operations."""

import logging
import re
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.views.decorators.csrf import csrf_exempt

from accounts import limits, security
from accounts.actions import tokens
from accounts.security import Event
from billing.entitlements import plan_for
from billing.plans import Feature, Limit
from unroller.actions import replays
from unroller.actions.replays import KeyReused, StillRunning, TooManyKeys
from unroller.api import asking, problems
from unroller.api.asking import Asked
from unroller.api.problems import Problem

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponse]

KEY = "[!-~]{1,255}"
"""What an `Idempotency-Key` looks like."""
MINUTE, HOUR = 60, 3600
NO_TOKEN = "Send your token in the header Authorization, as “Bearer unr_…”. Tokens are made at /account/tokens."  # noqa: S105
WRONG_TOKEN = "This token opens nothing: it was mistyped or revoked."  # noqa: S105
TOO_MANY = "Your tokens together make at most {most} requests a minute. Wait as long as Retry-After says."
TOO_MANY_KEYS = f"{replays.MOST} keys a day are remembered. Wait as long as Retry-After says, or send none."
BROKEN = "This is our fault. It was written down, and you may try again."


def door(view: View) -> View:
    """For every address below /api/v1. No cookie is read and none is set, so no form token is needed."""

    @csrf_exempt
    @wraps(view)
    def entered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        asked = cast("Asked", request)
        asked.used = {}
        try:
            response = _answered(view, asked, *args, **kwargs)
        except Problem as problem:
            response = problems.answer(problem)
        except Exception:
            logger.exception("%s %s", request.method, request.path)
            response = problems.answer(Problem(problems.SERVER_ERROR, BROKEN))
        return _finished(asked, response)

    entered.__dict__["operation"] = view
    return entered


def too_large() -> Problem:
    """413."""
    return Problem(problems.TOO_LARGE, "A body has at most a megabyte.")


def _answered(view: View, request: Asked, *args: object, **kwargs: object) -> HttpResponse:
    _admit(request)
    method = request.method
    key = request.headers.get("Idempotency-Key")
    if method == "POST" and key is not None:
        return _once(view, request, key, *args, **kwargs)
    if method == "HEAD":
        request.method = "GET"
    response = _called(view, request, *args, **kwargs)
    if request.method == "GET" and response.status_code == HTTPStatus.OK:
        response = _if_changed(request, response)
    if method == "HEAD":
        request.method = method
        response.headers.setdefault("Content-Length", str(len(response.content)))
        response.content = b""
    return response


def _admit(request: Asked) -> None:
    """Raises Problem for who may not come in."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        security.note(Event.TOKEN_REFUSED, why="none")
        raise _unauthorized(NO_TOKEN, 'Bearer realm="api"')
    token = tokens.use(secret.strip())
    if token is None:
        security.note(Event.TOKEN_REFUSED, why="wrong")
        raise _unauthorized(WRONG_TOKEN, 'Bearer realm="api", error="invalid_token"')
    request.token = token
    _count(request)
    request.plan = plan_for(token.user)
    if not request.plan.allows(Feature.API):
        raise asking.no_premium(asking.ENDED)
    asking.need_scope(request)


def _unauthorized(detail: str, challenge: str) -> Problem:
    return Problem(problems.UNAUTHORIZED, detail, headers={"WWW-Authenticate": challenge})


def _count(request: Asked) -> None:
    who, limit = f"person {request.token.user_id}", limits.API_REQUESTS
    is_allowed = limits.spend(limit, who)
    left = request.used["requests"] = limits.left(limit, who)
    if not is_allowed:
        wait = {"Retry-After": str(max(1, left.seconds))}
        raise Problem(problems.TOO_MANY, TOO_MANY.format(most=limits.current(limit, who).amount), headers=wait)


def _called(view: View, request: Asked, *args: object, **kwargs: object) -> HttpResponse:
    response = view(request, *args, **kwargs)
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = response["Allow"].split(", ")
        allowed += ["HEAD"] if "GET" in allowed else []
        detail = f"Here one can {', '.join(sorted(allowed))}."
        raise Problem(problems.METHOD, detail, headers={"Allow": ", ".join(sorted(allowed))})
    return response


def _once(view: View, request: Asked, key: str, *args: object, **kwargs: object) -> HttpResponse:
    """The answer to a key: done now, or what was done, as it is now."""
    if not re.fullmatch(KEY, key):
        raise problems.in_header("Idempotency-Key", "A key has 1 to 255 plain characters and no spaces.")
    try:
        row = replays.begin(request.token.user, key, _digest(request))
    except KeyReused:
        raise Problem(problems.KEY_REUSED, "This key came with another request. Take a new one.") from None
    except StillRunning:
        sentence = "The first request with this key is not answered yet. Try again in a moment."
        raise Problem(problems.RUNNING, sentence, headers={"Retry-After": "1"}) from None
    except TooManyKeys as error:
        seconds = max(1, int((error.until - timezone.now()).total_seconds()))
        raise Problem(problems.TOO_MANY, TOO_MANY_KEYS, headers={"Retry-After": str(seconds)}) from None
    if row.status is not None:
        return _again(request, row.status, row.location)
    try:
        response = _called(view, request, *args, **kwargs)
        if response.has_header("Location"):  # else nothing was done: it is all there already, or it was refused
            replays.finish(row, status=response.status_code, location=response["Location"])
        return response
    finally:
        replays.forget(row)


def _again(request: Asked, status: int, location: str) -> HttpResponse:
    """What a request made, as it is now: the words in it may have been removed. 404 once it is gone."""
    found = resolve(urlsplit(location).path)
    request.method = "GET"
    response: HttpResponse = found.func.__dict__["operation"](request, *found.args, **found.kwargs)
    if response.status_code == HTTPStatus.OK:
        response.status_code = status
        response["Location"] = location
    response["Idempotency-Replayed"] = "true"
    return response


def _digest(request: Asked) -> str:
    try:
        body = request.body
    except RequestDataTooBig:
        raise too_large() from None
    return sha256(f"{request.method} {request.get_full_path()}\n".encode() + body).hexdigest()


def _if_changed(request: Asked, response: HttpResponse) -> HttpResponse:
    """The same answer with its ETag; 304 for who has it."""
    etag = f'"{sha256(response.content).hexdigest()[:32]}"'
    known = [each.removeprefix("W/") for each in parse_etags(request.headers.get("If-None-Match", ""))]
    if etag in known or known == ["*"]:
        link = {"Link": response["Link"]} if response.has_header("Link") else {}
        response = HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers=link)
        del response["Content-Type"]
    response["ETag"] = etag
    return response


def _finished(request: Asked, response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-cache" if response.has_header("ETag") else "no-store"
    response["X-Robots-Tag"] = "noindex"
    patch_vary_headers(response, ["Authorization"])
    if hasattr(request, "token"):
        who = f"person {request.token.user_id}"
        policies = {"requests": (limits.current(limits.API_REQUESTS, who).amount, MINUTE)}
        if hasattr(request, "plan"):
            policies["unrolls"] = (request.plan.limit(Limit.UNROLLS), HOUR)
        if "searches" in request.used:
            policies["searches"] = (limits.current(limits.SEARCHES, who).amount, MINUTE)
        response["RateLimit-Policy"] = ", ".join(f'"{name}";q={q};w={w}' for name, (q, w) in policies.items())
        shown = (f'"{name}";r={left.uses};t={left.seconds}' for name, left in request.used.items())
        response["RateLimit"] = ", ".join(shown)
    return response
