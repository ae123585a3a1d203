"""What waits for the people who run the site: told to them by mail, once a day while something does."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Letter
from unroller import mail, profiles, queries
from unroller.models import Case, ContactMessage

EVERY = timedelta(days=1)


def remind() -> bool:
    """Write to CONTACT_EMAIL while wishes of authors, messages or reports wait for a person; whether a letter went. The
    letter itself says that it was written."""
    if not settings.CONTACT_EMAIL:
        return False
    with transaction.atomic():
        queries.lock("what waits for operators")
        told = Letter.objects.filter(name=mail.WAITING, created_at__gt=timezone.now() - EVERY)
        wishes = profiles.waiting_wishes().count()
        messages = ContactMessage.objects.filter(answered_at=None).count()
        reports = Case.objects.filter(decided_at=None).count()
        if told.exists() or not wishes + messages + reports:
            return False
        mail.waiting(wishes=wishes, messages=messages, reports=reports)
    return True
