"""What Stripe refuses when a checkout session is created: parameters that are fine alone, but not together."""

import re
from urllib.parse import urlsplit

from ..wire import Json
from .book import Book
from .errors import ApiError, invalid

MINUTE, DAY = 60, 86_400
SHORTEST, LONGEST = 30 * MINUTE, DAY
LONGEST_REFERENCE = 200
ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
OF_MODE = {
    "subscription_data": ("subscription",),
    "payment_method_collection": ("subscription",),
    "payment_intent_data": ("payment",),
    "invoice_creation": ("payment",),
    "shipping_options": ("payment",),
    "customer_creation": ("payment", "setup"),
    "setup_intent_data": ("setup",),
    "submit_type": ("payment", "subscription"),
    "line_items": ("payment", "subscription"),
    "discounts": ("payment", "subscription"),
    "allow_promotion_codes": ("payment", "subscription"),
    "saved_payment_method_options": ("payment", "subscription"),
}
"""Parameter → the modes that take it."""
NOT_HERE = ("after_expiration", "managed_payments", "optional_items", "payment_method_data", "shipping_options")
"""What Stripe has and the sandbox has not: refused rather than forgotten."""
NEVER_TOGETHER = (
    ("allow_promotion_codes", "discounts"),
    ("customer", "customer_email"),
    ("customer", "customer_creation"),
    ("customer", "customer_account"),
)


def check(book: Book, params: Json) -> None:
    """Raises `ApiError` 400."""
    check_possible(params)
    for first, second in NEVER_TOGETHER:
        if given(params, first) and given(params, second):
            raise invalid(f"You may only specify one of these parameters: {first}, {second}.", second)
    for name, modes in OF_MODE.items():
        if name in params and params["mode"] not in modes:
            raise invalid(f"You can not pass `{name}` in `{params['mode']}` mode.", name)
    check_pages(params)
    check_customer(book, params)
    check_end(book, params.get("expires_at"))
    if len(params.get("client_reference_id", "")) > LONGEST_REFERENCE:
        raise invalid(f"Invalid string: at most {LONGEST_REFERENCE} characters", "client_reference_id")
    if len(params.get("discounts", [])) > 1:
        raise invalid("You can only pass one discount.", "discounts")
    check_trial(book, params.get("subscription_data", {}))


def check_possible(params: Json) -> None:
    """A mode and parameters that the sandbox knows how to perform."""
    if params.get("mode") not in ("payment", "subscription"):
        raise invalid_mode(params)
    for name in NOT_HERE:
        if name in params:
            raise invalid(f"The sandbox does not have `{name}`; Stripe itself does.", name)
    if params.get("invoice_creation", {}).get("enabled"):
        raise invalid("The sandbox makes no invoices for payments; Stripe itself does.", "invoice_creation[enabled]")


def invalid_mode(params: Json) -> ApiError:
    if "mode" not in params:
        return invalid("Missing required param: mode.", "mode", "parameter_missing")
    return invalid("The sandbox has no checkout in `setup` mode; Stripe itself does.", "mode")


def given(params: Json, name: str) -> bool:
    """`allow_promotion_codes=false` is as good as not given."""
    return bool(params.get(name))


def check_pages(params: Json) -> None:
    """Where the browser goes afterwards: the hosted page wants `success_url`, pages inside one's own `return_url`."""
    hosted = params.get("ui_mode", "hosted_page") == "hosted_page"
    wanted, refused = ("success_url", ("return_url",)) if hosted else ("return_url", ("success_url", "cancel_url"))
    for name in refused:
        if name in params:
            raise invalid(f"`{name}` can not be used with this `ui_mode`.", name)
    if wanted not in params and params.get("redirect_on_completion") != "never":
        raise invalid(f"Missing required param: {wanted}.", wanted, "parameter_missing")
    for name in ("success_url", "cancel_url", "return_url"):
        check_url(params.get(name), name)


def check_url(url: str | None, name: str) -> None:
    """Stripe wants a scheme and a host."""
    if url is None:
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        message = (
            "Not a valid URL" if parts.scheme else "Invalid URL: An explicit scheme (such as https) must be provided."
        )
        raise invalid(message, name, "url_invalid")


def check_customer(book: Book, params: Json) -> None:
    known = book.store.find("customer", params.get("customer"))
    if "customer" in params and (known is None or known.get("deleted")):
        raise ApiError(400, f"No such customer: '{params['customer']}'", code="resource_missing", param="customer")
    if "customer_update" in params and known is None:
        raise invalid("`customer_update` can only be used with `customer`.", "customer_update")
    if "customer_email" in params and not ADDRESS.fullmatch(params["customer_email"]):
        raise invalid(f"Invalid email address: {params['customer_email']}", "customer_email", "email_invalid")
    taxed = params.get("automatic_tax", {}).get("enabled")
    if known and taxed and not known["address"] and "address" not in params.get("customer_update", {}):
        raise invalid(
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to "
            "the Customer or set `customer_update[address]` to 'auto'.",
            code="customer_tax_location_invalid",
        )


def check_end(book: Book, ends: int | None) -> None:
    if ends is None:
        return
    ends = by_our_clock(book, ends)
    if ends < book.now() + SHORTEST:
        message = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise invalid(message, "expires_at")
    if ends > book.now() + LONGEST:
        message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise invalid(message, "expires_at")


def by_our_clock(book: Book, ends: int) -> int:
    """A time that was named by somebody whose clock did not move with ours; a site has no other."""
    return ends if ends >= book.now() + SHORTEST else ends + int(book.ground.clock.ahead.total_seconds())


def check_trial(book: Book, data: Json) -> None:
    """A trial is a day at least, by its end two days."""
    if data.get("trial_period_days", 1) < 1:
        raise invalid("The minimum number of trial period days is 1.", "subscription_data[trial_period_days]")
    if data.get("trial_end", book.now() + 2 * DAY) < book.now() + 2 * DAY:
        raise invalid("The `trial_end` date has to be at least 2 days in the future.", "subscription_data[trial_end]")
