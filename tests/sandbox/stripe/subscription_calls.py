"""The API of subscriptions and their items."""

from ..wire import Json
from . import items, subscriptions
from .book import Book
from .errors import invalid
from .paging import page, within
from .routes import Call, Operation

ENDED = ("canceled", "incomplete_expired")


def create(call: Call) -> Json:
    params = call.params
    if "customer" not in params:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    if "items" not in params:
        raise invalid("Missing required param: items.", "items", "parameter_missing")
    return subscriptions.start(call.book, params, off_session=params.get("off_session", False))


def get(book: Book, id: str) -> Json:  # noqa: A002 - Stripe's word
    return book.store.get("subscription", id)


def retrieve(call: Call) -> Json:
    return get(call.book, call.id)


def update(call: Call) -> Json:
    return subscriptions.change(call.book, get(call.book, call.id), call.params)


def cancel(call: Call) -> Json:
    """`invoice_now` and `prorate` give a credit; otherwise nothing comes back."""
    details = call.params.get("cancellation_details") or {}
    subscription = get(call.book, call.id)
    return subscriptions.cancel(call.book, subscription, prorate=call.params.get("prorate", False), **details)


def find(call: Call) -> Json:
    """Without `status` the ended ones are left out; `all` gives every one, `ended` what is over."""
    params = call.params
    rows = within(call.book.store.all("subscription"), params, "customer", "collection_method")
    status = params.get("status", "")
    if status == "ended":
        rows = [row for row in rows if row["status"] in ENDED]
    elif status == "":
        rows = [row for row in rows if row["status"] not in ENDED]
    elif status != "all":
        rows = [row for row in rows if row["status"] == status]
    if "price" in params:
        rows = [row for row in rows if any(each["price"]["id"] == params["price"] for each in items.of(row))]
    return page("/v1/subscriptions", rows, params)


def find_items(call: Call) -> Json:
    rows = items.every(call.book, get(call.book, call.params["subscription"]))
    return page("/v1/subscription_items", rows, call.params, newest_first=False)


def item(call: Call) -> Json:
    return call.book.store.get("subscription_item", call.id, "item")


def resume(call: Call) -> Json:
    """Only of a paused subscription."""
    subscription = get(call.book, call.id)
    if subscription["status"] != "paused":
        raise invalid(f"A subscription must be paused to be resumed; this one is {subscription['status']}.")
    subscription["status"] = "active"
    call.book.events.emit("customer.subscription.resumed", subscription)
    return subscription


OPERATIONS = (
    Operation("POST", "subscriptions", "SubscriptionCreateParams", create),
    Operation("GET", "subscriptions", "SubscriptionListParams", find),
    Operation("GET", "subscriptions/{}", "SubscriptionRetrieveParams", retrieve),
    Operation("POST", "subscriptions/{}", "SubscriptionUpdateParams", update),
    Operation("DELETE", "subscriptions/{}", "SubscriptionCancelParams", cancel),
    Operation("POST", "subscriptions/{}/resume", "SubscriptionResumeParams", resume),
    Operation("GET", "subscription_items", "SubscriptionItemListParams", find_items),
    Operation("GET", "subscription_items/{}", "SubscriptionItemRetrieveParams", item),
)
