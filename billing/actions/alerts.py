"""Telling operators: a row, an ERROR line, and a mail to ADMINS; once for the same thing until it is settled."""

import logging

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import mail
from billing.models import Alert, BillingAccount

logger = logging.getLogger(__name__)


def alert(kind: str, key: str, sentence: str, *, account: BillingAccount | None = None) -> None:
    """`kind` groups, `key` tells the thing itself (an id of Stripe's, mostly); `sentence` is for a person.

    Part of the caller's transaction: what is rolled back was not told. Callers that fail alert after the rollback.
    """
    with transaction.atomic():
        _, is_new = Alert.objects.get_or_create(
            kind=kind, key=key[:255], resolved_at=None, defaults={"sentence": sentence, "account": account}
        )
        if not is_new:
            return
        logger.error("billing alert %s: %s", kind, sentence)
        for _name, address in settings.ADMINS:
            mail.send("billing_alert", address, {"kind": kind, "sentence": sentence})


def settle(alerts: list[int]) -> int:
    """An operator has looked at these (by id); how many were open."""
    return Alert.objects.filter(id__in=alerts, resolved_at=None).update(resolved_at=timezone.now())
