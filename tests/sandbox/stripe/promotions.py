"""Coupons, and the codes that people type for them."""

from ..wire import Json
from .balance import merged
from .book import letters
from .catalog import ALREADY, write
from .discounts import redeemable
from .errors import invalid
from .paging import page, within
from .routes import Call, Operation
from .shapes import new


def create_coupon(call: Call) -> Json:
    """Percent or amount, never both; the caller may choose the id."""
    params, book = call.params, call.book
    id = params.get("id") or book.new_id("").strip("_")[:8]  # noqa: A001 - Stripe's word
    if book.store.find("coupon", id):
        raise invalid(f"Coupon already exists: {id}", "id", ALREADY)
    if ("percent_off" in params) == ("amount_off" in params):
        raise invalid("Must provide exactly one of percent_off or amount_off.", "percent_off", "parameter_missing")
    if "amount_off" in params and "currency" not in params:
        raise invalid("Must provide currency when passing amount_off.", "currency", "parameter_missing")
    if not 0 < params.get("percent_off", 100) <= 100:
        raise invalid("Invalid percent_off: must be greater than 0 and at most 100.", "percent_off")
    duration = params.get("duration", "once")
    if (duration == "repeating") != ("duration_in_months" in params):
        raise invalid("duration_in_months goes with a duration of repeating, and only with that.", "duration_in_months")
    coupon = book.store.put(
        new(
            "coupon",
            id=id,
            amount_off=params.get("amount_off"),
            created=book.now(),
            currency=params.get("currency"),
            duration=duration,
            duration_in_months=params.get("duration_in_months"),
            max_redemptions=params.get("max_redemptions"),
            metadata=merged({}, params.get("metadata")),
            name=params.get("name"),
            percent_off=params.get("percent_off"),
            redeem_by=params.get("redeem_by"),
            valid=True,
        )
    )
    book.events.emit("coupon.created", coupon)
    return coupon


def retrieve_coupon(call: Call) -> Json:
    coupon = call.book.store.get("coupon", call.id, "coupon")
    coupon["valid"] = redeemable(call.book, coupon)
    return coupon


def update_coupon(call: Call) -> Json:
    values = {name: call.params[name] for name in ("name",) if name in call.params}
    return write(call.book, retrieve_coupon(call), values, call.params)


def delete_coupon(call: Call) -> Json:
    """Nobody can use it from now on; discounts already given stay."""
    coupon = retrieve_coupon(call)
    coupon["redeem_by"] = call.book.now()
    call.book.events.emit("coupon.deleted", coupon)
    return {"id": coupon["id"], "object": "coupon", "deleted": True}


def find_coupons(call: Call) -> Json:
    return page("/v1/coupons", within(call.book.store.all("coupon"), call.params), call.params)


def create_code(call: Call) -> Json:
    """`promotion={"type": "coupon", "coupon": id}` (since 2025-09-30). 400 for a code that an active one has."""
    params, book = call.params, call.book
    coupon = book.store.find("coupon", params["promotion"].get("coupon"))
    if coupon is None:
        raise invalid(f"No such coupon: '{params['promotion'].get('coupon')}'", "promotion[coupon]", "resource_missing")
    code = params.get("code") or letters(8).upper()
    if any(each["active"] and each["code"].casefold() == code.casefold() for each in book.store.all("promotion_code")):
        raise invalid("An active promotion code with `code: " + code + "` already exists.", "code")
    restrictions = {"first_time_transaction": False, **(params.get("restrictions") or {})}
    promotion = book.store.put(
        new(
            "promotion_code",
            id=book.new_id("promo"),
            active=params.get("active", True),
            code=code,
            created=book.now(),
            customer=params.get("customer"),
            expires_at=params.get("expires_at"),
            max_redemptions=params.get("max_redemptions"),
            metadata=merged({}, params.get("metadata")),
            promotion={"type": "coupon", "coupon": coupon["id"]},
            restrictions=restrictions,
        )
    )
    book.events.emit("promotion_code.created", promotion)
    return promotion


def retrieve_code(call: Call) -> Json:
    return call.book.store.get("promotion_code", call.id, "promotion_code")


def update_code(call: Call) -> Json:
    values = {name: call.params[name] for name in ("active",) if name in call.params}
    return write(call.book, retrieve_code(call), values, call.params)


def find_codes(call: Call) -> Json:
    rows = within(call.book.store.all("promotion_code"), call.params, "active", "customer")
    if "code" in call.params:
        rows = [row for row in rows if row["code"].casefold() == call.params["code"].casefold()]
    if "coupon" in call.params:
        rows = [row for row in rows if row["promotion"]["coupon"] == call.params["coupon"]]
    return page("/v1/promotion_codes", rows, call.params)


OPERATIONS = (
    Operation("POST", "coupons", "CouponCreateParams", create_coupon),
    Operation("GET", "coupons", "CouponListParams", find_coupons),
    Operation("GET", "coupons/{}", "CouponRetrieveParams", retrieve_coupon),
    Operation("POST", "coupons/{}", "CouponUpdateParams", update_coupon),
    Operation("DELETE", "coupons/{}", "CouponDeleteParams", delete_coupon),
    Operation("POST", "promotion_codes", "PromotionCodeCreateParams", create_code),
    Operation("GET", "promotion_codes", "PromotionCodeListParams", find_codes),
    Operation("GET", "promotion_codes/{}", "PromotionCodeRetrieveParams", retrieve_code),
    Operation("POST", "promotion_codes/{}", "PromotionCodeUpdateParams", update_code),
)
