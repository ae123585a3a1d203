"""Ids made into the objects they name, where a call asks for it with `expand`."""

import copy
from collections.abc import Callable
from typing import Any, Final

from ..wire import Json
from .book import Book
from .errors import ApiError, invalid
from .paging import listed
from .types import ON_REQUEST

DEEPEST = 4
KINDS: Final = {
    "ch": "charge",
    "cs": "checkout.session",
    "cus": "customer",
    "di": "discount",
    "dp": "dispute",
    "du": "dispute",
    "in": "invoice",
    "inpay": "invoice_payment",
    "issfr": "radar.early_fraud_warning",
    "pi": "payment_intent",
    "pm": "payment_method",
    "price": "price",
    "promo": "promotion_code",
    "py": "charge",
    "re": "refund",
    "seti": "setup_intent",
    "si": "subscription_item",
    "sub": "subscription",
    "sub_sched": "subscription_schedule",
    "txn": "balance_transaction",
}
"""Id prefix → kind. Products and coupons have ids of any form and are found by the field's name."""
BY_FIELD: Final = {"product": "product", "coupon": "coupon"}


def expanded(book: Book, answer: Json, paths: list[str]) -> Json:
    """A copy of an answer with each path (`customer`, `data.latest_invoice.payments`) expanded; 400 for a wrong one."""
    made = copy.deepcopy(answer)
    for number, path in enumerate(paths):
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise invalid(f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}", "expand")
        if made.get("object") == "list" and steps[0] != "data":
            raise refused(path, number)
        walk(book, made, steps, (path, number))
    return made


def walk(book: Book, inside: Json, steps: list[str], asked: tuple[str, int]) -> None:
    name, rest = steps[0], steps[1:]
    if name not in inside or (inside[name] is None and (inside.get("object"), name) in ON_REQUEST):
        inside[name] = on_request(book, inside, name, asked)
    value = inside[name]
    if isinstance(value, list):
        inside[name] = [one(book, each, rest, (name, *asked)) for each in value]
    else:
        inside[name] = one(book, value, rest, (name, *asked))


def one(book: Book, value: Any, rest: list[str], asked: tuple[str, str, int]) -> Any:
    """A value of a field, expanded if it is an id; the rest of the path goes on in it."""
    name, path, number = asked
    if isinstance(value, str):
        value = found(book, name, value) or refuse(path, number)
    if isinstance(value, dict) and rest:
        walk(book, value, rest, (path, number))
    return value


def found(book: Book, name: str, id: str) -> Json | None:  # noqa: A002 - Stripe's word
    kind = BY_FIELD.get(name) or KINDS.get(id.rpartition("_")[0].removesuffix("_test"))
    return copy.deepcopy(book.store.find(kind, id)) if kind else None


def on_request(book: Book, inside: Json, name: str, asked: tuple[str, int]) -> Any:
    kind = inside.get("object", "")
    if kind == "list" or (kind, name) not in ON_REQUEST:
        raise refused(*asked)
    if (inside["id"], name) in book.included:
        return copy.deepcopy(book.included[inside["id"], name])
    provider = PROVIDERS.get((kind, name))
    return copy.deepcopy(provider(book, inside)) if provider else None


def refuse(path: str, number: int) -> Json:
    raise refused(path, number)


def refused(path: str, number: int) -> ApiError:
    return invalid(f"This property cannot be expanded ({path}).", f"expand[{number}]")


def refunds(book: Book, charge: Json) -> Json:
    rows = [each for each in reversed(book.store.all("refund")) if each["charge"] == charge["id"]]
    return listed(f"/v1/charges/{charge['id']}/refunds", rows[:10], has_more=len(rows) > 10)


def subscriptions(book: Book, customer: Json) -> Json:
    rows = [each for each in reversed(book.store.all("subscription")) if each["customer"] == customer["id"]]
    living = [each for each in rows if each["status"] not in ("canceled", "incomplete_expired")]
    return listed(f"/v1/customers/{customer['id']}/subscriptions", living[:10], has_more=len(living) > 10)


def nothing(book: Book, customer: Json) -> Json:
    return listed(f"/v1/customers/{customer['id']}/sources", [])


def payments(book: Book, invoice: Json) -> Json:
    rows = [each for each in book.store.all("invoice_payment") if each["invoice"] == invoice["id"]]
    return listed(f"/v1/invoice_payments?invoice={invoice['id']}", rows)


def secret(book: Book, invoice: Json) -> Json | None:
    """Of the payment intent that finalizing made."""
    for payment in payments(book, invoice)["data"]:
        if (intent := payment["payment"]["payment_intent"]) and payment["status"] != "canceled":
            client_secret = book.store.get("payment_intent", intent)["client_secret"]
            return {"client_secret": client_secret, "type": "payment_intent"}
    return None


PROVIDERS: Final[dict[tuple[str, str], Callable[[Book, Json], Json | None]]] = {
    ("charge", "refunds"): refunds,
    ("customer", "sources"): nothing,
    ("customer", "subscriptions"): subscriptions,
    ("customer", "tax_ids"): nothing,
    ("invoice", "confirmation_secret"): secret,
    ("invoice", "payments"): payments,
}
