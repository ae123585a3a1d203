"""Pictures of the networks through our own address, so that readers are not tracked by them, and what is kept here."""

from http import HTTPStatus
from typing import IO

import regex
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from unroller import media
from unroller.actions import media as pictures
from unroller.core.errors import Later, UnrollError

KEPT_SECONDS = 3600
"""How long a browser or a cache in between may show a picture without asking: not longer after a removal either."""


@require_safe
def medium(request: HttpRequest, signature: str, encoded: str) -> HttpResponseBase:
    """`GET /media/<signature>/<address>`: the picture, or a part of a film where the player asks for one."""
    url = media.original(signature, encoded)
    if url is None:
        raise Http404("not signed here")
    try:
        found = pictures.opened(url)
    except Later:
        return _nothing(HTTPStatus.BAD_GATEWAY)
    except UnrollError:
        return _nothing(HTTPStatus.NOT_FOUND)
    size = found.size
    start, stop = wanted(request.headers.get("Range", ""), size)
    found.file.seek(start)
    response = FileResponse(_Part(found.file, stop - start), content_type=found.type)
    if stop - start < size:
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response["Content-Length"] = str(stop - start)
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response


def wanted(header: str, size: int) -> tuple[int, int]:
    """The half-open byte range of a Range header; everything for none, several, or a senseless one."""
    match = regex.fullmatch(r"bytes=(\d{0,15})-(\d{0,15})", header)
    if match is None or not size or not (match[1] or match[2]):
        return 0, size
    if not match[1]:
        return max(0, size - int(match[2])), size
    start, stop = int(match[1]), min(int(match[2]) + 1 if match[2] else size, size)
    return (start, stop) if start < stop else (0, size)


def _nothing(status: HTTPStatus) -> HttpResponse:
    """No picture; a reader's browser asks again in a minute."""
    response = HttpResponse(status=status)
    response["Cache-Control"] = "public, max-age=60"
    return response


class _Part:
    """The next `left` bytes of a file, for FileResponse."""

    def __init__(self, file: IO[bytes], left: int) -> None:
        self._file = file
        self._left = left

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(part)
        return part

    def close(self) -> None:
        self._file.close()
