"""Behind a PgBouncer that gives every transaction another connection."""

from datetime import timedelta
from threading import Thread as Beside

import pytest
from django.db import connection

from accounts.turns import turn
from tests.processes import Worker, until
from tests.sandbox.world import World
from tests.scale.bouncer import pooled
from unroller.actions import unrolling
from unroller.models import Job, Thread

pytestmark = pytest.mark.django_db(transaction=True)


def _links(world: World, count: int) -> list[str]:
    author = world.x.person("maralind")
    chains = [
        world.x.thread(author, [f"Thread {name}, post {number}." for number in range(3)]) for name in range(count)
    ]
    return [world.x.link(chain[-1]) for chain in chains]


def test_workers_share_fewer_connections_than_they_are(worker: Worker, world: World) -> None:
    with pooled() as port:
        worker.start(
            DATABASE_URL=f"postgresql://anybody@127.0.0.1:{port}/{connection.settings_dict['NAME']}?pgbouncer=true"
        )
        asked = [unrolling.ask(link) for link in _links(world, 6)]
        done = Job.objects.filter(id__in=[job.id for job in asked], state=Job.State.DONE)
        until(lambda: done.count() == len(asked), what="all fetched")
        assert Thread.objects.count() == len(asked)


def _tries(seen: list[bool]) -> None:
    with turn("something") as is_ours:
        seen.append(is_ours)
    connection.close()


def test_one_at_a_time_stays_one_at_a_time() -> None:
    seen: list[bool] = []
    with pooled(), turn("something", wait=timedelta(seconds=1)) as is_ours:
        assert is_ours
        for _ in range(4):
            other = Beside(target=_tries, args=[seen])
            other.start()
            other.join()
    _tries(seen)
    assert seen == [False] * 4 + [True]
