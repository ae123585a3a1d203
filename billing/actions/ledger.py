"""The row of a payment: what it was for, found once, and how it stands at Stripe, written again at every look."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from billing import disputes
from billing.actions.customers import by_customer
from billing.facts import Charge
from billing.gateway import payments, subscriptions
from billing.gateway.errors import Missing
from billing.models import BillingAccount, CheckoutIntent, Kind, Payment

SUCCEEDED = "succeeded"
NOT_REFUNDED = frozenset({"failed", "canceled"})
"""Refunds that did not arrive: the money is ours again."""


class Owner(NamedTuple):
    """Whose a payment is, before anything is locked: at least one is there. A wish is for a gift or a donation."""

    account_id: UUID | None
    intent_id: UUID | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that was just written, and the charge it mirrors."""

    payment: Payment
    charge: Charge


def owner(payment_intent: str) -> Owner | None:
    """Whose it is: by its row, else by its customer and by what we wrote on it; None for strangers' payments.

    Raises StripeError.
    """
    row = Payment.objects.filter(payment_intent=payment_intent).first()
    if row is not None:
        return Owner(row.account_id, row.intent_id)
    found = payments.owner_of(payment_intent)
    if found is None:
        return None
    customer_id, metadata = found
    intent = _intent(metadata.get("intent", ""))
    if intent is not None:
        return Owner(intent.account_id, intent.id)
    account_id = by_customer(customer_id)
    return Owner(account_id, None) if account_id else None


def write(payment_intent: str, whose: Owner) -> Entry | None:
    """Read the payment again and write its row; None while nothing was paid, and for what is nothing of ours.

    The caller holds the lock of the account (premium) or of the intent. Raises StripeError.
    """
    charge = payments.charge_of_payment(payment_intent)
    if charge is None or charge.status != SUCCEEDED:
        return None
    row = Payment.objects.filter(payment_intent=payment_intent).first() or _new(payment_intent, whose)
    if row is None:
        return None
    row.charge_id, row.receipt_url = charge.id, charge.receipt_url
    row.amount, row.currency = charge.amount, charge.currency
    row.amount_refunded = sum(each.amount for each in charge.refunds if each.status not in NOT_REFUNDED)
    worst = disputes.worst(charge.disputes)
    row.dispute = worst.status if worst else ""
    row.paid_at, row.livemode = charge.created_at, charge.livemode
    row.save()
    return Entry(row, charge)


def _new(payment_intent: str, whose: Owner) -> Payment | None:
    if whose.intent_id is not None:
        intent = CheckoutIntent.objects.get(id=whose.intent_id)
        return Payment(payment_intent=payment_intent, account_id=intent.account_id, intent=intent, kind=intent.kind)
    account = BillingAccount.objects.get(id=whose.account_id) if whose.account_id else None
    return _of_membership(payment_intent, account) if account else None


def _of_membership(payment_intent: str, account: BillingAccount) -> Payment | None:
    """A payment of one of our subscription's bills; None for one-off bills, and for other products'."""
    bill = subscriptions.invoice_of_payment(payment_intent)
    if bill is None or not bill.subscription_id or not _is_ours(bill.subscription_id, account):
        return None
    return Payment(
        payment_intent=payment_intent,
        account=account,
        kind=Kind.PREMIUM,
        invoice_id=bill.id,
        subscription_id=bill.subscription_id,
        period_end=bill.period_end,
    )


def _is_ours(subscription_id: str, account: BillingAccount) -> bool:
    if subscription_id == account.subscription_id:
        return True
    try:
        return subscriptions.retrieve(subscription_id).is_ours
    except Missing:
        return False


def _intent(reference: str) -> CheckoutIntent | None:
    """Only what is paid once: a subscription's payments carry no reference of ours."""
    try:
        found = CheckoutIntent.objects.filter(id=UUID(reference)).first()
    except ValueError:
        return None
    return found if found and found.kind != Kind.PREMIUM else None
