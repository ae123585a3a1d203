"""Addresses that take no mail: remembered when a server or a provider says so, forgotten when the person asks.

`mail_stopped_at` is the time of the last report that counted and stays when mail is resumed. So a report that arrives
twice, or late, does nothing.
"""

import logging
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from accounts.limits import RESUMED_MAIL, spend
from accounts.models import MailStopped, User

logger = logging.getLogger(__name__)


def stop_mail(address: str, why: MailStopped, *, at: datetime) -> bool:
    """Send nothing more to an address, sign-in codes excepted; False when that is no news, or nobody's address."""
    at = min(at, timezone.now())
    news = User.objects.filter(Q(mail_stopped_at=None) | Q(mail_stopped_at__lt=at), email__iexact=address)
    if why == MailStopped.BOUNCED:
        news = news.exclude(mail_stopped=MailStopped.COMPLAINED)
    stopped = news.update(mail_stopped=why, mail_stopped_at=at)
    if stopped:
        logger.info("mail to one address stopped: %s", why.value)
    return bool(stopped)


def resume_mail(user: User) -> bool:
    """Send mail again because its reader says that the address is good; False when that was asked too often."""
    if not spend(RESUMED_MAIL, str(user.pk)):
        return False
    User.objects.filter(pk=user.pk).update(mail_stopped="")
    user.mail_stopped = ""
    return True
