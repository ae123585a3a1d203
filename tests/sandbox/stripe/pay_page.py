"""The page of a checkout session, and the bank's page for 3-D Secure."""

from collections.abc import Mapping
from html import escape

from ..wire import Json, Response
from . import checkout, look, paying
from .cards import BEHAVIOURS
from .errors import Declined, invalid
from .front import Front


def show(stripe: Front, session_id: str, more: str) -> Response:
    session = stripe.store.get("checkout.session", session_id, "session")
    return filled(stripe, session, {}) if session["status"] == "open" else closed(stripe, session)


def closed(stripe: Front, session: Json) -> Response:
    """A page that was paid or has expired, as whoever kept its link sees it."""
    if session["status"] == "complete":
        inside = f"<p>You have paid already.</p><p>{look.link(paying.onwards(stripe, session), 'Back to the site')}</p>"
        return look.page("Payment complete", inside)
    back = f"<p>{look.link(session['cancel_url'], 'Back to the site')}</p>" if session["cancel_url"] else ""
    return look.page("This page has expired", f"<p>Nothing was paid.</p>{back}", 410)


def filled(stripe: Front, session: Json, fields: Mapping[str, str], problem: str = "") -> Response:
    """The form as somebody left it, with what is wrong."""
    known = (session["customer_details"] or {}).get("email")
    email = escape(known or fields.get("email", ""))
    readonly = " readonly" if known else ""
    code = ""
    if session["allow_promotion_codes"]:
        typed = escape(fields.get("promotion_code", ""))
        code = f'<label>Promotion code <input type="text" name="promotion_code" value="{typed}"></label>'
    card = fields.get("card", "works")
    inside = (
        f'<label>Email <input type="email" name="email" value="{email}"{readonly} required></label>{code}'
        f"<fieldset><legend>Pay with</legend>{look.cards(card, session['payment_method_types'])}</fieldset>"
        f"<p>{look.button('Pay', 'pay', main=True)}</p>"
    )
    if session["cancel_url"]:
        inside += f"<p>{look.button('Back to the site', 'back', free=True)}</p>"
    title = {"subscription": "Subscribe", "payment": "Pay"}[session["mode"]]
    if session["submit_type"] == "donate":
        title = "Donate"
    body = look.alert(problem) + sold(stripe, session) + look.form(f"/pay/{session['id']}", inside)
    return look.page(title, body, 402 if problem else 200)


def sold(stripe: Front, session: Json) -> str:
    rows = "".join(
        f"<tr><td>{escape(line['description'] or '')} × {line['quantity']}</td>"
        f"<td>{escape(look.price_text(line['price']))}</td></tr>"
        for line in checkout.lines_of(stripe, session)
    )
    off = session["total_details"]["amount_discount"]
    if off:
        rows += f"<tr><td>Discount</td><td>{look.money(-off, session['currency'])}</td></tr>"
    total = look.money(session["amount_total"], session["currency"])
    return f"<table>{rows}<tr><th>Due today</th><th>{total}</th></tr></table>"


def act(stripe: Front, session_id: str, more: str, fields: Mapping[str, str]) -> Response:
    session = stripe.store.get("checkout.session", session_id, "session")
    if session["status"] != "open":
        return closed(stripe, session)
    if fields.get("act") == "back" and session["cancel_url"]:
        return look.redirect(session["cancel_url"])
    email, card = fields.get("email", "").strip(), fields.get("card", "works")
    if "@" not in email:
        return filled(stripe, session, fields, "Your email is incomplete.")
    if card not in BEHAVIOURS:
        raise invalid(f"No such card behaviour: {card}", "card")
    code = fields.get("promotion_code", "").strip()
    try:
        return look.redirect(stripe.pay(session_id, card=card, email=email, promotion_code=code))
    except Declined as error:
        return filled(stripe, session, fields, error.message)


def ask(stripe: Front, object_id: str, more: str) -> Response:
    """The bank's question about a session, an invoice or a payment intent."""
    return look.page("Is it you who pays?", look.form(f"/3ds/{asked_about(stripe, object_id)}", QUESTION))


QUESTION = (
    "<p>Your bank asks whether you want this payment (3-D Secure).</p>"
    f"<p>{look.button('Approve', 'approve', main=True)}</p><p>{look.button('Refuse', 'refuse')}</p>"
)


def asked_about(stripe: Front, object_id: str) -> str:
    """The session or invoice of an id. Raises `ApiError` when nothing waits for the bank there."""
    subject = paying.subject(stripe, object_id)
    if not subject.startswith("in_"):
        paying.open_session(stripe, subject)
        paying.attempt_of(stripe, subject)
    else:
        paying.asking_intent(stripe, subject)
    return subject


def answer(stripe: Front, object_id: str, more: str, fields: Mapping[str, str]) -> Response:
    subject = asked_about(stripe, object_id)
    if fields.get("act") == "approve":
        return look.redirect(stripe.approve_3ds(subject))
    return look.redirect(stripe.refuse_3ds(subject))
