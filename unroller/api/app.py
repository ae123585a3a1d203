"""The operations together, how bodies are read, and which error becomes which problem."""

import json
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from unroller.actions.highlights import CannotHighlight, WordsGone
from unroller.actions.refusals import Refused
from unroller.api import authors, door, highlights, library, me, problems, search, tags, threads, unrolls
from unroller.api.asking import Bearer
from unroller.api.problems import Problem
from unroller.searching import TooSlow

WHERE = {"query": "parameter", "path": "parameter", "header": "header"}
UNREADABLE = "This request cannot be read. Check its parameters and their number."
BROKEN_JSON = "The body is not JSON, or nested too deeply."


class JsonParser(Parser):
    """Bodies are JSON, and say so."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The body as data. Raises Problem."""
        if request.content_type != "application/json":
            raise Problem(problems.MEDIA_TYPE, "Send the body as application/json.")
        try:
            found: dict[str, Any] = json.loads(request.body.decode())
        except (ValueError, RecursionError):
            raise Problem(problems.BAD_REQUEST, BROKEN_JSON) from None
        return found


api = NinjaAPI(
    title="Unroller",
    version="1",
    openapi_url=None,
    docs_url=None,
    auth=Bearer(),
    parser=JsonParser(),
)
for each in (me, unrolls, threads, library, tags, highlights, authors, search):
    api.add_router("", each.router)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problems.answer(problem)


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    sentence = str(error) or "there is nothing here"
    return problems.answer(Problem(problems.NOT_FOUND, f"{sentence[0].upper()}{sentence[1:]}."))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    found = [_described(each["loc"], each["msg"]) for each in error.errors]
    detail = found[0]["detail"] if len(found) == 1 else f"{len(found)} things make no sense."
    return problems.answer(Problem(problems.INVALID, detail, found))


@api.exception_handler(Refused)
def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    is_wrong = isinstance(error, CannotHighlight) and not isinstance(error, WordsGone)
    return problems.answer(Problem(problems.INVALID if is_wrong else problems.CONFLICT, error.sentence))


@api.exception_handler(TooSlow)
def _too_slow(request: HttpRequest, error: TooSlow) -> HttpResponse:
    return problems.answer(Problem(problems.TOO_SLOW, error.sentence))


@api.exception_handler(HttpError)
def _bad_request(request: HttpRequest, error: HttpError) -> HttpResponse:
    cause = error.__cause__  # ninja wraps whatever a parser raises
    return problems.answer(cause if isinstance(cause, Problem) else Problem(problems.BAD_REQUEST, f"{error}."))


@api.exception_handler(RequestDataTooBig)
def _too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problems.answer(door.too_large())


@api.exception_handler(SuspiciousOperation)
def _unreadable(request: HttpRequest, error: SuspiciousOperation) -> HttpResponse:
    return problems.answer(Problem(problems.BAD_REQUEST, UNREADABLE))


@api.exception_handler(Exception)
def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    raise error  # the door writes it down


def _described(location: Sequence[str | int], message: str) -> dict[str, str]:
    """An error of pydantic's: where, as a JSON Pointer into the body or a parameter's name, and what."""
    kind, *parts = location
    sentence = f"{message.removeprefix('Value error, ').rstrip('.')}."
    if kind == "body":
        path = "".join(f"/{problems.escaped(str(part))}" for part in parts[1:])
        return {"pointer": f"#{path}", "detail": sentence}
    return {WHERE.get(str(kind), "parameter"): str(parts[-1]), "detail": sentence}
