"""Checkout sessions: the API of the hosted pay page."""

from typing import Any

from ..wire import Json
from . import checkout_rules, discounts, line_items, money
from .balance import merged
from .book import Book, letters
from .errors import invalid
from .paging import page, within
from .routes import Call, Operation
from .shapes import new

KEPT = (
    "allow_promotion_codes",
    "allowed_payment_method_types",
    "billing_address_collection",
    "branding_settings",
    "cancel_url",
    "client_reference_id",
    "consent_collection",
    "custom_fields",
    "custom_text",
    "customer",
    "customer_email",
    "excluded_payment_method_types",
    "integration_identifier",
    "locale",
    "mode",
    "name_collection",
    "origin_context",
    "permissions",
    "redirect_on_completion",
    "return_url",
    "shipping_address_collection",
    "submit_type",
    "success_url",
    "tax_id_collection",
    "wallet_options",
)
"""Parameters that stand in the session as they were given."""
WAYS = ("card", "us_bank_account")


def create(call: Call) -> Json:
    book, params = call.book, call.params
    checkout_rules.check(book, params)
    lines = line_items.read(book, params)
    line_items.wait_for_trial(lines, params.get("subscription_data", {}))
    taken = discounts.coupons(book, params.get("discounts", []), params.get("customer"))
    session = begun(book, params)
    if taken:
        session["discounts"] = [discount_of(params["discounts"][0])]
    line_items.put_on(book, session, lines, taken[0]["coupon"] if taken else None)
    line_items.check_amount(session)
    keep_order(book, session, params)
    return book.store.put(session)


def begun(book: Book, params: Json) -> Json:
    """A session before anything is on sale in it."""
    session_id = f"cs_test_{letters(58)}"
    hosted = params.get("ui_mode", "hosted_page") == "hosted_page"
    taxed = params.get("automatic_tax", {}).get("enabled", False)
    return new(
        "checkout.session",
        id=session_id,
        adaptive_pricing={"enabled": params.get("adaptive_pricing", {}).get("enabled", False)},
        automatic_tax={"enabled": taxed, "status": "complete" if taxed else None},
        client_secret=None if hosted else f"{session_id}_secret_{letters(40)}",
        created=book.now(),
        customer_details=details_before(book, params),
        discounts=[],
        expires_at=params.get("expires_at", book.now() + checkout_rules.LONGEST),
        metadata=merged({}, params.get("metadata")),
        payment_method_configuration_details={"id": params.get("payment_method_configuration", f"pmc_{letters(24)}")},
        payment_method_options={
            "card": {"request_three_d_secure": "automatic", **params.get("payment_method_options", {}).get("card", {})}
        },
        payment_method_types=ways_to_pay(params),
        payment_status="unpaid",
        phone_number_collection=params.get("phone_number_collection", {"enabled": False}),
        saved_payment_method_options={
            "allow_redisplay_filters": ["always"],
            **params.get("saved_payment_method_options", {}),
        }
        if "customer" in params
        else None,
        status="open",
        total_details={"amount_shipping": 0},
        ui_mode=params.get("ui_mode", "hosted_page"),
        url=f"{book.url}/pay/{session_id}" if hosted else None,
        **of_mode(params),
        **{name: without_blanks(params[name]) for name in KEPT if name in params},
    )


def ways_to_pay(params: Json) -> list[str]:
    """Cards and a bank debit (the delayed method), filtered as asked."""
    allowed, excluded = params.get("allowed_payment_method_types"), params.get("excluded_payment_method_types", [])
    left = [each for each in WAYS if each not in excluded and (not allowed or each in allowed)]
    if not left:
        raise invalid("No valid payment method types for this Checkout Session.", "allowed_payment_method_types")
    return left


def without_blanks(value: Any) -> Any:
    """An empty text unsets: it is null in the object."""
    if isinstance(value, dict):
        return {name: without_blanks(each) for name, each in value.items()}
    return None if value == "" else value


def of_mode(params: Json) -> Json:
    """Fields whose default differs by mode."""
    creation = None if "customer" in params else params.get("customer_creation", "if_required")
    if params["mode"] == "subscription":
        collected = params.get("payment_method_collection", "always")
        return {"customer_creation": creation and "always", "payment_method_collection": collected}
    return {
        "customer_creation": creation,
        "invoice_creation": {"enabled": False, "invoice_data": {"metadata": {}}},
        "payment_method_collection": "if_required",
    }


def details_before(book: Book, params: Json) -> Json | None:
    """What is known of the payer before the page is filled in."""
    customer = book.store.find("customer", params.get("customer"))
    email = customer["email"] if customer else params.get("customer_email")
    if customer is None and email is None:
        return None
    return {"email": email, "name": customer["name"] if customer else None, "tax_exempt": "none", "tax_ids": []}


def discount_of(wanted: Json) -> Json:
    """A discount as sessions show it: the coupon or the promotion code it came by."""
    return {"coupon": wanted.get("coupon"), "promotion_code": wanted.get("promotion_code")}


def keep_order(book: Book, session: Json, params: Json) -> None:
    """Keeps what a session does not show, but its payment needs: data for the subscription or the payment intent."""
    order = {"object": ORDER, "id": session["id"]}
    order["closes_at"] = checkout_rules.by_our_clock(book, session["expires_at"])
    for name in ("subscription_data", "payment_intent_data", "customer_update"):
        order[name] = params.get(name, {})
        order[name] |= {"metadata": merged({}, order[name].get("metadata"))} if "metadata" in order[name] else {}
    book.store.put(order)


ORDER = "checkout.order"
"""A kind of the sandbox's own, never sent."""


def order_of(book: Book, session: Json) -> Json:
    return book.store.get(ORDER, session["id"])


def lines_of(book: Book, session: Json) -> list[Json]:
    lines: list[Json] = book.included[session["id"], "line_items"]["data"]
    return lines


def retrieve(call: Call) -> Json:
    return call.book.store.get("checkout.session", call.id, "session")


def update(call: Call) -> Json:
    """Metadata; more of an open session is changed by pages that are not ours."""
    session = retrieve(call)
    if strange := call.params.keys() - {"metadata", "expand"}:
        raise invalid(f"The sandbox cannot update {', '.join(sorted(strange))} of a session.", min(strange))
    session["metadata"] = merged(session["metadata"], call.params.get("metadata"))
    return session


def list_all(call: Call) -> Json:
    rows = within(
        call.book.store.all("checkout.session"), call.params, "customer", "payment_intent", "status", "subscription"
    )
    if "customer_details" in call.params:
        email = call.params["customer_details"]["email"]
        rows = [row for row in rows if (row["customer_details"] or {}).get("email") == email]
    return page("/v1/checkout/sessions", rows, call.params)


def list_lines(call: Call) -> Json:
    session = retrieve(call)
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return page(url, lines_of(call.book, session), call.params, newest_first=False)


def expire_by_call(call: Call) -> Json:
    expire(call.book, retrieve(call)["id"])
    return retrieve(call)


def expire(book: Book, session_id: str) -> None:
    """An open session ends without payment, with `checkout.session.expired`. Raises `ApiError` 400 for another one."""
    session = book.store.get("checkout.session", session_id, "session")
    if session["status"] != "open":
        raise invalid(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Session has a status of '
            f"`{session['status']}`."
        )
    session |= {"status": "expired", "url": None}
    intent = book.store.find("payment_intent", session["payment_intent"])
    if intent:
        money.cancel(book, intent, "expired")
    book.events.emit("checkout.session.expired", session)


def tick(book: Book) -> None:
    """Expires the open sessions whose time has come."""
    for session in book.store.all("checkout.session"):
        if session["status"] == "open" and order_of(book, session)["closes_at"] <= book.now():
            expire(book, session["id"])


OPERATIONS = (
    Operation("POST", "checkout/sessions", "checkout.SessionCreateParams", create),
    Operation("GET", "checkout/sessions", "checkout.SessionListParams", list_all),
    Operation("GET", "checkout/sessions/{}", "checkout.SessionRetrieveParams", retrieve),
    Operation("POST", "checkout/sessions/{}", "checkout.SessionUpdateParams", update),
    Operation("POST", "checkout/sessions/{}/expire", "checkout.SessionExpireParams", expire_by_call),
    Operation("GET", "checkout/sessions/{}/line_items", "checkout.SessionListLineItemsParams", list_lines),
)
