"""docs/operating.md says what the code says: queues, tasks, and every figure that has a name in the code."""

import importlib
import re
from datetime import timedelta
from pathlib import Path

import pytest

from accounts import limits
from accounts.limits import Limit
from unroller.celery import app
from unroller.management.commands import up

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (ROOT / "docs" / "operating.md").read_text()
UNITS = {
    "": 1,
    "GB": 1_000_000_000,
    "MB": 1_000_000,
    "MiB": 1024 * 1024,
    "seconds": 1,
    "minutes": 60,
    "hour": 3600,
    "hours": 3600,
    "day": 24 * 3600,
    "days": 24 * 3600,
}
WINDOWS = {"a minute": 60, "an hour": 3600, "a day": 24 * 3600}
FIGURES = re.findall(r"^\|[^|]+\| ([\d,]+) ?([^|]*?) \| `(\w+(?:\.\w+)+)` \|$", DOCUMENT, re.MULTILINE)
"""Rows of three cells: what it is, how much, and the name of it in the code."""


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = DOCUMENT.split(f"# {heading}\n")[1].split("\n#")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def tasks() -> dict[str, set[str]]:
    """Our tasks by the queue they go to."""
    app.loader.import_default_modules()
    found: dict[str, set[str]] = {}
    for name in app.tasks:
        if name.partition(".")[0] in {"unroller", "accounts", "billing"}:
            found.setdefault(app.amqp.router.route({}, name)["queue"].name, set()).add(name)
    return found


def constant(name: str) -> object:
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def test_every_queue_has_a_row_with_its_tasks() -> None:
    documented = {cells[0].strip("`"): set(re.findall(r"`(\w+\.\w+)`", cells[1])) for cells in rows("Queues")}
    assert documented == tasks()


def test_make_runs_workers_are_those_of_the_document() -> None:
    documented = {cells[0].strip("`"): cells[2].strip("`") for cells in rows("Queues")}
    worked = {queue: name for name, queues in up._QUEUES.items() for queue in queues.split(",")}
    assert documented == worked


def test_everything_the_clock_rings_for_is_there() -> None:
    rung = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert rung <= {task for cells in rows("Queues") for task in re.findall(r"`(\w+\.\w+)`", cells[1])}


@pytest.mark.parametrize(("amount", "unit", "name"), FIGURES, ids=[name for _, _, name in FIGURES])
def test_a_figure_is_that_of_the_code(amount: str, unit: str, name: str) -> None:
    said, found = int(amount.replace(",", "")), constant(name)
    if isinstance(found, Limit):
        assert (said, WINDOWS[unit]) == (found.item.amount, found.item.get_expiry())
    elif isinstance(found, timedelta):
        assert unit
        assert said * UNITS[unit] == found.total_seconds()
    else:
        assert said * UNITS[unit] == found


def test_every_limit_of_readers_is_there() -> None:
    names = {f"accounts.limits.{name}" for name, found in vars(limits).items() if isinstance(found, Limit)}
    assert names <= {name for _, _, name in FIGURES}


def test_everything_that_is_kept_for_a_while_is_there() -> None:
    kept = set()
    for folder in ("accounts", "billing", "unroller/actions"):
        for path in (ROOT / folder).rglob("*.py"):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            kept |= {f"{module}.{name}" for name in re.findall(r"^(KEPT\w*) = ", path.read_text(), re.MULTILINE)}
    assert len(kept) > 10
    assert kept <= {name for _, _, name in FIGURES}


def test_every_task_with_a_time_of_its_own_is_named() -> None:
    said = DOCUMENT.split("* **A task** is ended by Celery after 10 minutes;")[1].split("20 minutes")[0]
    assert set(re.findall(r"`(\w+\.\w+)`", said)) == set(app.conf.task_annotations)
    assert {each["time_limit"] for each in app.conf.task_annotations.values()} == {20 * 60.0}
    assert app.conf.task_time_limit == 10 * 60.0
