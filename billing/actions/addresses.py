"""Telling Stripe a member's new e-mail address, never the other way round."""

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.fields.json import KT

from billing.actions import outbox
from billing.actions.customers import locked
from billing.models import BillingAccount, OutboxCall

AT_ONCE = 100
Action = OutboxCall.Action


def push_changed() -> int:
    """Queue what Stripe does not know yet; how many. `billing.sweep` calls it."""
    paying = BillingAccount.objects.filter(stripe_customer_id__isnull=False, user__isnull=False, closing_at=None)
    underway = OutboxCall.objects.filter(action=Action.PUSH_EMAIL, done_at=None, account=OuterRef("pk"))
    changed = paying.exclude(user__email=F("email_synced")).exclude(
        Exists(underway.annotate(address=KT("args__email")).filter(address=OuterRef("user__email")))
    )
    return sum(_push(account_id) for account_id in changed.values_list("id", flat=True)[:AT_ONCE])


def _push(account_id: UUID) -> bool:
    """Under the account's lock, so that one change is one call. Changing there and back again are two."""
    with transaction.atomic():
        account = locked(account_id)
        earlier = account.calls.filter(action=Action.PUSH_EMAIL)
        if account.user is None or account.closing_at or account.user.email == account.email_synced:
            return False
        key = f"email-{account.id}-{earlier.count()}"
        # One that waits has an address that is old by now. Calls are locked before accounts: one in hand is left.
        earlier.filter(done_at=None).select_for_update(skip_locked=True, of=("self",)).delete()
        outbox.queue(Action.PUSH_EMAIL, key, account=account, email=account.user.email)
    return True
