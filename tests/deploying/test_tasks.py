"""A bell that yesterday's code rang finds its task in today's workers (docs/running.md, Updates)."""

import inspect
import json

import pytest

from tests.deploying.tasks import RELEASED, registered
from unroller.celery import app

TASKS: dict[str, list[str]] = json.loads(RELEASED.read_text())


def test_the_list_of_the_last_release_is_there() -> None:
    assert len(TASKS) > 40
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} & set(TASKS)


@pytest.mark.parametrize("name", TASKS)
def test_a_bell_of_the_last_release_finds_its_task(name: str) -> None:
    assert name in registered(), "keep a removed or renamed task for one more release"
    signature = inspect.signature(registered()[name])
    arguments = TASKS[name]
    needed = [each for each in arguments if not each.endswith("=")]
    for count in range(len(needed), len(arguments) + 1):
        signature.bind(*arguments[:count])
