"""Webhooks: events on their way to every endpoint that wants them, signed, tried again, and spoiled where asked."""

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from ..wire import Json
from .book import Book
from .endpoints import wants
from .posting import Poster
from .signing import new_secret, signed
from .webhook_faults import WebhookFault, WebhookFaults

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 240.0)
"""Between tries, in seconds. Stripe takes hours up to three days; nobody waits that long in a sandbox."""
KEPT_TRIES = 10_000
HELD_SECONDS = 2.0
"""How long deliveries that are to be turned round wait for the others."""
OLD_SECONDS = 3600
HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    "Accept": "*/*; q=0.5, application/xml",
    "Cache-Control": "no-cache",
}


Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One event for one endpoint, with the number of tries so far."""

    event: str
    type: str
    endpoint: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt to bring an event to an endpoint; `status` is 0 without an answer, and `error` says why."""

    event: str
    type: str
    endpoint: str
    number: int
    at: datetime
    status: int
    fault: str
    error: str


class Deliveries:
    """A thread that POSTs every event to the endpoints that want it, one after the other in the order they happened.

    While `paused` nothing is sent and nothing is lost. `stop` ends it at once, whatever it waits for.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Act]] = []
        self._held: list[tuple[Parcel, WebhookFault]] = []
        self._numbers = itertools.count()
        self._busy = self._paused = self._stopped = False
        self._thread = threading.Thread()
        self._poster = Poster()
        self._tries: deque[Try] = deque(maxlen=KEPT_TRIES)
        self.pauses: tuple[float, ...] = PAUSES
        self.faults = WebhookFaults()
        book.events.listeners.append(self.hand_over)

    # What others ask for

    def hand_over(self, event: Json) -> None:
        """Takes an event to be sent to every endpoint that wants it now."""
        wanting = [endpoint["id"] for endpoint in self._book.store.all("webhook_endpoint") if wants(endpoint, event)]
        event["pending_webhooks"] = len(wanting)
        for endpoint in wanting:
            self._later(0, partial(self._deliver, Parcel(event["id"], event["type"], endpoint)))

    def resend(self, event_id: str) -> None:
        """To every endpoint that is there, as by the button in Stripe's Dashboard."""
        event = self._book.store.get("event", event_id)
        for endpoint in self._book.store.all("webhook_endpoint"):
            self._later(0, partial(self._deliver, Parcel(event_id, event["type"], endpoint["id"])))

    def tries(self, type: str = "") -> list[Try]:  # noqa: A002 - Stripe's own word
        """Every try so far, oldest first; of one type of event, or of all."""
        with self._changed:
            return [each for each in self._tries if type in ("", each.type)]

    @property
    def paused(self) -> bool:
        return self._paused

    @paused.setter
    def paused(self, value: bool) -> None:
        with self._changed:
            self._paused = value
            self._changed.notify_all()

    def wait_until_quiet(self, seconds: float = 10) -> bool:
        """Whether nothing is left to be sent or tried again, as soon as that is so."""
        with self._changed:
            return self._changed.wait_for(lambda: not (self._waiting or self._held or self._busy), seconds)

    def start(self) -> None:
        """Begins to send, or begins again after a `stop`."""
        self._stopped, self._poster = False, Poster()
        self._thread = threading.Thread(target=self._run, name="sandbox stripe webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._poster.close()
        if self._thread.is_alive():
            self._thread.join()

    # The thread

    def _run(self) -> None:
        while (act := self._next()) is not None:
            act()
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    def _next(self) -> Act | None:
        """What is to be done next, as soon as it is due; None at the end."""
        with self._changed:
            while not self._stopped:
                pause = self._waiting[0][0] - time.monotonic() if self._waiting and not self._paused else None
                if pause is not None and pause <= 0:
                    self._busy = True
                    return heapq.heappop(self._waiting)[2]
                self._changed.wait(pause)
        return None

    def _later(self, pause: float, act: Act) -> None:
        with self._changed:
            heapq.heappush(self._waiting, (time.monotonic() + pause, next(self._numbers), act))
            self._changed.notify_all()

    def _deliver(self, parcel: Parcel) -> None:
        """A try, or what a fault makes of it."""
        fault = self.faults.take(parcel.type)
        if fault is None:
            self._try(parcel)
        elif fault.kind == "delay":
            self._later(fault.seconds, partial(self._try, parcel, fault))
        elif fault.kind == "reorder":
            self._hold(parcel, fault)
        elif fault.kind == "drop":
            self._note(replace(parcel, number=parcel.number + 1), fault, error="dropped")
        else:
            self._try(parcel, fault)

    def _hold(self, parcel: Parcel, fault: WebhookFault) -> None:
        """Keeps it until enough others are there, or for a while."""
        self._held.append((parcel, fault))
        self._later(0 if len(self._held) >= fault.together else HELD_SECONDS, self._release)

    def _release(self) -> None:
        with self._changed:
            held, self._held = self._held[::-1], []
            self._waiting = [each for each in self._waiting if each[2] != self._release]
            heapq.heapify(self._waiting)
        for parcel, fault in held:
            self._later(0, partial(self._try, parcel, fault))

    def _try(self, parcel: Parcel, fault: WebhookFault | None = None) -> None:
        """Sends it, as many times at once as the fault says; unless one is taken, again after a pause."""
        parcel = replace(parcel, number=parcel.number + 1)
        sent = self._written(parcel, fault.kind if fault else "")
        if sent is None:
            return
        copies = fault.copies if fault and fault.kind == "duplicate" else 1
        with ThreadPoolExecutor(copies) as pool:
            answers = list(pool.map(lambda _: self._poster.post(*sent), range(copies)))
        for status, error in answers:
            self._note(parcel, fault, status=status, error=error)
        if any(200 <= status < 300 for status, _ in answers):
            self._taken(parcel)
        elif parcel.number <= len(self.pauses):
            self._later(self.pauses[parcel.number - 1], partial(self._deliver, parcel))

    def _written(self, parcel: Parcel, fault: str) -> tuple[str, bytes, dict[str, str]] | None:
        """Address, body and headers as of now; None when the endpoint is gone or switched off."""
        with self._book.ground.lock:
            endpoint = self._book.store.find("webhook_endpoint", parcel.endpoint)
            if endpoint is None or endpoint["status"] != "enabled":
                return None
            body = self._book.events.body(as_of(self._book.store.get("event", parcel.event), endpoint))
            signing = self._book.events.secrets.of(parcel.endpoint)
        moment = int(time.time()) - (OLD_SECONDS if fault == "old-timestamp" else 0)
        if fault == "wrong-signature":
            signing = [new_secret()]
        return endpoint["url"], body, {**HEADERS, "Stripe-Signature": signed(body, signing, moment)}

    def _taken(self, parcel: Parcel) -> None:
        with self._book.ground.lock:
            event = self._book.store.get("event", parcel.event)
            event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)

    def _note(self, parcel: Parcel, fault: WebhookFault | None, *, status: int = 0, error: str = "") -> None:
        kind = fault.kind if fault else ""
        at = datetime.now(UTC)
        one = Try(parcel.event, parcel.type, parcel.endpoint, parcel.number, at, status, kind, error)
        with self._changed:
            self._tries.append(one)


def as_of(event: Json, endpoint: Json) -> Json:
    """The event as the endpoint's version names it; one that was emitted under another version stays so."""
    if endpoint["api_version"] is None or event["api_version"] != Book.API_VERSION:
        return event
    return {**event, "api_version": endpoint["api_version"]}
