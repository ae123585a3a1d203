"""What a customer does in the portal, under the rules of its configuration."""

from ..wire import Json
from . import cards, schedules, subscriptions
from .book import Book
from .errors import ApiError, Declined, invalid

INTERVALS = {"day": 1, "week": 7, "month": 30, "year": 365}
"""Days, to compare lengths with."""
BARE: Json = {
    "subscription_cancel": {"mode": "at_period_end", "proration_behavior": "none"},
    "subscription_update": {
        "proration_behavior": "always_invoice",
        "schedule_at_period_end": {"conditions": [{"type": "shortening_interval"}]},
    },
}
"""How the acts go when nobody has made a configuration."""


def rules(book: Book, customer: str) -> Json:
    """The features of the configuration the customer saw last, else of the newest one."""
    sessions = [each for each in book.store.all("billing_portal.session") if each["customer"] == customer]
    if sessions:
        features: Json = book.store.get("billing_portal.configuration", sessions[-1]["configuration"])["features"]
        return features
    configurations = [each for each in book.store.all("billing_portal.configuration") if each["active"]]
    return configurations[-1]["features"] if configurations else BARE


def newest(book: Book, customer: str) -> Json:
    """The customer's newest live subscription. Raises `ApiError` 400 without one."""
    living = [each for each in subscriptions.of_customer(book, customer) if subscriptions.is_live(each)]
    if not living:
        raise invalid(f"The customer {customer} has no subscription.", "customer")
    return living[-1]


def period_end(subscription: Json) -> int:
    return int(max(each["current_period_end"] for each in subscription["items"]["data"]))


def cancel(
    book: Book,
    customer: str,
    *,
    subscription: Json | None = None,
    features: Json | None = None,
    feedback: str = "",
) -> None:
    """At period end (flexible billing: `cancel_at`, and the boolean stays false) or now, as configured."""
    subscription = subscription or newest(book, customer)
    keep(book, subscription)
    wanted = (features or rules(book, customer))["subscription_cancel"]
    details = {"cancellation_details": {"feedback": feedback}} if feedback else {}
    if wanted["mode"] == "immediately":
        subscriptions.cancel(book, subscription, prorate=wanted["proration_behavior"] != "none")
    elif subscription["billing_mode"]["type"] == "flexible":
        subscriptions.change(book, subscription, {"cancel_at": period_end(subscription), **details})
    else:
        subscriptions.change(book, subscription, {"cancel_at_period_end": True, **details})


def resume(book: Book, customer: str, subscription: Json | None = None) -> None:
    """Takes back whichever mark says that it ends, or the switch that waits for the period's end."""
    subscription = subscription or newest(book, customer)
    if subscription["cancel_at_period_end"]:
        subscriptions.change(book, subscription, {"cancel_at_period_end": False})
    elif subscription["cancel_at"]:
        subscriptions.change(book, subscription, {"cancel_at": ""})
    elif subscription["schedule"]:
        keep(book, subscription)
    else:
        raise invalid(f"The subscription {subscription['id']} is not set to be canceled.", "subscription")


def keep(book: Book, subscription: Json) -> None:
    """Forgets a switch that waits for the end of the period."""
    schedule = schedules.of_subscription(book, subscription)
    if schedule:
        schedules.release(book, schedule)


def waiting(book: Book, subscription: Json) -> tuple[int, Json] | None:
    """When a scheduled switch takes place, and the price it leads to."""
    schedule = schedules.of_subscription(book, subscription)
    later = [each for each in schedule["phases"] if each["start_date"] > book.now()] if schedule else []
    return (later[0]["start_date"], book.store.get("price", later[0]["items"][0]["price"])) if later else None


def switch(
    book: Book,
    customer: str,
    *,
    price_id: str,
    subscription: Json | None = None,
    features: Json | None = None,
) -> None:
    """To another price: at period end where a condition of the configuration holds, else at once. Raises `Declined`."""
    subscription = subscription or newest(book, customer)
    price = book.store.get("price", price_id, "price")
    item = subscription["items"]["data"][0]
    if item["price"]["id"] == price_id:
        raise invalid("The subscription has this price already.", "price")
    wanted = (features or rules(book, customer))["subscription_update"]
    conditions = {each["type"] for each in wanted["schedule_at_period_end"]["conditions"]}
    if conditions & holding(item["price"], price):
        schedules.switch_at_period_end(book, subscription, price_id)
        return
    change: Json = {
        "items": [{"id": item["id"], "price": price_id}],
        "proration_behavior": wanted["proration_behavior"],
        "payment_behavior": "error_if_incomplete",
    }
    try:
        subscriptions.change(book, subscription, change)
    except ApiError as error:
        if error.status != 402:
            raise
        raise Declined from error


def holding(old: Json, new: Json) -> set[str]:
    """The conditions that hold for a change of price."""
    found = set()
    if length(new) < length(old):
        found.add("shortening_interval")
    if new["unit_amount"] < old["unit_amount"]:
        found.add("decreasing_item_amount")
    return found


def length(price: Json) -> int:
    return int(INTERVALS[price["recurring"]["interval"]] * price["recurring"]["interval_count"])


def change_email(book: Book, customer: str, email: str) -> None:
    """Where a configuration allows it: the address changes here, and the site hears of it by `customer.updated`."""
    known = book.store.get("customer", customer, "customer")
    previous, known["email"] = {"email": known["email"]}, email
    book.events.emit("customer.updated", known, previous=previous)


def change_card(book: Book, customer: str, card: str) -> None:
    """A new card becomes the customer's default; what a subscription has of its own stays, and is asked first."""
    cards.attach(book, customer, card, default=True)
