"""Who pays in a checkout session: the customer, the payment method, and what the session then knows of them."""

from ..wire import Json
from . import cards, checkout, customers
from .book import Book

PAYER = "Sandbox Payer"


def of_session(book: Book, session: Json, email: str) -> str | None:
    """The id of the session's customer; made now where the session makes one, else null (a guest).

    A known customer without an address gets the one typed on the page.
    """
    known = book.store.find("customer", session["customer"])
    if known:
        if not known["email"]:
            known["email"] = email
            book.events.emit("customer.updated", known, previous={"email": None})
        return str(known["id"])
    if session["customer_creation"] != "always" and not keeps_card(book, session):
        return None
    made = customers.add(
        book, email=session["customer_email"] or email, metadata={}, name=PAYER, preferred_locales=["en"]
    )
    session["customer"] = made["id"]
    return str(made["id"])


def keeps_card(book: Book, session: Json) -> bool:
    """Whether the card is for later payments too, so that a customer must hold it."""
    kept = checkout.order_of(book, session)["payment_intent_data"].get("setup_future_usage")
    return session["mode"] == "subscription" or bool(kept)


def method(book: Book, session: Json, *, card: str, email: str, customer: str | None) -> Json:
    """A new payment method, on file with the customer only where later payments will want it."""
    holder = customer if keeps_card(book, session) else None
    made = cards.attach(book, holder, card)
    made["billing_details"] |= {"email": email_of(session, email), "name": PAYER}
    return made


def email_of(session: Json, email: str) -> str:
    """What the page already knows cannot be typed over."""
    return str((session["customer_details"] or {}).get("email") or email)


def details(before: Json, email: str, customer: Json | None) -> Json:
    """`customer_details` of a completed session."""
    address = {"city": None, "country": "US", "line1": None, "line2": None, "postal_code": "94107", "state": None}
    blank = {"business_name": None, "individual_name": None, "phone": None}
    return {
        **blank,
        **before,
        "address": address,
        "email": before.get("email") or email,
        "name": (customer or {}).get("name") or PAYER,
    }


def redeem(book: Book, session: Json) -> None:
    """Counts the use of a code by a one-time payment; a subscription counts its own."""
    if session["mode"] != "payment":
        return
    for taken in session["discounts"]:
        code = book.store.find("promotion_code", taken["promotion_code"])
        coupon_id = code["promotion"]["coupon"] if code else taken["coupon"]
        coupon = book.store.find("coupon", coupon_id)
        for each in (code, coupon):
            if each:
                each["times_redeemed"] += 1
