"""Invoices: made of lines, finalized, paid by payment intents through `invoice_payment`s."""

from typing import Any

from ..wire import Json
from . import discounts, money, standing
from .book import Book, letters
from .lines import subscription_of
from .paging import listed
from .shapes import new

DAY = 24 * 3600
RETRIES = (3 * DAY, 5 * DAY, 6 * DAY)
"""From one failed try of a renewal to the next: three retries within two weeks."""


def draft(
    book: Book, subscription: Json, lines: list[Json], *, reason: str, period: tuple[int, int] | None = None
) -> Json:
    """An invoice that is not stored yet: its sums, after the subscription's discounts and the customer's balance."""
    id = book.new_id("in")  # noqa: A001 - Stripe's word
    customer = book.store.get("customer", subscription["customer"])
    held = discounts.of_subscription(book, subscription, book.now())
    discounts.apply(book, lines, held)
    for line in lines:
        line["invoice"] = id
    start, end = period or (book.now(), book.now())
    details = {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]}
    return new(
        "invoice",
        id=id,
        account_country="US",
        account_name="Unroller",
        attempt_count=0,
        auto_advance=True,
        billing_reason=reason,
        collection_method=subscription["collection_method"],
        created=book.now(),
        currency=subscription["currency"],
        customer=customer["id"],
        customer_address=customer["address"],
        customer_email=customer["email"],
        customer_name=customer["name"],
        customer_tax_exempt="none",
        customer_tax_ids=[],
        default_tax_rates=[],
        discounts=[each["id"] for each in held],
        issuer={"type": "self"},
        lines=listed(f"/v1/invoices/{id}/lines", lines),
        parent={"type": "subscription_details", "subscription_details": details},
        period_start=start,
        period_end=end,
        status="draft",
        **sums(lines, customer["balance"]),
    )


def sums(lines: list[Json], balance: int) -> Json:
    """What the lines and the customer's balance (negative: credit) come to, in cents."""
    subtotal = sum(line["amount"] for line in lines)
    off: dict[str, int] = {}
    for each in (amount for line in lines for amount in line["discount_amounts"]):
        off[each["discount"]] = off.get(each["discount"], 0) + each["amount"]
    total = subtotal - sum(off.values())
    due = max(0, total + balance) if total > 0 else 0
    return {
        "amount_due": due,
        "amount_remaining": due,
        "starting_balance": balance,
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal,
        "total": total,
        "total_discount_amounts": [{"amount": amount, "discount": discount} for discount, amount in off.items()],
        "total_excluding_tax": total,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
    }


def issue(
    book: Book, subscription: Json, lines: list[Json], *, reason: str, period: tuple[int, int] | None = None
) -> Json:
    """A stored and finalized invoice: `open` with a payment intent, or `paid` when nothing is due."""
    invoice = book.store.put(draft(book, subscription, lines, reason=reason, period=period))
    book.events.emit("invoice.created", invoice)
    subscription["latest_invoice"] = invoice["id"]
    return finalize(book, invoice)


def finalize(book: Book, invoice: Json) -> Json:
    charge_balance(book, invoice)
    number = sum(each["customer"] == invoice["customer"] for each in book.store.all("invoice"))
    address = f"{book.url}/invoice/{invoice['id']}"
    invoice |= {
        "status": "open",
        "number": f"{letters(8).upper()}-{number:04}",
        "effective_at": book.now(),
        "hosted_invoice_url": address,
        "invoice_pdf": f"{address}/pdf",
    }
    invoice["status_transitions"]["finalized_at"] = book.now()
    if invoice["amount_due"]:
        pledge(book, invoice)
    book.events.emit("invoice.finalized", invoice)
    if not invoice["amount_due"]:
        mark_paid(book, invoice)
    return invoice


def charge_balance(book: Book, invoice: Json) -> None:
    """A credit of the customer pays first; a negative total becomes such a credit."""
    customer = book.store.get("customer", invoice["customer"])
    used = invoice["amount_due"] - invoice["total"]
    invoice["ending_balance"] = customer["balance"] - used
    if used:
        previous = {"balance": customer["balance"]}
        customer["balance"] -= used
        book.events.emit("customer.updated", customer, previous=previous)


def pledge(book: Book, invoice: Json) -> None:
    """The payment intent of an open invoice, and the `invoice_payment` that ties them."""
    made = money.create(
        book,
        amount=invoice["amount_due"],
        currency=invoice["currency"],
        customer=invoice["customer"],
        description="Subscription creation"
        if invoice["billing_reason"] == "subscription_create"
        else "Subscription update",
        setup_future_usage="off_session",
    )
    book.store.put(
        new(
            "invoice_payment",
            id=book.new_id("inpay"),
            amount_requested=invoice["amount_due"],
            created=book.now(),
            currency=invoice["currency"],
            invoice=invoice["id"],
            is_default=True,
            payment={"type": "payment_intent", "payment_intent": made["id"]},
            status="open",
        )
    )


def payments_of(book: Book, invoice: Json) -> list[Json]:
    return [each for each in book.store.all("invoice_payment") if each["invoice"] == invoice["id"]]


def intent(book: Book, invoice: Json) -> Json | None:
    """The newest payment intent of an invoice."""
    payments = payments_of(book, invoice)
    return book.store.get("payment_intent", payments[-1]["payment"]["payment_intent"]) if payments else None


def attempt(
    book: Book,
    invoice: Json,
    payment_method: str | None = None,
    *,
    off_session: bool = False,
    approved: bool = False,
    automatic: bool = False,
) -> Json:
    """Tries to pay an open invoice (with the subscription's, else the customer's default method); answers the invoice.

    `automatic` tries are counted, and the next one is set. Sends invoice.paid, invoice.payment_succeeded,
    invoice.payment_failed or invoice.payment_action_required, and lets the subscription follow. Look at `status`, and
    at `intent(book, invoice)` for why it is not paid.
    """
    asked = intent(book, invoice)
    if invoice["status"] != "open" or asked is None or asked["status"] == "processing":
        return invoice
    invoice["attempted"] = True
    if automatic or not invoice["attempt_count"]:
        invoice["attempt_count"] += 1
    if automatic:
        invoice["next_payment_attempt"] = next_try(book, invoice)
    method = payment_method or method_of(book, invoice)
    if method:
        money.confirm(book, asked, method, off_session=off_session, approved=approved)
    follow(book, asked, off_session=off_session)
    return invoice


def next_try(book: Book, invoice: Json) -> int | None:
    """When a renewal or change is tried again; None after the last retry, and for a first invoice."""
    retry = invoice["attempt_count"] - 1
    if invoice["billing_reason"] not in ("subscription_cycle", "subscription_update") or retry >= len(RETRIES):
        return None
    return book.now() + RETRIES[retry]


def method_of(book: Book, invoice: Json) -> str | None:
    """The subscription's own payment method comes before the customer's."""
    subscription = book.store.find("subscription", subscription_of(invoice))
    own = subscription["default_payment_method"] if subscription else None
    settings = book.store.get("customer", invoice["customer"])["invoice_settings"]
    method: str | None = own or settings["default_payment_method"]
    return method


def follow(book: Book, asked: Json, *, off_session: bool = False) -> None:
    """What became of a payment intent is written into its invoice and subscription."""
    invoice = of_intent(book, asked)
    if invoice is None or invoice["status"] != "open":
        return
    if asked["status"] == "succeeded":
        mark_paid(book, invoice)
        return
    if asked["status"] == "processing":
        return
    if asked["status"] == "requires_action":
        book.events.emit("invoice.payment_action_required", invoice)
    if asked["status"] != "requires_action" or off_session:
        book.events.emit("invoice.payment_failed", invoice)
    subscription = book.store.find("subscription", subscription_of(invoice))
    if subscription and (off_session or asked["status"] != "requires_action"):
        standing.follow_failed(book, subscription, invoice)


def of_intent(book: Book, asked: Json) -> Json | None:
    """The invoice that a payment intent pays."""
    for payment in book.store.all("invoice_payment"):
        if payment["payment"]["payment_intent"] == asked["id"]:
            return book.store.get("invoice", payment["invoice"])
    return None


def mark_paid(book: Book, invoice: Json) -> None:
    now = book.now()
    invoice |= {"status": "paid", "amount_paid": invoice["amount_due"], "amount_remaining": 0, "attempted": True}
    invoice["next_payment_attempt"] = None
    invoice["status_transitions"]["paid_at"] = now
    for payment in payments_of(book, invoice):
        payment |= {"status": "paid", "amount_paid": invoice["amount_due"]}
        payment["status_transitions"]["paid_at"] = now
        book.events.emit("invoice_payment.paid", payment)
    book.events.emit("invoice.paid", invoice)
    book.events.emit("invoice.payment_succeeded", invoice)
    subscription = book.store.find("subscription", subscription_of(invoice))
    if subscription:
        standing.follow_paid(book, subscription, invoice)


def end(book: Book, invoice: Json, status: str) -> None:
    """`void` or `uncollectible`: nobody asks for the money any more."""
    moments = {"void": "voided_at", "uncollectible": "marked_uncollectible_at"}
    event = {"void": "invoice.voided", "uncollectible": "invoice.marked_uncollectible"}
    invoice |= {"status": status, "next_payment_attempt": None, "auto_advance": False}
    invoice["status_transitions"][moments[status]] = book.now()
    if status == "void":
        for payment in payments_of(book, invoice):
            payment["status"] = "canceled"
            payment["status_transitions"]["canceled_at"] = book.now()
            money.cancel(book, book.store.get("payment_intent", payment["payment"]["payment_intent"]), "void_invoice")
    book.events.emit(event[status], invoice)


def write(book: Book, invoice: Json, **values: Any) -> None:
    """Sets fields, with `invoice.updated`."""
    previous = {name: invoice[name] for name in values}
    invoice |= values
    book.events.emit("invoice.updated", invoice, previous=previous)
