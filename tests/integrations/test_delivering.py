"""Deliveries that do not arrive at first: tried again for a day, given up; and nobody waits for others."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.leases import LostLease
from accounts.models import User
from tests.integrations.told import a_webhook, later, newest, tell
from tests.sandbox.faults import Kind
from tests.sandbox.server import Sandbox
from tests.test_library import many_threads
from tests.threads import a_thread
from unroller.actions import deliveries, integrations, library, tidings
from unroller.models import Delivery, Integration, Thread

pytestmark = pytest.mark.django_db


def wait_of(row: Integration) -> float:
    """Seconds until the service is tried again."""
    assert row.not_before is not None
    return (row.not_before - timezone.now()).total_seconds()


def test_a_receiver_that_fails_is_left_alone_for_longer_and_longer(
    alice: User, thread: Thread, sandbox: Sandbox
) -> None:
    row = a_webhook(alice, sandbox)
    library.save(alice, thread)
    sandbox.world.faults.add("receiver", "error", times=3, status=500)
    tell(row)
    assert 3 < wait_of(row) < 6
    assert (row.failures, row.sentence) == (1, "It answered 500.")
    library.save(alice, a_thread(1, first=900))
    tell(row)
    assert row.failures == 1, "nobody is asked before the time, whatever happens"
    later(row)
    assert 28 < wait_of(row) < 31
    later(row)
    assert 110 < wait_of(row) < 121
    later(row)
    delivery = newest(row)
    first = Delivery.objects.filter(event="saved").earliest("created_at")
    assert (first.delivered, first.attempts, first.status) == (True, 4, 204)
    assert (delivery.delivered, delivery.attempts) == (True, 1)
    assert (row.failures, row.sentence, row.has_news) == (0, "", False)
    assert len(set(sandbox.world.receiver.names())) == 3


def test_a_reader_who_asks_for_a_test_need_not_wait(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    library.save(alice, thread)
    sandbox.world.faults.add("receiver", "error")
    tell(row)
    assert row.rests_until is not None
    integrations.ping(row)
    tell(row)
    assert [each.facts["event"] for each in sandbox.world.receiver.received] == ["test", "test"]


def test_one_that_is_silent_holds_everything_else_for_it_back(alice: User, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    for thread in many_threads(5):
        library.save(alice, thread)
    sandbox.world.faults.add("receiver", "close")
    tell(row)
    assert row.failures == 1
    assert Delivery.objects.filter(integration=row, attempts=1, finished_at=None).count() == 1
    later(row)
    assert len(sandbox.world.receiver.of("saved")) == 5


def test_what_one_delivery_is_refused_for_holds_no_other_back(alice: User, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    for thread in many_threads(3):
        library.save(alice, thread)
    sandbox.world.faults.add("receiver", "error", status=400)
    tell(row)
    assert len(sandbox.world.receiver.of("saved")) == 2
    refused = Delivery.objects.get(integration=row, finished_at=None)
    assert (refused.status, refused.detail) == (400, "It answered 400.")
    assert row.not_before == refused.not_before
    later(row)
    assert len(sandbox.world.receiver.of("saved")) == 3


def test_a_receiver_that_names_a_time_is_taken_at_its_word(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    library.save(alice, thread)
    sandbox.world.receiver.wait = 2400
    tell(row)
    assert (newest(row).status, row.failures) == (429, 1)
    assert wait_of(row) == pytest.approx(2400, abs=5)
    sandbox.world.receiver.wait = 900_000
    later(row)
    assert wait_of(row) == pytest.approx(deliveries.LONGEST_WAIT.total_seconds(), abs=5)


def test_a_day_later_it_is_given_up(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    library.save(alice, thread)
    sandbox.world.faults.add("receiver", "error", times=2)
    tell(row)
    Delivery.objects.filter(finished_at=None).update(give_up_at=timezone.now() - timedelta(seconds=1))
    later(row)
    delivery = newest(row)
    assert delivery.finished_at is not None
    assert (delivery.delivered, delivery.status) == (False, 503)
    assert row.stopped_at is None
    later(row)
    assert row.has_news is False


def test_one_that_kills_its_workers_is_given_up_in_the_end(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    library.save(alice, thread)
    Delivery.objects.filter(event="saved").update(attempts=deliveries.MOST_ATTEMPTS)
    tell(row)
    delivery = newest(row)
    assert (delivery.delivered, delivery.detail) == (False, "Something went wrong on our side.")
    assert (delivery.finished_at is None, row.has_news, row.failures) == (False, False, 0)
    assert sandbox.world.receiver.of("saved") == []


def test_what_breaks_here_holds_no_other_back_and_blames_nobody(
    alice: User, thread: Thread, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = a_webhook(alice, sandbox)
    library.save(alice, thread)
    integrations.ping(row)

    def broken(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(tidings, "_thread", broken)
    tell(row)
    assert len(sandbox.world.receiver.of("test")) == 2
    monkeypatch.undo()
    waiting = Delivery.objects.get(event="saved")
    assert (waiting.finished_at, waiting.detail, row.failures) == (None, "Something went wrong on our side.", 0)
    later(row)
    assert len(sandbox.world.receiver.of("saved")) == 1


def test_a_redirect_is_not_followed(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    library.save(alice, thread)
    sandbox.world.faults.add("receiver", "redirect", to=sandbox.urls()["receiver"] + "/elsewhere")
    tell(row)
    assert "a redirect, which is not followed" in newest(row).detail
    assert len(sandbox.world.receiver.received) == 1
    assert sandbox.world.log.of("receiver", "/elsewhere") == []


def test_a_delivery_goes_again_under_the_id_it_had(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    library.save(alice, thread)
    tell(row)
    delivery = newest(row)
    integrations.redeliver(delivery)
    integrations.redeliver(delivery)
    tell(row)
    assert sandbox.world.receiver.names().count(str(delivery.id)) == 2
    assert Delivery.objects.filter(integration=row).count() == 2


def test_a_service_that_is_removed_meanwhile_ends_its_worker_quietly(
    alice: User, thread: Thread, sandbox: Sandbox
) -> None:
    row = a_webhook(alice, sandbox)
    library.save(alice, thread)
    held = integrations.QUEUE.claim(row.pk)
    assert held is not None
    integrations.disconnect(row)
    with pytest.raises(LostLease):
        deliveries._tell(held)
    assert not Delivery.objects.exists()


def test_two_workers_never_tell_one_service_at_once(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    library.save(alice, thread)
    assert integrations.QUEUE.claim(row.pk) is not None
    tell(row)
    assert sandbox.world.receiver.of("saved") == []


def test_one_that_is_slow_rests_between_its_turns(
    alice: User, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = a_webhook(alice, sandbox)
    for thread in many_threads(3):
        library.save(alice, thread)
    monkeypatch.setattr(deliveries, "RUN_SECONDS", 0.2)
    monkeypatch.setattr(deliveries, "QUICK_SECONDS", 0.2)
    sandbox.world.faults.at_call("receiver", 1, lambda: time.sleep(0.4))
    tell(row)
    assert len(sandbox.world.receiver.of("saved")) == 1
    assert (row.has_news, row.leased_until, row.failures) == (True, None, 0)
    assert wait_of(row) > 0.6
    monkeypatch.setattr(deliveries, "RUN_SECONDS", 15.0)
    later(row)
    assert len(sandbox.world.receiver.of("saved")) == 3


def test_one_that_does_not_answer_in_time_is_not_waited_for(
    alice: User, thread: Thread, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = a_webhook(alice, sandbox)
    library.save(alice, thread)
    monkeypatch.setattr(tidings, "SECONDS", 0.3)
    sandbox.world.faults.add("receiver", "hang", seconds=5)
    began = time.monotonic()
    tell(row)
    assert time.monotonic() - began < 3
    assert (newest(row).status, newest(row).detail) == (None, "It did not answer.")


@pytest.mark.parametrize("kind", ["huge", "drip", "bomb", "invalid-utf8", "html"])
def test_what_a_receiver_says_beside_its_status_is_never_read(
    alice: User, thread: Thread, sandbox: Sandbox, kind: Kind
) -> None:
    row = a_webhook(alice, sandbox)
    library.save(alice, thread)
    sandbox.world.faults.add("receiver", kind, seconds=20)
    began = time.monotonic()
    tell(row)
    assert time.monotonic() - began < 5
    assert newest(row).finished_at is not None or newest(row).status is not None


def test_what_was_told_long_ago_is_forgotten(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    library.save(alice, thread)
    Delivery.objects.filter(event="test").update(finished_at=timezone.now() - deliveries.KEPT - timedelta(days=1))
    assert deliveries.tidy() == 1
    assert Delivery.objects.get(integration=row).event == "saved"
