"""Somebody's program that takes webhooks, and checks them as the specification "Standard Webhooks" says."""

import base64
import hashlib
import hmac
import json
import threading
from dataclasses import dataclass

from .clock import Clock
from .wire import Json, Request, Response, json_response

TOLERANCE = 300.0
"""Seconds that a delivery may be old, or early."""


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery as it came. `path`: where."""

    path: str
    name: str
    facts: Json


class Receiver:
    """Answers with 204 to what is signed with `secret` (or to anything while there is none), else with 401."""

    def __init__(self, clock: Clock) -> None:
        self.secret = ""
        self.wait = 0
        """Seconds that it asks to be left alone for: nothing is taken then."""
        self.received: list[Received] = []
        self._clock = clock
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Response:
        if request.method != "POST":
            return json_response({"error": "only POST"}, 405)
        if self.wait:
            return json_response({"error": "too many"}, 429, headers={"Retry-After": str(self.wait)})
        name = request.headers.get("webhook-id", "")
        if problem := self._problem(request, name):
            return json_response({"error": problem}, 401)
        with self._lock:
            self.received.append(Received(request.path, name, json.loads(request.body)))
        return Response(204)

    def names(self) -> list[str]:
        """What came, by id, in order."""
        with self._lock:
            return [each.name for each in self.received]

    def of(self, event: str) -> list[Json]:
        """The bodies of one kind of event."""
        with self._lock:
            return [each.facts for each in self.received if each.facts["event"] == event]

    def _problem(self, request: Request, name: str) -> str:
        moment = request.headers.get("webhook-timestamp", "")
        if not name or not moment.isdecimal():
            return "webhook-id and webhook-timestamp are missing"
        if abs(self._clock.seconds() - int(moment)) > TOLERANCE:
            return "too old"
        if not self.secret:
            return ""
        key = base64.b64decode(self.secret.removeprefix("whsec_"), validate=True)
        signed = f"{name}.{moment}.".encode() + request.body
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        given = request.headers.get("webhook-signature", "").split(" ")
        return "" if any(hmac.compare_digest(each, wanted) for each in given) else "the signature is wrong"
