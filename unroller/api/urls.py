"""The addresses below /api: all of them behind the door, but the document and its page."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, include, path, re_path

from unroller.api import problems, reference
from unroller.api.app import api
from unroller.api.door import door
from unroller.api.problems import Problem


@door
def nowhere(request: HttpRequest) -> HttpResponse:
    """Any other address: a problem, too."""
    raise Problem(problems.NOT_FOUND, "There is nothing at this address. All addresses are in /api/docs.")


def _behind_the_door() -> Iterator[URLPattern]:
    patterns, _, _ = api.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and pattern.name != "api-root":
            pattern.callback = door(pattern.callback)
            yield pattern


operations = (list(_behind_the_door()), "api-1")
urlpatterns = [
    path("docs", reference.page, name="api-docs"),
    path("v1/openapi.json", reference.document, name="api-document"),
    path("v1/", include(operations)),
    re_path(r"^v1(?:/[\s\S]*)?\Z", nowhere, name="api-nowhere"),
]
