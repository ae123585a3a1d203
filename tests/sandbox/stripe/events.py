"""Events: what happened, as Stripe tells it, and how a webhook carries it."""

import copy
import json
import time
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from ..wire import Json
from .book import Book
from .errors import invalid, missing
from .paging import page, within
from .routes import Call, Operation
from .signing import EndpointSecrets, signed

KEPT_SECONDS = 30 * 24 * 3600
MOST_TYPES = 20


class Events:
    """Every event of one account, oldest first."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self.secrets = EndpointSecrets(book.webhook_secret)
        self.listeners: list[Callable[[Json], object]] = []
        """Told of every new event, under the sandbox's lock."""

    def emit(
        self,
        type: str,  # noqa: A002 - Stripe's own word
        obj: Json,
        *,
        previous: Json | None = None,
        **overrides: Any,
    ) -> Json:
        """Tells that something happened to an object as it is now; `previous` are the old values of what changed.

        `overrides` sets fields of the event itself, e.g. `livemode=True`, `api_version=…`, `account=…`.
        """
        data: Json = {"object": copy.deepcopy(obj)}
        if previous is not None:
            data["previous_attributes"] = copy.deepcopy(previous)
        event: Json = {
            "id": self._book.new_id("evt"),
            "object": "event",
            "account": None,
            "api_version": self._book.API_VERSION,
            "context": None,
            "created": self._book.now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": dict(self._book.request),
            "type": type,
            **overrides,
        }
        self._book.store.put(event)
        for listener in self.listeners:
            listener(event)
        return event

    def all(self, type: str = "") -> list[Json]:  # noqa: A002 - Stripe's own word
        """The events, or those of one type, oldest first."""
        return [event for event in self._book.store.all("event") if type in ("", event["type"])]

    def body(self, event: Json) -> bytes:
        """The bytes a webhook carries: indented JSON with characters beyond ASCII as they are."""
        return json.dumps(event, ensure_ascii=False, indent=2).encode()

    def signed(self, body: bytes, *, secret: str | None = None, at: int | None = None) -> str:
        """A `Stripe-Signature` header: HMAC-SHA256 over `timestamp.body`; `at` is the machine's time if not given.

        The sandbox's own clock plays no part: it may be ahead of the receiver's.
        """
        moment = int(time.time()) if at is None else at
        return signed(body, [secret or self._book.webhook_secret], moment)


def list_events(call: Call) -> Json:
    """The events of the last 30 days, newest first, by `type` or `types`, `created`, and whether all webhooks came."""
    params = call.params
    if "type" in params and "types" in params:
        raise invalid("You may only specify one of these parameters: type, types.", "type")
    if len(params.get("types", [])) > MOST_TYPES:
        raise invalid(f"You may only specify up to {MOST_TYPES} types.", "types")
    wanted = [params["type"]] if "type" in params else params.get("types") or ["*"]
    rows = [event for event in call.book.events.all() if not is_forgotten(event, call.book)]
    rows = [event for event in rows if any(fnmatchcase(event["type"], pattern) for pattern in wanted)]
    if "delivery_success" in params:
        rows = [event for event in rows if (event["pending_webhooks"] == 0) is params["delivery_success"]]
    return page("/v1/events", within(rows, params), params)


def retrieve_event(call: Call) -> Json:
    found = call.book.store.get("event", call.id)
    if is_forgotten(found, call.book):
        raise missing("event", call.id)
    return found


def is_forgotten(event: Json, book: Book) -> bool:
    """The API gives events back for 30 days."""
    return bool(event["created"] <= book.now() - KEPT_SECONDS)


OPERATIONS = (
    Operation("GET", "events", "EventListParams", list_events),
    Operation("GET", "events/{}", "EventRetrieveParams", retrieve_event),
)
