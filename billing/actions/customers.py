"""A person's account of money, its lock, and its customer at Stripe."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing import keys
from billing.gateway import customers
from billing.gateway.errors import Away, Denied
from billing.models import BillingAccount

KEY_HOLDS = timedelta(hours=23)
"""Stripe remembers an idempotency key for a day at least."""


def account_for(user: User) -> BillingAccount:
    """Somebody's account, made at the first time and committed before Stripe hears of it.

    Its id is part of the key that makes the customer: a row that is rolled back would make a second customer.
    """
    with transaction.atomic(durable=True):
        made = {"livemode": keys.is_live(settings.STRIPE_SECRET_KEY), "email_synced": user.email}
        return BillingAccount.objects.get_or_create(user=user, defaults=made)[0]


def locked(account_id: UUID) -> BillingAccount:
    """The row, in this transaction's hands. Everything that concerns this person's money waits until it ends."""
    rows = BillingAccount.objects.select_for_update(of=("self",)).select_related("user")
    return rows.get(id=account_id)


def by_customer(customer_id: str) -> UUID | None:
    """Whose customer that is; None for strangers."""
    if not customer_id:
        return None
    return BillingAccount.objects.filter(stripe_customer_id=customer_id).values_list("id", flat=True).first()


def ensure_customer(account: BillingAccount) -> str:
    """The account's living customer; a new one at the first time, and when the old one was deleted at Stripe.

    Asked again after a death between the two, Stripe answers the same customer for the same key. The address is the
    one kept in the row, since a key stands for one request; a newer address is pushed later.
    """
    with transaction.atomic():
        row = locked(account.id)
        check_mode(row)
        dead = row.stripe_customer_id or ""
        if dead and customers.exists(dead):
            return dead
        row.livemode = keys.is_live(settings.STRIPE_SECRET_KEY)
        row.stripe_customer_id = _forgotten(row, dead) or _created(row, dead)
        row.save(update_fields=["stripe_customer_id", "livemode"])
        return row.stripe_customer_id


def check_mode(account: BillingAccount) -> None:
    """Raises Denied while a test key stands in for the live one: it knows no live customer, and their absence there
    must not be taken for their end."""
    if account.livemode and not keys.is_live(settings.STRIPE_SECRET_KEY):
        raise Denied("this account pays for real, and the secret key is a test key")


def _created(account: BillingAccount, dead: str) -> str:
    mode = "live" if account.livemode else "test"
    key = f"cus-{mode}-{account.id}" + (f"-{dead}" if dead else "")
    try:
        return customers.create(account=str(account.id), email=account.email_synced, key=key)
    except Away as error:
        if not error.wants_new_key:
            raise
        # That key would repeat the failure for a day. A customer more without a subscription costs nobody anything.
        key += f"-{timezone.now():%Y%m%d%H%M}"
        return customers.create(account=str(account.id), email=account.email_synced, key=key)


def _forgotten(account: BillingAccount, dead: str) -> str:
    """A customer that was made and never written down, so long ago that the key would make another one."""
    if dead or account.created_at > timezone.now() - KEY_HOLDS:
        return ""
    return customers.find(str(account.id), email=account.email_synced)
