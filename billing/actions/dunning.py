"""Telling members that paying failed, and that a year is about to renew: at most one mail for each thing."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from billing import mail, plans
from billing.actions import customers, syncing
from billing.facts import Invoice
from billing.gateway import subscriptions
from billing.gateway.errors import Away, StripeError
from billing.models import BillingAccount, Notice

HALF_TIME = timedelta(days=7)
"""After the first failure: the second mail."""
LAST_DAY = timedelta(days=1)
"""Before the grace ends: the third."""
SOON = timedelta(days=45)
"""Stripe tells of a renewal so long before at most: an older event is about a renewal that is over."""

logger = logging.getLogger(__name__)


def tell(customer_id: str, *, to_approve: bool = False) -> bool:
    """Look at a customer's unpaid bill again and write what is due to be said about it now.

    Both a declined card and a bank that wants an approval (3-D Secure) lead here: which of them it is, Stripe says now.
    `to_approve`: its event says the latter, which counts where Stripe says nothing. False for a customer nobody here
    has. A first payment that fails is no case for a mail: its page is open before the person's eyes.
    """
    account_id = customers.by_customer(customer_id)
    if account_id is None:
        return False
    _tell(account_id, to_approve=to_approve)
    return True


def renews(customer_id: str) -> bool:
    """Say that a yearly membership renews soon, and for how much. False for a customer nobody here has."""
    account_id = customers.by_customer(customer_id)
    if account_id is None:
        return False
    with transaction.atomic():
        account = customers.locked(account_id)
        syncing.sync(account)
        on = _renewal(account)
        if on is not None:
            amount, currency = subscriptions.next_amount(account.subscription_id)
            if currency == plans.CURRENCY:
                mail.renewal_soon(account, on=on, amount=amount)
    return True


def sweep() -> None:
    """Write the mails that time alone makes due, and those whose event was lost. With Stripe away: next time."""
    for account_id in _due(timezone.now()).values_list("id", flat=True):
        try:
            _tell(account_id)
        except Away as error:
            logger.warning("no mail about unpaid bills now: %s", error)
            return
        except StripeError as error:
            logger.error("no mail about the unpaid bill of account %s: %s", account_id, error)


def _tell(account_id: UUID, *, to_approve: bool = False) -> None:
    with transaction.atomic():
        account = customers.locked(account_id)
        syncing.sync(account)
        if account.past_due_since is None or account.access_until is None or account.access_until <= timezone.now():
            return  # after the grace, what the mails say of it would not be true any more
        bill = subscriptions.retrieve(account.subscription_id).latest_invoice
        about = bill.id if bill else account.subscription_id
        asked = _asked_for_approval(account, bill, to_approve=to_approve)
        if not asked and timezone.now() < account.past_due_since + HALF_TIME:
            mail.payment_failed(account, about)
        _remind(account, about)


def _asked_for_approval(account: BillingAccount, bill: Invoice | None, *, to_approve: bool) -> bool:
    """Whether it is for the card's owner to approve; then that is said, and nothing of a declined card."""
    if bill is None or bill.status != "open":
        return False
    waits = subscriptions.needs_approval(bill.id)
    if waits is None:
        waits = to_approve or Notice.objects.filter(key=f"approve:{bill.id}").exists()
    if not waits:
        return False
    mail.approval_needed(account, bill.id, bill.hosted_url)
    return True


def _remind(account: BillingAccount, about: str) -> None:
    now = timezone.now()
    if account.past_due_since is None or account.grace_until is None:
        return
    if now >= account.grace_until - LAST_DAY:
        mail.payment_last_call(account, about)
    elif now >= account.past_due_since + HALF_TIME:
        mail.payment_still_failing(account, about)


def _due(now: datetime) -> QuerySet[BillingAccount]:
    """Whoever is late and still has premium, and has not been told what is to be told by now."""
    late = BillingAccount.objects.filter(
        past_due_since__isnull=False, access_until__gt=now, grace_until__gt=now, closing_at=None, user__isnull=False
    )
    is_last = Q(grace_until__lte=now + LAST_DAY)
    is_half = Q(past_due_since__lte=now - HALF_TIME) & ~is_last
    first = ~is_half & ~is_last & ~_told("failed:") & ~_told("approve:")
    return late.filter(first | is_half & ~_told("still-failing:") | is_last & ~_told("last-call:"))


def _told(about: str) -> Exists:
    """Since this account is late."""
    written = Notice.objects.filter(account=OuterRef("pk"), created_at__gte=OuterRef("past_due_since"))
    return Exists(written.filter(key__startswith=about))


def _renewal(account: BillingAccount) -> datetime | None:
    """When a year renews as a year; None where it does not, or not soon."""
    on = account.current_period_end
    renews = account.price_key == plans.YEAR.key and account.status == "active" and account.ends_at is None
    if not renews or account.next_price_key or on is None:
        return None
    now = timezone.now()
    return on if now < on <= now + SOON else None
