"""A wish whose worker is really killed in the middle of it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.bell import ring
from accounts.models import Letter
from tests.processes import Worker, until
from tests.rights.asking import IDA, asked
from tests.rights.test_opting_out_races import waiting
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.test_unrolling import a_chain, unroll
from unroller.actions import proving
from unroller.models import Author, Claim, Thread

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_redis")]


@pytest.fixture
def worker(sandbox: Sandbox) -> Iterator[Worker]:
    running = Worker(sandbox.env(), queues="look")
    yield running
    running.kill()


def letters() -> list[str]:
    return list(Letter.objects.filter(to=IDA).order_by("created_at").values_list("name", flat=True))


def test_the_next_worker_goes_on_and_writes_once(worker: Worker, world: World) -> None:
    unroll(world.x.link(a_chain(world, name="alice")[0]))
    row, thread = asked(), Thread.objects.get()
    proving.look(row, world.x.link(world.x.post("alice", f"It is me: {row.code}")))
    worker.start()
    with transaction.atomic():
        Thread.objects.select_for_update().get(pk=thread.pk)
        until(lambda: ring("unroller.check_claim", str(row.pk)), what="the bell is heard")
        until(lambda: Author.objects.filter(opted_out=True).exists() and waiting() > 0, what="it takes the thread")
        worker.kill()
    row.refresh_from_db()
    assert (row.state, bool(row.proof), row.done_at) == (Claim.State.CHECKING, True, None)
    assert letters() == ["author_asked"]
    Claim.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    worker.start()
    assert ring("unroller.check_claim", str(row.pk))
    until(lambda: Claim.objects.filter(done_at__isnull=False).exists(), what="done by the next worker")
    thread.refresh_from_db()
    assert (thread.removed, letters()) == ("OptedOut", ["author_asked", "author_wish_done"])
