"""Pictures of the networks through our own address, so that readers are not tracked by them, and what is kept here."""

import weakref
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import IO

import regex
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from unroller import media
from unroller.actions import media as pictures
from unroller.actions import upkeep
from unroller.actions.media import Opened
from unroller.core.errors import Later, UnrollError
from unroller.file_store import Away

KEPT_SECONDS = 3600
"""How long a browser or a cache in between may show a picture without asking: not longer after a removal either."""
PART_BYTES = 1_000_000
"""Of a film in one answer to a player, which asks for the next part itself (RFC 9110: a 206 may hold less than was
asked for): no thread of the web server is held while somebody watches."""
AT_ONCE_BYTES = 5_000_000
"""What is answered in one piece to who wants all of it: any ordinary picture."""
STREAMS = BoundedSemaphore(2)
"""Larger files that one web process hands out as a whole at the same time, each on a thread: less than it has."""
RETRY_SECONDS = 10


@require_safe
def medium(request: HttpRequest, signature: str, encoded: str) -> HttpResponseBase:
    """`GET /media/<signature>/<address>`: the picture, or a part of a film where the player asks for one."""
    url = media.original(signature, encoded)
    if url is None:
        raise Http404("not signed here")
    try:
        found = pictures.opened(url)
        upkeep.look_after()
        return _answer(request, found)
    except (Later, Away):
        return _nothing(HTTPStatus.BAD_GATEWAY)
    except UnrollError:
        return _nothing(HTTPStatus.NOT_FOUND)


def _answer(request: HttpRequest, found: Opened) -> HttpResponseBase:
    """All of it, or the part that is wanted. Raises Away."""
    start, stop = wanted(request.headers.get("Range", ""), found.size)
    response: HttpResponseBase
    if request.method == "HEAD" or stop - start <= AT_ONCE_BYTES:
        response = _piece(found, start, 0 if request.method == "HEAD" else stop - start)
    elif STREAMS.acquire(blocking=False):
        response = FileResponse(_Stream(found.file), content_type=found.type)
    else:
        found.file.close()
        return _too_many()
    if stop - start < found.size:
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{found.size}"
    response["Content-Length"] = str(stop - start)
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response


def wanted(header: str, size: int) -> tuple[int, int]:
    """The half-open byte range to answer a Range header with, no longer than PART_BYTES; everything for none, several,
    or a senseless one."""
    match = regex.fullmatch(r"bytes=(\d{0,15})-(\d{0,15})", header)
    if match is None or not size or not (match[1] or match[2]):
        return 0, size
    if match[1]:
        start, stop = int(match[1]), min(int(match[2]) + 1 if match[2] else size, size)
    else:
        start, stop = max(0, size - int(match[2])), size
    return (start, min(stop, start + PART_BYTES)) if start < stop else (0, size)


def _piece(found: Opened, start: int, length: int) -> HttpResponse:
    """So many bytes of a file in one body, which the web server sends without us."""
    with found.file as file:
        file.seek(start)
        return HttpResponse(file.read(length), content_type=found.type)


def _too_many() -> HttpResponse:
    """Others have their large files just now."""
    headers = {"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"}
    return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)


def _nothing(status: HTTPStatus) -> HttpResponse:
    """No picture; a reader's browser asks again in a minute."""
    response = HttpResponse(status=status)
    response["Cache-Control"] = "public, max-age=60"
    return response


class _Stream:
    """A file for FileResponse that gives its turn back when it is closed, or forgotten by a server that never does."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.close = weakref.finalize(self, _ended, file)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)


def _ended(file: IO[bytes]) -> None:
    file.close()
    STREAMS.release()
