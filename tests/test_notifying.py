"""Mails about new threads: claimed, sent and settled so that each reader gets each of them once."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from accounts.models import User
from tests.followers import SUNDAY, a_follower, a_new_thread, announced, many_followers, outcomes
from tests.threads import a_thread
from unroller.actions import follows, notifying, readers, readings, threads
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


# What goes wrong on our side, and when a turn ends


def test_mails_that_cannot_be_made_wait_until_the_mistake_is_mended(
    mailoutbox: list[EmailMultiAlternatives],
    settings: Settings,
    tmp_path: Path,
    clock: time_machine.Traveller,
    caplog: pytest.LogCaptureFixture,
) -> None:
    many_followers(2)
    announced(a_new_thread())
    whole, settings.TEMPLATES = settings.TEMPLATES, [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    assert notifying.send_due() == 0
    assert "TemplateDoesNotExist" in caplog.text
    settings.TEMPLATES = whole
    clock.shift(60)
    assert notifying.send_due() == 2


def test_an_address_that_cannot_be_written_fails_and_stops_nobody_else(
    mailoutbox: list[EmailMultiAlternatives],
) -> None:
    many_followers(3)
    User.objects.filter(email="reader1@example.com").update(email="reader1\r\nBcc: all@example.com")
    announced(a_new_thread())
    assert notifying.send_due() == 2
    assert sorted(outcomes().values()) == [Outcome.FAILED, Outcome.SENT, Outcome.SENT]


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
