"""The hosted page of an invoice, where an open one can be paid, and the receipt of a charge."""

from collections.abc import Mapping
from html import escape

from ..wire import Json, Response
from . import invoices, look
from .cards import BEHAVIOURS
from .errors import Declined, invalid
from .front import Front

STATES = {"open": "to be paid", "paid": "paid", "void": "void", "uncollectible": "uncollectible", "draft": "draft"}


def show(stripe: Front, invoice_id: str, more: str) -> Response:
    return shown(stripe, stripe.store.get("invoice", invoice_id, "invoice"))


def shown(stripe: Front, invoice: Json, problem: str = "") -> Response:
    rows = "".join(
        f"<tr><td>{escape(line['description'] or '')}</td><td>{look.money(line['amount'], line['currency'])}</td></tr>"
        for line in invoice["lines"]["data"]
    )
    facts = (
        f"<p>{escape(STATES.get(invoice['status'], str(invoice['status'])).capitalize())}, "
        f"made on {look.day(invoice['created'])}.</p><table>{rows}"
        f"<tr><th>Total</th><th>{look.money(invoice['total'], invoice['currency'])}</th></tr>"
        f"<tr><td>Due</td><td>{look.money(invoice['amount_remaining'], invoice['currency'])}</td></tr></table>"
    )
    to_pay = pay_forms(stripe, invoice) if invoice["status"] == "open" else ""
    title = f"Invoice {invoice['number'] or ''}".strip()
    return look.page(title, look.alert(problem) + facts + to_pay, 402 if problem else 200)


def pay_forms(stripe: Front, invoice: Json) -> str:
    """Another card; and the bank's question, when one is open."""
    intent = invoices.intent(stripe, invoice)
    asked = ""
    if intent and intent["status"] == "requires_action":
        confirm = look.link(f"/3ds/{invoice['id']}", "Confirm the payment")
        asked = f"<p>Your bank wants to ask you. {confirm}</p>"
    inside = (
        f"<fieldset><legend>Pay with</legend>{look.cards()}</fieldset><p>{look.button('Pay', 'pay', main=True)}</p>"
    )
    return asked + look.form(f"/invoice/{invoice['id']}", inside)


def act(stripe: Front, invoice_id: str, more: str, fields: Mapping[str, str]) -> Response:
    card = fields.get("card", "works")
    if card not in BEHAVIOURS:
        raise invalid(f"No such card behaviour: {card}", "card")
    try:
        return look.redirect(stripe.pay_invoice(invoice_id, card))
    except Declined as error:
        return shown(stripe, stripe.store.get("invoice", invoice_id, "invoice"), error.message)


def show_receipt(stripe: Front, charge_id: str, more: str) -> Response:
    charge = stripe.store.get("charge", charge_id, "charge")
    amount, back = (look.money(charge[name], charge["currency"]) for name in ("amount", "amount_refunded"))
    given_back = f"<p>{back} of it was given back.</p>" if charge["amount_refunded"] else ""
    return look.page("Receipt", f"<p>{amount} on {look.day(charge['created'])}.</p>{given_back}")
