"""Paid time that a dispute took: kept when a membership ends under it, and given when the dispute is won after all.

A grant keeps it that was revoked from its first moment on, so that it says how long is left whenever a bank decides.
"""

from django.db.models import QuerySet
from django.utils import timezone

from billing import disputes
from billing.actions import gifts
from billing.models import BillingAccount, Grant, Kind, Payment


def keep(account: BillingAccount) -> None:
    """A suspended subscription ended: what was paid for from the suspension on may have to be given later.

    The caller holds the account's lock, and has not yet forgotten since when it was suspended.
    """
    since = account.suspended_at
    latest = _latest(account, account.subscription_id)
    paid_until = latest.period_end if latest else None
    if account.user is None or since is None or paid_until is None or paid_until <= since:
        return
    made = {
        "user": account.user,
        "source": Grant.Source.REFUND_FAILED,
        "starts_at": since,
        "ends_at": paid_until,
        "revoked_at": since,
        "reason": "Paid time that a dispute took",
    }
    Grant.objects.get_or_create(source_ref=_ref(account.subscription_id), defaults=made)


def settle(account: BillingAccount, subscription_id: str) -> None:
    """Give what was kept of a subscription if no dispute about it is open or lost any more, else take it again.

    Any number of times; the caller holds the account's lock.
    """
    grant = Grant.objects.filter(source_ref=_ref(subscription_id)).first()
    if grant is None or account.user is None or grant.ends_at is None:
        return
    latest = _latest(account, subscription_id)
    is_owed = latest is not None and not latest.is_refunded and not is_disputed(account, subscription_id)
    if is_owed == (grant.revoked_at is None):
        return
    now = timezone.now()
    if grant.revoked_at is None:
        grant.revoked_at = now
    elif left := grant.ends_at - max(grant.starts_at, min(grant.revoked_at, grant.ends_at)):
        grant.starts_at, grant.ends_at, grant.revoked_at = now, now + left, None
    grant.save(update_fields=["starts_at", "ends_at", "revoked_at"])
    gifts.lay(account.user)


def is_disputed(account: BillingAccount, subscription_id: str) -> bool:
    """Whether a bank has any money of a subscription, for now or for good."""
    of_it = _payments(account, subscription_id)
    return of_it.exclude(dispute__in=disputes.INQUIRIES | disputes.SETTLED).exists()


def _payments(account: BillingAccount, subscription_id: str) -> QuerySet[Payment]:
    return Payment.objects.filter(account=account, kind=Kind.PREMIUM, subscription_id=subscription_id)


def _latest(account: BillingAccount, subscription_id: str) -> Payment | None:
    """The payment that reaches furthest."""
    return _payments(account, subscription_id).exclude(period_end=None).order_by("period_end", "id").last()


def _ref(subscription_id: str) -> str:
    return f"dispute:{subscription_id}"
