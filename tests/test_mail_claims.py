"""Who sends what: readers are taken whole, held by a lease, and come back when a worker died."""

from collections.abc import Collection, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from tests.followers import SUNDAY, a_follower, a_new_thread, announced, many_followers
from unroller.actions import claims, notifying
from unroller.actions.claims import LEASE, LostLease
from unroller.models import Cadence, Notification

pytestmark = pytest.mark.django_db

Outcome = Notification.Outcome


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(SUNDAY, tick=False) as clock:
        yield clock


def ids(mails: list[EmailMultiAlternatives]) -> list[str]:
    return [mail.extra_headers["Message-ID"] for mail in mails]


def test_two_workers_never_write_to_the_same_reader() -> None:
    many_followers(250)
    for first in (1, 50):
        announced(a_new_thread(first=first))
    batches = [claims.claim(), claims.claim(), claims.claim(), claims.claim()]
    readers_ = [claim.reader for batch in batches if batch for claim in batch.claims]
    assert len(readers_) == len(set(readers_)) == 250
    assert batches[3] is None


def test_a_claim_takes_all_that_is_due_for_its_readers() -> None:
    a_follower(cadence=Cadence.INSTANT)
    for number in range(30):
        announced(a_new_thread(first=1 + 10 * number))
    batch = claims.claim()
    assert batch is not None
    assert [len(claim.rows) for claim in batch.claims] == [30]
    assert len(set(Notification.objects.values_list("message", flat=True))) == 1


def test_a_claim_that_died_comes_back_as_the_same_mail_beside_what_is_new(
    mailoutbox: list[EmailMultiAlternatives], clock: time_machine.Traveller
) -> None:
    a_follower(cadence=Cadence.INSTANT)
    announced(a_new_thread())
    claims.claim()  # and its worker is killed
    begun = Notification.objects.get().message
    assert notifying.send_due() == 0
    clock.shift(LEASE)
    announced(a_new_thread(first=50))
    assert notifying.send_due() == 2
    assert f"<{begun}@localhost>" in ids(mailoutbox)
    assert len(set(ids(mailoutbox))) == 2
    assert list(Notification.objects.order_by("id").values_list("attempts", flat=True)) == [2, 1]


def test_who_lost_the_lease_writes_nothing(clock: time_machine.Traveller) -> None:
    a_follower(cadence=Cadence.INSTANT)
    announced(a_new_thread())
    late = claims.claim()
    clock.shift(LEASE)
    taken = claims.claim()
    assert late is not None
    assert taken is not None
    rows = list(late.claims[0].rows)
    with pytest.raises(LostLease):
        late.settle(rows, Outcome.SENT)
    with pytest.raises(LostLease):
        late.renew()
    late.put_back(late.claims[0], timedelta())
    late.give_back(timedelta())
    assert Notification.objects.get().leased_until == timezone.now() + LEASE
    taken.settle(rows, Outcome.SENT)
    assert Notification.objects.get().outcome == Outcome.SENT


def test_a_lease_is_renewed_when_half_of_it_is_over(clock: time_machine.Traveller) -> None:
    a_follower(cadence=Cadence.INSTANT)
    announced(a_new_thread())
    batch = claims.claim()
    assert batch is not None
    for _ in range(4):
        clock.shift(LEASE * 0.6)
        batch.renew()
        assert claims.claim() is None
    batch.settle(list(batch.claims[0].rows), Outcome.SENT)


def test_what_was_not_begun_is_joined_by_what_becomes_due(clock: time_machine.Traveller) -> None:
    a_follower(cadence=Cadence.INSTANT)
    announced(a_new_thread())
    batch = claims.claim()
    assert batch is not None
    batch.give_back(timedelta(minutes=1))
    announced(a_new_thread(first=50))
    clock.shift(60)
    again = claims.claim()
    assert again is not None
    assert [(len(claim.rows), claim.attempt) for claim in again.claims] == [(2, 1)]


def test_a_reader_who_is_deleted_in_the_middle_stops_nobody_elses_mail(
    mailoutbox: list[EmailMultiAlternatives], clock: time_machine.Traveller
) -> None:
    many_followers(3)
    announced(a_new_thread())
    User.objects.get(email="reader1@example.com").delete()
    assert notifying.send_due() == 2


def test_the_queries_of_a_batch_do_not_grow_with_it(mailoutbox: list[EmailMultiAlternatives]) -> None:
    counts = []
    for number, readers_ in ((1, 6), (50, 12)):
        User.objects.all().delete()
        many_followers(readers_)
        announced(a_new_thread(first=number))
        with CaptureQueriesContext(connection) as queries:
            assert notifying.send_due() == readers_
        counts.append(len([query for query in queries if "SET settled_at" not in query["sql"]]))
    assert counts[0] == counts[1]


def test_who_left_meanwhile_holds_up_nobody(mailoutbox: list[EmailMultiAlternatives]) -> None:
    many_followers(6)
    announced(a_new_thread())
    batch = claims.claim()
    assert batch is not None
    User.objects.get(email="reader3@example.com").delete()
    batch.until -= LEASE / 2  # as if half of it were over
    Notification.objects.update(leased_until=batch.until)
    batch.renew()
    for claim in batch.claims:
        batch.settle(claim.rows, Outcome.SENT)
    assert set(Notification.objects.values_list("outcome", flat=True)) == {Outcome.SENT}


def test_what_is_underway_when_a_lease_is_lost_is_settled_and_not_sent_again(
    mailoutbox: list[EmailMultiAlternatives], clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_followers(12)
    announced(a_new_thread())
    settle, stolen = claims.Batch.settle, list[int]()

    def steal_the_first(batch: claims.Batch, rows: Collection[int], outcome: Notification.Outcome) -> None:
        if not stolen:
            stolen.extend(rows)
            Notification.objects.filter(id__in=rows).update(leased_until=timezone.now() + 2 * LEASE)
        settle(batch, rows, outcome)

    monkeypatch.setattr(claims.Batch, "settle", steal_the_first)
    notifying.send_due()
    clock.shift(3 * LEASE)
    notifying.send_due()
    to = [mail.to[0] for mail in mailoutbox]
    assert len(set(to)) == 12
    assert len(to) == 13  # only the one that another worker had taken goes out again, as the same mail
