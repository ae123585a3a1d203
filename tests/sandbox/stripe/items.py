"""Subscription items: made of parameters, priced, in their periods."""

import copy

from ..wire import Json
from .book import Book
from .errors import ApiError, invalid
from .paging import listed
from .shapes import new

MOST = 20


def price_of(book: Book, params: Json, where: str) -> Json:
    """The price an item asks for by `price` or `price_data`. 400 unless it recurs and is active."""
    if "price_data" in params:
        return price_from_data(book, params["price_data"])
    if "price" not in params:
        raise invalid(f"Missing required param: {where}[price].", f"{where}[price]", "parameter_missing")
    price = book.store.find("price", params["price"])
    if price is None:
        raise invalid(f"No such price: '{params['price']}'", f"{where}[price]", "resource_missing")
    if price["type"] != "recurring":
        raise invalid(
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
            f"{where}[price]",
        )
    if not price["active"]:
        raise invalid("The price specified is inactive. This field only accepts active prices.", f"{where}[price]")
    return price


def price_from_data(book: Book, data: Json) -> Json:
    """A price for this item alone."""
    recurring = {"interval_count": 1, "usage_type": "licensed", **data["recurring"]}
    return book.store.put(
        new(
            "price",
            id=book.new_id("price"),
            active=False,
            billing_scheme="per_unit",
            created=book.now(),
            currency=data["currency"],
            product=book.store.named("product", data["product"], "price_data[product]")["id"],
            recurring=recurring,
            tax_behavior=data.get("tax_behavior", "unspecified"),
            type="recurring",
            unit_amount=data.get("unit_amount", 0),
            unit_amount_decimal=str(data.get("unit_amount", 0)),
        )
    )


def item_of(book: Book, subscription: str, price: Json, params: Json, period: tuple[int, int]) -> Json:
    return new(
        "subscription_item",
        id=book.new_id("si"),
        created=book.now(),
        current_period_start=period[0],
        current_period_end=period[1],
        metadata=params.get("metadata") or {},
        plan=plan_of(price),
        price=copy.deepcopy(price),
        quantity=params.get("quantity", 1),
        subscription=subscription,
        tax_rates=[],
    )


def plan_of(price: Json) -> Json:
    """The older form of a price, which items still carry."""
    return new(
        "plan",
        id=price["id"],
        active=price["active"],
        amount=price["unit_amount"],
        amount_decimal=price["unit_amount_decimal"],
        billing_scheme="per_unit",
        created=price["created"],
        currency=price["currency"],
        interval=price["recurring"]["interval"],
        interval_count=price["recurring"]["interval_count"],
        metadata=price["metadata"],
        nickname=price["nickname"],
        product=price["product"],
        usage_type="licensed",
    )


def of(subscription: Json) -> list[Json]:
    rows: list[Json] = subscription["items"]["data"]
    return rows


def keep(book: Book, subscription: Json) -> None:
    """The subscription's items are objects of the store too: their list is longer than what a subscription carries."""
    for row in kept(book, subscription["id"]):
        book.store.drop(row)
    for row in of(subscription):
        book.store.put(row)


def kept(book: Book, subscription: str) -> list[Json]:
    return [row for row in book.store.all("subscription_item") if row["subscription"] == subscription]


def every(book: Book, subscription: Json) -> list[Json]:
    """The items that a subscription carries, and those beyond."""
    rows = of(subscription)
    carried = {row["id"] for row in rows}
    return rows + [row for row in kept(book, subscription["id"]) if row["id"] not in carried]


def page_of(subscription: str, rows: list[Json]) -> Json:
    return listed(f"/v1/subscription_items?subscription={subscription}", rows)


def changed(book: Book, subscription: Json, wanted: list[Json]) -> list[Json]:
    """Copies of the items as parameters want them: by `id` changed or `deleted`, without one added.

    An item without an id is a second item, whatever its price: that is how people are billed twice.
    """
    rows = copy.deepcopy(of(subscription))
    for number, params in enumerate(wanted):
        where = f"items[{number}]"
        if "id" not in params:
            rows.append(added(book, subscription, params, where))
            continue
        row = next((each for each in rows if each["id"] == params["id"]), None)
        if row is None:
            raise ApiError(
                404, f"No such subscription item: '{params['id']}'", code="resource_missing", param=f"{where}[id]"
            )
        if params.get("deleted"):
            rows.remove(row)
            continue
        edit(book, row, params, where)
    return checked(rows, subscription["currency"])


def added(book: Book, subscription: Json, params: Json, where: str) -> Json:
    price = price_of(book, params, where)
    return item_of(book, subscription["id"], price, params, (0, 0))


def edit(book: Book, row: Json, params: Json, where: str) -> None:
    if "price" in params or "price_data" in params:
        price = price_of(book, params, where)
        row |= {"price": copy.deepcopy(price), "plan": plan_of(price)}
    row["quantity"] = params.get("quantity", row["quantity"])
    if params.get("metadata"):
        row["metadata"] = {**row["metadata"], **params["metadata"]}


def checked(rows: list[Json], currency: str) -> list[Json]:
    """400 without items, with too many, with one price twice, or in two currencies."""
    if not rows:
        raise invalid("A subscription must have at least one active plan.", "items")
    if len(rows) > MOST:
        raise invalid(f"A subscription may have at most {MOST} items.", "items")
    prices = [row["price"]["id"] for row in rows]
    for price in prices:
        if prices.count(price) > 1:
            raise invalid(f"Cannot add multiple subscription items with the same plan: {price}", "items")
    if any(row["price"]["currency"] != currency for row in rows):
        raise invalid("You cannot combine currencies on a single customer or subscription.", "items")
    return rows
