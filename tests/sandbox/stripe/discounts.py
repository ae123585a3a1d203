"""Coupons and promotion codes made into discounts, and what they take off."""

from ..wire import Json
from .book import Book
from .errors import ApiError, invalid
from .periods import after
from .shapes import new


def coupons(book: Book, wanted: list[Json], customer: str | None = None) -> list[Json]:
    """`[{"coupon": id} | {"promotion_code": id}]` → `[{"coupon": Json, "promotion_code": id | None}]`, checked.

    Raises `ApiError` 400 for an unknown, inactive, expired or used-up one.
    """
    return [one(book, each, f"discounts[{number}]", customer) for number, each in enumerate(wanted)]


def one(book: Book, wanted: Json, where: str, customer: str | None) -> Json:
    if {"coupon", "promotion_code"} <= wanted.keys():
        raise invalid("You may only specify one of these parameters: coupon, promotion_code.", where)
    if "promotion_code" in wanted:
        promotion = book.store.find("promotion_code", wanted["promotion_code"])
        if promotion is None:
            raise unknown("promotion code", wanted["promotion_code"], f"{where}[promotion_code]")
        if not usable(book, promotion, customer):
            raise invalid("This promotion code is not usable: it is inactive, expired or used up.", where)
        return {"coupon": coupon_of(book, promotion), "promotion_code": promotion["id"]}
    coupon = book.store.find("coupon", wanted.get("coupon"))
    if coupon is None:
        raise unknown("coupon", wanted.get("coupon", ""), f"{where}[coupon]")
    if not redeemable(book, coupon):
        raise invalid(f"Coupon expired: {coupon['id']}", where, "coupon_expired")
    return {"coupon": coupon, "promotion_code": None}


def unknown(name: str, id: str, where: str) -> ApiError:  # noqa: A002 - Stripe's word
    return invalid(f"No such {name}: '{id}'", where, "resource_missing")


def by_code(book: Book, code: str) -> Json | None:
    """The usable promotion code that a person types, in any case of letters."""
    for promotion in book.store.all("promotion_code"):
        if promotion["code"].casefold() == code.strip().casefold() and usable(book, promotion, None):
            return promotion
    return None


def usable(book: Book, promotion: Json, customer: str | None) -> bool:
    """Whether somebody may use the code now; `first_time_transaction` asks for a customer who never paid."""
    used_up = promotion["max_redemptions"] is not None and promotion["times_redeemed"] >= promotion["max_redemptions"]
    expired = promotion["expires_at"] is not None and promotion["expires_at"] <= book.now()
    foreign = promotion["customer"] not in (None, customer)
    again = promotion["restrictions"]["first_time_transaction"] and has_paid(book, customer)
    fits = promotion["active"] and not (used_up or expired or foreign or again)
    return bool(fits and redeemable(book, coupon_of(book, promotion)))


def has_paid(book: Book, customer: str | None) -> bool:
    charges = book.store.all("charge") if customer else []
    return any(charge["customer"] == customer and charge["paid"] for charge in charges)


def redeemable(book: Book, coupon: Json) -> bool:
    used_up = coupon["max_redemptions"] is not None and coupon["times_redeemed"] >= coupon["max_redemptions"]
    return not used_up and (coupon["redeem_by"] is None or coupon["redeem_by"] > book.now())


def coupon_of(book: Book, promotion: Json) -> Json:
    return book.store.get("coupon", promotion["promotion"]["coupon"])


def taken_off(amount: int, coupon: Json) -> int:
    """The cents that a coupon takes off an amount: at most all of it."""
    if coupon["percent_off"] is not None:
        return round(amount * float(coupon["percent_off"]) / 100)
    return min(amount, int(coupon["amount_off"]))


def redeem(book: Book, used: Json, *, customer: str, subscription: str | None) -> Json:
    """A discount made of what `coupons` answered; counts the redemption and sends `customer.discount.created`."""
    coupon, now = used["coupon"], book.now()
    coupon["times_redeemed"] += 1
    if used["promotion_code"]:
        book.store.get("promotion_code", used["promotion_code"])["times_redeemed"] += 1
    months = coupon["duration_in_months"]
    discount = book.store.put(
        new(
            "discount",
            id=book.new_id("di"),
            customer=customer,
            end=after(now, {"interval": "month", "interval_count": months}) if months else None,
            promotion_code=used["promotion_code"],
            source={"type": "coupon", "coupon": coupon["id"]},
            start=now,
            subscription=subscription,
        )
    )
    book.events.emit("customer.discount.created", discount)
    return discount


def of_subscription(book: Book, subscription: Json, at: int) -> list[Json]:
    """The discounts that hold at a moment."""
    found = [book.store.get("discount", each) for each in subscription["discounts"]]
    return [each for each in found if each["end"] is None or each["end"] > at]


def spent(book: Book, subscription: Json) -> list[str]:
    """The subscription's discounts without those that hold for one invoice."""
    return [
        each
        for each in subscription["discounts"]
        if book.store.get("coupon", book.store.get("discount", each)["source"]["coupon"])["duration"] != "once"
    ]


def apply(book: Book, lines: list[Json], discounts: list[Json]) -> None:
    """Writes `discount_amounts` into the lines that charge something; one after the other, each on what is left."""
    for discount in discounts:
        coupon = book.store.get("coupon", discount["source"]["coupon"])
        left = coupon["amount_off"]
        for line in lines:
            if not line["discountable"] or line["amount"] <= 0:
                continue
            rest = line["amount"] - sum(each["amount"] for each in line["discount_amounts"])
            amount = taken_off(rest, coupon) if left is None else min(rest, left)
            left = None if left is None else left - amount
            line["discount_amounts"] = [*line["discount_amounts"], {"amount": amount, "discount": discount["id"]}]
            line["discounts"] = [*line["discounts"], discount["id"]]
