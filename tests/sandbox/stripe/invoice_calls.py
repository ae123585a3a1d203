"""The API of invoices and of the payments that belong to them."""

from ..wire import Json
from . import invoices, previews, subscriptions
from .balance import merged
from .errors import invalid
from .lines import subscription_of
from .paging import page, within
from .routes import Call, Operation


def get(call: Call) -> Json:
    return call.book.store.get("invoice", call.id, "invoice")


def find(call: Call) -> Json:
    rows = within(call.book.store.all("invoice"), call.params, "customer", "status", "collection_method")
    if "subscription" in call.params:
        rows = [row for row in rows if subscription_of(row) == call.params["subscription"]]
    return page("/v1/invoices", rows, call.params)


def update(call: Call) -> Json:
    invoice = get(call)
    values = {name: call.params[name] for name in ("auto_advance", "description", "footer") if name in call.params}
    if "metadata" in call.params:
        values["metadata"] = merged(invoice["metadata"], call.params["metadata"])
    invoices.write(call.book, invoice, **values)
    return invoice


def pay(call: Call) -> Json:
    """402 when the bank refuses; 400 for an invoice that is not open, or without anything to charge."""
    invoice, params = get(call), call.params
    if invoice["status"] == "paid":
        raise invalid("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] != "open":
        raise invalid(f"This invoice is {invoice['status']} and cannot be paid.", code="invoice_not_editable")
    if params.get("paid_out_of_band"):
        invoices.mark_paid(call.book, invoice)
        return invoice
    method = params.get("payment_method") or invoices.method_of(call.book, invoice)
    if not method:
        raise invalid(
            "There is no `default_payment_method` set on this Customer or Invoice. Please attach one, or pass a "
            "`payment_method`.",
            code="resource_missing",
        )
    call.book.store.named("payment_method", method, "payment_method")
    invoices.attempt(call.book, invoice, method, off_session=params.get("off_session", True))
    asked = invoices.intent(call.book, invoice)
    if invoice["status"] != "paid" and asked and asked["status"] != "processing":
        raise subscriptions.declined(call.book, invoice)
    return invoice


def finalize(call: Call) -> Json:
    invoice = get(call)
    if invoice["status"] != "draft":
        raise invalid("This invoice is already finalized, you can't re-finalize a non-draft invoice.")
    return invoices.finalize(call.book, invoice)


def void(call: Call) -> Json:
    invoice = get(call)
    if invoice["status"] not in ("open", "uncollectible"):
        raise invalid(f"You can only pass in open invoices. This invoice isn't open, it is {invoice['status']}.")
    invoices.end(call.book, invoice, "void")
    return invoice


def mark_uncollectible(call: Call) -> Json:
    invoice = get(call)
    if invoice["status"] != "open":
        raise invalid(f"You can only pass in open invoices. This invoice isn't open, it is {invoice['status']}.")
    invoices.end(call.book, invoice, "uncollectible")
    return invoice


def lines(call: Call) -> Json:
    rows = get(call)["lines"]["data"]
    return page(f"/v1/invoices/{call.id}/lines", rows, call.params, newest_first=False)


def payments(call: Call) -> Json:
    """By `invoice`, or by `payment[type]=payment_intent&payment[payment_intent]=…`: from a charge to its invoice."""
    params = call.params
    rows = within(call.book.store.all("invoice_payment"), params, "invoice", "status")
    if wanted := params.get("payment"):
        kind = wanted["type"]
        if kind not in wanted:
            raise invalid(f"Missing required param: payment[{kind}].", f"payment[{kind}]", "parameter_missing")
        rows = [row for row in rows if row["payment"][kind] == wanted[kind]]
    return page("/v1/invoice_payments", rows, params)


def payment(call: Call) -> Json:
    return call.book.store.get("invoice_payment", call.id, "invoice_payment")


OPERATIONS = (
    Operation("POST", "invoices/create_preview", "InvoiceCreatePreviewParams", previews.create),
    Operation("GET", "invoices", "InvoiceListParams", find),
    Operation("GET", "invoices/{}", "InvoiceRetrieveParams", get),
    Operation("POST", "invoices/{}", "InvoiceUpdateParams", update),
    Operation("POST", "invoices/{}/pay", "InvoicePayParams", pay),
    Operation("POST", "invoices/{}/finalize", "InvoiceFinalizeInvoiceParams", finalize),
    Operation("POST", "invoices/{}/void", "InvoiceVoidInvoiceParams", void),
    Operation("POST", "invoices/{}/mark_uncollectible", "InvoiceMarkUncollectibleParams", mark_uncollectible),
    Operation("GET", "invoices/{}/lines", "InvoiceLineItemListParams", lines),
    Operation("GET", "invoice_payments", "InvoicePaymentListParams", payments),
    Operation("GET", "invoice_payments/{}", "InvoicePaymentRetrieveParams", payment),
)
