"""Refunds: never more than the charge, whether asked for by the API or made in the Dashboard."""

from ..wire import Json
from . import balance
from .book import Book
from .errors import ApiError, invalid
from .paging import page, within
from .routes import Call, Operation
from .shapes import new

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
REFUSED_STATUSES = ("needs_response", "under_review", "lost", "appeal_needs_response", "appeal_under_review")
"""A charge whose dispute stands so has no money left to give back."""


def create(call: Call) -> Json:
    charge = charge_of(call.book, call.params)
    if call.params.get("reason", REASONS[0]) not in REASONS:
        raise invalid(f"Invalid reason: must be one of {', '.join(REASONS)}", "reason")
    return refund(
        call.book,
        charge["id"],
        call.params.get("amount"),
        reason=call.params.get("reason"),
        metadata=call.params.get("metadata") or {},
    )


def charge_of(book: Book, params: Json) -> Json:
    """The charge that a request names by itself or by its payment intent."""
    if "charge" in params:
        charge = book.store.find("charge", params["charge"])
        if charge is None:
            raise missing_charge(params["charge"])
        if params.get("payment_intent", charge["payment_intent"]) != charge["payment_intent"]:
            raise invalid("The charge does not belong to the payment intent.", "payment_intent")
        return charge
    if "payment_intent" not in params:
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    intent = book.store.find("payment_intent", params["payment_intent"])
    if intent is None:
        message = f"No such payment_intent: '{params['payment_intent']}'"
        raise ApiError(400, message, code="resource_missing", param="payment_intent")
    charge = book.store.find("charge", intent["latest_charge"])
    if charge is None or charge["status"] == "failed":
        raise invalid(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.", "payment_intent"
        )
    return charge


def missing_charge(id: str) -> ApiError:  # noqa: A002 - Stripe's word
    """400, since the id stands in a parameter and not in the path."""
    return ApiError(400, f"No such charge: '{id}'", code="resource_missing", param="charge")


def refund(
    book: Book, charge_id: str, amount: int | None = None, *, reason: str | None = None, metadata: Json | None = None
) -> Json:
    """Gives back so many cents, or all that is left; `refund.created` and `charge.refunded`."""
    charge = book.store.get("charge", charge_id, "charge")
    amount = checked_amount(book, charge, amount)
    made = book.store.put(
        new(
            "refund",
            id=book.new_id("re"),
            amount=amount,
            charge=charge["id"],
            created=book.now(),
            currency=charge["currency"],
            customer=charge["customer"],
            destination_details=destination(charge),
            metadata=metadata or {},
            payment_intent=charge["payment_intent"],
            payment_method=charge["payment_method"],
            reason=reason,
            status="succeeded",
        )
    )
    entry = balance.enter(book, made, amount=-amount, type="refund", description="REFUND FOR CHARGE")
    made["balance_transaction"] = entry["id"]
    book.events.emit("refund.created", made)
    count(book, charge, amount)
    return made


def checked_amount(book: Book, charge: Json, amount: int | None) -> int:
    """Raises `ApiError` 400 where the charge has not so much left."""
    if charge["status"] != "succeeded":
        raise invalid(f"Charge {charge['id']} has not been paid, so it cannot be refunded.", "charge")
    left: int = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise ApiError(400, message, code="charge_already_refunded")
    disputes = [each for each in book.store.all("dispute") if each["charge"] == charge["id"]]
    if any(each["status"] in REFUSED_STATUSES for each in disputes):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise ApiError(400, message, code="charge_disputed")
    if amount is None:
        return left
    if amount < 1:
        raise invalid("This value must be greater than or equal to 1.", "amount", "parameter_invalid_integer")
    if amount > left:
        written, most = (f"{value / 100:.2f}" for value in (amount, left))
        raise invalid(f"Refund amount (${written}) is greater than unrefunded amount on charge (${most})", "amount")
    return amount


def destination(charge: Json) -> Json:
    """Where the money goes, by the way it came."""
    if charge["payment_method_details"] and charge["payment_method_details"]["type"] != "card":
        kind = charge["payment_method_details"]["type"]
        kind = "us_bank_transfer" if kind == "us_bank_account" else kind
        return {kind: {}, "type": kind}
    return {
        "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
        "type": "card",
    }


def count(book: Book, charge: Json, amount: int) -> None:
    """Adds to what the charge gave back; nothing is left to act on for an early fraud warning then."""
    previous = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    book.events.emit("charge.refunded", charge, previous=changed(charge, previous))
    for warning in book.store.all("radar.early_fraud_warning"):
        if warning["charge"] == charge["id"] and warning["actionable"] and charge["refunded"]:
            warning["actionable"] = False
            book.events.emit("radar.early_fraud_warning.updated", warning, previous={"actionable": True})


def changed(obj: Json, previous: Json) -> Json:
    return {name: value for name, value in previous.items() if obj[name] != value}


def fail(book: Book, refund_id: str) -> None:
    """The bank cannot take the money: it comes back to the account, and the charge counts as not given back."""
    failed = book.store.get("refund", refund_id, "refund")
    if failed["status"] == "failed":
        raise invalid(f"Refund {refund_id} has already failed.", "refund")
    previous = {name: failed[name] for name in ("status", "failure_reason", "failure_balance_transaction")}
    entry = balance.enter(book, failed, amount=failed["amount"], type="refund_failure", description="REFUND FAILURE")
    failed |= {
        "status": "failed",
        "failure_reason": "lost_or_stolen_card",
        "failure_balance_transaction": entry["id"],
    }
    charge = book.store.get("charge", failed["charge"])
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] -= failed["amount"]
    charge["refunded"] = False
    for kind in ("refund.updated", "charge.refund.updated", "refund.failed"):
        book.events.emit(kind, failed, previous=previous)
    book.events.emit("charge.updated", charge, previous=changed(charge, before))


def update(call: Call) -> Json:
    found = call.book.store.get("refund", call.id, "refund")
    previous = {"metadata": dict(found["metadata"])}
    found["metadata"] = balance.merged(found["metadata"], call.params.get("metadata"))
    for kind in ("refund.updated", "charge.refund.updated"):
        call.book.events.emit(kind, found, previous=previous)
    return found


def cancel(call: Call) -> Json:
    found = call.book.store.get("refund", call.id, "refund")
    raise invalid(f"Refund {found['id']} cannot be canceled because it has a status of {found['status']}.")


def retrieve(call: Call) -> Json:
    return call.book.store.get("refund", call.id, "refund")


def retrieve_of_charge(call: Call) -> Json:
    found = call.book.store.get("refund", call.ids[1], "refund")
    if found["charge"] != call.id:
        call.book.store.get("refund", "", "refund")
    return found


def list_all(call: Call) -> Json:
    rows = within(call.book.store.all("refund"), call.params, "charge", "payment_intent")
    return page("/v1/refunds", rows, call.params)


def list_of_charge(call: Call) -> Json:
    call.book.store.get("charge", call.id, "charge")
    return page(f"/v1/charges/{call.id}/refunds", of_charge(call.book, call.id), call.params)


def of_charge(book: Book, charge_id: str) -> list[Json]:
    """Oldest first."""
    return [each for each in book.store.all("refund") if each["charge"] == charge_id]


OPERATIONS = (
    Operation("POST", "refunds", "RefundCreateParams", create),
    Operation("GET", "refunds", "RefundListParams", list_all),
    Operation("GET", "refunds/{}", "RefundRetrieveParams", retrieve),
    Operation("POST", "refunds/{}", "RefundUpdateParams", update),
    Operation("POST", "refunds/{}/cancel", "RefundCancelParams", cancel),
    Operation("GET", "charges/{}/refunds", "ChargeListRefundsParams", list_of_charge),
    Operation("GET", "charges/{}/refunds/{}", "ChargeRetrieveRefundParams", retrieve_of_charge),
)
