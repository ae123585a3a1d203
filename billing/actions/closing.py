"""What becomes of somebody's money when they delete their account: nothing more is charged, whatever is away now."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing.actions import outbox
from billing.actions.customers import locked
from billing.models import BillingAccount, CheckoutIntent, Gift, OutboxCall

Action = OutboxCall.Action


def let_go(user: User, **_: Any) -> None:
    """Receiver of `account_closing`: have every subscription ended now and every open payment page closed.

    Only rows are written here; the outbox does it, for as long as it takes. The account's row outlives the person for
    that. May be called again.
    """
    for account_id in BillingAccount.objects.filter(user=user).values_list("id", flat=True):
        with transaction.atomic():
            _let_go(locked(account_id))


def _let_go(account: BillingAccount) -> None:
    if account.closing_at is None:
        account.closing_at, account.email_synced = timezone.now(), ""
        account.save(update_fields=["closing_at", "email_synced"])
        waiting = account.calls.filter(action=Action.PUSH_EMAIL, done_at=None)
        # Calls are locked before accounts, so one that is being done is not waited for.
        free = list(waiting.select_for_update(skip_locked=True).values_list("id", flat=True))
        OutboxCall.objects.filter(id__in=free).delete()
        Gift.objects.filter(intent__account=account).update(email="")
    if not account.stripe_customer_id:
        return
    outbox.queue(Action.CANCEL_ALL, f"closing-{account.id}", account=account)
    pages = CheckoutIntent.objects.filter(account=account, state=CheckoutIntent.State.OPEN, session_id__isnull=False)
    for session_id in pages.values_list("session_id", flat=True):
        outbox.queue(Action.EXPIRE_SESSION, f"closing-{session_id}", account=account, session=session_id)
