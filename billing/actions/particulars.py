"""What Stripe keeps of a customer besides subscriptions: the address for its mail, and the card."""

from django.db import transaction

from billing.actions import customers, outbox, syncing
from billing.gateway import customers as at_stripe
from billing.gateway import subscriptions
from billing.models import OutboxCall
from billing.standing import ENDED


def refresh(customer_id: str) -> bool:
    """Look at a customer again that was changed there. False for a customer nobody here has. Raises StripeError.

    A person's address is never taken from there: if Stripe has another one now, it is told the right one again. Of who
    deletes their account none is kept.
    """
    account_id = customers.by_customer(customer_id)
    if account_id is None:
        return False
    with transaction.atomic():
        account = customers.locked(account_id)
        customer = at_stripe.retrieve(customer_id)
        if customer is None:
            syncing.sync(account)
        elif account.user is not None and account.closing_at is None:
            account.email_synced = customer.email
            account.save(update_fields=["email_synced"])
    return True


def use_card(customer_id: str, event_id: str) -> None:
    """Have the card charged that a customer has given now. `event_id` tells one change from the next, and the one back.

    A subscription's own card goes before the customer's: without this a new one would change nothing where an old one
    fails. Raises StripeError.
    """
    account_id = customers.by_customer(customer_id)
    if account_id is None:
        return
    with transaction.atomic():
        account = customers.locked(account_id)
        customer = at_stripe.retrieve(customer_id)
        if customer is None or not customer.card or not account.subscription_id or account.status in ENDED:
            return
        if subscriptions.retrieve(account.subscription_id).card not in {"", customer.card}:
            about = {"subscription": account.subscription_id, "card": customer.card}
            outbox.queue(OutboxCall.Action.USE_CARD, f"card-{event_id}", account=account, **about)
