"""Looking at everything, as the night and the command do."""

import io

from django.core.management import call_command

from billing import handlers, inbox
from billing.actions import reconciling
from billing.actions.looks import Wanted
from billing.models import BillingAccount, Reconciliation
from tests.billing.ground import Money

WANTED = Wanted(sorted(handlers.HANDLERS), inbox.add, inbox.replay)


def look(*, fixes: bool = True) -> Reconciliation:
    return reconciling.look_at_everything(WANTED, fixes=fixes)


def command(*arguments: str) -> str:
    said = io.StringIO()
    call_command("billing_reconcile", *arguments, stdout=said)
    return said.getvalue()


def end_unheard(money: Money, *accounts: BillingAccount) -> None:
    """Subscriptions end at Stripe, and nobody hears of it."""
    for account in accounts:
        money.stripe.cancel(account.subscription_id)
