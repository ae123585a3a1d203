"""Customers and their payment methods."""

import re
from typing import Any

from ..wire import Json
from . import cards, subscriptions
from .balance import merged
from .book import Book, letters
from .errors import ApiError, invalid
from .paging import page, within
from .routes import Call, Operation
from .shapes import new

PLAIN = ("address", "balance", "description", "email", "invoice_prefix", "name", "phone", "shipping", "tax_exempt")
BY_METADATA = re.compile(r"metadata\[['\"](?P<name>[^'\"]+)['\"]\]\s*:\s*(?P<quote>['\"])(?P<value>.*)(?P=quote)")
UNSAID = {"balance": 0, "tax_exempt": "none"}


def add(book: Book, **facts: Any) -> Json:
    """A new customer, with `customer.created`."""
    customer = book.store.put(
        new(
            "customer",
            id=book.new_id("cus"),
            **{
                "balance": 0,
                "created": book.now(),
                "invoice_prefix": letters(8).upper(),
                "invoice_settings": {},
                "next_invoice_sequence": 1,
                "preferred_locales": [],
                "tax_exempt": "none",
                **facts,
            },
        )
    )
    book.events.emit("customer.created", customer)
    return customer


def create(call: Call) -> Json:
    params = call.params
    check_email(params)
    customer = add(call.book, **values_of(params), metadata=merged({}, params.get("metadata")))
    apply_settings(call.book, customer, with_first_method(call.book, customer, params))
    return customer


def with_first_method(book: Book, customer: Json, params: Json) -> Json:
    """Puts `payment_method` on file. A test card's name may then stand for it as the default, too."""
    if "payment_method" not in params:
        return params
    method = attach_to(book, cards.named(book, params["payment_method"]), customer["id"])
    settings = params.get("invoice_settings") or {}
    if settings.get("default_payment_method") == params["payment_method"]:
        settings = {**settings, "default_payment_method": method["id"]}
    return {**params, "invoice_settings": settings}


def values_of(params: Json) -> Json:
    given = {name: params[name] or UNSAID.get(name) for name in PLAIN if name in params}
    return given | ({"preferred_locales": params["preferred_locales"]} if "preferred_locales" in params else {})


def check_email(params: Json) -> None:
    if "@" not in (params.get("email") or "@"):
        raise invalid(f"Invalid email address: {params['email']}", "email", "email_invalid")


def apply_settings(book: Book, customer: Json, params: Json) -> None:
    settings = params.get("invoice_settings") or {}
    if method := settings.get("default_payment_method"):
        own(book, method, customer["id"])
        customer["invoice_settings"]["default_payment_method"] = method
    elif "default_payment_method" in settings:
        customer["invoice_settings"]["default_payment_method"] = None


def own(book: Book, method: str, customer: str) -> Json:
    """The customer's payment method of that id. 400 when it is somebody else's."""
    found = book.store.find("payment_method", method)
    if found is None or found["customer"] != customer:
        raise invalid(
            f"The customer does not have a payment method with the ID {method}. The payment method must be attached to "
            "the customer.",
            "invoice_settings[default_payment_method]",
            "resource_missing",
        )
    return found


def retrieve(call: Call) -> Json:
    return call.book.store.get("customer", call.id)


def living(book: Book, id: str) -> Json:  # noqa: A002 - Stripe's word
    """404 for a deleted customer, as for one that never was."""
    customer = book.store.get("customer", id)
    if customer.get("deleted"):
        raise ApiError(404, f"No such customer: '{id}'", code="resource_missing", param="id")
    return customer


def update(call: Call) -> Json:
    customer, params = living(call.book, call.id), call.params
    check_email(params)
    before = {**customer, "invoice_settings": dict(customer["invoice_settings"])}
    values = values_of(params)
    if "metadata" in params:
        values["metadata"] = merged(customer["metadata"], params["metadata"])
    apply_settings(call.book, customer, params)
    customer |= values
    changed = {name: old for name, old in before.items() if customer[name] != old}
    if changed:
        call.book.events.emit("customer.updated", customer, previous=changed)
    return customer


def remove(book: Book, customer: Json) -> Json:
    """Ends its subscriptions and leaves a stump that can still be retrieved."""
    for subscription in subscriptions.of_customer(book, customer["id"]):
        if subscriptions.is_live(subscription):
            subscriptions.cancel(book, subscription)
    book.events.emit("customer.deleted", customer)
    return book.store.put({"id": customer["id"], "object": "customer", "deleted": True})


def delete(call: Call) -> Json:
    return remove(call.book, living(call.book, call.id))


def find(call: Call) -> Json:
    rows = [each for each in call.book.store.all("customer") if not each.get("deleted")]
    return page("/v1/customers", within(rows, call.params, "email"), call.params)


def search(call: Call) -> Json:
    """One clause of the query language, on metadata: `metadata['account']:'7'`."""
    asked = BY_METADATA.fullmatch(call.params["query"].strip())
    if asked is None:
        raise invalid("We were unable to parse your search query.", "query")
    rows = [
        each
        for each in call.book.store.all("customer")
        if not each.get("deleted") and each["metadata"].get(asked["name"]) == asked["value"]
    ]
    found = page("/v1/customers/search", rows, {"limit": call.params.get("limit", 10)})
    return {**found, "object": "search_result", "next_page": None}


def methods(call: Call) -> Json:
    living(call.book, call.id)
    rows = within(cards.of_customer(call.book, call.id), call.params, "type")
    return page(f"/v1/customers/{call.id}/payment_methods", rows, call.params)


def all_methods(call: Call) -> Json:
    customer = call.params.get("customer")
    rows = within(cards.of_customer(call.book, customer) if customer else [], call.params, "type")
    return page("/v1/payment_methods", rows, call.params)


def method(call: Call) -> Json:
    return call.book.store.get("payment_method", call.id, "payment_method")


def attach_to(book: Book, found: Json, customer: str) -> Json:
    found["customer"] = book.store.named("customer", customer, "customer")["id"]
    book.events.emit("payment_method.attached", found)
    return found


def attach(call: Call) -> Json:
    if "customer" not in call.params:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    return attach_to(call.book, cards.named(call.book, call.id), call.params["customer"])


def detach(call: Call) -> Json:
    """Gone from the customer, and from where it was a default."""
    found = call.book.store.get("payment_method", call.id, "payment_method")
    holder = found["customer"]
    if holder is None:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    found["customer"] = None
    settings = call.book.store.get("customer", holder)["invoice_settings"]
    if settings["default_payment_method"] == found["id"]:
        settings["default_payment_method"] = None
    for subscription in subscriptions.of_customer(call.book, holder):
        if subscription["default_payment_method"] == found["id"]:
            subscription["default_payment_method"] = None
    call.book.events.emit("payment_method.detached", found, previous={"customer": holder})
    return found


OPERATIONS = (
    Operation("POST", "customers", "CustomerCreateParams", create),
    Operation("GET", "customers", "CustomerListParams", find),
    Operation("GET", "customers/search", "CustomerSearchParams", search),
    Operation("GET", "customers/{}", "CustomerRetrieveParams", retrieve),
    Operation("POST", "customers/{}", "CustomerUpdateParams", update),
    Operation("DELETE", "customers/{}", "CustomerDeleteParams", delete),
    Operation("GET", "customers/{}/payment_methods", "CustomerListPaymentMethodsParams", methods),
    Operation("GET", "payment_methods", "PaymentMethodListParams", all_methods),
    Operation("GET", "payment_methods/{}", "PaymentMethodRetrieveParams", method),
    Operation("POST", "payment_methods/{}/attach", "PaymentMethodAttachParams", attach),
    Operation("POST", "payment_methods/{}/detach", "PaymentMethodDetachParams", detach),
)
