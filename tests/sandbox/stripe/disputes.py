"""Disputes, as the payer's bank opens and decides them, and early fraud warnings."""

from ..wire import Json
from . import balance
from .book import Book
from .errors import invalid
from .paging import page, within
from .refunds import changed
from .routes import Call, Operation
from .shapes import new

FEE = 1500
"""Cents that a dispute costs, won or lost."""
DAYS_TO_ANSWER = 7
DAY = 86_400
CLOSED = ("won", "lost", "warning_closed", "prevented")
WAITING = ("needs_response", "warning_needs_response", "appeal_needs_response")


def open_dispute(book: Book, charge_id: str, status: str = "needs_response") -> Json:
    """`charge.dispute.created`; unless it only asks, the money leaves at once."""
    charge = book.store.get("charge", charge_id, "charge")
    if charge["status"] != "succeeded" or charge["disputed"]:
        raise invalid(f"Charge {charge_id} cannot be disputed (again).", "charge")
    asking = status.startswith("warning")
    made = book.store.put(
        new(
            "dispute",
            id=book.new_id("du"),
            amount=charge["amount"] - charge["amount_refunded"] or charge["amount"],
            charge=charge["id"],
            created=book.now(),
            currency=charge["currency"],
            evidence_details={"due_by": book.now() + DAYS_TO_ANSWER * DAY},
            is_charge_refundable=asking and not charge["refunded"],
            network_reason_code="10.4",
            payment_intent=charge["payment_intent"],
            payment_method_details=method_details(charge, asking=asking),
            reason="fraudulent",
            status=status,
        )
    )
    charge["disputed"] = True
    book.events.emit("charge.dispute.created", made)
    if not asking and status != "prevented":
        withdraw(book, made)
    book.events.emit("charge.updated", charge, previous={"disputed": False})
    settle_warnings(book, charge)
    return made


def method_details(charge: Json, *, asking: bool) -> Json | None:
    if (charge["payment_method_details"] or {}).get("type") != "card":
        return None
    case = "inquiry" if asking else "chargeback"
    card = {"brand": "visa", "case_type": case, "network": "visa", "network_reason_code": "10.4"}
    return {"card": card, "type": "card"}


def withdraw(book: Book, dispute: Json) -> None:
    """The bank takes the amount, Stripe its fee."""
    entry = balance.enter(
        book, dispute, amount=-dispute["amount"], type="adjustment", description="Chargeback withdrawal", fee=FEE
    )
    dispute["balance_transactions"].append(entry)
    dispute["is_charge_refundable"] = False
    book.events.emit("charge.dispute.funds_withdrawn", dispute)


def reinstate(book: Book, dispute: Json) -> None:
    """The bank gives the amount back; the fee is gone."""
    entry = balance.enter(book, dispute, amount=dispute["amount"], type="adjustment", description="Chargeback reversal")
    dispute["balance_transactions"].append(entry)
    book.events.emit("charge.dispute.funds_reinstated", dispute)


def is_out(dispute: Json) -> bool:
    """Whether the bank has the money now."""
    return bool(sum(entry["amount"] for entry in dispute["balance_transactions"]) < 0)


def change(book: Book, dispute_id: str, status: str) -> None:
    """Any status: `…closed` for those that end it, else `…updated`; the money moves where the status says so."""
    dispute = book.store.get("dispute", dispute_id, "dispute")
    previous = {"status": dispute["status"], "is_charge_refundable": dispute["is_charge_refundable"]}
    dispute["status"] = status
    if status in CLOSED:
        dispute["is_charge_refundable"] = False
    kind = "closed" if status in CLOSED else "updated"
    book.events.emit(f"charge.dispute.{kind}", dispute, previous=changed(dispute, previous))
    if status in ("won", "prevented") and is_out(dispute):
        reinstate(book, dispute)
    elif status in ("needs_response", "under_review", "lost") and not is_out(dispute):
        withdraw(book, dispute)


def close(call: Call) -> Json:
    """Gives up: lost, for good."""
    dispute = call.book.store.get("dispute", call.id, "dispute")
    if dispute["status"] not in WAITING:
        raise invalid(f"This dispute is already {dispute['status']}, so it cannot be closed.")
    change(call.book, call.id, "warning_closed" if dispute["status"].startswith("warning") else "lost")
    return dispute


def update(call: Call) -> Json:
    """Evidence is kept; with `submit` it goes to the bank."""
    dispute = call.book.store.get("dispute", call.id, "dispute")
    if "evidence" in call.params and dispute["status"] not in WAITING:
        raise invalid("This dispute no longer takes evidence.", "evidence")
    dispute["metadata"] = balance.merged(dispute["metadata"], call.params.get("metadata"))
    evidence = call.params.get("evidence") or {}
    dispute["evidence"] |= {name: value or None for name, value in evidence.items()}
    details = dispute["evidence_details"]
    details["has_evidence"] = any(value for value in dispute["evidence"].values() if isinstance(value, str))
    if evidence and call.params.get("submit", True):
        details["submission_count"] += 1
        change(call.book, call.id, dispute["status"].replace("needs_response", "under_review"))
    else:
        call.book.events.emit("charge.dispute.updated", dispute, previous={})
    return dispute


def retrieve(call: Call) -> Json:
    return call.book.store.get("dispute", call.id, "dispute")


def list_all(call: Call) -> Json:
    rows = within(call.book.store.all("dispute"), call.params, "charge", "payment_intent")
    return page("/v1/disputes", rows, call.params)


def warn_of_fraud(book: Book, charge_id: str) -> Json:
    """`radar.early_fraud_warning.created`; actionable while the charge is neither disputed nor given back."""
    charge = book.store.get("charge", charge_id, "charge")
    made = book.store.put(
        new(
            "radar.early_fraud_warning",
            id=book.new_id("issfr"),
            actionable=not charge["disputed"] and not charge["refunded"],
            charge=charge["id"],
            created=book.now(),
            fraud_type="made_with_stolen_card",
            payment_intent=charge["payment_intent"],
        )
    )
    book.events.emit("radar.early_fraud_warning.created", made)
    return made


def settle_warnings(book: Book, charge: Json) -> None:
    """A dispute ends what one could do about a warning."""
    for warning in book.store.all("radar.early_fraud_warning"):
        if warning["charge"] == charge["id"] and warning["actionable"]:
            warning["actionable"] = False
            book.events.emit("radar.early_fraud_warning.updated", warning, previous={"actionable": True})


def retrieve_warning(call: Call) -> Json:
    return call.book.store.get("radar.early_fraud_warning", call.id, "early_fraud_warning")


def list_warnings(call: Call) -> Json:
    rows = within(call.book.store.all("radar.early_fraud_warning"), call.params, "charge", "payment_intent")
    return page("/v1/radar/early_fraud_warnings", rows, call.params)


OPERATIONS = (
    Operation("GET", "disputes", "DisputeListParams", list_all),
    Operation("GET", "disputes/{}", "DisputeRetrieveParams", retrieve),
    Operation("POST", "disputes/{}", "DisputeUpdateParams", update),
    Operation("POST", "disputes/{}/close", "DisputeCloseParams", close),
    Operation("GET", "radar/early_fraud_warnings", "radar.EarlyFraudWarningListParams", list_warnings),
    Operation("GET", "radar/early_fraud_warnings/{}", "radar.EarlyFraudWarningRetrieveParams", retrieve_warning),
)
