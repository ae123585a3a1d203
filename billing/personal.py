"""What billing knows of a person, in plain facts for the file of their data. Amounts are in minor units."""

from collections.abc import Iterator

from accounts.models import User
from accounts.personal import Facts, rows
from billing.models import BillingAccount, CheckoutIntent, Grant, Patron, Payment


def membership(user: User) -> Iterator[Facts]:
    """The subscription as Stripe last told it, and who pays: the number of their customer there."""
    for account in BillingAccount.objects.filter(user=user):
        yield {
            "stripe_customer": account.stripe_customer_id,
            "stripe_knows_the_address": account.email_synced,
            "since": account.created_at,
            "plan": account.price_key,
            "status": account.status,
            "paid_until": account.current_period_end,
            "ends_at": account.ends_at,
            "premium_until": account.access_until,
            "payment_failing_since": account.past_due_since,
            "mails_about_it": list(account.notices.order_by("id").values("key", "created_at")),
        }


def payments(user: User) -> Iterator[Facts]:
    """What they paid, and what they got back."""
    found = Payment.objects.filter(account__user=user).order_by("paid_at")
    return rows(found.values("paid_at", "kind", "amount", "currency", "amount_refunded", "dispute", "receipt_url"))


def checkouts(user: User) -> Iterator[Facts]:
    """What they began to pay for. A gift's code is theirs."""
    found = CheckoutIntent.objects.filter(account__user=user).order_by("created_at")
    return rows(found.values("created_at", "kind", "price_key", "amount", "currency", "state", "gift__code"))


def grants(user: User) -> Iterator[Facts]:
    """Premium that was a present."""
    found = Grant.objects.filter(user=user).order_by("id")
    return rows(found.values("source", "starts_at", "ends_at", "revoked_at", "reason", "created_at"))


def patron(user: User) -> Iterator[Facts]:
    """Their account at Patreon."""
    found = Patron.objects.filter(user=user)
    return rows(found.values("patreon_id", "member_id", "created_at", "checked_at"))
