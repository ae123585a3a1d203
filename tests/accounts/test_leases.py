"""Rows as queues: one holder at a time, whatever workers, brokers and rows do."""

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.leases import Held, LostLease, Queue
from accounts.models import Closing
from tests.meeting import at_once

pytestmark = pytest.mark.django_db(transaction=True)

MOST = 3
QUEUE = Queue(
    Closing,
    is_open=Q(done_at=None),
    task="accounts.close",
    lease=timedelta(minutes=5),
    most_attempts=MOST,
    key="user_id",
    order=("requested_at",),
)
KEY = 77
BROKER_AWAY = """
import django
django.setup()
from tests.accounts.test_leases import QUEUE
print(QUEUE.sweep(10), QUEUE.ring(77))
"""


def a_row(key: int = KEY) -> Closing:
    return Closing.objects.create(user_id=key)


def the_row() -> Closing:
    return Closing.objects.get(user_id=KEY)


def taken(key: int = KEY) -> Held[Closing]:
    held = QUEUE.claim(key, spend=end)
    assert held is not None
    return held


def end(row: Closing) -> None:
    row.done_at, row.error = timezone.now(), "spent"
    row.save()


def let_the_lease_run_out() -> None:
    Closing.objects.update(leased_until=timezone.now() - timedelta(seconds=1))


def claims(answers: Sequence[Held[Closing] | None]) -> list[int]:
    return [held.attempt for held in answers if held is not None]


def test_of_many_workers_one_takes_the_row() -> None:
    a_row()
    assert claims(at_once(*[lambda: QUEUE.claim(KEY)] * 6)) == [1]
    let_the_lease_run_out()
    assert claims(at_once(*[lambda: QUEUE.claim(KEY)] * 6)) == [2]


def test_what_is_taken_is_nobody_elses_until_the_lease_runs_out() -> None:
    a_row()
    before = timezone.now()
    held = taken()
    assert held.row.leased_until is not None
    assert held.row.leased_until >= before + QUEUE.lease
    assert QUEUE.claim(KEY) is None
    assert not QUEUE.waiting().exists()
    let_the_lease_run_out()
    assert QUEUE.waiting().get() == held.row


def test_what_a_worker_writes_when_it_takes_a_row_is_in_the_row() -> None:
    a_row()
    held = QUEUE.claim(KEY, error="begun")
    assert held is not None
    assert held.row.error == the_row().error == "begun"


def test_a_row_that_is_gone_or_done_is_nothing_to_do() -> None:
    a_row()
    assert QUEUE.claim(KEY + 1) is None
    Closing.objects.update(done_at=timezone.now())
    assert QUEUE.claim(KEY) is None


def test_a_lease_is_renewed_with_what_the_worker_has_to_say() -> None:
    a_row()
    held = taken()
    let_the_lease_run_out()
    QUEUE.renew(held, error="half of it")  # late, but nobody took the row
    assert the_row().error == "half of it"
    assert QUEUE.claim(KEY) is None


@pytest.mark.parametrize("fate", ["taken by another", "done", "deleted", "given back", "given back by another"])
def test_who_lost_the_row_writes_nothing(fate: str) -> None:
    a_row()
    late = taken()
    let_the_lease_run_out()
    if fate == "taken by another":
        taken()
    elif fate == "done":
        Closing.objects.update(done_at=timezone.now())
    elif fate == "deleted":
        Closing.objects.all().delete()
    elif fate == "given back":
        QUEUE.put_back(late, timedelta())
    else:  # the row has the late worker's number again
        QUEUE.put_back(taken(), timedelta(), counts=False)
        assert the_row().attempts == late.attempt
    before = Closing.objects.values().first()
    with pytest.raises(LostLease):
        QUEUE.renew(late, error="late")
    with pytest.raises(LostLease):
        QUEUE.put_back(late, timedelta(), error="late")
    with pytest.raises(LostLease), transaction.atomic():
        QUEUE.locked(late)
    assert Closing.objects.values().first() == before


def test_who_locked_a_row_may_end_it_although_the_lease_runs_out() -> None:
    a_row()
    held = taken()
    let_the_lease_run_out()
    others: list[Held[Closing] | None] = []

    def take() -> None:
        others.append(QUEUE.claim(KEY))
        connection.close()

    other = Thread(target=take)
    with transaction.atomic():
        row = QUEUE.locked(held)
        other.start()
        other.join(timeout=0.3)
        assert others == []  # it waits for the row
        end(row)
    other.join()
    assert others == [None]


def test_a_row_that_kills_its_workers_is_ended_in_the_end() -> None:
    a_row()
    for attempt in range(1, MOST + 1):
        assert taken().attempt == attempt
        let_the_lease_run_out()
    assert QUEUE.claim(KEY, spend=end) is None
    assert (the_row().error, the_row().attempts) == ("spent", MOST)
    assert not QUEUE.waiting().exists()


def test_a_queue_that_is_tried_for_ever_takes_what_killed_many() -> None:
    a_row()
    Closing.objects.update(attempts=5000)
    for_ever = Queue(Closing, Q(done_at=None), "accounts.close", QUEUE.lease, key="user_id")
    held = for_ever.claim(KEY, spend=end)
    assert held is not None
    assert held.attempt == 5001


def test_what_is_put_back_waits_as_long_as_it_was_told() -> None:
    a_row()
    held = taken()
    QUEUE.ring(KEY)  # as one that is noted late
    QUEUE.put_back(held, timedelta(minutes=1), error="not now")
    row = the_row()
    assert (row.error, row.attempts, row.leased_until, row.rung_at) == ("not now", 1, None, None)
    assert QUEUE.claim(KEY) is None
    assert QUEUE.sweep(10) == 0
    Closing.objects.update(not_before=timezone.now())
    assert QUEUE.sweep(10) == 1
    assert taken().attempt == 2
    assert the_row().not_before is None


def test_a_moment_is_kept_exactly() -> None:
    a_row()
    moment = timezone.now() + timedelta(hours=1)
    QUEUE.put_back(taken(), moment)
    assert the_row().not_before == moment


def test_what_is_no_failure_does_not_count() -> None:
    a_row()
    for _ in range(3 * MOST):
        held = taken()
        assert held.attempt == 1
        QUEUE.put_back(held, timedelta(), counts=False)
    assert the_row().attempts == 0


def test_what_is_put_back_in_a_transaction_that_fails_is_still_held() -> None:
    a_row()
    held = taken()
    with transaction.atomic():
        QUEUE.put_back(held, timedelta(minutes=1))
        transaction.set_rollback(True)
    QUEUE.renew(held)


def test_the_bell_rings_after_the_commit_or_not_at_all() -> None:
    a_row()
    with transaction.atomic():
        QUEUE.ring_after_commit(KEY)
        transaction.set_rollback(True)
    assert the_row().rung_at is None
    with transaction.atomic():
        QUEUE.ring_after_commit(KEY)
        assert the_row().rung_at is None
    assert the_row().rung_at is not None


def test_the_sweeper_rings_again_only_when_the_bell_may_be_lost() -> None:
    a_row()
    assert QUEUE.sweep(10) == 1
    assert QUEUE.sweep(10) == 0
    Closing.objects.update(rung_at=timezone.now() - timedelta(seconds=61))
    assert QUEUE.sweep(10) == 1


def test_a_bell_that_was_told_to_wait_is_not_lost_before() -> None:
    a_row()
    QUEUE.ring(KEY, wait=timedelta(seconds=30))
    Closing.objects.update(rung_at=the_row().rung_at - timedelta(seconds=80))  # type: ignore[operator]
    assert QUEUE.sweep(10) == 0


def test_a_row_whose_worker_died_is_rung_for_as_soon_as_the_lease_has_run_out() -> None:
    a_row()
    QUEUE.ring(KEY)
    taken()
    assert QUEUE.sweep(10) == 0
    let_the_lease_run_out()
    assert QUEUE.sweep(10) == 1


def test_the_sweeper_begins_with_the_oldest_and_comes_to_all() -> None:
    for number in range(5):
        row = a_row(number + 1)
        Closing.objects.filter(id=row.id).update(requested_at=timezone.now() - timedelta(hours=number))
    rung = Closing.objects.filter(rung_at__isnull=False).order_by("user_id").values_list("user_id", flat=True)
    assert QUEUE.sweep(3) == 3
    assert list(rung) == [3, 4, 5]
    assert QUEUE.sweep(3) == 2


def test_while_the_broker_is_away_rows_wait_for_the_sweeper() -> None:
    for number in (KEY, KEY + 1):
        a_row(number)
    database = connection.settings_dict
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format_map(database)
    environ = os.environ | {"DATABASE_URL": url, "REDIS_URL": "redis://127.0.0.1:1/0"}
    environ |= {"DJANGO_SETTINGS_MODULE": "unroller.settings"}
    away = [sys.executable, "-c", BROKER_AWAY]
    told = subprocess.run(away, env=environ, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["0", "False"]
    assert not Closing.objects.filter(rung_at__isnull=False).exists()
    assert QUEUE.sweep(10) == 2
