"""A process as Celery's children are: forked from one that has everything loaded, to do a task, and perhaps to die.

Imported by the fork server, which has no connection to anything.
"""

import os
import resource
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.test import Client

from tests.faults.effects import Effects
from unroller.celery import app

app.loader.import_default_modules()  # sets Django up, where that did not happen yet

from unroller.actions import patience  # noqa: E402  (needs Django)
from unroller.sources import recording  # noqa: E402

TURN_SECONDS = 1.5


class Ground(NamedTuple):
    """Where a child works: the test's settings, its database, and the folders whose files count."""

    settings: dict[str, Any]
    database: str
    folders: tuple[Path, ...]


def task(name: str, *args: str) -> None:
    """A task of Celery's, as a worker calls it."""
    app.tasks[name](*args)


def task_in_a_short_turn(name: str, *args: str) -> None:
    """The same where a fetch has a moment before it is left to the slow queue."""
    patience.FIRST_TURN_SECONDS, recording.LAST_SECONDS = TURN_SECONDS, 0.1
    app.tasks[name](*args)


def task_on_a_full_disk(room: int, name: str, *args: str) -> None:
    """The same where no file can grow beyond `room` bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    app.tasks[name](*args)


def post(path: str, body: bytes, headers: dict[str, str]) -> int:
    """A request that a web process answers; the status."""
    return Client().post(path, body, content_type="application/json", headers=headers).status_code


def run(
    ground: Ground, fatal: int | None, answer: Connection, act: Callable[..., object], args: tuple[Any, ...]
) -> None:
    """Do it, die right before effect `fatal`, else say what the effects were."""
    for name, value in ground.settings.items():
        setattr(settings, name, value)
    connection.settings_dict["NAME"] = ground.database
    effects = Effects(ground.folders, fatal)
    effects.install()
    act(*args)
    names = list(effects.names)
    effects.count("the end")
    answer.send(names)
    os._exit(0)  # as a worker's child: nothing is tidied up
