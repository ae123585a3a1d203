"""Giving a payment back, as an operator decides."""

import logging

from django.db import transaction

from accounts.models import User
from billing import disputes
from billing.actions import customers, outbox
from billing.models import OutboxCall, Payment

logger = logging.getLogger(__name__)


class NothingLeft(ValueError):
    """There is nothing to give back; the sentence is for the operator."""


def refund(payment: Payment, reason: str, by: User) -> OutboxCall:
    """Give back all that is left of a payment; what follows from it comes by Stripe's events. Raises NothingLeft.

    `reason` is the operator's own, and stays here. Asked twice it is done once, unless the first refund failed.
    """
    if payment.is_refunded:
        raise NothingLeft("All of it was given back already.")
    if disputes.takes_money(payment.dispute):
        raise NothingLeft("A bank has this money: answer the dispute instead.")
    with transaction.atomic():
        if payment.account_id is not None:
            customers.locked(payment.account_id)  # before its payments, as everywhere
        row = Payment.objects.select_for_update(of=("self",)).get(id=payment.id)
        begins = f"refund-{row.payment_intent}"
        calls = OutboxCall.objects.filter(idempotency_key__startswith=begins)
        waiting = calls.filter(done_at=None).first()
        if waiting is not None:
            return waiting
        logger.info("refund of %s by user %s", row.payment_intent, by.pk)
        return outbox.queue(
            OutboxCall.Action.REFUND,
            f"{begins}-{calls.count()}",
            account=row.account,
            payment_intent=row.payment_intent,
            reason="requested_by_customer",
            why=reason,
            by=str(by.pk),
        )
