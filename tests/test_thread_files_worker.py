"""Files of threads by a real worker: it hears the bell, it is killed, a hundred ask for the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.processes import Worker, until
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.thread_files import Kind, expire_lease, own_place, photos, stored
from tests.threads import a_thread
from unroller.actions import thread_files
from unroller.models import ThreadFile

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place(settings: Settings, tmp_path: Path) -> Path:
    return own_place(tmp_path, settings)


@pytest.fixture
def worker(sandbox: Sandbox, place: Path, tmp_path: Path) -> Iterator[Worker]:
    """One that makes files, in this test's place."""
    running = Worker({**sandbox.env(), "DATA_DIR": str(tmp_path)}, queues="export")
    yield running
    running.kill()


def is_made(file: ThreadFile) -> bool:
    file.refresh_from_db()
    return thread_files.is_made(file)


def test_a_hundred_askers_get_one_file_and_every_picture_is_fetched_once(
    worker: Worker, sandbox: Sandbox, world: World, place: Path
) -> None:
    worker.start()
    thread = a_thread(3, media=photos(sandbox, 4))
    files = {thread_files.ask(thread, Kind.PDF_A4).pk for _ in range(100)}
    file = ThreadFile.objects.get()
    assert files == {file.pk}
    until(lambda: is_made(file), what="file made")
    assert file.attempts == 1
    assert stored(place) == [f"{file.pk}-1"]
    assert len(world.log.of("media", "/picture/")) == 4


def test_a_worker_killed_in_the_middle_loses_nothing(
    worker: Worker, sandbox: Sandbox, world: World, place: Path, tmp_path: Path
) -> None:
    world.faults.add("media", "hang", times=FOR_EVER)
    worker.start()
    file = thread_files.ask(a_thread(3, media=photos(sandbox, 4)), Kind.EPUB)
    until(lambda: bool(list((tmp_path / "making").glob("*"))), what="making begun")
    until(lambda: ThreadFile.objects.filter(pictures=4).exists(), what="pictures counted")
    worker.kill()
    world.faults.clear()
    expire_lease(file)
    worker.start()
    assert thread_files.sweep() == 1
    until(lambda: is_made(file), what="file made by the next worker")
    assert (file.attempts, file.ending, file.pictures_done) == (2, "epub", 4)
    assert stored(place) == [f"{file.pk}-2"]
