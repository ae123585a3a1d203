"""The real worker asks X; one that is killed leaves one job at X, and its list to the next."""

from collections.abc import Iterator

import pytest

from tests.bot import holding
from tests.compliance.asking_x import known
from tests.processes import Worker, until
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller.actions.compliance import inquiries
from unroller.models import Inquiry, Thread, Vanished

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def comply_worker(sandbox: Sandbox, transactional_db: None) -> Iterator[Worker]:
    running = Worker(sandbox.env(), queues="comply")
    yield running
    running.kill()


def go_on() -> None:
    """Leases ran out, waits are over, and the clock ticks."""
    Inquiry.objects.filter(inquiries.OPEN).update(leased_until=None, not_before=None, rung_at=None)
    inquiries.go_on()


def answered() -> bool:
    """Whether the list is done; every look hurries it on."""
    held = Inquiry.objects.filter(inquiries.OPEN, leased_until__isnull=False)
    if not held.exists():
        Inquiry.objects.filter(inquiries.OPEN).update(not_before=None)
        inquiries.go_on()
    return Inquiry.objects.filter(state="done").exists()


def test_the_worker_asks_and_does_what_it_is_told(comply_worker: Worker, world: World) -> None:
    _, posts = known(world)
    world.x.delete(posts[0])
    comply_worker.start()
    inquiries.go_on()
    until(answered, what="list answered")
    until(lambda: Thread.objects.filter(removed="Gone").exists(), what="thread removed")
    until(lambda: Vanished.objects.filter(outcome="removed").exists(), what="written down")


@pytest.mark.parametrize(
    "when", ["OLD.job_id = '' AND NEW.job_id <> ''", "NEW.state = 'uploaded'", "NEW.state = 'done'"]
)
def test_a_worker_killed_before_it_wrote_down_what_it_did_leaves_one_job(
    comply_worker: Worker, world: World, when: str
) -> None:
    _, posts = known(world)
    world.x.delete(posts[1])
    comply_worker.start()
    with holding.before_the_commit("unroller_inquiry", when):
        inquiries.go_on()
        until(lambda: holding.is_somebody_there() or (answered() and False), what="worker at the commit")
        comply_worker.kill()
    assert not Vanished.objects.exists()
    comply_worker.start()
    go_on()
    until(answered, what="list answered")
    assert len(world.x.inquests.every) == 1
    until(lambda: list(Vanished.objects.values_list("path", "outcome")) == [("2", "removed")], what="written down")
