"""Payments whole: an intent is confirmed, answered by the bank or settled, and its invoice and subscription follow."""

from typing import Any

from ..wire import Json
from . import invoices, money
from .book import Book
from .errors import ApiError

UNEXPECTED = "payment_intent_unexpected_state"


def take(
    book: Book,
    *,
    amount: int,
    currency: str,
    payment_method: str,
    customer: str | None = None,
    off_session: bool = False,
    approved: bool = False,
    **facts: Any,
) -> Json:
    """Makes a payment intent and confirms it at once; answers it with what the payment method's behaviour made of it.

    `status`: `succeeded` (a paid charge is `latest_charge`), `processing` (delayed: ends by `arrive`),
    `requires_action` (3-D Secure: ends by `authenticate`), `requires_payment_method` (declined; a failed charge, and
    `last_payment_error`). `approved` says that the payer has answered the bank on a page already. All events are sent.
    `facts` are other fields of the intent: description, metadata, receipt_email, setup_future_usage.
    """
    intent = money.create(book, amount=amount, currency=currency, customer=customer, **facts)
    return confirm(book, intent, payment_method, off_session=off_session, approved=approved)


def confirm(
    book: Book, intent: Json, payment_method: str, *, off_session: bool = False, approved: bool = False
) -> Json:
    """Tries an intent again, e.g. with another payment method."""
    expect(intent, "requires_payment_method", "requires_confirmation", "requires_action")
    money.confirm(book, intent, payment_method, off_session=off_session, approved=approved)
    invoices.follow(book, intent, off_session=off_session)
    return intent


def authenticate(book: Book, intent: Json, *, ok: bool = True) -> Json:
    """The bank's question (3-D Secure) about an intent in `requires_action` is answered."""
    expect(intent, "requires_action")
    (money.succeed if ok else money.refuse)(book, intent)
    invoices.follow(book, intent)
    return intent


def arrive(book: Book, intent: Json, *, ok: bool = True) -> Json:
    """The money of a delayed method (intent in `processing`) arrives or fails; its invoice and subscription follow."""
    expect(intent, "processing")
    (money.succeed if ok else money.fail)(book, intent)
    invoices.follow(book, intent)
    return intent


def expect(intent: Json, *statuses: str) -> None:
    """400 when the intent is not in one of the statuses."""
    if intent["status"] not in statuses:
        raise ApiError(
            400,
            f"This PaymentIntent's status is {intent['status']}, but it must be {' or '.join(statuses)}.",
            code=UNEXPECTED,
        )


def invoice_of(book: Book, intent: Json) -> Json | None:
    """The invoice an intent pays, by its `invoice_payment`."""
    return invoices.of_intent(book, intent)
