"""Every call of the API as it was asked, and what the installed package's types say against it."""

import threading
from collections import deque
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from ...stripe_types import nested, problems_in_request
from ..wire import Json, Request

KEPT_REQUESTS = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One call; `params` are nested, their values still text. `status` is that of the answer."""

    method: str
    path: str
    params: Json
    idempotency_key: str
    status: int
    problems: tuple[str, ...]


class Requests:
    """The calls of the API in the order of their answers; safe to ask while it runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: deque[Asked] = deque(maxlen=KEPT_REQUESTS)
        self._problems: list[str] = []
        self._expected = False

    def add(self, request: Request, status: int) -> None:
        """Keeps a call that was answered."""
        pairs = [(name, value) for name, values in request.query.items() for value in values]
        pairs += parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        problems = problems_in_request(request.method, request.path, urlencode(pairs))
        key = request.headers.get("idempotency-key", "")
        with self._lock:
            self._asked.append(Asked(request.method, request.path, nested(pairs), key, status, tuple(problems)))
            self._problems += problems

    def of(self, method: str = "", path: str = "") -> list[Asked]:
        """The calls of one method, to paths that begin so."""
        with self._lock:
            return [one for one in self._asked if method in ("", one.method) and one.path.startswith(path)]

    def expect_problems(self) -> None:
        """Says that whoever asks here means to ask wrongly: nobody complains afterwards."""
        with self._lock:
            self._expected = True

    def problems(self) -> list[str]:
        """What nobody expected to be wrong."""
        with self._lock:
            return [] if self._expected else list(self._problems)
