"""Invoice lines: a period of a subscription item, charged or given back."""

from ..wire import Json
from .book import Book
from .shapes import new


def charged(book: Book, subscription: Json, item: Json, period: tuple[int, int], *, share: float = 1.0) -> Json:
    """A line for a period of an item; a `share` below 1 makes it a proration."""
    price, quantity = item["price"], item["quantity"]
    amount = round(price["unit_amount"] * quantity * share)
    proration = share < 1
    name = product_name(book, price)
    text = f"Remaining time on {name}" if proration else f"{quantity} × {name} (at {money(price)})"
    return line_of(book, subscription, item, amount, period=period, text=text, proration=proration)


def given_back(book: Book, subscription: Json, item: Json, period: tuple[int, int], source: Json) -> Json:
    """A credit for what is unused of the line that charged the item, after its discounts."""
    start, end = source["period"]["start"], source["period"]["end"]
    share = max(0.0, (end - period[0]) / (end - start))
    text = f"Unused time on {product_name(book, item['price'])}"
    line = line_of(
        book, subscription, item, -round(source["amount"] * share), period=(period[0], end), text=text, proration=True
    )
    line["discount_amounts"] = [
        {"amount": -round(each["amount"] * share), "discount": each["discount"]} for each in source["discount_amounts"]
    ]
    line["discountable"] = False
    credited = {"invoice": source["invoice"], "invoice_line_items": [source["id"]]}
    line["parent"]["subscription_item_details"]["proration_details"] = {"credited_items": credited}
    return line


def line_of(
    book: Book, subscription: Json, item: Json, amount: int, *, period: tuple[int, int], text: str, proration: bool
) -> Json:
    details = {"proration": proration, "subscription": subscription["id"], "subscription_item": item["id"]}
    price = item["price"]
    return new(
        "line_item",
        id=book.new_id("il"),
        amount=amount,
        currency=price["currency"],
        description=text,
        discount_amounts=[],
        discountable=not proration,
        metadata=dict(subscription["metadata"]),
        parent={"type": "subscription_item_details", "subscription_item_details": details},
        period={"start": period[0], "end": period[1]},
        pretax_credit_amounts=[],
        pricing={
            "type": "price_details",
            "price_details": {"price": price["id"], "product": price["product"]},
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        quantity=item["quantity"],
        quantity_decimal=str(item["quantity"]),
        subscription=subscription["id"],
        subtotal=amount,
        taxes=[],
    )


def product_name(book: Book, price: Json) -> str:
    product = book.store.find("product", price["product"])
    return str(product["name"] if product else price["id"])


def money(price: Json) -> str:
    recurring = price["recurring"]
    every = "" if recurring["interval_count"] == 1 else f"{recurring['interval_count']} "
    return f"${price['unit_amount'] / 100:.2f} / {every}{recurring['interval']}"


def last_charge_of(book: Book, subscription: Json, item: Json, at: int) -> Json | None:
    """The newest line of a paid or open invoice that charged the item for a period around a moment."""
    for invoice in reversed(book.store.all("invoice")):
        if invoice["status"] not in ("paid", "open") or subscription_of(invoice) != subscription["id"]:
            continue
        for line in reversed(invoice["lines"]["data"]):
            details = line["parent"]["subscription_item_details"] or {}
            if details.get("subscription_item") == item["id"] and line["amount"] > 0 and around(line["period"], at):
                found: Json = line
                return found
    return None


def around(period: Json, at: int) -> bool:
    return bool(period["start"] <= at < period["end"])


def subscription_of(invoice: Json) -> str | None:
    parent = invoice["parent"]
    details = parent["subscription_details"] if parent else None
    return details["subscription"] if details else None
