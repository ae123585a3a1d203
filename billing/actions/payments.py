"""What became of money that arrived: refunds, disputes and warnings of fraud, and what follows from them.

Every look at a payment writes its row and then does whatever the row says and is not done yet, so that events may come
twice, late, or in any order.
"""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing import disputes, mail, plans
from billing.actions import customers, gifts, ledger, outbox, restoring, syncing
from billing.actions.alerts import alert
from billing.currencies import written
from billing.facts import Dispute
from billing.gateway import payments
from billing.models import Alert, BillingAccount, CheckoutIntent, Gift, Grant, Kind, OutboxCall, Payment
from billing.standing import ENDED

Action = OutboxCall.Action
WORTH_A_DISPUTE = 1500
"""Cents that a dispute costs, won or lost: what is less is given back as soon as a bank warns."""


def sync_payment(payment_intent: str) -> Payment | None:
    """Read a payment again and do what follows from it, any number of times; None for payments of nothing of ours.

    Raises StripeError.
    """
    whose = ledger.owner(payment_intent)
    if whose is None:
        return None
    with transaction.atomic():
        account = _hold(whose)
        entry = ledger.write(payment_intent, whose)
        if entry is None:
            return None
        FOLLOW[Kind(entry.payment.kind)](entry, account)
        _tell(entry)
    return entry.payment


def warned(payment_intent: str) -> bool:
    """A bank suspects fraud (radar.early_fraud_warning.created). False for payments of nothing of ours.

    A small payment is given back at once, before it is disputed; the rest follows from the refund. What was disputed
    already is the bank's to decide. Raises StripeError.
    """
    payment = sync_payment(payment_intent)
    if payment is None:
        return False
    if payment.is_refunded or payment.dispute or not payments.is_suspected(payment_intent):
        return True
    is_small = payment.currency == plans.CURRENCY and payment.amount < WORTH_A_DISPUTE
    done = "it is being given back" if is_small else "give it back, or wait for a dispute"
    with transaction.atomic():
        if is_small:
            outbox.queue(
                Action.REFUND,
                f"suspected-{payment_intent}",
                account=payment.account,
                payment_intent=payment_intent,
                reason="fraudulent",
            )
        alert("fraud", payment_intent, f"A bank suspects fraud in {_named(payment)}: {done}.", account=payment.account)
    return True


def _hold(whose: ledger.Owner) -> BillingAccount | None:
    """Lock what the payment belongs to. For premium that is its account, which is answered.

    For what is paid once it is the wish; before it, since accounts come first, the accounts of
    whoever pays and of whoever uses the gift.
    """
    if whose.intent_id is None:
        return customers.locked(whose.account_id) if whose.account_id else None
    readers = BillingAccount.objects.filter(user__grants__gift__intent=whose.intent_id)
    for account_id in sorted({*readers.values_list("id", flat=True), *filter(None, [whose.account_id])}):
        customers.locked(account_id)
    CheckoutIntent.objects.select_for_update().get(id=whose.intent_id)
    return None


def _follow_membership(entry: ledger.Entry, account: BillingAccount | None) -> None:
    payment = entry.payment
    if account is None or not (payment.amount_refunded or payment.dispute or payment.ended_access):
        return
    syncing.sync(account)
    _follow_dispute(entry, account)
    _follow_refund(payment, account)
    restoring.settle(account, payment.subscription_id)


def _follow_gift(entry: ledger.Entry, _: BillingAccount | None) -> None:
    gift = Gift.objects.select_for_update().filter(intent=entry.payment.intent).first()
    if gift is None:
        return
    if entry.payment.is_taken_back:
        gifts.take_back(gift)
    else:
        gifts.bring_back(gift)


def _follow_donation(_entry: ledger.Entry, _: BillingAccount | None) -> None:
    """The row says it all."""


FOLLOW: dict[Kind, Callable[[ledger.Entry, BillingAccount | None], None]] = {
    Kind.PREMIUM: _follow_membership,
    Kind.GIFT: _follow_gift,
    Kind.DONATION: _follow_donation,
}


def _follow_refund(payment: Payment, account: BillingAccount) -> None:
    """All of the running period is given back: premium ends with it. If it fails later, the period is theirs again."""
    if payment.is_refunded and not payment.ended_access and _pays_for_now(payment, account):
        payment.ended_access = True
        payment.save(update_fields=["ended_access"])
        _cancel(payment, account, "refunded")
        mail.membership_refunded(account, payment)
    elif payment.ended_access and account.user is not None:
        _make_good(payment, account.user, is_owed=not payment.is_refunded)


def _pays_for_now(payment: Payment, account: BillingAccount) -> bool:
    """Not so: older periods, what a switch replaced, and second subscriptions."""
    if payment.subscription_id != account.subscription_id or payment.period_end is None:
        return False
    latest = account.current_period_end or payment.period_end
    return payment.period_end >= latest and payment.period_end > timezone.now()


def _make_good(payment: Payment, user: User, *, is_owed: bool) -> None:
    """A grant for the rest of a period that was to be given back and was not."""
    now = timezone.now()
    ref = f"refund_failed:{payment.payment_intent}"
    grant = Grant.objects.filter(source_ref=ref).first()
    if grant is not None:
        grant.revoked_at = None if is_owed else grant.revoked_at or now
        grant.save(update_fields=["revoked_at"])
    elif is_owed and payment.period_end is not None and payment.period_end > now:
        Grant.objects.create(
            user=user,
            source=Grant.Source.REFUND_FAILED,
            source_ref=ref,
            starts_at=now,
            ends_at=payment.period_end,
            reason="A refund did not arrive",
        )
    gifts.lay(user)


def _follow_dispute(entry: ledger.Entry, account: BillingAccount) -> None:
    """While a bank has the money of a subscription, that gives nothing and does not renew; when it is lost, it ends."""
    payment = entry.payment
    concerns = payment.subscription_id == account.subscription_id and account.status not in ENDED
    if concerns and payment.dispute == disputes.LOST:
        _cancel(payment, account, "dispute-lost")
    elif concerns and disputes.is_open(payment.dispute) and not (account.ends_at or account.stopped_for_dispute):
        _queue_for(entry, account, Action.STOP_RENEWAL)
        account.stopped_for_dispute = True
    is_disputed = account.status not in ENDED and restoring.is_disputed(account, account.subscription_id)
    if account.stopped_for_dispute and not is_disputed:
        _take_back_stop(entry, account)
        account.stopped_for_dispute = False
    if is_disputed != (account.suspended_at is not None):
        account.suspended_at = timezone.now() if is_disputed else None
        account.save(update_fields=["stopped_for_dispute", "suspended_at"])
        syncing.sync(account)
    else:
        account.save(update_fields=["stopped_for_dispute"])


def _take_back_stop(entry: ledger.Entry, account: BillingAccount) -> None:
    """Let the subscription renew again, and drop the stop itself if it is still to be done."""
    waiting = OutboxCall.objects.filter(account=account, action=Action.STOP_RENEWAL, done_at=None)
    # Calls are locked before accounts, so one that is being done is not waited for: it is undone after.
    free = list(waiting.select_for_update(skip_locked=True).values_list("id", flat=True))
    OutboxCall.objects.filter(id__in=free).delete()
    _queue_for(entry, account, Action.RESUME_RENEWAL)


def _queue_for(entry: ledger.Entry, account: BillingAccount, action: OutboxCall.Action) -> None:
    """A dispute may be opened, won and appealed: each turn is a thing of its own to do."""
    worst = disputes.worst(entry.charge.disputes)
    begins = f"dispute-{worst.id if worst else entry.payment.payment_intent}"
    turn = OutboxCall.objects.filter(idempotency_key__startswith=begins).count()
    outbox.queue(action, f"{begins}-{turn}-{action}", account=account, subscription=account.subscription_id)


def _cancel(payment: Payment, account: BillingAccount, why: str) -> None:
    key = f"{why}-{payment.payment_intent}"
    outbox.queue(Action.CANCEL_SUBSCRIPTION, key, account=account, subscription=payment.subscription_id)


def _tell(entry: ledger.Entry) -> None:
    """Operators hear of every turn of a dispute that asks something of them, and of every refund that failed."""
    payment, account = entry.payment, entry.payment.account
    for refund in entry.charge.refunds:
        if refund.status == "failed" and not Alert.objects.filter(kind="refund_failed", key=refund.id).exists():
            sentence = f"The refund {refund.id} of {_named(payment)} did not arrive: find another way."
            alert("refund_failed", refund.id, sentence, account=account)
    for dispute in entry.charge.disputes:
        _tell_of(dispute, payment)


def _tell_of(dispute: Dispute, payment: Payment) -> None:
    """Once for each time that an answer is asked for, and when it is lost: what else turns is no work for anybody."""
    account, key = payment.account, f"{dispute.id} {dispute.status}"
    if Alert.objects.filter(key=key).exists():
        return
    if dispute.status == disputes.LOST:
        alert("dispute_lost", key, f"The dispute about {_named(payment)} is lost.", account=account)
    elif disputes.needs_answer(dispute.status) and dispute.status in disputes.INQUIRIES:
        alert("inquiry", key, f"A bank asks about {_named(payment)}: answer it.{_evidence(payment)}", account=account)
    elif disputes.needs_answer(dispute.status):
        sentence = f"A bank took back {_named(payment)} ({dispute.status}): answer it.{_evidence(payment)}"
        alert("dispute", key, sentence, account=account)


def _named(payment: Payment) -> str:
    amount = written(payment.amount, payment.currency)
    return f"the {payment.get_kind_display()} payment {payment.payment_intent} ({amount})"


def _evidence(payment: Payment) -> str:
    """What we can say about use: when the person came, when they were here last, and what else they paid."""
    user = payment.account.user if payment.account else None
    if user is None:
        return ""
    others = Payment.objects.filter(account=payment.account).exclude(id=payment.id).count()
    seen = f"{user.last_login:%Y-%m-%d}" if user.last_login else "unknown"
    return f" Evidence: account since {user.joined_at:%Y-%m-%d}, last signed in {seen}, {others} other payments."
