"""Static files of another release: while one follows the other, a page of one asks a web process of the other."""

import re

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

HASHED = re.compile(r"(?P<stem>[^\x00]{1,200})\.[0-9a-f]{12}(?P<suffix>\.[a-z0-9]{1,20})")


@require_safe
def of_another_release(request: HttpRequest, name: str) -> FileResponse:
    """The file of that name which this release has, kept by nobody. Raises Http404."""
    found = HASHED.fullmatch(name)
    plain = found["stem"] + found["suffix"] if found else ""
    if not plain or not staticfiles_storage.exists(plain):
        raise Http404
    response = FileResponse(staticfiles_storage.open(plain))
    response["Cache-Control"] = "no-store"
    return response
