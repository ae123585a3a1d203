"""Mail about new threads while everything around it fails, for real: killed workers, several clocks, a slow server."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.bell import ring
from tests.followers import a_follower, a_new_thread, announced, many_followers
from tests.processes import Worker, until
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.mail.post import PostOffice
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller import store
from unroller.actions import announcing, notifying
from unroller.models import Cadence, Follow, Notification, Thread

pytestmark = pytest.mark.django_db(transaction=True)

READERS = 150


@pytest.fixture
def sender(sandbox: Sandbox, transactional_db: None) -> Iterator[Worker]:
    """A worker with two processes that announces and sends."""
    running = Worker(sandbox.env(), queues="notify")
    yield running
    running.kill()


def open_rows() -> int:
    return Notification.objects.filter(settled_at=None).count()


def mails_of(world: World) -> dict[str, Counter[str]]:
    """For each reader, how often each mail came."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for mail in world.post.mails():
        found[mail.recipients[0]][mail.message_id] += 1
    return found


def at_the_same_time(act: Callable[[], int], times: int) -> list[int]:
    """Do something in so many threads at once, each with a connection of its own."""
    start, results = threading.Barrier(times), []

    def run() -> None:
        start.wait()
        try:
            results.append(act())
        finally:
            connection.close()

    running = [threading.Thread(target=run) for _ in range(times)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return results


def test_from_announcement_to_mail_by_bells_alone(sender: Worker, world: World) -> None:
    sender.start()
    a_follower(cadence=Cadence.INSTANT)
    a_new_thread()
    assert announcing.ring_due() == 1
    until(lambda: world.post.total == 1, what="the mail")
    until(lambda: open_rows() == 0, what="its row settled")


def test_a_worker_killed_in_the_middle_of_a_batch_loses_nothing_and_repeats_no_other_mail(
    sender: Worker, world: World
) -> None:
    many_followers(READERS)
    announced(a_new_thread())
    world.faults.add("smtp", "slow", path="END", seconds=0.01, times=FOR_EVER)
    for _ in range(3):
        sender.start()
        sent = world.post.total
        ring("unroller.notify")
        until(lambda sent=sent: world.post.total >= sent + 25, what="some of the mails")  # type: ignore[misc]
        sender.kill()
        Notification.objects.filter(settled_at=None).update(leased_until=timezone.now() - timedelta(seconds=1))
    assert open_rows() > 0
    sender.start()
    ring("unroller.notify")
    until(lambda: open_rows() == 0, what="all mails")
    mails = mails_of(world)
    assert len(mails) == READERS
    assert {len(ids) for ids in mails.values()} == {1}
    killed = 3 * 2  # processes
    assert world.post.total <= READERS + killed * notifying.AHEAD
    assert not Notification.objects.exclude(outcome=Notification.Outcome.SENT).exists()


def test_many_bells_and_several_workers_send_each_mail_once(sender: Worker, world: World) -> None:
    many_followers(READERS)
    announced(a_new_thread())
    sender.start()
    for _ in range(20):
        ring("unroller.notify")
    until(lambda: open_rows() == 0, what="all mails")
    assert {sum(ids.values()) for ids in mails_of(world).values()} == {1}
    assert world.post.total == READERS


def test_bells_that_redis_lost_are_rung_by_the_clock(sender: Worker, world: World) -> None:
    a_follower(cadence=Cadence.INSTANT)
    thread = a_new_thread()
    announcing.ring_due()
    announced(thread)
    store.client().flushdb()
    sender.start()
    ring("unroller.notify")  # as beat does every ten seconds
    until(lambda: open_rows() == 0, what="the mail")
    assert world.post.total == 1


def test_a_thread_found_by_two_pollers_is_announced_once() -> None:
    many_followers(300)
    thread = a_new_thread()
    assert sorted(at_the_same_time(lambda: announced(thread), 4)) == [0, 0, 0, 300]
    assert Notification.objects.count() == 300


def test_two_clocks_ring_once() -> None:
    for first in range(1, 400, 10):
        a_new_thread(first=first)
    assert sum(at_the_same_time(announcing.ring_due, 4)) == 40
    assert Thread.objects.filter(announce_at__lte=timezone.now()).count() == 0


def test_four_runs_at_once_send_each_mail_once(post_office: PostOffice) -> None:
    many_followers(READERS)
    for first in (1, 50, 100):
        announced(a_new_thread(first=first))
    assert sum(at_the_same_time(notifying.send_due, 4)) == READERS
    assert post_office.total == READERS


def test_who_stops_mail_while_a_slow_server_is_busy_gets_none(
    post_office: PostOffice, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifying, "FRESH", 0.0)
    many_followers(20)
    announced(a_new_thread())
    last = Notification.objects.latest("id").user

    def stop_the_last() -> None:
        Follow.objects.filter(user=last).update(cadence=Cadence.HERE)
        connection.close()

    world.faults.add("smtp", "slow", path="END", seconds=0.05, times=FOR_EVER)
    world.faults.at_call("smtp", 1, stop_the_last, path="MAIL")
    assert notifying.send_due() == 19
    assert Notification.objects.get(user=last).outcome == Notification.Outcome.UNWANTED
