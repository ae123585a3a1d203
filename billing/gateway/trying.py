"""What people do on Stripe's pages, done with a test card by API: only for `manage.py billing_smoke`."""

from typing import Any

from billing.gateway.client import asking

WORKING_CARD = "pm_card_visa"
"""Stripe's own test card. No live key takes it."""


def customer_with_card(email: str) -> str:
    """A new customer whose card works."""
    params: Any = {
        "email": email,
        "payment_method": WORKING_CARD,
        "invoice_settings": {"default_payment_method": WORKING_CARD},
    }
    with asking() as api:
        return str(api.v1.customers.create(params=params).id)


def subscribe(customer_id: str, price_id: str) -> str:
    """Subscribe as Checkout would: the subscription's id, paid."""
    params: Any = {
        "customer": customer_id,
        "items": [{"price": price_id, "quantity": 1}],
        "payment_behavior": "error_if_incomplete",
    }
    with asking() as api:
        return str(api.v1.subscriptions.create(params=params).id)


def read_the_rest(subscription_id: str) -> None:
    """Ask for what the site reads only now and then, and nothing new has: a right that a key lacks is seen here."""
    seldom: Any = {"limit": 1}
    with asking() as api:
        api.v1.disputes.list(params=seldom)
        api.v1.subscription_schedules.list(params=seldom)
        api.v1.subscription_items.list(params=seldom | {"subscription": subscription_id})


def delete_customer(customer_id: str) -> None:
    """Ends what the customer has, too."""
    with asking() as api:
        api.v1.customers.delete(customer_id)
