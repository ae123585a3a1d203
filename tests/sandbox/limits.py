"""Rate limits counted in fixed windows, each network's own way of telling them left to the network."""

import math
from dataclasses import dataclass

from .clock import Clock


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit: `reset` is in seconds since 1970."""

    limit: int
    remaining: int
    reset: int
    allowed: bool


class Windows:
    """Counts calls, or what they cost, by key; `enforced = False` lets all through and still tells the numbers."""

    def __init__(self, clock: Clock) -> None:
        self.enforced = True
        self._clock = clock
        self._open: dict[str, tuple[int, int]] = {}

    def take(self, key: str, limit: int, *, seconds: int, cost: int = 1) -> Allowance:
        now = self._clock.seconds()
        reset, used = self._open.get(key, (0, 0))
        if reset <= now:
            reset, used = math.ceil(now) + seconds, 0
        allowed = used + cost <= limit or not self.enforced
        used += cost * allowed
        self._open[key] = (reset, used)
        return Allowance(limit, max(0, limit - used), reset, allowed)

    def forget(self) -> None:
        """Opens all windows anew."""
        self._open.clear()
