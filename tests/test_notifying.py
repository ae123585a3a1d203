"""Mails about new threads: claimed, sent and settled so that each reader gets each of them once."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.followers import SUNDAY, a_follower, a_new_thread, announced, many_followers
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.mail.post import PostOffice
from tests.sandbox.world import World
from tests.threads import a_thread
from unroller.actions import claims, follows, notifying, readers, readings, threads
from unroller.actions.claims import LEASE, LostLease
from unroller.core.errors import Removed
from unroller.core.posts import Person
from unroller.models import Author, Cadence, Follow, Notification, Thread

pytestmark = pytest.mark.django_db

IRIS = Person(id="2", handle="iris", name="Iris", url="https://x.com/iris")
Outcome = Notification.Outcome


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(SUNDAY, tick=False) as clock:
        yield clock


def outcomes() -> dict[str, str]:
    return dict(Notification.objects.values_list("user__email", "outcome"))


def ids(mails: list[EmailMultiAlternatives]) -> list[str]:
    return [mail.extra_headers["Message-ID"] for mail in mails]


# What is sent


def test_a_follower_gets_a_mail_and_gets_it_once(mailoutbox: list[EmailMultiAlternatives]) -> None:
    a_follower(cadence=Cadence.INSTANT)
    announced(a_new_thread())
    assert [notifying.send_due(), notifying.send_due()] == [1, 0]
    assert [mail.to for mail in mailoutbox] == [["bob@example.com"]]
    row = Notification.objects.get()
    assert (row.outcome, row.settled_at, row.leased_until, row.attempts) == (Outcome.SENT, SUNDAY, None, 1)


def test_nothing_is_sent_before_its_time(
    mailoutbox: list[EmailMultiAlternatives], clock: time_machine.Traveller
) -> None:
    a_follower(cadence=Cadence.DAILY)
    announced(a_new_thread())
    assert notifying.send_due() == 0
    clock.move_to(SUNDAY + timedelta(days=1))
    assert notifying.send_due() == 1


def test_all_that_is_due_for_a_reader_is_one_mail(
    mailoutbox: list[EmailMultiAlternatives], clock: time_machine.Traveller
) -> None:
    a_follower(cadence=Cadence.DAILY)
    a_follower(cadence=Cadence.WEEKLY, person=IRIS)
    for number in range(3):
        announced(a_new_thread(first=10 + 10 * number))
        announced(a_new_thread(first=100 + 10 * number, author=IRIS))
    clock.move_to(SUNDAY + timedelta(days=1))
    assert notifying.send_due() == 1
    assert mailoutbox[0].subject.startswith("6 new threads by")
    assert Notification.objects.filter(outcome=Outcome.SENT).count() == 6


def test_a_reader_without_tokens_gets_them_with_their_first_mail(mailoutbox: list[EmailMultiAlternatives]) -> None:
    row = a_follower(cadence=Cadence.INSTANT)
    row.user.reader.delete()
    announced(a_new_thread())
    assert notifying.send_due() == 1
    token = User.objects.get().reader.mail_token
    assert str(token) in mailoutbox[0].body


# What is left out


def test_what_has_been_read_meanwhile_is_left_out_and_nothing_left_is_silence(
    mailoutbox: list[EmailMultiAlternatives],
) -> None:
    bob, dora = a_follower(cadence=Cadence.INSTANT), a_follower("dora@example.com", Cadence.INSTANT)
    first, second = a_new_thread(), a_new_thread(first=50, text="The one that nobody has read.")
    announced(first)
    announced(second)
    readings.note(bob.user, first, post_id="1", position="post-1", finished=False)
    for thread in (first, second):
        readings.note(dora.user, thread, post_id="1", position="post-1", finished=True)
    assert notifying.send_due() == 1
    assert [(mail.to, mail.subject) for mail in mailoutbox] == [
        (["bob@example.com"], "Mara Lindqvist: The one that nobody has read")
    ]
    assert Notification.objects.filter(outcome=Outcome.READ).count() == 3


def test_what_was_marked_as_seen_is_left_out(mailoutbox: list[EmailMultiAlternatives]) -> None:
    bob = a_follower(cadence=Cadence.INSTANT)
    announced(a_new_thread())
    follows.mark_seen(bob.user)
    assert notifying.send_due() == 0
    assert outcomes() == {"bob@example.com": Outcome.READ}


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ("unfollowed", Outcome.UNWANTED),
        ("here", Outcome.UNWANTED),
        ("all mail off", Outcome.UNWANTED),
        ("bounced", Outcome.STOPPED),
        ("inactive", Outcome.STOPPED),
        ("removed", Outcome.GONE),
        ("unlisted", Outcome.GONE),
        ("opted out", Outcome.GONE),
    ],
)
def test_a_change_between_announcement_and_mail_is_obeyed(
    mailoutbox: list[EmailMultiAlternatives], change: str, outcome: str
) -> None:
    row = a_follower(cadence=Cadence.INSTANT)
    thread = a_new_thread()
    announced(thread)
    changes: dict[str, Callable[[], object]] = {
        "unfollowed": lambda: Follow.objects.all().delete(),
        "here": lambda: Follow.objects.update(cadence=Cadence.HERE),
        "all mail off": lambda: readers.switch_mail(row.user, off=True),
        "bounced": lambda: User.objects.update(mail_stopped="bounced"),
        "inactive": lambda: User.objects.update(is_active=False),
        "removed": lambda: threads.remove(thread, Removed()),
        "unlisted": lambda: Thread.objects.update(unlisted=True),
        "opted out": lambda: Author.objects.update(opted_out=True),
    }
    changes[change]()
    assert notifying.send_due() == 0
    assert mailoutbox == []
    assert outcomes() == {"bob@example.com": outcome}


# Claims


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


# What the mail server says


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


def test_a_mail_that_cannot_be_made_waits_and_stops_nobody_else(
    mailoutbox: list[EmailMultiAlternatives], caplog: pytest.LogCaptureFixture
) -> None:
    many_followers(2)
    iris = a_follower("dora@example.com", Cadence.INSTANT, person=IRIS)
    announced(a_new_thread())
    announced(a_new_thread(first=50, author=IRIS))
    Author.objects.filter(id=iris.author_id).update(source="x", handle="")  # has no page
    Thread.objects.filter(author=iris.author_id).update(source="")
    with caplog.at_level(logging.ERROR):
        notifying.send_due()
    assert {mail.to[0] for mail in mailoutbox} >= {"reader0@example.com", "reader1@example.com"}


def test_when_the_time_of_a_task_is_up_it_stops_between_batches(
    mailoutbox: list[EmailMultiAlternatives], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifying, "SLICE", -1.0)
    many_followers(claims.READERS + 10)
    announced(a_new_thread())
    assert [notifying.send_due(), notifying.send_due()] == [claims.READERS, 10]


# What is kept


def test_what_was_told_long_ago_is_forgotten_and_never_told_again(clock: time_machine.Traveller) -> None:
    a_follower(cadence=Cadence.DAILY)
    a_follower("dora@example.com", Cadence.DAILY)
    thread = a_thread(3)
    announced(thread)
    Notification.objects.filter(user__email="bob@example.com").update(settled_at=SUNDAY, message=UUID(int=1))
    clock.shift(notifying.KEPT + timedelta(seconds=1))
    assert notifying.tidy() == 1
    assert outcomes() == {"dora@example.com": ""}
    assert announced(thread) == 0
