"""Counting and slowing down calls to Stripe, for work that makes many: readers' calls must not wait for it."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import stripe

CALLS_A_SECOND = 20
"""A fifth of what Stripe allows with a live key, four fifths with a test key."""


@dataclass(slots=True)
class Meter:
    """How many calls were made, and when the next may be."""

    calls: int = 0
    next_at: float = 0.0

    def step(self) -> None:
        """Count a call, once it is its time."""
        now = time.monotonic()
        if self.next_at > now:
            time.sleep(self.next_at - now)
        self.next_at = max(now, self.next_at) + 1 / CALLS_A_SECOND
        self.calls += 1


_meter: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def paced() -> Iterator[Meter]:
    """`with paced() as meter:` every call to Stripe in this thread is counted, and none comes too soon."""
    token = _meter.set(Meter())
    meter = _meter.get()
    assert meter is not None
    try:
        yield meter
    finally:
        _meter.reset(token)


class PacedClient(stripe.RequestsClient):
    """Stripe's HTTP client, which looks at the meter before each call, also before a repeated one."""

    def request(  # type: ignore[override]  # as the library's own overrides it
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        if meter := _meter.get():
            meter.step()
        return super().request(method, url, headers, post_data)
