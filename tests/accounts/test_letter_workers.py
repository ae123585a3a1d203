"""Letters and workers: killed in the middle, side by side, slower than their lease."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.actions import letters
from accounts.bell import ring
from accounts.models import Letter
from tests.accounts.letters import counts, later, outcomes, write, write_to_many
from tests.processes import Worker, until
from tests.sandbox.mail.post import PostOffice
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_killed_between_two_letters_loses_and_repeats_nothing(
    sandbox: Sandbox, post_office: PostOffice
) -> None:
    write_to_many(10)
    kill_in_the_middle(sandbox, at="^RCPT reader-4@")
    assert post_office.total == 4
    assert sorted(again(post_office)) == [1] * 10


def test_a_worker_killed_before_it_hears_the_answer_repeats_only_that_letter(
    sandbox: Sandbox, post_office: PostOffice
) -> None:
    write_to_many(10)
    kill_in_the_middle(sandbox, at="^END reader-4@")
    assert post_office.total == 5
    assert sorted(again(post_office)) == [1] * 9 + [2]


def kill_in_the_middle(sandbox: Sandbox, *, at: str) -> None:
    """A real worker, killed by kill -9 at a moment of its conversation with the mail server."""
    worker = Worker(sandbox.env(), queues="letters")
    worker.start()
    sandbox.world.faults.at_call("smtp", 1, worker.kill, path=at)
    ring("accounts.deliver")
    until(lambda: worker.process is None, what="worker killed")
    until(lambda: sandbox.world.post.total >= 4, what="letters before the end arrived")


def again(post_office: PostOffice) -> list[int]:
    """Somebody else goes on when the lease has run out; how often each letter has arrived then."""
    assert Letter.objects.filter(settled_at=None, leased_until__gt=timezone.now()).exists()
    with later(seconds=letters.LEASE.total_seconds() + 1):
        letters.deliver_due()
    assert outcomes() == {Letter.Outcome.SENT}
    return counts(post_office)


def test_workers_side_by_side_send_each_letter_once(sandbox: Sandbox, post_office: PostOffice) -> None:
    write_to_many(letters.BATCH * 4)
    worker = Worker(sandbox.env(), queues="letters")
    worker.start()
    try:
        for _ in range(4):
            ring("accounts.deliver")
        letters.deliver_due()
        until(lambda: not Letter.objects.filter(settled_at=None).exists(), what="all letters settled")
    finally:
        worker.kill()
    assert counts(post_office) == [1] * letters.BATCH * 4
    assert len(sandbox.world.log.of("smtp", "^CONNECT")) >= 2


def test_a_letter_that_another_worker_took_meanwhile_is_not_sent(post_office: PostOffice, world: World) -> None:
    first, second = write(2)

    def take_over() -> None:
        Letter.objects.filter(id=second.id).update(leased_until=timezone.now() + timedelta(hours=1))

    with time_machine.travel(timezone.now(), tick=False) as clock:

        def be_slow() -> None:
            take_over()
            clock.shift(letters.LEASE)

        world.faults.at_call("smtp", 1, in_own_connection(be_slow), path="^END")
        assert letters.deliver_due() == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.outcome, second.outcome, post_office.total) == (Letter.Outcome.SENT, "", 1)


def in_own_connection(act: Callable[[], None]) -> Callable[[], None]:
    """For another thread, whose connection to the database nobody else closes."""

    def do() -> None:
        try:
            act()
        finally:
            connection.close()

    return do


def test_a_slow_batch_keeps_its_lease(post_office: PostOffice, world: World) -> None:
    write(3)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in (1, 2):
            world.faults.at_call("smtp", number, lambda: clock.shift(letters.LEASE * 0.6), path="^END")
        assert letters.deliver_due() == 3
    assert counts(post_office) == [1, 1, 1]
