"""Pages for what cannot be shown."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

TEMPLATES = {HTTPStatus.FORBIDDEN: "403.html", HTTPStatus.GONE: "410.html", HTTPStatus.TOO_MANY_REQUESTS: "429.html"}


def explained(request: HttpRequest, status: HTTPStatus, sentence: str, *, back: str = "/") -> HttpResponse:
    """An error page with one plain sentence; `back` is where the reader came from."""
    return render(request, TEMPLATES[status], {"sentence": sentence, "back": back}, status=status)
