"""What a mail server may answer, and what becomes of the mails: none is lost, none is another one the second time."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from pytest_django import Settings

from accounts.models import User
from tests.followers import SUNDAY, a_follower, a_new_thread, announced, many_followers, outcomes
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.mail.post import PostOffice
from tests.sandbox.world import World
from unroller.actions import notifying
from unroller.models import Cadence, Notification

pytestmark = pytest.mark.django_db

Outcome = Notification.Outcome


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(SUNDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def smtp(post_office: PostOffice, world: World) -> World:
    """A world whose mail server this process talks to."""
    return world


def test_a_server_that_refuses_everybody_loses_nothing(smtp: World, clock: time_machine.Traveller) -> None:
    many_followers(40)
    announced(a_new_thread())
    smtp.faults.add("smtp", "error", status=421, path="CONNECT", times=FOR_EVER)
    assert notifying.send_due() == 0
    assert not Notification.objects.exclude(settled_at=None).exists()
    smtp.faults.clear()
    clock.shift(120)
    assert notifying.send_due() == 40
    assert smtp.post.total == 40


def test_a_server_that_is_not_there_loses_nothing(
    smtp: World, settings: Settings, clock: time_machine.Traveller
) -> None:
    many_followers(30)
    announced(a_new_thread())
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert notifying.send_due() == 0
    settings.EMAIL_PORT = port
    clock.shift(120)
    assert notifying.send_due() == 30


def test_a_connection_dropped_after_the_words_is_tried_as_the_same_mail(
    smtp: World, clock: time_machine.Traveller
) -> None:
    many_followers(5)
    announced(a_new_thread())
    smtp.faults.add("smtp", "keep-and-close", path="END reader2@", times=1)
    sent = notifying.send_due()
    clock.shift(120)
    sent += notifying.send_due()
    arrived = [(mail.recipients, mail.message_id) for mail in smtp.post.mails()]
    assert (sent, len(arrived), len(set(arrived))) == (5, 6, 5)
    assert set(outcomes().values()) == {Outcome.SENT}


def test_a_mailbox_that_is_busy_is_tried_later_and_the_others_get_their_mail(
    smtp: World, clock: time_machine.Traveller
) -> None:
    many_followers(3)
    announced(a_new_thread())
    smtp.faults.add("smtp", "error", status=450, path="RCPT reader1@", times=1)
    assert notifying.send_due() == 2
    assert notifying.send_due() == 0
    clock.shift(60)
    assert notifying.send_due() == 1


def test_a_mailbox_that_stays_busy_is_given_up_after_about_a_day(smtp: World, clock: time_machine.Traveller) -> None:
    a_follower(cadence=Cadence.INSTANT)
    announced(a_new_thread())
    smtp.faults.add("smtp", "error", status=450, path="RCPT", times=FOR_EVER)
    for _ in range(notifying.MOST_ATTEMPTS):
        assert outcomes() == {"bob@example.com": ""}
        notifying.send_due()
        clock.shift(notifying.BACKOFF[-1])
    assert outcomes() == {"bob@example.com": Outcome.FAILED}
    assert timedelta(hours=16) < sum(notifying.BACKOFF, timedelta()) + 4 * notifying.BACKOFF[-1] < timedelta(hours=48)


def test_an_address_that_does_not_exist_stops_its_mail(smtp: World) -> None:
    a_follower(cadence=Cadence.INSTANT)
    announced(a_new_thread())
    smtp.faults.add("smtp", "error", status=550, path="RCPT")
    assert notifying.send_due() == 0
    assert outcomes() == {"bob@example.com": Outcome.STOPPED}
    assert User.objects.get().mail_stopped == "bounced"
    smtp.faults.clear()
    assert announced(a_new_thread(first=50)) == 0


def test_a_mail_that_is_not_wanted_fails_and_stops_nothing_else(smtp: World) -> None:
    many_followers(3)
    announced(a_new_thread())
    smtp.faults.add("smtp", "error", status=554, path="END reader1@")
    assert notifying.send_due() == 2
    assert outcomes()["reader1@example.com"] == Outcome.FAILED
    assert not User.objects.exclude(mail_stopped="").exists()


def test_a_slow_server_does_not_hold_a_worker_longer_than_its_turn(
    smtp: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_followers(20)
    announced(a_new_thread())
    smtp.faults.add("smtp", "slow", path="END", seconds=0.1, times=FOR_EVER)
    monkeypatch.setattr(notifying, "SLICE", 0.2)
    sent = notifying.send_due()
    assert 0 < sent < 20
    assert Notification.objects.filter(settled_at=None, message=None, attempts=0).count() == 20 - sent
    monkeypatch.undo()
    smtp.faults.clear()
    assert notifying.send_due() == 20 - sent
    assert smtp.post.total == 20
