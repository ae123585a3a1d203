"""The last layer before Django: an address that asks too often is turned away here, where that costs next to nothing.

Whatever is no stored page comes through. Each process counts for itself, without Redis, so that a flood does no work
but this, and Redis being away changes nothing. docs/decisions/0022 says what is left to the proxy.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from http import HTTPStatus
from threading import Lock
from typing import NamedTuple

from accounts import visitors
from unroller import answers
from unroller.answers import Application, Environ, StartResponse


class Pace(NamedTuple):
    """Requests of one address that a process takes: `burst` at once, `steady` a second after that."""

    steady: float
    burst: float


READERS = Pace(steady=30, burst=300)
"""A page with a hundred pictures and a house of readers behind one address stay far below."""
SERVICES = Pace(steady=300, burst=3_000)
"""Stripe, Patreon and providers of mail tell us everything from a few addresses; most of it is signed and short."""
TOLD_BY_SERVICES = ("/billing/", "/mail/events/")
MOST_ADDRESSES = 20_000
"""Addresses that are remembered, those that asked last; an address is forgotten anyway once it may ask as if new."""
CHARSET = re.compile(r";[^;=]{0,20}charset[^;=]{0,20}=[^;]*", re.IGNORECASE)
REFUSAL = b"Too many requests from your address. Please wait a minute.\n"


class Buckets:
    """How much each address may ask now: a bucket that fills at a steady pace and is emptied by requests."""

    def __init__(self, pace: Pace, clock: Callable[[], float] = time.monotonic) -> None:
        self._pace = pace
        self._clock = clock
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, address: str) -> bool:
        """Count a request; False when it is one too many, which then counts for nothing."""
        now = self._clock()
        with self._lock:
            full, seen = self._held.pop(address, (self._pace.burst, now))
            full = min(self._pace.burst, full + (now - seen) * self._pace.steady)
            may = full >= 1
            self._held[address] = (full - may, now)
            if len(self._held) > MOST_ADDRESSES:
                self._held.popitem(last=False)
        return may

    def __len__(self) -> int:
        return len(self._held)


class Gate:
    """The WSGI layer around Django."""

    def __init__(self, django: Application, clock: Callable[[], float] = time.monotonic) -> None:
        self._django = django
        self._readers, self._services = Buckets(READERS, clock), Buckets(SERVICES, clock)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        address = visitors.address_in(environ)
        buckets = self._services if environ.get("PATH_INFO", "").startswith(TOLD_BY_SERVICES) else self._readers
        if visitors.is_public(address) and not buckets.take(address):
            retry = ("Retry-After", "60")
            return answers.short(environ, start_response, HTTPStatus.TOO_MANY_REQUESTS, REFUSAL, retry)
        _read_as_utf8(environ)
        return self._django(environ, start_response)


def _read_as_utf8(environ: Environ) -> None:
    """Drop the encoding that a request names. All of the site is UTF-8; and Django, which goes by that name, raises for
    some encodings, and for too many parameters, where nothing turns that into an answer."""
    kind = environ.get("CONTENT_TYPE", "")
    if "charset" in kind.lower():
        environ["CONTENT_TYPE"] = CHARSET.sub("", kind)
