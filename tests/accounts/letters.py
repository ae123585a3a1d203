"""Letters for tests, and how often each arrived."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from accounts import mail
from accounts.models import Letter
from tests.sandbox.mail.post import PostOffice


def write(count: int = 1, *, to: str = "bob@example.com", name: str = "note") -> list[Letter]:
    return [
        Letter.objects.create(name=name, to=to, subject=f"Letter {number}", text="Words.\n", html="<p>Words.</p>\n")
        for number in range(count)
    ]


def write_to_many(count: int) -> None:
    for number in range(count):
        write(to=f"reader-{number}@example.com")


def outcomes() -> set[str]:
    return set(Letter.objects.values_list("outcome", flat=True))


def counts(post_office: PostOffice) -> list[int]:
    """How often each letter arrived."""
    ids = [each.message_id for each in post_office.mails()]
    return [ids.count(mail.message_of(letter).extra_headers["Message-ID"]) for letter in Letter.objects.all()]


def later(**time: float) -> time_machine.travel:
    """So much later."""
    return time_machine.travel(timezone.now() + timedelta(**time), tick=True)
