"""The list of everything that waits is complete, and looking at it costs the same whatever waits."""

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import accounts
import billing
import unroller
from accounts import waiting as measuring
from accounts.leases import Queue
from accounts.models import Letter
from tests.threads import a_thread
from unroller import readiness, waiting
from unroller.actions import keeping
from unroller.celery import app
from unroller.models import Keeping

ROOMS = {"accounts", "billing", "unroller"}


def modules(package: ModuleType) -> Iterator[str]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.endswith("__main__") and ".migrations" not in found.name:
            yield found.name


def test_every_queue_of_rows_is_in_the_list() -> None:
    for package in (accounts, billing, unroller):
        for name in modules(package):
            importlib.import_module(name)
    ours = [vars(module) for name, module in sorted(sys.modules.items()) if name.split(".")[0] in ROOMS]
    queues = {each.task for module in ours for each in module.values() if isinstance(each, Queue)}
    assert len(queues) > 10
    assert queues <= {line.task for line in waiting.LINES}


def test_every_line_is_of_a_task_and_stands_once() -> None:
    app.loader.import_default_modules()
    tasks = [line.task for line in waiting.LINES]
    assert set(tasks) <= set(app.tasks)
    assert len(tasks) == len(set(tasks))


def test_every_worker_has_a_bound_for_what_waits() -> None:
    app.loader.import_default_modules()
    ours = [name for name in app.tasks if name.split(".")[0] in ROOMS]
    assert set(readiness.LATE) == {readiness.worker_of(name) for name in ours}


@pytest.mark.django_db
@pytest.mark.parametrize("line", waiting.LINES, ids=[line.task for line in waiting.LINES])
def test_an_empty_line_has_nobody_who_waits(line: measuring.Line) -> None:
    assert line.standing() == (0, 0.0)


@pytest.mark.django_db
def test_a_long_line_is_counted_up_to_a_bound_in_one_query(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "MOST_COUNTED", 5)
    line = next(line for line in waiting.LINES if line.task == "accounts.deliver")
    for times in (4, 8):
        Letter.objects.bulk_create(Letter(name="code", to="bob@example.org") for _ in range(times))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            standing = line.standing()
        assert sum("accounts_letter" in query["sql"] for query in queries) == 1
        assert standing.rows == min(5, Letter.objects.count())


@pytest.mark.django_db
def test_what_is_opened_again_waits_from_then_on() -> None:
    long_ago = timezone.now() - timedelta(days=30)
    Keeping.objects.create(thread=a_thread(2), finished_at=long_ago)
    Keeping.objects.update(created_at=long_ago)
    line = next(line for line in waiting.LINES if line.task == "unroller.copy_media")
    keeping.reopen(Keeping.objects.get().pk)
    standing = line.standing()
    assert standing.rows == 1
    assert standing.seconds < 60
