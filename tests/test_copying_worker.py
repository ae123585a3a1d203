"""Copies by a real worker: it hears the bell, and is killed in the middle."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.keeping import a_member, files, film, in_order, photo, saves, showing
from tests.processes import Worker, until
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.thread_files import own_place
from unroller.actions import copies, copying
from unroller.models import Keeping, KeptMedium

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place(settings: Settings, tmp_path: Path) -> Path:
    settings.BILLING_ENABLED = True
    return own_place(tmp_path, settings)


@pytest.fixture
def worker(sandbox: Sandbox, place: Path, tmp_path: Path) -> Iterator[Worker]:
    """One that copies, in this test's place."""
    running = Worker({**sandbox.env(), "DATA_DIR": str(tmp_path), "BILLING_ENABLED": "true"}, queues="copy")
    yield running
    running.kill()


def is_done() -> bool:
    return Keeping.objects.filter(finished_at__isnull=False).exists()


def test_a_saved_thread_is_copied_by_itself(worker: Worker, sandbox: Sandbox, place: Path) -> None:
    worker.start()
    saves(a_member(), showing(photo(sandbox), film(sandbox)))
    until(is_done, what="copies made")
    assert len(files(place)) == 2
    assert in_order(place)


def test_a_worker_killed_in_the_middle_loses_nothing(
    worker: Worker, sandbox: Sandbox, world: World, place: Path, tmp_path: Path
) -> None:
    world.faults.add("media", "drip", path="/film/slow", times=FOR_EVER, seconds=60)
    worker.start()
    saves(a_member(), showing(film(sandbox, seed="quick"), film(sandbox, 500_000, seed="slow"), photo(sandbox)))
    until(lambda: KeptMedium.objects.count() == 1, what="the first copy made")
    until(lambda: bool(list((tmp_path / "copying").glob("*"))), what="the second begun")
    worker.kill()
    world.faults.clear()
    assert Keeping.objects.get().leased_until is not None
    Keeping.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    worker.start()
    assert copying.sweep() == 1
    until(is_done, what="copies made by the next worker")
    row = Keeping.objects.get()
    assert (row.missing, len(files(place))) == (0, 3)
    assert len(world.log.of("media", "/film/quick")) == 1
    assert copies.check() == (0, 0)
    assert in_order(place)
