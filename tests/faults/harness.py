"""Kill -9 at every effect of a task: counted in a run that lives; then one run for each dies there, and is mended."""

import base64
import json
import multiprocessing
import os
import pickle
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self, cast

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.utils import timezone

from tests.faults import child
from tests.processes import DEADLINE
from unroller import store
from unroller.celery import app
from unroller.readiness import LATE

LONG = os.environ.get("FAULTS") == "long"
"""Every point instead of a few of them."""
SAMPLED = int(os.environ.get("FAULTS_POINTS", "6"))
ROUNDS = 100
MOST_BELLS = 2_000
QUEUES = tuple(LATE)
PASSING = frozenset({"leased_until", "not_before", "rung_at", "announce_at", "received_at"})
"""Columns that say until when something waits, or since when."""
NOT_FOR_CHILDREN = frozenset({"DATABASES", "EMAIL_BACKEND", "LOGGING", "CACHES"})
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.faults.child"])


@dataclass(frozen=True)
class Errand:
    """Something to be done by a process that may be killed: `act(*args)` in the process, `is_done` and `check` here.

    `check` raises AssertionError for what was lost, and answers how much of what cannot be known came twice.
    """

    act: Callable[..., object]
    args: tuple[Any, ...]
    is_done: Callable[[], bool]
    check: Callable[[], int]

    @classmethod
    def of(cls, task: str, key: object, *, is_done: Callable[[], bool], check: Callable[[], int]) -> Self:
        """A task of Celery's about one row."""
        return cls(child.task, (task, str(key)), is_done, check)

    @classmethod
    def alone(cls, task: str, *, is_done: Callable[[], bool], check: Callable[[], int]) -> Self:
        """A task of Celery's that finds what is to be done by itself."""
        return cls(child.task, (task,), is_done, check)


@dataclass
class Tally:
    """What was found out."""

    effects: list[str] = field(default_factory=list)
    kills: int = 0
    doubled: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{len(self.effects)} effects, {self.kills} kills, lost 0, doubled {sum(self.doubled)}"


def killed_everywhere(begin: Callable[[int], Errand], *clock: str, folders: tuple[Path, ...] = ()) -> Tally:
    """Do an errand once to count its effects; then another one for each of them, killed there, and gone on with.

    `begin(number)` sets up errand `number`; `clock` names the tasks that beat rings for. What is in the broker is lost
    each time: the worker that dies has taken it. Raises AssertionError also where more than a few outlived what was to
    kill them: then later errands do less than the first, and it proves little.
    """
    tally = Tally()
    _do(begin(0), None, clock, folders, tally)
    points = _points(len(tally.effects))
    for number, fatal in enumerate(points, start=1):
        _do(begin(number), fatal, clock, folders, tally)
    print(f"\n{begin.__qualname__.partition('.')[0]}: {tally}")
    outlived = len(points) - tally.kills
    assert outlived <= max(1, len(points) // 20), f"{outlived} outlived what was to kill them: errands differ"
    return tally


def _do(errand: Errand, fatal: int | None, clock: tuple[str, ...], folders: tuple[Path, ...], tally: Tally) -> None:
    store.client().delete(*QUEUES)
    effects = in_a_child(errand.act, *errand.args, fatal=fatal, folders=folders)
    tally.effects = tally.effects or effects or []
    tally.kills += effects is None
    try:
        go_on(errand.is_done, clock)
        tally.doubled.append(errand.check())
    except AssertionError as error:
        if fatal is None:
            raise
        where = " | ".join(tally.effects[max(0, fatal - 3) : fatal])
        raise AssertionError(f"killed before effect {fatal} of {len(tally.effects)} ({where}): {error}") from error


def in_a_child(
    act: Callable[..., object], *args: Any, fatal: int | None = None, folders: tuple[Path, ...] = ()
) -> list[str] | None:
    """Do something in a process of its own, which is killed right before effect `fatal`; the effects, or None when it
    was."""
    here, there = _forks.Pipe(duplex=False)
    ground = child.Ground(_settings(), str(connection.settings_dict["NAME"]), folders)
    process = _forks.Process(target=child.run, args=(ground, fatal, there, act, args))
    process.start()
    there.close()
    process.join(2 * DEADLINE)
    if process.exitcode is None:
        process.kill()
        raise AssertionError(f"{act.__name__}{args} hangs")
    assert process.exitcode in (0, -signal.SIGKILL), f"{act.__name__}{args} ended with {process.exitcode}"
    return cast("list[str]", here.recv()) if process.exitcode == 0 else None


def go_on(is_done: Callable[[], bool], clock: tuple[str, ...]) -> None:
    """What happens by itself, in less time: leases run out, waits are over, beat rings, workers hear the bells."""
    for _ in range(ROUNDS):
        lapse()
        for name in clock:
            app.tasks[name]()
        hear_bells()
        if is_done():
            return
    raise AssertionError("it is never done")


def lapse() -> None:
    """All leases ran out, all waits are over, and no bell is believed to be heard."""
    past = timezone.now() - timedelta(minutes=2)
    for model in apps.get_models():
        for name in PASSING.intersection(one.name for one in model._meta.get_fields()):
            rows = model._default_manager.filter(**{f"{name}__gt": past})
            rows.update(**{name: None if name == "rung_at" else past})


def hear_bells(most: int = MOST_BELLS) -> int:
    """Do in this process what waits in the broker, up to so many bells; how many there were."""
    for count in range(most):
        bell = next(filter(None, (store.client().rpop(queue) for queue in QUEUES)), None)
        if bell is None:
            return count
        message = json.loads(cast("bytes", bell))
        args = json.loads(base64.b64decode(message["body"]))[0]
        app.tasks[message["headers"]["task"]](*args)
    return most


def _points(effects: int) -> list[int]:
    """Before which effects to die; the one after the last is the end. All of them, or a few that are spread."""
    if LONG or effects < SAMPLED:
        return list(range(1, effects + 2))
    return [1 + round(number * effects / (SAMPLED - 1)) for number in range(SAMPLED)]


def _settings() -> dict[str, Any]:
    """This test's settings, as far as another process can have them. Children send real mail."""
    found = {"EMAIL_BACKEND": "accounts.backends.Smtp"}
    for name in filter(str.isupper, dir(settings)):
        value = getattr(settings, name)
        if name not in NOT_FOR_CHILDREN and _travels(value):
            found[name] = value
    return found


def _travels(value: object) -> bool:
    try:
        pickle.dumps(value)
    except (TypeError, AttributeError, pickle.PicklingError):
        return False
    return True
