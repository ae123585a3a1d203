"""How long work waits for a network that cannot be read just now, and when it is given up."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from unroller.core.errors import Later, OutOfCredits, RateLimited
from unroller.sources.budget import BREAKER

LEASE = timedelta(seconds=90)
"""Longer than one question to a network may take, since a lease is renewed after each answer."""
MOST_ATTEMPTS = 5
LONG_SECONDS = 2.0
"""A try that failed after more than these is tried again by workers that have time. If it brought nothing either, it
counts, whatever the network says: one that takes long to say "wait" would hold a worker as long as it likes."""
FIRST_TURN_SECONDS = 20.0
"""After so long a fetch, or a look for who is meant, is left to workers of which nobody waits for a moment: most take a
second or two, and whoever waits for one stands behind others."""
LOOK_SECONDS = 60.0
"""For a few questions about a person, or what they wrote last, by a worker of which nobody waits for a moment."""
BACKOFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
LONGEST = timedelta(days=1)
"""What a network kept waiting for longer than this ends."""


class NextTry(NamedTuple):
    """When a network is asked again, and whether the try before counts: being told to wait is no failure."""

    at: datetime
    counts: bool


def next_try(began: datetime, attempt: int, error: Later, *, in_vain: bool = False) -> NextTry | None:
    """When to go on with what began at `began` and failed in its `attempt`; None when there is no point. `in_vain`: the
    try took long and brought nothing."""
    now = timezone.now()
    told_to_wait = isinstance(error, RateLimited | OutOfCredits)
    counts = in_vain or not told_to_wait
    if now - began > LONGEST or (attempt >= MOST_ATTEMPTS and counts):
        return None
    if isinstance(error, RateLimited):
        return NextTry(min(max(error.until, now), began + LONGEST), counts)
    if told_to_wait:
        return NextTry(now + BREAKER, counts)
    return NextTry(now + BACKOFF[min(attempt, len(BACKOFF)) - 1], counts)
