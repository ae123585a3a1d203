"""What happens to webhooks on their way, on request: doubled, out of order, late, lost, wrongly or anciently signed."""

import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, get_args

from ..faults import FOR_EVER

WebhookFaultKind = Literal["duplicate", "reorder", "delay", "drop", "wrong-signature", "old-timestamp"]
KINDS: tuple[str, ...] = get_args(WebhookFaultKind)


@dataclass(slots=True)
class WebhookFault:
    """For the next `times` tries (`FOR_EVER`: all) of events whose type matches, `*` standing for anything."""

    kind: WebhookFaultKind
    times: int = 1
    type: str = "*"
    seconds: float = 3
    """How late a delayed one is."""
    copies: int = 2
    """How often a doubled one arrives, all at once."""
    together: int = 2
    """So many are gathered and then sent in the opposite order."""


class WebhookFaults:
    """The faults that wait for their deliveries; safe to change while it runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[WebhookFault] = []

    def add(
        self,
        kind: WebhookFaultKind,
        *,
        times: int = 1,
        type: str = "*",  # noqa: A002 - Stripe's own word
        seconds: float = 3,
        copies: int = 2,
    ) -> WebhookFault:
        """`reorder` turns round the next `times`, or pairs for ever. Raises ValueError for what makes no sense."""
        if kind not in KINDS:
            raise ValueError(f"no such webhook fault: {kind}")
        if copies < 1 or seconds < 0:
            raise ValueError("a doubled event needs at least one copy, a late one cannot be early")
        together = 2 if times == FOR_EVER else times
        fault = WebhookFault(kind, times, type, seconds, copies, together)
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, event_type: str) -> WebhookFault | None:
        """The fault this try meets, counted as used."""
        with self._lock:
            for fault in self._faults:
                if fault.times != 0 and fnmatchcase(event_type, fault.type):
                    if fault.times != FOR_EVER:
                        fault.times -= 1
                    return fault
        return None

    def waiting(self) -> list[WebhookFault]:
        """The faults that will still meet a delivery."""
        with self._lock:
            return [fault for fault in self._faults if fault.times]

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
