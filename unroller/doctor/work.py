"""Who works: a worker for each queue, none of them late, and a clock that rings."""

import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, cast

from django.db import DatabaseError

from unroller import clock, readiness, store, waiting
from unroller.celery import app

from .finding import Finding, broken, in_words, ok, warning

PATIENCE = 2.0
"""Seconds for workers to say what they listen to."""
RUNG_WITHIN = 60.0
"""Seconds: something is rung for every other second."""


def workers() -> Iterator[Finding]:
    """A line for each queue: who listens, and how long its oldest row has waited."""
    try:
        answers = app.control.inspect(timeout=PATIENCE).active_queues() or {}
    except Exception as error:
        yield broken("workers", in_words(error), "See that Redis runs: workers are asked through it.")
        return
    listening: dict[str, list[str]] = defaultdict(list)
    for worker, queues in cast(dict[str, list[dict[str, Any]]], answers).items():
        for each in queues:
            listening[each["name"]].append(worker)
    ages = _ages()
    for queue in sorted(readiness.LATE):
        yield _queue(queue, len(listening[queue]), None if ages is None else ages.get(queue, 0.0))


def the_clock() -> Iterator[Finding]:
    """When the clock last rang for anything."""
    mend = "Start one: `celery --app=unroller.celery beat`."
    try:
        rung = cast("dict[bytes, bytes]", store.client().hgetall(clock.RUNG))
    except store.Unavailable as error:
        yield broken("clock", in_words(error), "See that Redis runs: the clock keeps there what it rang.")
        return
    if not rung:
        yield broken("clock", "never rang: nothing is swept, sent in the morning, or deleted", mend)
        return
    age = time.time() - max(map(float, rung.values()))
    if age > RUNG_WITHIN:
        yield broken("clock", f"rang last {age:,.0f} seconds ago", mend)
    else:
        yield ok("clock", f"rang {max(age, 0):.0f} seconds ago")


def _ages() -> dict[str, float] | None:
    """For how many seconds the oldest row of each queue is due; None where the database does not say it in time."""
    ages: dict[str, float] = {}
    try:
        for line in waiting.LINES:
            queue = readiness.worker_of(line.task)
            ages[queue] = max(ages.get(queue, 0.0), line.standing().seconds)
    except DatabaseError:
        return None
    return ages


def _queue(name: str, listening: int, age: float | None) -> Finding:
    waits = "nothing waits"
    if age is None:
        waits = "PostgreSQL did not say in time what waits"
    elif age >= 1:
        waits = f"the oldest row waits {age:,.0f} s"
    if not listening:
        mend = f"Start a worker for it: `celery --app=unroller.celery worker --queues={name}` (docs/operating.md)."
        return broken(f"queue {name}", f"nobody listens; {waits}", mend)
    sentence = f"{listening} listen{'s' if listening == 1 else ''}; {waits}"
    if age is None:
        return warning(f"queue {name}", sentence, "See that PostgreSQL answers, and which questions keep it busy.")
    if age > readiness.LATE[name]:
        mend = "Start more processes for it, or look in the admin what hinders them."
        return warning(f"queue {name}", f"{sentence}, longer than it should", mend)
    return ok(f"queue {name}", sentence)


LOOKS = (workers, the_clock)
