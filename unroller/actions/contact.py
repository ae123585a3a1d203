"""Messages to the people who run the site: kept, told to them by mail, answered from the admin."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import slices
from accounts.models import User
from unroller import mail, queries
from unroller.actions import pressing
from unroller.models import ContactMessage

KEPT = timedelta(days=90)
"""After its answer. One that nobody answered stays until somebody does, or deletes it."""


class AlreadyAnswered(Exception):
    """Somebody else was faster: a second letter would confuse."""


def write(email: str, subject: str, text: str, *, about: str = "", user: User | None = None) -> ContactMessage:
    """A visitor writes. The operators are told by mail where CONTACT_EMAIL names them; the admin has it anyway. What a
    button sends twice is one message."""
    words = {"email": email, "subject": subject[:200], "text": text, "about": about[:2048], "user": user}
    with transaction.atomic():
        queries.lock(f"message of {email}")
        same = ContactMessage.objects.filter(**words, created_at__gt=timezone.now() - pressing.TWICE)
        if found := same.first():
            return found
        message = ContactMessage.objects.create(**words)
        if settings.CONTACT_EMAIL:
            mail.contact_message(message)
    return message


def answer(message: ContactMessage, text: str) -> None:
    """Answer by mail, once. Raises AlreadyAnswered."""
    with transaction.atomic():
        row = ContactMessage.objects.select_for_update().get(pk=message.pk)
        if row.answered_at is not None:
            raise AlreadyAnswered
        row.answer, row.answered_at = text, timezone.now()
        row.save(update_fields=["answer", "answered_at"])
        mail.contact_answer(row)


def tidy() -> int:
    """Delete what was answered long ago; how many there were."""
    return slices.delete(ContactMessage.objects.filter(answered_at__lt=timezone.now() - KEPT))
