"""A real worker looks whether networks still show what is here, and is killed in the middle."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.bell import ring
from tests.compliance.test_rounds import a_chain, delete
from tests.processes import Worker, until
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller.actions.compliance import vanished
from unroller.models import Sweep, Thread, Vanished

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def comply_worker(sandbox: Sandbox, transactional_db: None) -> Iterator[Worker]:
    running = Worker(sandbox.env(), queues="comply")
    yield running
    running.kill()


def removed() -> str:
    return Thread.objects.get().removed


def test_a_worker_killed_while_it_asks_leaves_everything_to_the_next(comply_worker: Worker, world: World) -> None:
    posts = a_chain(world, "bluesky")
    delete(world, "bluesky", posts[0])
    world.faults.add("appview", "hang", path="getPosts", times=FOR_EVER)
    world.log.clear()
    comply_worker.start()
    ring("unroller.comply_rounds", "bluesky")
    until(lambda: Thread.objects.get().look_at is not None, what="thread claimed")
    comply_worker.kill()
    world.faults.clear()
    assert (removed(), Vanished.objects.count()) == ("", 0)
    past = timezone.now() - timedelta(seconds=1)
    Sweep.objects.update(due_at=past)
    Thread.objects.update(look_at=past)
    comply_worker.start()
    ring("unroller.comply_rounds", "bluesky")
    until(lambda: removed() == "Gone", what="thread removed by the next worker")
    assert list(Vanished.objects.values_list("reason", flat=True)) == ["deleted"]


def test_a_worker_killed_before_the_words_are_gone_leaves_the_row_to_the_next(
    comply_worker: Worker, world: World
) -> None:
    posts = a_chain(world, "bluesky")
    vanished.note("bluesky", path=f"{posts[0].author.did}/{posts[0].rkey}", reason="deleted", by="look")
    with transaction.atomic():  # before the worker comes: the note has rung already
        Thread.objects.select_for_update().get()
        comply_worker.start()
        until(lambda: not Vanished.objects.filter(attempts=0).exists(), what="row taken")
        comply_worker.kill()
    assert (removed(), Vanished.objects.get().done_at) == ("", None)
    Vanished.objects.update(leased_until=timezone.now() - timedelta(seconds=1), rung_at=None)
    comply_worker.start()
    assert vanished.sweep() == 1
    until(lambda: removed() == "Gone", what="thread removed by the next worker")
    until(lambda: Vanished.objects.filter(outcome="removed", attempts=2).exists(), what="row done")
