"""How many lists a reader may bring: few that are taken, and more that turn out to be none."""

from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts import limits
from accounts.limits import Limit
from accounts.models import User


def try_one(user: User) -> str:
    """Count a list that is about to be read; why it is not read, as a sentence, or nothing."""
    who = str(user.pk)
    if limits.wait_until(limits.IMPORTS, who):
        return _later(user, limits.IMPORTS, "imported")
    return "" if limits.spend(limits.TRIED_IMPORTS, who) else _later(user, limits.TRIED_IMPORTS, "tried")


def take_one(user: User) -> str:
    """Count a list that was read and is about to be brought in; the same answer."""
    return "" if limits.spend(limits.IMPORTS, str(user.pk)) else _later(user, limits.IMPORTS, "imported")


def _later(user: User, limit: Limit, done: str) -> str:
    until = limits.wait_until(limit, str(user.pk)) or timezone.now()
    when = f"{until.astimezone(ZoneInfo(user.time_zone)):%H:%M}"
    return f"You have {done} {limits.current(limit, str(user.pk)).amount} lists in one hour. You can go on from {when}."
