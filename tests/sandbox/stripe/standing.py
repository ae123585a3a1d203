"""How a subscription stands: what an invoice of it, paid or not, makes of its status and its pending update."""

import copy
from typing import Any

from ..wire import Json
from . import items
from .book import Book
from .shapes import new

PENDING_SECONDS = 23 * 3600
"""How long an update waits for its payment."""


def write(book: Book, subscription: Json, **values: Any) -> None:
    """Sets fields, and tells `customer.subscription.updated` with the old values when anything changed."""
    previous = {
        name: copy.deepcopy(subscription[name]) for name, value in values.items() if subscription[name] != value
    }
    subscription |= values
    if previous:
        book.events.emit("customer.subscription.updated", subscription, previous=previous)


def follow_paid(book: Book, subscription: Json, invoice: Json) -> None:
    """An invoice was paid: incomplete and past due become active once nothing newer is open."""
    pending = book.aside.get((subscription["id"], "pending"))
    if pending and pending["invoice"] == invoice["id"]:
        apply_pending(book, subscription, pending)
    if subscription["status"] in ("incomplete", "past_due", "unpaid") and not owing(book, subscription):
        write(book, subscription, status="active")


def follow_failed(book: Book, subscription: Json, invoice: Json) -> None:
    """An invoice of a running subscription was not paid; a first invoice leaves it incomplete."""
    pending = book.aside.get((subscription["id"], "pending"))
    if pending and pending["invoice"] == invoice["id"]:
        return
    if subscription["status"] in ("active", "trialing"):
        write(book, subscription, status="past_due")


def owing(book: Book, subscription: Json) -> bool:
    """Whether its latest invoice is open."""
    latest = book.store.find("invoice", subscription["latest_invoice"])
    return latest is not None and latest["status"] == "open"


def hold(book: Book, subscription: Json, invoice: Json, values: Json) -> None:
    """An update waits for the payment of its invoice; the subscription stays as it is until then."""
    book.aside[subscription["id"], "pending"] = {"invoice": invoice["id"], "values": copy.deepcopy(values)}


def show_pending(book: Book, subscription: Json) -> None:
    """Payment did not come at once: the waiting update is seen on the subscription."""
    values = book.aside[subscription["id"], "pending"]["values"]
    shown = {
        "billing_cycle_anchor": values["billing_cycle_anchor"],
        "expires_at": book.now() + PENDING_SECONDS,
        "subscription_items": copy.deepcopy(values["items"]["data"]),
    }
    write(book, subscription, pending_update=new("subscription", pending_update=shown)["pending_update"])


def apply_pending(book: Book, subscription: Json, pending: Json) -> None:
    """The update that waited for its payment takes place."""
    del book.aside[subscription["id"], "pending"]
    was_shown = subscription["pending_update"] is not None
    write(book, subscription, **{**pending["values"], "pending_update": None})
    items.keep(book, subscription)
    if was_shown:
        book.events.emit("customer.subscription.pending_update_applied", subscription)


def drop_pending(book: Book, subscription: Json) -> None:
    """The update's payment did not come in time."""
    del book.aside[subscription["id"], "pending"]
    write(book, subscription, pending_update=None)
    book.events.emit("customer.subscription.pending_update_expired", subscription)
