"""`POST /v1/invoices/create_preview`: the invoice that a change or the next renewal would make, and nothing else."""

import copy

from ..wire import Json
from . import beginnings, changes, invoices, items, lines, subscriptions
from .book import Book
from .errors import ApiError, invalid, missing
from .renewals import next_period
from .routes import Call


def create(call: Call) -> Json:
    """Equal to the later charge where the later call has the same items and `proration_date`."""
    params = call.params
    subscription = subscription_of(call.book, params)
    made = lines_of(call.book, subscription, params.get("subscription_details") or {}, running="subscription" in params)
    invoice = invoices.draft(call.book, subscription, made, reason="upcoming")
    invoice["id"] = f"upcoming_{invoice['id']}"
    for line in made:
        line["invoice"] = invoice["id"]
    return invoice


def subscription_of(book: Book, params: Json) -> Json:
    """The subscription that is asked about, or one that would begin now; a copy."""
    customer, details = params.get("customer"), params.get("subscription_details") or {}
    if "subscription" in params:
        found = book.store.named("subscription", params["subscription"], "subscription")
        if customer not in (None, found["customer"]):
            raise missing("subscription", params["subscription"], "subscription", status=400)
        if not subscriptions.is_live(found) or (found["cancel_at"] and not details.get("items")):
            raise nothing_to_come(found["customer"])
        return copy.deepcopy(found)
    if not customer:
        raise invalid("You must specify one of: customer, subscription.", "customer", "parameter_missing")
    if "items" not in details:
        raise nothing_to_come(customer)
    return beginnings.begun(book, book.store.named("customer", customer, "customer"), details)


def nothing_to_come(customer: str) -> ApiError:
    return ApiError(404, f"No upcoming invoices for customer: {customer}", code="invoice_upcoming_none")


def lines_of(book: Book, subscription: Json, details: Json, *, running: bool) -> list[Json]:
    if not running:
        return [lines.charged(book, subscription, row, changes.period_of(row)) for row in items.of(subscription)]
    waiting = copy.deepcopy(book.aside.get((subscription["id"], "lines"), {"data": []})["data"])
    if not (details.get("items") or changes.anchored_now(details)):
        return [*waiting, *renewal(book, subscription)]
    plan = changes.plan(book, subscription, details)
    subscription["items"]["data"] = plan.items
    if plan.resets or details.get("proration_behavior") == "always_invoice":
        return [*waiting, *plan.lines]
    return [*waiting, *plan.lines, *renewal(book, subscription)]


def renewal(book: Book, subscription: Json) -> list[Json]:
    rows = items.of(subscription)
    return [lines.charged(book, subscription, row, next_period(subscription, row)) for row in rows]
