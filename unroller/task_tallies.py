"""How long tasks take and how they end, by name; and that the clock is alive."""

import time
from typing import Any

from celery import signals

from accounts import tallies

BUCKETS = (0.1, 0.5, 2.0, 10.0, 60.0, 300.0)
"""Seconds. Most tasks take a tenth of one; the longest may take twenty minutes."""
LONGER = "+Inf"
BEAT_EVERY = 1.0
"""Seconds between two signs of life of the clock, at least."""


class _Clock:
    """Of this process: when its task began, or, where it is the clock, when it last gave a sign of life."""

    began = 0.0
    is_beat = False
    said = 0.0


@signals.task_prerun.connect
def begin(**_: Any) -> None:
    """A process does one task at a time."""
    _Clock.began = time.monotonic()


@signals.task_postrun.connect
def end(task: Any = None, state: str | None = None, **_: Any) -> None:
    """Count it, and hand over whatever it counted."""
    seconds = time.monotonic() - _Clock.began
    bucket = next((str(bound) for bound in BUCKETS if seconds <= bound), LONGER)
    tallies.note("tasks", task.name, (state or "unknown").lower())
    tallies.note("task_seconds", task.name, by=seconds)
    tallies.note("task_bucket", task.name, bucket)
    tallies.hand_over()


@signals.beat_init.connect
def be_the_clock(**_: Any) -> None:
    """This process rings for what is due by the clock."""
    _Clock.is_beat = True


@signals.after_task_publish.connect
def beat(**_: Any) -> None:
    """The clock rang: it is alive."""
    if _Clock.is_beat and time.monotonic() - _Clock.said >= BEAT_EVERY:
        _Clock.said = time.monotonic()
        tallies.set_now("beat", value=time.time())
