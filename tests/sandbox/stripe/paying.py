"""Paying on the hosted pages: what pressing the button does, and what the bank says to it."""

from ..wire import Json
from . import buyers, cards, checkout, discounts, invoices, line_items, money, payments, subscriptions
from .book import Book
from .errors import ApiError, Declined, invalid

ATTEMPT = "checkout.attempt"
"""A kind of the sandbox's own, never sent: the form of a subscription's session whose 3-D Secure page is open."""


def pay(book: Book, session_id: str, *, card: str, email: str, promotion_code: str) -> str:
    """Where the browser goes after the button. Raises `Declined` (the session stays open), `ApiError` if it is not."""
    session = open_session(book, session_id)
    if card not in cards.BEHAVIOURS:
        raise invalid(f"No such card behaviour: {card}", "card")
    if ("us_bank_account" if card == "delayed" else "card") not in session["payment_method_types"]:
        raise invalid("This checkout session does not take that way to pay.", "card")
    if promotion_code:
        apply_code(book, session, promotion_code)
    if session["amount_total"] == 0 and session["payment_method_collection"] == "if_required":
        card = ""
    if session["mode"] == "payment":
        return pay_once(book, session, card, email)
    return subscribe(book, session, card, email)


def open_session(book: Book, session_id: str) -> Json:
    checkout.tick(book)
    session = book.store.get("checkout.session", session_id, "session")
    if session["status"] != "open":
        raise invalid(f"This checkout session is {session['status']}: nobody can pay in it.", "session")
    if (book.store.find("customer", session["customer"]) or {}).get("deleted"):
        raise invalid("The customer of this checkout session was deleted.", "session")
    return session


def apply_code(book: Book, session: Json, code: str) -> None:
    """A promotion code typed on the page; it stays when the card is then refused."""
    found = discounts.by_code(book, code) if session["allow_promotion_codes"] else None
    if found is None:
        raise Declined("promotion_code_invalid", "This code is invalid.")
    try:
        check_limits(session, found)
        taken = discounts.coupons(book, [{"promotion_code": found["id"]}], session["customer"])
    except ApiError as error:
        raise Declined("promotion_code_invalid", str(error)) from error
    session["discounts"] = [checkout.discount_of({"promotion_code": found["id"]})]
    line_items.put_on(book, session, checkout.lines_of(book, session), taken[0]["coupon"])


def check_limits(session: Json, code: Json) -> None:
    """Raises `ApiError` 400 where the code asks for a larger order, or for somebody who is known to be new."""
    limits = code["restrictions"]
    if limits["first_time_transaction"] and session["customer_creation"] == "if_required":
        raise invalid("This code is for the first order of a customer, and a guest is none.", "promotion_code")
    if session["amount_subtotal"] < (limits["minimum_amount"] or 0):
        raise invalid("This code needs a larger order.", "promotion_code")


def pay_once(book: Book, session: Json, card: str, email: str) -> str:
    """Payment mode: one intent for the session, tried again with each card."""
    customer = buyers.of_session(book, session, email)
    if session["amount_total"] == 0:
        return complete(book, session, "no_payment_required", email)
    intent = intent_for(book, session, customer)
    money.confirm(book, intent, buyers.method(book, session, card=card, email=email, customer=customer)["id"])
    return after_confirming(book, session, intent, email)


def intent_for(book: Book, session: Json, customer: str | None) -> Json:
    """The session's payment intent, made at the first try."""
    known = book.store.find("payment_intent", session["payment_intent"])
    if known and known["amount"] == session["amount_total"]:
        return known
    data = checkout.order_of(book, session)["payment_intent_data"]
    kept = ("description", "metadata", "receipt_email", "setup_future_usage", "statement_descriptor_suffix")
    facts = {name: data[name] for name in kept if name in data}
    intent = money.create(
        book, amount=session["amount_total"], currency=session["currency"], customer=customer, **facts
    )
    session["payment_intent"] = intent["id"]
    return intent


def after_confirming(book: Book, session: Json, intent: Json, email: str) -> str:
    match intent["status"]:
        case "succeeded":
            return complete(book, session, "paid", email)
        case "processing":
            return complete(book, session, "unpaid", email)
        case "requires_action":
            return keep_attempt(book, session, "", email)
    raise Declined


def subscribe(book: Book, session: Json, card: str, email: str) -> str:
    """Subscription mode: the subscription exists only once its first payment is made or on its way."""
    due = session["amount_total"] > 0
    if due and card == "3ds":
        return keep_attempt(book, session, card, email)
    if due and card == "declined":
        refused = buyers.method(book, session, card=card, email=email, customer=None)
        intent = money.create(
            book, amount=session["amount_total"], currency=session["currency"], customer=session["customer"]
        )
        money.confirm(book, intent, refused["id"])
        raise Declined
    return begin_subscription(book, session, card, email)


def begin_subscription(book: Book, session: Json, card: str, email: str) -> str:
    customer = buyers.of_session(book, session, email)
    method = buyers.method(book, session, card=card, email=email, customer=customer) if card else None
    started = subscriptions.start(
        book, wanted(book, session, customer), payment_method=method["id"] if method else None, approved=True
    )
    invoice = book.store.find("invoice", started["latest_invoice"])
    session |= {"subscription": started["id"], "invoice": started["latest_invoice"]}
    if invoice is None or invoice["amount_due"] == 0:
        return complete(book, session, "no_payment_required", email)
    return complete(book, session, "paid" if invoice["status"] == "paid" else "unpaid", email)


def wanted(book: Book, session: Json, customer: str | None) -> Json:
    """The parameters of the subscription that a session sells."""
    found = [{name: value for name, value in each.items() if value} for each in session["discounts"]]
    data = checkout.order_of(book, session)["subscription_data"]
    params: Json = {
        **data,
        "customer": customer,
        "items": [
            {"price": each["price"]["id"], "quantity": each["quantity"]} for each in checkout.lines_of(book, session)
        ],
    }
    if found:
        params["discounts"] = found
    return params


def complete(book: Book, session: Json, payment_status: str, email: str) -> str:
    """`checkout.session.completed`; answers the success page's address with the session's id in it."""
    customer = book.store.find("customer", session["customer"])
    details = session["customer_details"] or {"tax_exempt": "none", "tax_ids": []}
    session["customer_details"] = buyers.details(details, email, customer)
    session |= {"status": "complete", "payment_status": payment_status, "url": None}
    buyers.redeem(book, session)
    book.events.emit("checkout.session.completed", session)
    forget_attempt(book, session["id"])
    return onwards(book, session)


def onwards(book: Book, session: Json) -> str:
    """`{CHECKOUT_SESSION_ID}` is replaced wherever it stands; a page inside one's own has nowhere to go."""
    target: str = session["success_url"] or session["return_url"] or book.url
    return target.replace("{CHECKOUT_SESSION_ID}", session["id"])


def keep_attempt(book: Book, session: Json, card: str, email: str) -> str:
    """Remembers the form until the bank's question is answered; answers the address of the page that asks it."""
    book.store.put({"object": ATTEMPT, "id": session["id"], "card": card, "email": email})
    return f"{book.url}/3ds/{session['id']}"


def forget_attempt(book: Book, session_id: str) -> None:
    if attempt := book.store.find(ATTEMPT, session_id):
        book.store.drop(attempt)


def attempt_of(book: Book, session_id: str) -> Json:
    attempt = book.store.find(ATTEMPT, session_id)
    if attempt is None:
        raise invalid("No bank asks about this session.", "session")
    return attempt


def subject(book: Book, id: str) -> str:  # noqa: A002 - Stripe's word
    """The session or invoice that an id names; a payment intent stands for the one that it pays."""
    if not id.startswith("pi_"):
        return id
    invoice = payments.invoice_of(book, book.store.get("payment_intent", id))
    if invoice:
        return str(invoice["id"])
    sessions = [each for each in book.store.all("checkout.session") if each["payment_intent"] == id]
    return str(sessions[-1]["id"]) if sessions else id


def approve(book: Book, id: str) -> str:  # noqa: A002 - Stripe's word
    """3-D Secure is passed, for a session or an invoice; answers where the browser goes."""
    if id.startswith("in_"):
        payments.authenticate(book, asking_intent(book, id))
        return invoice_page(book, id)
    session, attempt = open_session(book, id), attempt_of(book, id)
    if session["mode"] == "subscription":
        return begin_subscription(book, session, attempt["card"], attempt["email"])
    intent = book.store.get("payment_intent", session["payment_intent"])
    payments.authenticate(book, intent)
    return after_confirming(book, session, intent, attempt["email"])


def refuse(book: Book, id: str) -> str:  # noqa: A002 - Stripe's word
    """3-D Secure is not passed; answers the page where another card can be given."""
    if id.startswith("in_"):
        payments.authenticate(book, asking_intent(book, id), ok=False)
        return invoice_page(book, id)
    session, _ = open_session(book, id), attempt_of(book, id)
    if session["mode"] == "payment":
        payments.authenticate(book, book.store.get("payment_intent", session["payment_intent"]), ok=False)
    forget_attempt(book, id)
    return str(session["url"] or onwards(book, session))


def asking_intent(book: Book, invoice_id: str) -> Json:
    intent = invoices.intent(book, book.store.get("invoice", invoice_id, "invoice"))
    if intent is None or intent["status"] != "requires_action":
        raise invalid("No bank asks about this invoice.", "invoice")
    return intent


def settle(book: Book, session_id: str, *, ok: bool) -> None:
    """The delayed money of a completed session arrives or does not: `checkout.session.async_payment_…`."""
    session = book.store.get("checkout.session", session_id, "session")
    intent = delayed_intent(book, session)
    if session["status"] != "complete" or session["payment_status"] != "unpaid" or intent is None:
        raise invalid("This checkout session waits for no delayed payment.", "session")
    payments.arrive(book, intent, ok=ok)
    if ok:
        session["payment_status"] = "paid"
    book.events.emit(f"checkout.session.async_payment_{'succeeded' if ok else 'failed'}", session)


def delayed_intent(book: Book, session: Json) -> Json | None:
    if session["mode"] == "payment":
        intent = book.store.find("payment_intent", session["payment_intent"])
    else:
        invoice = book.store.find("invoice", session["invoice"])
        intent = invoices.intent(book, invoice) if invoice else None
    return intent if intent and intent["status"] == "processing" else None


def pay_invoice(book: Book, invoice_id: str, card: str) -> str:
    """The button of an invoice's page, with another card; answers where the browser goes. Raises `Declined`."""
    invoice = book.store.get("invoice", invoice_id, "invoice")
    if invoice["status"] != "open":
        raise invalid("Invoice is not open, so it cannot be paid.", "invoice")
    method = cards.attach(book, invoice["customer"], card)
    invoices.attempt(book, invoice, method["id"])
    intent = invoices.intent(book, invoice)
    if intent and intent["status"] == "requires_action":
        return f"{book.url}/3ds/{invoice_id}"
    if invoice["status"] != "paid" and not (intent and intent["status"] == "processing"):
        raise Declined
    return invoice_page(book, invoice_id)


def invoice_page(book: Book, invoice_id: str) -> str:
    return f"{book.url}/invoice/{invoice_id}"
