"""Mondays for tests of the weekly book: the days, what arrives, and what is in it."""

from datetime import UTC, datetime, timedelta

import time_machine

from tests.sandbox.mail.post import Mail, PostOffice
from tests.sending.post import words
from unroller.actions import mailing, weekly
from unroller.models import Parcel

SUNDAY = datetime(2026, 3, 8, 12, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, 8, tzinfo=UTC)
WEEK = timedelta(days=7)


def monday(clock: time_machine.Traveller, post_office: PostOffice, *, weeks: int = 0) -> list[Mail]:
    """What arrives on a Monday morning."""
    post_office.forget()
    clock.move_to(MONDAY + weeks * WEEK)
    weekly.begin_due()
    work_off()
    return post_office.mails()


def work_off() -> None:
    for parcel in Parcel.objects.filter(finished_at=None):
        mailing.run(str(parcel.pk))


def in_the_book(mail: Mail) -> list[int]:
    """The threads in a book by their numbers, in its order."""
    text = words(mail)
    numbers = [number for number in range(1, 60_000, 1_000) if f"About {number}.<" in text]
    return sorted(numbers, key=lambda number: text.index(f"About {number}.<"))
