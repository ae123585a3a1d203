"""Payment methods on file, and how each of them behaves when money is asked of it."""

from typing import Final

from ..wire import Json
from .book import Book
from .errors import invalid
from .shapes import new

BEHAVIOURS: Final = ("works", "declined", "3ds", "delayed", "works-then-declined", "works-then-3ds")


TEST_CARDS: Final = {
    "pm_card_visa": "works",
    "pm_card_mastercard": "works",
    "pm_card_chargeDeclined": "declined",
    "pm_card_chargeCustomerFail": "works-then-declined",
    "pm_card_authenticationRequired": "3ds",
}
"""Stripe's own test cards by name: every use makes a new payment method."""


def named(book: Book, id: str, param: str = "payment_method") -> Json:  # noqa: A002 - Stripe's word
    """The payment method of an id, or a new one of a test card. 400 when there is none."""
    if id in TEST_CARDS:
        return attach(book, None, TEST_CARDS[id])
    found = book.store.find("payment_method", id)
    if found is None:
        raise invalid(f"No such PaymentMethod: '{id}'", param, "resource_missing")
    return found


def attach(book: Book, customer: str | None, behaviour: str = "works", *, default: bool = False) -> Json:
    """A new payment method that behaves so (a card; a bank debit for `delayed`), on file with a customer or not.

    `default` makes it the customer's `invoice_settings.default_payment_method`, with `customer.updated`.
    """
    if behaviour not in BEHAVIOURS:
        raise invalid(f"No such card behaviour: {behaviour}", "card")
    method = book.store.put(method_of(book, customer, behaviour))
    book.behaviours[method["id"]] = behaviour
    if customer:
        book.events.emit("payment_method.attached", method)
        if default:
            make_default(book, customer, method["id"])
    return method


def method_of(book: Book, customer: str | None, behaviour: str) -> Json:
    facts: Json = {"id": book.new_id("pm"), "created": book.now(), "customer": customer, "billing_details": {}}
    if behaviour == "delayed":
        bank = {
            "account_type": "checking",
            "bank_name": "STRIPE TEST BANK",
            "last4": "6789",
            "routing_number": "110000000",
        }
        return new("payment_method", type="us_bank_account", us_bank_account=bank, **facts)
    digits = {"declined": "0341", "3ds": "3184", "works-then-declined": "0341", "works-then-3ds": "3155"}
    card = {
        "brand": "visa",
        "display_brand": "visa",
        "last4": digits.get(behaviour, "4242"),
        "exp_month": 12,
        "exp_year": 2040,
        "country": "US",
        "funding": "credit",
        "fingerprint": "Xt5EWLLDS7FJjR1c",
        "checks": {"cvc_check": "pass"},
        "networks": {"available": ["visa"]},
        "three_d_secure_usage": {"supported": True},
    }
    return new("payment_method", type="card", card=card, **facts)


def make_default(book: Book, customer: str, method: str) -> None:
    holder = book.store.get("customer", customer)
    settings = holder["invoice_settings"]
    if settings["default_payment_method"] != method:
        previous = {"invoice_settings": dict(settings)}
        settings["default_payment_method"] = method
        book.events.emit("customer.updated", holder, previous=previous)


def of_customer(book: Book, customer: str) -> list[Json]:
    """Oldest first."""
    return [method for method in book.store.all("payment_method") if method["customer"] == customer]


def set_behaviour(book: Book, customer: str, behaviour: str) -> None:
    """Every payment method on file with the customer behaves so from now on; without any, one is put on file."""
    if behaviour not in BEHAVIOURS:
        raise invalid(f"No such card behaviour: {behaviour}", "card")
    methods = of_customer(book, customer)
    if not methods:
        attach(book, customer, behaviour, default=True)
    for method in methods:
        book.behaviours[method["id"]] = behaviour


def outcome(book: Book, method: str, *, off_session: bool) -> str:
    """What happens when money is asked of it now: `works`, `declined`, `3ds` or `delayed`."""
    behaviour = book.behaviours.get(method, "works")
    if behaviour.startswith("works-then-"):
        return behaviour.removeprefix("works-then-") if off_session else "works"
    return behaviour
