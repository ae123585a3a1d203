"""What is sold: products and prices."""

from typing import Any

from ..wire import Json
from .balance import merged
from .book import Book
from .errors import ApiError, invalid
from .paging import page, within
from .routes import Call, Operation
from .shapes import new

ALREADY = "resource_already_exists"
PRODUCT_FIELDS = ("active", "description", "images", "name", "shippable", "statement_descriptor", "unit_label", "url")
PRICE_FIELDS = ("active", "nickname", "tax_behavior")


def create_product(call: Call) -> Json:
    """The caller may choose the id. 400 for one that is taken."""
    params, book = call.params, call.book
    id = params.get("id") or book.new_id("prod")  # noqa: A001 - Stripe's word
    if book.store.find("product", id):
        raise invalid(f"Product already exists with the ID '{id}'.", "id", ALREADY)
    product = book.store.put(
        new(
            "product",
            **{
                "id": id,
                "active": True,
                "created": book.now(),
                "images": [],
                "marketing_features": params.get("marketing_features") or [],
                "tax_code": params.get("tax_code") or None,
                "type": params.get("type", "service"),
                "updated": book.now(),
                **{name: params[name] for name in PRODUCT_FIELDS if name in params},
                "metadata": merged({}, params.get("metadata")),
            },
        )
    )
    book.events.emit("product.created", product)
    if data := params.get("default_price_data"):
        product["default_price"] = add_price(book, {**data, "product": id})["id"]
    return product


def update_product(call: Call) -> Json:
    product = call.book.store.get("product", call.id)
    values = {name: call.params[name] for name in PRODUCT_FIELDS if name in call.params}
    if "default_price" in call.params:
        values["default_price"] = call.book.store.named("price", call.params["default_price"], "default_price")["id"]
    return write(call.book, product, values, call.params)


def write(book: Book, obj: Json, values: Json, params: Json) -> Json:
    """Sets values and metadata, with `<kind>.updated` where that changes anything."""
    values = {**values, "metadata": merged(obj["metadata"], params.get("metadata"))}
    previous = {name: obj[name] for name, value in values.items() if obj[name] != value}
    obj |= values
    if "updated" in obj:
        obj["updated"] = book.now()
    if previous:
        book.events.emit(f"{obj['object']}.updated", obj, previous=previous)
    return obj


def retrieve_product(call: Call) -> Json:
    return call.book.store.get("product", call.id)


def delete_product(call: Call) -> Json:
    """400 once it has prices: it can only be archived then."""
    product = call.book.store.get("product", call.id)
    if any(price["product"] == product["id"] for price in call.book.store.all("price")):
        raise invalid("This product cannot be deleted because it has one or more user-created prices.")
    call.book.store.drop(product)
    call.book.events.emit("product.deleted", product)
    return {"id": product["id"], "object": "product", "deleted": True}


def find_products(call: Call) -> Json:
    rows = within(call.book.store.all("product"), call.params, "active", "url", "shippable")
    if "ids" in call.params:
        rows = [row for row in rows if row["id"] in call.params["ids"]]
    return page("/v1/products", rows, call.params)


def create_price(call: Call) -> Json:
    return add_price(call.book, call.params)


def add_price(book: Book, params: Json) -> Json:
    """A price of a product that exists or is made with it. 400 for a `lookup_key` that another price has."""
    if ("unit_amount" in params) == ("unit_amount_decimal" in params) and "custom_unit_amount" not in params:
        raise invalid(
            "Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.",
            "unit_amount",
            "parameter_missing",
        )
    if params.get("unit_amount", 0) < 0:
        raise invalid("Invalid non-negative integer", "unit_amount", "parameter_invalid_integer")
    key = params.get("lookup_key")
    take_key(book, key, transfer=params.get("transfer_lookup_key", False))
    amount = params.get("unit_amount", int(float(params.get("unit_amount_decimal", 0))))
    price = book.store.put(
        new(
            "price",
            id=book.new_id("price"),
            active=params.get("active", True),
            billing_scheme=params.get("billing_scheme", "per_unit"),
            created=book.now(),
            currency=currency_of(params),
            custom_unit_amount=params.get("custom_unit_amount"),
            lookup_key=key,
            metadata=merged({}, params.get("metadata")),
            nickname=params.get("nickname"),
            product=product_of(book, params),
            recurring=recurring_of(params),
            tax_behavior=params.get("tax_behavior", "unspecified"),
            type="recurring" if "recurring" in params else "one_time",
            unit_amount=amount,
            unit_amount_decimal=str(params.get("unit_amount_decimal", amount)),
        )
    )
    book.events.emit("price.created", price)
    return price


def currency_of(params: Json) -> str:
    currency = str(params["currency"]).lower()
    if len(currency) != 3 or not currency.isalpha():
        raise invalid(f"Invalid currency: {currency}.", "currency")
    return currency


def recurring_of(params: Json) -> Json | None:
    if "recurring" not in params:
        return None
    return {"interval_count": 1, "usage_type": "licensed", **params["recurring"]}


def product_of(book: Book, params: Json) -> str:
    if "product" in params:
        if book.store.find("product", params["product"]) is None:
            raise invalid(f"No such product: '{params['product']}'", "product", "resource_missing")
        return str(params["product"])
    if "product_data" not in params:
        raise invalid("Must provide product or product_data when creating a price.", "product", "parameter_missing")
    data = {"id": book.new_id("prod"), **params["product_data"]}
    return str(create_product(Call(book, data))["id"])


def take_key(book: Book, key: str | None, *, transfer: bool, owner: str = "") -> None:
    """A lookup key belongs to one price; `transfer_lookup_key` takes it from the other."""
    for price in book.store.all("price") if key else []:
        if price["lookup_key"] != key or price["id"] == owner:
            continue
        if not transfer:
            raise ApiError(
                400,
                f"A price (`{price['id']}`) already uses that lookup key.",
                code="resource_already_exists",
                param="lookup_key",
            )
        price["lookup_key"] = None
        book.events.emit("price.updated", price, previous={"lookup_key": key})


def update_price(call: Call) -> Json:
    params = call.params
    price = call.book.store.get("price", call.id, "price")
    values: dict[str, Any] = {name: params[name] for name in PRICE_FIELDS if name in params}
    if "lookup_key" in params:
        take_key(call.book, params["lookup_key"], transfer=params.get("transfer_lookup_key", False), owner=price["id"])
        values["lookup_key"] = params["lookup_key"] or None
    return write(call.book, price, values, params)


def retrieve_price(call: Call) -> Json:
    return call.book.store.get("price", call.id, "price")


def find_prices(call: Call) -> Json:
    rows = within(call.book.store.all("price"), call.params, "active", "currency", "product", "type")
    if "lookup_keys" in call.params:
        rows = [row for row in rows if row["lookup_key"] in call.params["lookup_keys"]]
    for name, value in (call.params.get("recurring") or {}).items():
        rows = [row for row in rows if row["recurring"] and row["recurring"].get(name) == value]
    return page("/v1/prices", rows, call.params)


OPERATIONS = (
    Operation("POST", "products", "ProductCreateParams", create_product),
    Operation("GET", "products", "ProductListParams", find_products),
    Operation("GET", "products/{}", "ProductRetrieveParams", retrieve_product),
    Operation("POST", "products/{}", "ProductUpdateParams", update_product),
    Operation("DELETE", "products/{}", "ProductDeleteParams", delete_product),
    Operation("POST", "prices", "PriceCreateParams", create_price),
    Operation("GET", "prices", "PriceListParams", find_prices),
    Operation("GET", "prices/{}", "PriceRetrieveParams", retrieve_price),
    Operation("POST", "prices/{}", "PriceUpdateParams", update_price),
)
