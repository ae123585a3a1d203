"""What the tests of Stripe's pages sell: a month and a year of one product, and coffee."""

from dataclasses import dataclass
from typing import Any

from stripe import StripeClient, Subscription
from stripe.billing_portal import Configuration
from stripe.checkout import Session

from tests.sandbox.stripe.state import Stripe

SUCCESS = "https://shop.example/done?session_id={CHECKOUT_SESSION_ID}"
BACK = "https://shop.example/back"


@dataclass(frozen=True, slots=True)
class Shop:
    """`month` costs 300 cents, `year` 3,000; both are ids of prices of `product`."""

    client: StripeClient
    product: str
    month: str
    year: str

    def begin(self, **more: Any) -> Session:
        """A session for the month."""
        params: Any = {
            "mode": "subscription",
            "success_url": SUCCESS,
            "cancel_url": BACK,
            "line_items": [{"price": self.month, "quantity": 1}],
            **more,
        }
        return self.client.v1.checkout.sessions.create(params)

    def donate(self, cents: int = 500, **more: Any) -> Session:
        """A session for a coffee."""
        data = {"currency": "usd", "unit_amount": cents, "product_data": {"name": "Coffee"}}
        params: Any = {
            "mode": "payment",
            "submit_type": "donate",
            "success_url": SUCCESS,
            "cancel_url": BACK,
            "line_items": [{"price_data": data, "quantity": 1}],
            **more,
        }
        return self.client.v1.checkout.sessions.create(params)

    def customer(self, **more: Any) -> str:
        params: Any = {"email": "alice@example.org", **more}
        return self.client.v1.customers.create(params).id

    def member(self, stripe: Stripe, *, card: str = "works", price: str = "", **more: Any) -> tuple[str, Subscription]:
        """A customer who has paid for the month (or another price), and the subscription."""
        customer = self.customer()
        session = self.begin(customer=customer, line_items=[{"price": price or self.month, "quantity": 1}], **more)
        stripe.pay(session.id, card=card)
        return customer, self.client.v1.subscriptions.list({"customer": customer}).data[0]

    def paid(self, stripe: Stripe, cents: int = 500, **more: Any) -> str:
        """The charge of a coffee that was paid."""
        session = self.donate(cents, **more)
        stripe.pay(session.id)
        intent: Any = self.again(session, "payment_intent").payment_intent
        return str(intent.latest_charge)

    def again(self, session: Session, *expand: str) -> Session:
        """The session as it is now."""
        return self.client.v1.checkout.sessions.retrieve(session.id, {"expand": list(expand)})

    def portal(self, **update: Any) -> Configuration:
        """A configuration with everything on; a shorter interval waits for the end of the period."""
        product = {"product": self.product, "prices": [self.month, self.year]}
        params: Any = {
            "features": {
                "invoice_history": {"enabled": True},
                "payment_method_update": {"enabled": True},
                "subscription_cancel": {
                    "enabled": True,
                    "mode": "at_period_end",
                    "cancellation_reason": {"enabled": True, "options": ["too_expensive", "other"]},
                },
                "subscription_update": {
                    "enabled": True,
                    "default_allowed_updates": ["price"],
                    "products": [product],
                    "proration_behavior": "always_invoice",
                    "schedule_at_period_end": {"conditions": [{"type": "shortening_interval"}]},
                    **update,
                },
            }
        }
        return self.client.v1.billing_portal.configurations.create(params)


def open_shop(client: StripeClient) -> Shop:
    """A product with its two prices."""
    product = client.v1.products.create({"name": "Premium"}).id
    month, year = (
        client.v1.prices.create(
            {"product": product, "currency": "usd", "unit_amount": cents, "recurring": {"interval": interval}}
        ).id
        for cents, interval in ((300, "month"), (3000, "year"))
    )
    return Shop(client, product, month, year)


def told(stripe: Stripe, about: str = "") -> list[str]:
    """The types of the events so far, or of those about an object's id."""
    return [event["type"] for event in stripe.events.all() if about in ("", event["data"]["object"]["id"])]
