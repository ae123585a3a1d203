"""Beginning to pay for something once: a donation or a gift. What was bought is given when it is paid (checkout.py)."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing import plans
from billing.actions import customers
from billing.facts import Session
from billing.gateway import checkout
from billing.models import BillingAccount, CheckoutIntent, Kind

OPEN_FOR = timedelta(minutes=31)
"""Stripe's least is 30 minutes, counted by its own clock."""


def begin(kind: Kind, cents: int, name: str, *, user: User | None, done: str, back: str) -> CheckoutIntent:
    """A wish with the page (`url`) where `cents` are paid for `name`. Whoever is signed in pays as their own customer.

    `done` and `back` are paths of ours; the session's id is added to the first. Raises StripeError.
    """
    account = customers.account_for(user) if user is not None else None
    customer_id = customers.ensure_customer(account) if account is not None else ""
    email = account.email_synced if account is not None else ""
    with transaction.atomic():
        intent = wish(kind, cents, account=account)
    sale = checkout.Sale(kind=kind, name=name, cents=cents, customer_id=customer_id, email=email)
    session = checkout.once(
        sale, reference=str(intent.id), expires_at=seconds(intent), done=came_back(done), back=settings.SITE_URL + back
    )
    keep_page(intent, session)
    return intent


def wish(kind: Kind, cents: int, *, account: BillingAccount | None, price_key: str = "") -> CheckoutIntent:
    """Keep what somebody wants to pay, before Stripe hears of it."""
    return CheckoutIntent.objects.create(
        account=account,
        kind=kind,
        price_key=price_key,
        amount=cents,
        currency=plans.CURRENCY,
        expires_at=timezone.now() + OPEN_FOR,
    )


def keep_page(intent: CheckoutIntent, session: Session) -> None:
    """Write down the page that Stripe made for a wish, and when Stripe says it closes."""
    intent.session_id, intent.url = session.id, session.url
    intent.expires_at = session.expires_at or intent.expires_at
    intent.save(update_fields=["session_id", "url", "expires_at"])


def seconds(intent: CheckoutIntent) -> int:
    """When its page is to close, as Stripe counts: always the same, since a repeated call must be the same call."""
    return int(intent.expires_at.timestamp())


def came_back(path: str) -> str:
    """Where Stripe sends somebody who paid: one of our pages, with the session's id filled in by Stripe."""
    return f"{settings.SITE_URL}{path}?session_id={{CHECKOUT_SESSION_ID}}"
