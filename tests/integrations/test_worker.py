"""Real workers: they are rung for, are killed and lose nothing, and one slow receiver holds up nobody else."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from tests.follows import a_reader
from tests.marking import BREAD, said
from tests.processes import Worker, until
from tests.sandbox.server import Sandbox
from unroller.actions import deliveries, integrations, library
from unroller.models import Delivery, Integration

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker(sandbox: Sandbox, transactional_db: None) -> Iterator[Worker]:
    """Two processes on the queue of what is told."""
    running = Worker(sandbox.env(), queues="tell")
    yield running
    running.kill()


def hooked(user: User, sandbox: Sandbox, path: str) -> Integration:
    return integrations.connect_webhook(user, sandbox.urls()["receiver"] + path).integration


def test_a_killed_worker_loses_nothing_and_the_id_stays(sandbox: Sandbox, worker: Worker) -> None:
    alice = a_reader("alice", premium=True)
    worker.start()
    row = hooked(alice, sandbox, "/hook")
    until(lambda: len(sandbox.world.receiver.received) == 1, what="the test came")
    until(lambda: not Integration.objects.get(id=row.id).has_news, what="the worker let go")
    sandbox.world.faults.add("receiver", "hang", seconds=30)
    library.save(alice, said(BREAD))
    until(lambda: Delivery.objects.filter(event="saved", attempts=1).exists(), what="a worker took it")
    until(lambda: len(sandbox.world.log.of("receiver")) == 2, what="the receiver was asked")
    worker.kill()
    sandbox.world.faults.clear()
    held = Integration.objects.get(id=row.id)
    assert held.leased_until is not None
    assert deliveries.sweep() == 0, "its lease has not run out"
    Integration.objects.filter(id=row.id).update(leased_until=timezone.now() - timedelta(seconds=1))
    worker.start()
    assert deliveries.sweep() == 1
    until(lambda: Delivery.objects.get(event="saved").delivered, what="it was told")
    delivery = Delivery.objects.get(event="saved")
    assert (delivery.attempts, str(delivery.id)) == (2, sandbox.world.receiver.names()[-1])


def test_one_slow_receiver_holds_up_nobody_else(sandbox: Sandbox, worker: Worker) -> None:
    mallory, alice = a_reader("mallory", premium=True), a_reader("alice", premium=True)
    slow = hooked(mallory, sandbox, "/slow")
    quick = hooked(alice, sandbox, "/quick")
    for _ in range(20):
        Delivery.objects.create(integration=slow, event="test", give_up_at=timezone.now() + timedelta(days=1))
    sandbox.world.faults.add("receiver", "hang", path="/slow", seconds=8, times=2)
    began = time.monotonic()
    worker.start()
    for row in (slow, quick):
        integrations.QUEUE.ring(row.pk)
    until(lambda: not Integration.objects.get(id=quick.id).has_news, what="the quick one was told")
    library.save(alice, said(BREAD))
    until(lambda: len(sandbox.world.receiver.of("saved")) == 1, what="the saved thread was told")
    assert Integration.objects.get(id=slow.id).leased_until is not None
    assert Delivery.objects.filter(integration=slow, attempts__gt=0).count() == 1
    assert time.monotonic() - began < 30


def test_saving_does_not_wait_for_anybody(sandbox: Sandbox) -> None:
    alice = a_reader("alice", premium=True)
    hooked(alice, sandbox, "/hook")
    sandbox.world.log.clear()
    library.save(alice, said(BREAD))
    assert sandbox.world.log.of("receiver") == []
    assert Delivery.objects.filter(event="saved", attempts=0).count() == 1
