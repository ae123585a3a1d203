"""The pretend Stripe account: what persons and the Dashboard do, and what the clock brings."""

from typing import Any

from ..ground import Ground
from ..wire import Json
from . import cards, checkout, customers, items, renewals, subscriptions
from .events import Events
from .front import Front
from .requests import Requests
from .webhooks import Deliveries


class Stripe(Front):
    """`world.stripe`. Changes come with the events that Stripe sends for them."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self.events = Events(self)
        self.deliveries = Deliveries(self)
        self.requests = Requests()

    def tick(self) -> None:
        """Does what is due by the clock: renewals, retries, scheduled ends and phases, expired sessions."""
        renewals.tick(self)
        checkout.tick(self)

    def set_card(self, customer: str, card: str) -> None:
        """How every payment method on file with the customer behaves from now on: one of `cards.BEHAVIOURS`."""
        cards.set_behaviour(self, customer, card)

    def delete_customer(self, customer: str) -> None:
        """As by the Dashboard's button: subscriptions end, a stump stays."""
        customers.remove(self, self.store.get("customer", customer))

    def edit_customer(self, customer: str, **fields: Any) -> None:
        """As in the Dashboard, e.g. `email=`."""
        self.change("customer", customer, **fields)

    def cancel(self, subscription: str, *, at_period_end: bool = False) -> None:
        """As by the Dashboard's button: at once, or by `cancel_at_period_end`."""
        found = self.store.get("subscription", subscription)
        if at_period_end:
            subscriptions.change(self, found, {"cancel_at_period_end": True})
        else:
            subscriptions.cancel(self, found)

    def change(self, kind: str, id: str, **fields: Any) -> Json:  # noqa: A002 - Stripe's word
        """Sets fields as they are, sensible or not, and tells `<kind>.updated`; answers the object."""
        found = self.store.get(kind, id)
        previous = {name: found.get(name) for name in fields}
        found |= fields
        if kind == "subscription" and not found["items"]["has_more"]:
            items.keep(self, found)
        name = {"subscription": "customer.subscription", "dispute": "charge.dispute"}.get(kind, kind)
        self.events.emit(f"{name}.updated", found, previous=previous)
        return found
