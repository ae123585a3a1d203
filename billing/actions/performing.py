"""Doing at Stripe what the outbox holds. Each thing is looked at first: what is done already is not done again."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from billing import disputes
from billing.actions import outbox, syncing
from billing.actions.alerts import alert
from billing.actions.customers import locked
from billing.facts import Charge, Subscription
from billing.gateway import checkout, customers, payments, subscriptions
from billing.gateway.errors import Away, Missing, Refused, StripeError
from billing.models import Alert, BillingAccount, OutboxCall
from billing.standing import ENDED

AT_ONCE = 200
SECONDS = 240.0
"""Less than half of what Celery gives a task: Stripe may take a minute for each call before it fails."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=10)
TRIES_BEFORE_ALERT = 10
ROUND = timedelta(hours=23)
"""Stripe remembers a key for a day at least. After that a new one is as good, and the old one a riddle."""
SUCCEEDED = "succeeded"
NO_MORE_TO_GIVE = frozenset({"charge_already_refunded", "charge_disputed"})
"""What Stripe says of a refund that never will be made: somebody else was faster."""
FRAUDULENT = "fraudulent"


class Job(NamedTuple):
    """A call in this transaction's hands, with the key of this round."""

    call: OutboxCall
    account: BillingAccount | None
    key: str

    def arg(self, name: str) -> str:
        return str(self.call.args[name])


def work_due() -> int:
    """Do what is due; how much was done. What fails waits, and what another worker holds is left to it."""
    end, done = time.monotonic() + SECONDS, 0
    for call_id in list(outbox.due().values_list("id", flat=True)[:AT_ONCE]):
        if time.monotonic() > end:
            outbox.bell()
            break
        done += _work(call_id)
    return done


def _work(call_id: int) -> bool:
    try:
        with transaction.atomic():
            call = outbox.due().select_for_update(skip_locked=True, of=("self",)).filter(id=call_id).first()
            if call is None:
                return False
            call.last_error = ""
            _perform(call)
            call.done_at = timezone.now()
            call.save()
    except Exception as error:
        _put_back(call_id, error)
        return False
    return True


def _perform(call: OutboxCall) -> None:
    account = locked(call.account_id) if call.account_id else None
    _begin_round(call)
    DO[OutboxCall.Action(call.action)](Job(call, account, f"{call.idempotency_key}-{call.round}"))
    if account is not None:
        syncing.sync(account)


def _begin_round(call: OutboxCall) -> None:
    now = timezone.now()
    if call.round_began_at is None:
        call.round_began_at = now
    elif call.round_began_at < now - ROUND:
        call.round, call.round_began_at = call.round + 1, now


def _put_back(call_id: int, error: Exception) -> None:
    """Wait, twice as long after each failure; tell an operator when it goes on, or when Stripe will never do it.

    They are told once for each call: who settled that alert knows that it does not succeed.
    """
    now = timezone.now()
    with transaction.atomic():
        call = OutboxCall.objects.select_for_update(of=("self",)).select_related("account").get(id=call_id)
        if call.done_at is not None:
            return
        _begin_round(call)
        if isinstance(error, Away) and error.wants_new_key:
            call.round, call.round_began_at = call.round + 1, now
        wait = min(FIRST_WAIT * 2 ** min(call.attempts, 10), LONGEST_WAIT)
        call.not_before = now + wait
        call.attempts += 1
        call.last_error = f"{type(error).__name__}: {error}"[:1000]
        call.save()
        outbox.bell(seconds=wait.total_seconds())
        is_hopeless = isinstance(error, Refused) or not isinstance(error, StripeError)
        was_told = Alert.objects.filter(kind="outbox", key=call.idempotency_key).exists()
        if not was_told and (is_hopeless or call.attempts >= TRIES_BEFORE_ALERT):
            sentence = f"{call.get_action_display()} does not succeed ({call.attempts} tries): {call.last_error}"
            alert("outbox", call.idempotency_key, sentence, account=call.account)


def _cancel_subscription(job: Job) -> None:
    one = _found(job.arg("subscription"))
    if one is not None and one.status not in ENDED:
        subscriptions.cancel(one.id, key=job.key)


def _cancel_all(job: Job) -> None:
    """Everything of ours that lives. A customer that is deleted has nothing that lives."""
    if job.account is None or not job.account.stripe_customer_id:
        return
    for one in syncing.of_account(job.account):
        if one.status not in ENDED:
            subscriptions.cancel(one.id, key=f"{job.key}-{one.id}")


def _stop_renewal(job: Job) -> None:
    one = _found(job.arg("subscription"))
    if one is None or one.status in ENDED or one.ends_at is not None:
        return
    if one.schedule_id:
        # Stripe takes no end from outside for what a schedule holds.
        subscriptions.release_schedule(one.schedule_id, key=f"{job.key}-release")
    subscriptions.stop_renewal(one.id, key=job.key)


def _resume_renewal(job: Job) -> None:
    one = _found(job.arg("subscription"))
    if one is not None and one.status not in ENDED and one.ends_at is not None:
        subscriptions.resume(one, key=job.key)


def _refund(job: Job) -> None:
    _give_back(job, job.arg("payment_intent"), key=job.key)


def _refund_invoice(job: Job) -> None:
    """What was paid on it; nothing when a code made it free."""
    for payment_intent in subscriptions.payments_of_invoice(job.arg("invoice")):
        _give_back(job, payment_intent, key=f"{job.key}-{payment_intent}")


def _give_back(job: Job, payment_intent: str, *, key: str) -> None:
    """All that is left of it, unless a bank was faster: the call is done then, and says why nothing went back."""
    reason = job.arg("reason")
    charge = payments.charge_of_payment(payment_intent)
    if charge is None or charge.status != SUCCEEDED or charge.amount_refunded >= charge.amount:
        return
    if _is_for_the_bank(charge, reason):
        job.call.last_error = f"Nothing was given back of {payment_intent}: there is a dispute about it."
        return
    try:
        payments.refund(payment_intent, reason=reason, key=key)
    except Refused as error:
        if error.code not in NO_MORE_TO_GIVE:
            raise
        job.call.last_error = f"Nothing was given back of {payment_intent}: {error}"[:1000]


def _is_for_the_bank(charge: Charge, reason: str) -> bool:
    """Whether a dispute decides about the money. A suspicion is over with any: it was to prevent one."""
    worst = disputes.worst(charge.disputes)
    return worst is not None and (reason == FRAUDULENT or disputes.takes_money(worst.status))


def _push_email(job: Job) -> None:
    account = job.account
    if account is not None and account.stripe_customer_id and account.closing_at is None:
        if customers.exists(account.stripe_customer_id):
            customers.set_email(account.stripe_customer_id, job.arg("email"), key=job.key)
        account.email_synced = job.arg("email")
        account.save(update_fields=["email_synced"])
    # The row stays, and an address is not for keeping.
    job.call.args = {}


def _use_card(job: Job) -> None:
    """The card that the customer has now: a call that waited must not bring back an older one."""
    one = _found(job.arg("subscription"))
    customer = customers.retrieve(one.customer_id) if one is not None and one.status not in ENDED else None
    if one is not None and customer is not None and customer.card and one.card != customer.card:
        subscriptions.use_card(one.id, customer.card, key=f"{job.key}-{customer.card}")


def _expire_session(job: Job) -> None:
    """What was paid in the meantime is seen to by the event of it, and by the sync of an account that closes."""
    try:
        if checkout.retrieve(job.arg("session")).status == "open":
            checkout.expire(job.arg("session"))
    except Missing:
        return


def _found(subscription_id: str) -> Subscription | None:
    try:
        return subscriptions.retrieve(subscription_id)
    except Missing:
        return None


DO: dict[OutboxCall.Action, Callable[[Job], None]] = {
    OutboxCall.Action.CANCEL_SUBSCRIPTION: _cancel_subscription,
    OutboxCall.Action.CANCEL_ALL: _cancel_all,
    OutboxCall.Action.STOP_RENEWAL: _stop_renewal,
    OutboxCall.Action.RESUME_RENEWAL: _resume_renewal,
    OutboxCall.Action.REFUND: _refund,
    OutboxCall.Action.REFUND_INVOICE: _refund_invoice,
    OutboxCall.Action.PUSH_EMAIL: _push_email,
    OutboxCall.Action.USE_CARD: _use_card,
    OutboxCall.Action.EXPIRE_SESSION: _expire_session,
}
