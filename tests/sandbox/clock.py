"""The sandbox's clock: the machine's time, moved forward where a test asks for it."""

import time
from datetime import UTC, datetime, timedelta

MILLISECOND = timedelta(milliseconds=1)
SETTLED = timedelta(hours=1)
"""How old a post is when nobody says: past the 30 seconds that X's search leaves out."""


class Clock:
    """Tells the time in UTC; `advance` makes all of the sandbox's networks live later."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC) + self._ahead

    def seconds(self) -> float:
        """Seconds since 1970, as rate-limit headers count them."""
        return self.now().timestamp()

    @property
    def ahead(self) -> timedelta:
        """How much later it is here than for whoever lives by the machine's time."""
        return self._ahead

    def advance(self, ahead: timedelta) -> None:
        self._ahead += ahead

    def moments(
        self, count: int, every: timedelta, *, start: datetime | None = None, after: datetime | None = None
    ) -> list[datetime]:
        """When the posts of a thread are written: from `start`, or after `after` and closer together where
        they would reach into the future, or so that the last one is an hour old."""
        if start is None and after is not None:
            every = min(every, (self.now() - after) / (count + 1))
            start = after + every
        elif start is None:
            start = self.now() - SETTLED - every * count
        return [start + every * number for number in range(count)]


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970, without the rounding of floating point."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // MILLISECOND


def zulu(moment: datetime) -> str:
    """`2026-03-01T09:30:00.000Z`: the form all three networks write."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def to_the_second(moment: datetime) -> str:
    """X writes whole seconds with three zeros, so a thread may share one `created_at`."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def parse_moment(text: str) -> datetime:
    """RFC 3339 with `Z` or an offset. Raises ValueError, also when no zone is named."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no time zone in {text!r}")
    return moment.astimezone(UTC)
