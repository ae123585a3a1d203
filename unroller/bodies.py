"""The layer between the gate and Django that waits for the bodies of requests, so that Django never does.

The server hands a request on when its head is here. Whoever announces a body and does not send it would hold a thread
for as long as they like, and eight of them a whole web process. Here few threads wait for bodies, and fewer for those
of one address; the others answer readers. A body that was cut off on its way is never taken for a whole one.
"""

import time
from collections.abc import Iterable
from http import HTTPStatus
from io import BytesIO
from threading import Condition
from typing import NamedTuple

from accounts import visitors
from unroller import answers
from unroller.answers import Application, Environ, StartResponse

MOST_BYTES = 4_100_000
"""The largest body of anything but a file: a part of an archive (`archives.receiving.PART_BYTES`), and some more."""
MOST_OF_FILES = {"/library/import": 21_000_000, "/archives": 1 << 62}
"""Forms with larger files in them, and how large a body may be there. The view of archives has a limit of its own."""
SLOW = 0.5
"""Seconds after which a body that is not here has kept its thread waiting. Most are here with the head."""

SENTENCES = {
    HTTPStatus.BAD_REQUEST: b"The request did not arrive whole.\n",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: b"This is more than can be sent here.\n",
    HTTPStatus.SERVICE_UNAVAILABLE: b"Other requests are still on their way here. Please try again in some seconds.\n",
}


class Most(NamedTuple):
    """Bodies that may be on their way at a time, for a web process with eight threads, and requests that may wait to
    see whether those are slow. Together they leave one thread to who sends no body."""

    in_all: int
    of_one: int
    waiting: int


SHORT = Most(in_all=4, of_one=3, waiting=2)
LONG = Most(in_all=1, of_one=1, waiting=0)
"""Bodies of more than MOST_BYTES. They are not awaited here, but read by the view that knows what to do with them."""


class Arrivals:
    """Whose bodies are on their way, since when."""

    def __init__(self, most: Most) -> None:
        self._most = most
        self._begun: dict[object, tuple[str, float]] = {}
        self._waiting = 0
        self._changed = Condition()

    def begin(self, address: str) -> object | None:
        """A token to `end` with; None where there is no place, and none to be expected. "" is nobody's address."""
        with self._changed:
            while (wait := self._to_wait(address)) > 0:
                if self._waiting >= self._most.waiting:
                    return None
                self._waiting += 1
                self._changed.wait(wait)
                self._waiting -= 1
            if self._in_the_way(address):
                return None
            token = object()
            self._begun[token] = (address, time.monotonic())
            return token

    def end(self, token: object) -> None:
        """The body is here, or will not come."""
        with self._changed:
            del self._begun[token]
            self._changed.notify_all()

    def _in_the_way(self, address: str) -> list[float]:
        """When those began that have to end first."""
        of_one = [begun for each, begun in self._begun.values() if address and each == address]
        if len(of_one) >= self._most.of_one:
            return of_one
        return [begun for _, begun in self._begun.values()] if len(self._begun) >= self._most.in_all else []

    def _to_wait(self, address: str) -> float:
        """Seconds until it is plain that those in the way are slow ones."""
        in_the_way = self._in_the_way(address)
        return max(in_the_way) + SLOW - time.monotonic() if in_the_way else 0


class Bodies:
    """The WSGI layer around Django."""

    def __init__(self, django: Application) -> None:
        self._django = django
        self._short, self._long = Arrivals(SHORT), Arrivals(LONG)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        length = _length(environ)
        if not length:
            return self._django(environ, start_response)
        if length > MOST_OF_FILES.get(environ.get("PATH_INFO", ""), MOST_BYTES):
            return _refuse(environ, start_response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        address = visitors.address_in(environ)
        arrivals = self._long if length > MOST_BYTES else self._short
        token = arrivals.begin(address if visitors.is_public(address) else "")
        if token is None:
            return _refuse(environ, start_response, HTTPStatus.SERVICE_UNAVAILABLE)
        try:
            if arrivals is self._long:
                return self._django(environ, start_response)
            body = environ["wsgi.input"].read(length)
        finally:
            arrivals.end(token)
        if len(body) < length:
            return _refuse(environ, start_response, HTTPStatus.BAD_REQUEST)
        return self._django(environ | {"wsgi.input": BytesIO(body)}, start_response)


def _length(environ: Environ) -> int:
    """0 for a body of unknown length as well: Django reads nothing of it."""
    length = environ.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdigit() else 0


def _refuse(environ: Environ, start_response: StartResponse, status: HTTPStatus) -> Iterable[bytes]:
    retry = [("Retry-After", "5")] if status == HTTPStatus.SERVICE_UNAVAILABLE else []
    return answers.short(environ, start_response, status, SENTENCES[status], *retry)
