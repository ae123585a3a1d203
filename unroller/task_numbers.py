"""The number of a request follows into the tasks that it rang for, and into what these ring.

A task that the clock rang for looks for rows of many people: each bell that it rings gets a number of its own, and that
one is followed from there.
"""

import uuid
from typing import Any

import structlog
from celery import signals

HEADER = "unroller_request"
OWN = "own_request"
"""Set in a task that nobody's request led to. It is no secret and no fact: log lines leave it out."""


@signals.before_task_publish.connect
def send_along(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """A bell that is rung by a request, or by a task that one led to, carries its number."""
    known = structlog.contextvars.get_contextvars()
    if headers is not None and "request_id" in known:
        headers[HEADER] = uuid.uuid4().hex if known.get(OWN) else known["request_id"]


@signals.task_prerun.connect
def take_up(task_id: str = "", task: Any = None, **_: Any) -> None:
    """All lines of a task name it, and the request that led to it."""
    structlog.contextvars.clear_contextvars()
    number = getattr(task.request, HEADER, None)
    structlog.contextvars.bind_contextvars(request_id=number or uuid.uuid4().hex, task=task.name, task_id=task_id)
    if not number:
        structlog.contextvars.bind_contextvars(**{OWN: True})


@signals.task_postrun.connect
def let_go(**_: Any) -> None:
    """The next task of this process is another's."""
    structlog.contextvars.clear_contextvars()
