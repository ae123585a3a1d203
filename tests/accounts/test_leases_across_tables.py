"""Rows as queues where another table says whether a row is open."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.leases import Held, LostLease, Queue
from accounts.models import User
from tests.accounts.signing import a_person
from tests.meeting import at_once
from tests.processes import until
from unroller.models import DataExport

pytestmark = pytest.mark.django_db(transaction=True)

QUEUE = Queue(
    DataExport, Q(finished_at=None, user__is_active=True), task="unroller.export_data", lease=timedelta(minutes=5)
)


def test_a_queue_may_look_at_other_tables_to_know_what_is_open() -> None:
    bob = a_person("bob@example.com")
    export = DataExport.objects.create(user=bob)

    def claim_without_waiting() -> Held[DataExport] | None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '3s'")
        return QUEUE.claim(export.id)

    with transaction.atomic():
        User.objects.select_for_update().get(id=bob.id)
        (held,) = at_once(claim_without_waiting)
    assert held is not None
    QUEUE.renew(held)
    with transaction.atomic():
        assert QUEUE.locked(held) == export
    QUEUE.put_back(held, timedelta())
    bob.is_active = False
    bob.save()
    assert QUEUE.claim(export.id) is None


@pytest.mark.parametrize("late", ["put_back", "renew"])
def test_who_is_late_while_another_claims_writes_nothing(late: str) -> None:
    export = DataExport.objects.create(user=a_person("bob@example.com"))
    held = QUEUE.claim(export.id)
    assert held is not None
    DataExport.objects.update(leased_until=timezone.now() - timedelta(seconds=1))

    def write() -> None:
        try:
            QUEUE.put_back(held, timedelta()) if late == "put_back" else QUEUE.renew(held)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as crew:
        with transaction.atomic():
            assert QUEUE.claim(export.id) is not None
            claimed = DataExport.objects.values().get()
            writing = crew.submit(write)
            until(_somebody_waits_for_us, what="the late one waits for the row")
        with pytest.raises(LostLease):
            writing.result()
    assert DataExport.objects.values().get() == claimed


def _somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))")
        return cursor.fetchone() is not None
