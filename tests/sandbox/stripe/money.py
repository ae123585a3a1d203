"""Payment intents and their charges, as they change when money is asked of a payment method."""

from typing import Any, Final

from ..wire import Json
from . import balance
from .book import Book, letters
from .cards import outcome
from .shapes import new

CARD_FACTS: Final = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
BANK_FACTS: Final = ("account_holder_type", "account_type", "bank_name", "fingerprint", "last4", "routing_number")
RISK: Final[Json] = {"risk_level": "normal", "risk_score": 12}
DECLINED: Final[Json] = {
    "type": "card_error",
    "code": "card_declined",
    "decline_code": "generic_decline",
    "doc_url": "https://stripe.com/docs/error-codes/card-declined",
    "message": "Your card was declined.",
}


def create(book: Book, *, amount: int, currency: str, **facts: Any) -> Json:
    """An intent that waits for a payment method, with `payment_intent.created`."""
    id = book.new_id("pi")  # noqa: A001 - Stripe's word
    intent = book.store.put(
        new(
            "payment_intent",
            id=id,
            amount=amount,
            automatic_payment_methods={"enabled": True, "allow_redirects": "always"},
            capture_method="automatic_async",
            client_secret=f"{id}_secret_{letters(24)}",
            confirmation_method="automatic",
            created=book.now(),
            currency=currency,
            payment_method_options={},
            payment_method_types=["card", "us_bank_account"],
            status="requires_payment_method",
            **facts,
        )
    )
    book.events.emit("payment_intent.created", intent)
    return intent


def confirm(book: Book, intent: Json, method: str, *, off_session: bool = False, approved: bool = False) -> Json:
    """Asks the payment method for the money; the intent's `status` says what came of it."""
    intent |= {"payment_method": method, "last_payment_error": None, "next_action": None}
    result = outcome(book, method, off_session=off_session)
    match "works" if approved and result == "3ds" else result:
        case "works":
            succeed(book, intent)
        case "3ds":
            ask_bank(book, intent)
        case "delayed":
            begin_transfer(book, intent)
        case _:
            fail(book, intent)
    return intent


def succeed(book: Book, intent: Json) -> None:
    """The money is here: by a new charge, or by the pending one of a delayed method."""
    charge = pending_charge(book, intent) or charge_for(book, intent)
    fee = round(intent["amount"] * 0.029) + 30
    charge |= {
        "amount_captured": intent["amount"],
        "balance_transaction": balance.enter(
            book, charge, amount=intent["amount"], type="charge", description=charge["description"] or "", fee=fee
        )["id"],
        "paid": True,
        "status": "succeeded",
        "receipt_url": f"{book.url}/receipt/{charge['id']}",
    }
    charge["outcome"] |= {"network_status": "approved_by_network", "seller_message": "Payment complete."}
    intent |= {"status": "succeeded", "amount_received": intent["amount"], "next_action": None, "processing": None}
    book.events.emit("charge.succeeded", charge)
    book.events.emit("payment_intent.succeeded", intent)


def fail(book: Book, intent: Json) -> None:
    """The bank said no, now or after a delayed method's days."""
    charge = pending_charge(book, intent) or charge_for(book, intent)
    charge |= {"status": "failed", "failure_code": "card_declined", "failure_message": DECLINED["message"]}
    charge["outcome"] |= {
        "network_status": "declined_by_network",
        "reason": "generic_decline",
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
    method = book.store.find("payment_method", intent["payment_method"])
    error = {**DECLINED, "charge": charge["id"], "payment_method": method}
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "last_payment_error": whole_error(error),
        "next_action": None,
        "processing": None,
    }
    book.events.emit("charge.failed", charge)
    book.events.emit("payment_intent.payment_failed", intent)


def refuse(book: Book, intent: Json) -> None:
    """The payer did not pass the bank's question: no charge is made."""
    error = {
        "type": "invalid_request_error",
        "code": "payment_intent_authentication_failure",
        "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
        "message": "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
        "PaymentMethod to attempt to fulfill this PaymentIntent again.",
        "payment_method": book.store.find("payment_method", intent["payment_method"]),
    }
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "last_payment_error": whole_error(error),
        "next_action": None,
    }
    book.events.emit("payment_intent.payment_failed", intent)


def whole_error(error: Json) -> Json:
    made: Json = new("payment_intent", last_payment_error=error)["last_payment_error"]
    return made


def ask_bank(book: Book, intent: Json) -> None:
    redirect = {"return_url": None, "url": f"{book.url}/3ds/{intent['id']}"}
    intent["status"] = "requires_action"
    whole = new("payment_intent", next_action={"type": "redirect_to_url", "redirect_to_url": redirect})
    intent["next_action"] = whole["next_action"]
    book.events.emit("payment_intent.requires_action", intent)


def begin_transfer(book: Book, intent: Json) -> None:
    """A delayed method: the order is given, the money comes in days."""
    charge = charge_for(book, intent)
    charge["status"] = "pending"
    intent["status"] = "processing"
    book.events.emit("charge.pending", charge)
    book.events.emit("payment_intent.processing", intent)


def cancel(book: Book, intent: Json, reason: str | None = None) -> None:
    intent |= {"status": "canceled", "canceled_at": book.now(), "cancellation_reason": reason, "next_action": None}
    book.events.emit("payment_intent.canceled", intent)


def pending_charge(book: Book, intent: Json) -> Json | None:
    charge = book.store.find("charge", intent["latest_charge"])
    return charge if charge and charge["status"] == "pending" else None


def charge_for(book: Book, intent: Json) -> Json:
    """A charge of the intent's whole amount, not yet decided."""
    method = book.store.get("payment_method", intent["payment_method"], "payment_method")
    charge = book.store.put(
        new(
            "charge",
            id=book.new_id("ch" if method["type"] == "card" else "py"),
            amount=intent["amount"],
            billing_details=method["billing_details"],
            calculated_statement_descriptor="UNROLLER",
            captured=True,
            created=book.now(),
            currency=intent["currency"],
            customer=intent["customer"],
            description=intent["description"],
            fraud_details={},
            metadata=intent["metadata"],
            outcome={"type": "authorized", **RISK},
            payment_intent=intent["id"],
            payment_method=method["id"],
            payment_method_details={"type": method["type"], method["type"]: paid_with(method, intent["amount"])},
            receipt_email=intent["receipt_email"],
        )
    )
    intent["latest_charge"] = charge["id"]
    return charge


def paid_with(method: Json, amount: int) -> Json:
    """What a charge keeps of its card or bank account."""
    source = method[method["type"]]
    if method["type"] != "card":
        return {name: source[name] for name in BANK_FACTS}
    return {**{name: source[name] for name in CARD_FACTS}, "network": "visa", "amount_authorized": amount}
