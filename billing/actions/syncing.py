"""The mirror of a customer's subscription: re-read from Stripe inside the account's lock, whatever event asked for it.

What is wrong with what is found is dealt with here too, since here it is seen: a second subscription, one of somebody
who deleted their account, states and shapes that nobody knows.
"""

from dataclasses import asdict, fields, replace

from django.db import transaction
from django.utils import timezone

from billing import mail, plans
from billing.actions import gifts, outbox, restoring
from billing.actions.alerts import alert
from billing.actions.customers import by_customer, check_mode, locked
from billing.facts import Subscription
from billing.gateway import customers, subscriptions
from billing.gateway.errors import Missing
from billing.models import BillingAccount, OutboxCall
from billing.standing import ENDED, KNOWN, NOTHING, Standing, duplicates, kept, standing

FIELDS = [field.name for field in fields(Standing)]
Action = OutboxCall.Action
DUPLICATE, CLOSING = "duplicate", "closing"
REASONS = {DUPLICATE: "duplicate", CLOSING: "requested_by_customer"}
"""Why a subscription is given back, and what Stripe calls that."""


def sync_customer(customer_id: str) -> bool:
    """Sync whoever's customer it is; False when it is nobody's. Raises StripeError."""
    account_id = by_customer(customer_id)
    if account_id is None:
        return False
    with transaction.atomic():
        sync(locked(account_id))
    return True


def sync(account: BillingAccount) -> bool:
    """Bring the mirror up to date; whether it changed. The caller holds the row's lock. Raises StripeError."""
    before = mirror_of(account)
    found = of_account(account)
    now = timezone.now()
    after = standing(kept(found), before=before, suspended=account.suspended_at is not None, now=now)
    if not found and before.subscription_id:
        # The customer is gone, and what they had with it.
        after = replace(
            NOTHING, subscription_id=before.subscription_id, status="canceled", ends_at=before.ends_at or now
        )
    extra = duplicates(found)
    _write(account, after, len(extra))
    _settle_extra(account, extra)
    _end_what_closes(account, found)
    _return_what_came_late(account, found)
    _return_renewals(account, found)
    _stop_what_was_resumed(account)
    _report(account, kept(found))
    if after != before:
        gifts.push_gifts(account, before, after)
    if before.past_due_since and after.status in ENDED and account.closing_at is None:
        mail.membership_ended(account)
    return after != before


def of_account(account: BillingAccount) -> list[Subscription]:
    """All that is ours of an account, the oldest first, also what ended; nothing for a customer that is deleted.

    Ours: its id is kept, or one of its items has one of our prices. Raises StripeError.
    """
    check_mode(account)
    try:
        found = subscriptions.of_customer(account.stripe_customer_id) if account.stripe_customer_id else []
    except Missing:
        if customers.exists(account.stripe_customer_id or ""):
            raise
        return []
    known = [replace(each, is_ours=each.is_ours or each.id == account.subscription_id) for each in reversed(found)]
    return [each for each in known if each.is_ours]


def mirror_of(account: BillingAccount) -> Standing:
    """What is kept of it now."""
    return Standing(**{name: getattr(account, name) for name in FIELDS})


def give_back(account: BillingAccount, one: Subscription, why: str) -> None:
    """End a subscription now and return what was paid last for it. `why` is one of REASONS, and part of the keys."""
    outbox.queue(Action.CANCEL_SUBSCRIPTION, f"{why}-cancel-{one.id}", account=account, subscription=one.id)
    bill = one.latest_invoice
    if bill is not None and bill.status == "paid":
        key = f"{why}-refund-{bill.id}"
        outbox.queue(Action.REFUND_INVOICE, key, account=account, invoice=bill.id, reason=REASONS[why])


def _write(account: BillingAccount, after: Standing, extra: int) -> None:
    for name, value in asdict(after).items():
        setattr(account, name, value)
    account.duplicate_count = extra
    account.last_synced_at = timezone.now()
    if after.status in ENDED:
        restoring.keep(account)
        # What a bank took back of it does not bind the next one.
        account.suspended_at, account.stopped_for_dispute = None, False
    account.save(update_fields=[*FIELDS, "duplicate_count", "last_synced_at", "suspended_at", "stopped_for_dispute"])


def _settle_extra(account: BillingAccount, extra: list[Subscription]) -> None:
    """Two pages that were both paid: the oldest paid one stays (scenario 19)."""
    for one in extra:
        give_back(account, one, DUPLICATE)
        mail.duplicate_returned(account, one.id)
        sentence = f"{account} paid twice: {one.id} is cancelled and refunded, {account.subscription_id} stays"
        alert("duplicate", one.id, sentence, account=account)


def _end_what_closes(account: BillingAccount, found: list[Subscription]) -> None:
    """Whoever deleted their account pays no longer, and what they paid only after that goes back (scenario 39)."""
    if account.closing_at is None:
        return
    left = account.closing_at.replace(microsecond=0)
    for one in found:
        if one.created_at >= left or one.is_first_unpaid:
            give_back(account, one, CLOSING)
        elif one.status not in ENDED:
            outbox.queue(Action.CANCEL_SUBSCRIPTION, f"closed-cancel-{one.id}", account=account, subscription=one.id)


def _return_what_came_late(account: BillingAccount, found: list[Subscription]) -> None:
    """A delayed payment may arrive for a subscription that was ended before: that goes back as well."""
    ended = {f"{why}-cancel-{one.id}": (one, why) for one in found if one.status in ENDED for why in REASONS}
    if not ended:
        return
    for key in OutboxCall.objects.filter(idempotency_key__in=ended).values_list("idempotency_key", flat=True):
        give_back(account, *ended[key])


def _return_renewals(account: BillingAccount, found: list[Subscription]) -> None:
    """What was still renewed between the decision to end it and its end, because Stripe was away: nobody wanted it."""
    for one in found:
        bill = one.latest_invoice
        if one.status not in ENDED or bill is None or bill.status != "paid" or bill.finalized_at is None:
            continue
        ends = account.calls.filter(action=Action.CANCEL_SUBSCRIPTION, args__subscription=one.id)
        decided = [moment for moment in (account.closing_at, *ends.values_list("created_at", flat=True)) if moment]
        if decided and bill.finalized_at > min(decided):
            key = f"late-refund-{bill.id}"
            outbox.queue(Action.REFUND_INVOICE, key, account=account, invoice=bill.id, reason=REASONS[CLOSING])


def _stop_what_was_resumed(account: BillingAccount) -> None:
    """In Stripe's portal they may let it renew again while a bank has the money: they would pay for nothing."""
    renews = account.status not in ENDED and account.current_period_end is not None and account.ends_at is None
    if account.suspended_at is None or not renews:
        return
    calls = OutboxCall.objects.filter(account=account, args__subscription=account.subscription_id)
    if calls.filter(action__in=(Action.STOP_RENEWAL, Action.CANCEL_SUBSCRIPTION), done_at=None).exists():
        return
    begins = f"suspended-{account.subscription_id}"
    turn = calls.filter(idempotency_key__startswith=begins).count()
    outbox.queue(Action.STOP_RENEWAL, f"{begins}-{turn}-stop", account=account, subscription=account.subscription_id)
    account.stopped_for_dispute = True
    account.save(update_fields=["stopped_for_dispute"])


def _report(account: BillingAccount, one: Subscription | None) -> None:
    """Alerts for what no rule knows."""
    if one is None or one.status in ENDED:
        return
    if one.status not in KNOWN:
        sentence = f"{one.id} of {account} is {one.status!r}: premium until the period ends, and no longer"
        alert("unknown_status", f"{one.id}:{one.status}", sentence, account=account)
    if one.period_end is None:
        alert("no_items", one.id, f"{one.id} of {account} has no items: no premium", account=account)
    elif one.price_key not in plans.PRICES:
        sentence = f"{one.id} of {account} has a price that is neither monthly nor yearly"
        alert("unknown_price", one.id, sentence, account=account)
