"""Managing a membership: Stripe's portal, and taking back what was going to end or change."""

import logging
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from accounts.models import User
from billing.actions import customers, syncing
from billing.gateway import checkout, subscriptions
from billing.gateway.errors import Missing, Refused
from billing.models import BillingAccount
from billing.standing import ENDED

logger = logging.getLogger(__name__)

BACK = "/account"


class NothingToManage(Exception):
    """There is no customer at Stripe, or none any more."""


def portal(user: User, flow: str = "") -> str:
    """The portal's address for somebody, opened at `flow`: `cancel`, `card`, or its first page.

    It is a way in: never kept, never logged. Raises NothingToManage, StripeError.
    """
    account = BillingAccount.objects.filter(user=user, stripe_customer_id__isnull=False).first()
    if account is None:
        raise NothingToManage
    try:
        return open_portal(account, flow)
    except Missing as error:
        with transaction.atomic():
            syncing.sync(customers.locked(account.id))
        raise NothingToManage from error


def open_portal(account: BillingAccount, flow: str = "") -> str:
    """For an account with a customer. A flow that makes no sense now opens the first page. Raises StripeError."""
    details: dict[str, Any] | None = None
    if flow == "card":
        details = {"type": "payment_method_update"}
    elif flow == "cancel" and account.status not in ENDED | {""} and account.ends_at is None:
        details = {"type": "subscription_cancel", "subscription_cancel": {"subscription": account.subscription_id}}
    return _opened(account, details)


def downgrade(account: BillingAccount, price_id: str) -> str:
    """The portal's page that confirms a change of price, which a shorter interval makes at the period's end."""
    item = {"id": account.item_id, "price": price_id, "quantity": 1}
    change = {"subscription": account.subscription_id, "items": [item]}
    return _opened(account, {"type": "subscription_update_confirm", "subscription_update_confirm": change})


def resume(user: User) -> bool:
    """Take back that a membership ends, or that its price changes, at the period's end; False when neither will.

    While a bank disputes a payment what ends stays ended. Raises StripeError.
    """
    account = BillingAccount.objects.filter(user=user, stripe_customer_id__isnull=False).first()
    if account is None:
        return False
    with transaction.atomic():
        account = customers.locked(account.id)
        syncing.sync(account)
        is_resumed = account.suspended_at is None and _resume(account)
        if is_resumed:
            syncing.sync(account)
    return is_resumed


def _resume(account: BillingAccount) -> bool:
    """Its keys stand for this click alone: who cancels, resumes, cancels and resumes in a day means it each time."""
    if account.status in ENDED | {""}:
        return False
    one = subscriptions.retrieve(account.subscription_id)
    if one.schedule_id:
        subscriptions.release_schedule(one.schedule_id, key=f"release-{uuid4()}")
    if one.ends_at is not None:
        subscriptions.resume(one, key=f"resume-{uuid4()}")
    return bool(one.schedule_id) or one.ends_at is not None


def _opened(account: BillingAccount, details: dict[str, Any] | None) -> str:
    back = settings.SITE_URL + BACK
    flow = details and {**details, "after_completion": {"type": "redirect", "redirect": {"return_url": back}}}
    customer_id = account.stripe_customer_id or ""
    try:
        return checkout.portal(customer_id, back=back, flow=flow)
    except Missing:
        raise
    except Refused as error:
        if flow is None:
            raise
        # What can be done there changes behind our back: the first page always opens.
        logger.warning("portal of %s without its flow: %s", customer_id, error)
        return checkout.portal(customer_id, back=back)
