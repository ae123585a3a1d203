"""Redis dies with every bell in it and comes back empty: workers and clock go on, and everybody is told once."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
import redis as client

from tests.followers import a_follower, a_new_thread
from tests.processes import Worker, until
from tests.sandbox.mail.post import PostOffice
from tests.sandbox.server import Sandbox
from unroller import store
from unroller.actions import jobs, unrolling
from unroller.actions.announcing import RING_AGAIN
from unroller.embedded.programs import valkey_server
from unroller.models import Cadence, Job, Notification

pytestmark = pytest.mark.django_db(transaction=True)


class Redis:
    """A server of this test's own, which may die."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._folder = folder
        self.start()

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--logfile", "redis.log"]
        self._process = subprocess.Popen([str(valkey_server()), *options], cwd=self._folder)
        until(self._listens, what="Redis listens")

    def hear(self) -> None:
        """What this process rang for is heard here instead of at its own Redis."""
        for queue in ("fetch", "slow"):
            while bell := store.client().rpop(queue):
                client.Redis(port=self.port).lpush(queue, cast("bytes", bell))

    def hang_up(self) -> None:
        """On whoever waits for commands."""
        client.Redis(port=self.port).client_kill_filter(_type="pubsub")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path)
    yield server
    server.kill()


def test_a_redis_that_dies_delays_mail_and_loses_none(
    sandbox: Sandbox, post_office: PostOffice, redis: Redis, tmp_path: Path
) -> None:
    own = {**sandbox.env(), "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0"}
    worker = Worker(own, "--beat", "--schedule", str(tmp_path / "beat"), queues="clock,notify")
    try:
        worker.start()
        a_follower(cadence=Cadence.INSTANT)
        redis.kill()
        a_new_thread()
        time.sleep(3)
        assert post_office.total == 0
        redis.start()
        lost = RING_AGAIN.total_seconds()  # the clock may have rung for the thread while nobody could hear it
        until(lambda: post_office.total == 1, what="the mail", seconds=lost + 60)
        until(lambda: not Notification.objects.filter(settled_at=None).exists(), what="the mail settled")
        time.sleep(2)
        assert post_office.total == 1
    finally:
        worker.kill()


def test_a_worker_with_a_bell_in_its_hands_outlives_redis(
    sandbox: Sandbox, redis: Redis, worker: Worker, tmp_path: Path
) -> None:
    author = sandbox.world.x.person("maralind")
    posts = [sandbox.world.x.thread(author, [f"Thread {name}.", "And so on."])[0] for name in range(3)]
    sandbox.world.faults.add("x", "hang", times=2)
    worker.start(REDIS_URL=f"redis://127.0.0.1:{redis.port}/0", TMPDIR=str(tmp_path))
    for post in posts:
        unrolling.ask(sandbox.world.x.link(post))
    redis.hear()
    until(lambda: worker.log.count(" received") == 3, what="two are worked on, one waits in the worker")
    assert worker.process is not None
    os.kill(worker.process.pid, signal.SIGSTOP)  # so that it misses commands first, and bells afterwards
    redis.hang_up()
    redis.kill()
    os.kill(worker.process.pid, signal.SIGCONT)
    until(lambda: "Cannot connect to redis" in worker.log, what="it goes on trying")
    redis.start()
    sandbox.world.faults.clear()
    Job.objects.update(rung_at=None)

    def are_done() -> bool:
        jobs.sweep()
        redis.hear()
        return not Job.objects.filter(finished_at=None).exists()

    until(are_done, what="all fetched")
