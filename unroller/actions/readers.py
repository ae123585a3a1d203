"""What readers settle about themselves where it changes more than their account."""

from django.db import transaction

from accounts.actions import people
from accounts.models import User
from unroller.actions import announcing, weekly
from unroller.models import Reader


def settle(user: User, *, name: str, time_zone: str) -> None:
    """Name and time zone; mail that waits for a morning waits for the new zone's. Raises ValueError for no zone."""
    before = user.time_zone
    with transaction.atomic():
        people.change(user, name=name, time_zone=time_zone)
        if time_zone != before:
            announcing.reschedule(user)
            weekly.reschedule(user)


def switch_mail(user: User, *, off: bool) -> None:
    """No mail about new threads, or mail about them again."""
    Reader.objects.update_or_create(user=user, defaults={"mail_off": off})
