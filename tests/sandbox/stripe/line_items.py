"""What a checkout session sells: lines made of prices, what is taken off, and what they come to."""

from collections.abc import Sequence

from ..wire import Json
from . import discounts
from .book import Book
from .errors import ApiError, invalid
from .paging import listed
from .shapes import new

MOST_LINES = {"payment": 100, "subscription": 40}
LEAST_CHARGE = {"gbp": 30, "jpy": 50, "dkk": 250, "nok": 300, "sek": 300, "chf": 50}
"""In the smallest unit of a currency; 50 where nothing is said."""
MOST_CHARGE = 99_999_999


def read(book: Book, params: Json) -> list[Json]:
    """`item` objects for `line_items`, without discounts. Raises `ApiError` 400 where mode and prices do not fit."""
    wanted = params.get("line_items", [])
    if not wanted:
        raise invalid("Missing required param: line_items.", "line_items", "parameter_missing")
    if len(wanted) > MOST_LINES[params["mode"]]:
        raise invalid(f"At most {MOST_LINES[params['mode']]} line items.", "line_items")
    lines = [line(book, each, f"line_items[{number}]") for number, each in enumerate(wanted)]
    check_prices([each["price"] for each in lines], params["mode"])
    if params.get("currency", lines[0]["currency"]) != lines[0]["currency"]:
        raise invalid(f"The price does not support the currency {params['currency']}.", "currency")
    return lines


def check_prices(prices: Sequence[Json], mode: str) -> None:
    """Payment mode sells once, subscription mode something that recurs; all in one currency and one interval."""
    recurring = [each["recurring"] for each in prices if each["recurring"]]
    if mode == "payment" and recurring:
        raise invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use "
            "only one-time prices.",
            "line_items[0][price]",
        )
    if mode == "subscription" and not recurring:
        raise invalid("You must provide at least one recurring price in `subscription` mode when using prices.", "mode")
    if mode == "subscription" and len(recurring) < len(prices):
        raise invalid("The sandbox sells nothing once beside a subscription; Stripe itself does.", "line_items")
    if len({each["currency"] for each in prices}) > 1:
        raise invalid("All prices on a Checkout Session must have the same currency.", "line_items")
    if len({(each["interval"], each["interval_count"]) for each in recurring}) > 1:
        raise invalid("Checkout does not support multiple prices with different billing intervals.", "line_items")


def line(book: Book, wanted: Json, where: str) -> Json:
    """One line; a price given as data is made first, archived, as it belongs to this session alone."""
    if ("price" in wanted) == ("price_data" in wanted):
        raise invalid("You must specify either `price` or `price_data` for each line item.", where)
    if "quantity" not in wanted:
        message = f"Quantity is required. Add `quantity` to `{where}`"
        raise invalid(message, f"{where}[quantity]", "parameter_missing")
    if wanted["quantity"] < 1:
        message = "This value must be greater than or equal to 1."
        raise invalid(message, f"{where}[quantity]", "parameter_invalid_integer")
    price = (
        known_price(book, wanted["price"], where)
        if "price" in wanted
        else made_price(book, wanted["price_data"], where)
    )
    amount = price["unit_amount"] * wanted["quantity"]
    return new(
        "item",
        id=book.new_id("li"),
        amount_subtotal=amount,
        amount_total=amount,
        currency=price["currency"],
        description=name_of(book, price),
        metadata=wanted.get("metadata", {}),
        price=price,
        quantity=wanted["quantity"],
    )


def known_price(book: Book, price_id: str, where: str) -> Json:
    found = book.store.find("price", price_id)
    if found is None:
        raise ApiError(400, f"No such price: '{price_id}'", code="resource_missing", param=f"{where}[price]")
    product = book.store.find("product", found["product"])
    if not found["active"] or (product and not product["active"]):
        message = "The price specified is inactive. This field only accepts active prices."
        raise invalid(message, f"{where}[price]")
    if found["unit_amount"] is None:
        raise invalid("The sandbox sells only prices with a whole unit_amount; Stripe others too.", f"{where}[price]")
    return found


def name_of(book: Book, price: Json) -> str | None:
    product = book.store.find("product", price["product"])
    return product["name"] if product else None


def made_price(book: Book, data: Json, where: str) -> Json:
    """A price by `price_data`, with a product by `product_data`; whole cents only."""
    where = f"{where}[price_data]"
    if ("product" in data) == ("product_data" in data):
        raise invalid("You must specify either `product` or `product_data` when creating a price.", where)
    if "unit_amount" not in data:
        raise invalid(f"Missing required param: {where}[unit_amount].", f"{where}[unit_amount]", "parameter_missing")
    if data["unit_amount"] < 0:
        message = "This value must be greater than or equal to 0."
        raise invalid(message, f"{where}[unit_amount]", "parameter_invalid_integer")
    if len(data["currency"]) != 3 or not data["currency"].isalpha():
        raise invalid(f"Invalid currency: {data['currency']}.", f"{where}[currency]")
    recurring = {"interval_count": 1, "usage_type": "licensed", **data["recurring"]} if "recurring" in data else None
    price = new(
        "price",
        id=book.new_id("price"),
        active=False,
        billing_scheme="per_unit",
        created=book.now(),
        currency=data["currency"].lower(),
        metadata={},
        product=product_of(book, data, where)["id"],
        recurring=recurring,
        tax_behavior=data.get("tax_behavior", "unspecified"),
        type="recurring" if recurring else "one_time",
        unit_amount=data["unit_amount"],
        unit_amount_decimal=str(data["unit_amount"]),
    )
    book.events.emit("price.created", book.store.put(price))
    return price


def product_of(book: Book, data: Json, where: str) -> Json:
    if "product" in data:
        found = book.store.find("product", data["product"])
        if found is None:
            message = f"No such product: '{data['product']}'"
            raise ApiError(400, message, code="resource_missing", param=f"{where}[product]")
        return found
    facts = {
        name: value
        for name, value in data["product_data"].items()
        if name in ("name", "description", "images", "unit_label")
    }
    made = new(
        "product",
        id=book.new_id("prod"),
        active=False,
        created=book.now(),
        metadata=data["product_data"].get("metadata", {}),
        type="service",
        updated=book.now(),
        **facts,
    )
    book.events.emit("product.created", book.store.put(made))
    return made


def wait_for_trial(lines: Sequence[Json], data: Json) -> None:
    """Nothing is due today for what begins with a trial."""
    if "trial_period_days" in data or "trial_end" in data:
        for each in lines:
            each |= {"amount_subtotal": 0, "amount_total": 0}


def put_on(book: Book, session: Json, lines: Sequence[Json], coupon: Json | None) -> None:
    """Writes lines and totals into a session, with what a coupon takes off spread over the lines."""
    subtotal = sum(each["amount_subtotal"] for each in lines)
    off = discounts.taken_off(subtotal, coupon) if coupon else 0
    left = off
    for number, each in enumerate(lines):
        last = number == len(lines) - 1
        share = left if last else off * each["amount_subtotal"] // max(subtotal, 1)
        each["amount_discount"], each["amount_total"] = share, each["amount_subtotal"] - share
        left -= share
    session |= {"amount_subtotal": subtotal, "amount_total": subtotal - off, "currency": lines[0]["currency"]}
    session["total_details"] |= {"amount_discount": off}
    book.included[session["id"], "line_items"] = listed(f"/v1/checkout/sessions/{session['id']}/line_items", lines)


def check_amount(session: Json) -> None:
    """A payment is nothing at all or at least what a charge may be. Raises `ApiError` 400."""
    least = LEAST_CHARGE.get(session["currency"], 50)
    if session["mode"] == "payment" and 0 < session["amount_total"] < least:
        raise invalid(
            f"The Checkout Session's total amount due must add up to at least {least} (smallest unit of "
            f"{session['currency']})",
            code="amount_too_small",
        )
    if session["amount_total"] > MOST_CHARGE:
        message = f"The Checkout Session's total amount must be no more than {MOST_CHARGE} (smallest unit)"
        raise invalid(message, code="amount_too_large")
