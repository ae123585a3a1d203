"""A real worker reads an archive, and is killed in the middle."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from tests.archives.bringing import WORDS, a_zip, brought, proves
from tests.follows import a_reader
from tests.processes import Worker, until
from tests.sandbox.server import Sandbox
from tests.x_archives import chain
from unroller.actions.archives import files, queue
from unroller.models import Archive, ArchivedThread, Thread

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 800


@pytest.fixture
def worker(sandbox: Sandbox, tmp_path: Path) -> Iterator[Worker]:
    running = Worker({**sandbox.env(), "DATA_DIR": str(tmp_path), "BILLING_ENABLED": "true"}, queues="archive")
    yield running
    running.kill()


def test_a_worker_killed_in_the_middle_loses_nothing_and_publishes_nothing_twice(
    worker: Worker, tmp_path: Path
) -> None:
    worker.start()
    ana = a_reader("ana")
    proves(ana)
    posts = [each for number in range(MANY) for each in chain(WORDS, start=number * 1_000)]
    archive = brought(ana, a_zip(tmp_path, posts))
    until(lambda: Thread.objects.count() > 20, what="some threads stored")
    worker.kill()
    killed = Archive.objects.get()
    assert killed.state == Archive.State.READING
    assert killed.threads_found == ArchivedThread.objects.count() < MANY
    assert files.path_of(archive.pk).exists()
    Archive.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    worker.start()
    assert queue.sweep() == 1
    until(lambda: Archive.objects.get().state == Archive.State.DONE, what="the archive read", seconds=60)
    done = Archive.objects.get()
    assert (done.threads_found, done.threads_stored, done.report["threads"]) == (MANY, MANY, {"new": MANY})
    assert Thread.objects.count() == ArchivedThread.objects.count() == MANY
    until(lambda: not files.path_of(archive.pk).exists(), what="the file deleted")
