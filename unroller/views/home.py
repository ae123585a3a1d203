"""The first page: the paste box, threads to try, threads that others unrolled."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from unroller import env, queries

RECENT = 12


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """`GET /`."""
    return paste_page(request)


def paste_page(
    request: HttpRequest,
    *,
    link: str = "",
    error: str = "",
    ready: bool = False,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The page with the paste box, its field filled and its error said; `ready` where the button alone is missing."""
    context = {"recent": list(queries.recent(RECENT)), "shelf": shelf(), "link": link, "error": error, "ready": ready}
    return render(request, "home.html", context, status=status)


def shelf() -> list[dict[str, Any]]:
    """Links to try: those of the sandbox that stands in for the networks; none on a site that has its keys."""
    state = env.running_sandbox(settings.DATA_DIR)
    return list(state["links"]) if state else []
