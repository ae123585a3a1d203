"""How a subscription begins: the object, its items' first periods, its first invoice."""

from ..wire import Json
from . import changes, discounts, invoices, items, lines
from .balance import merged
from .book import Book
from .endings import ending
from .errors import invalid
from .periods import after
from .shapes import new

DAY = 24 * 3600


def begun(book: Book, customer: Json, params: Json) -> Json:
    """A subscription that is not stored yet, with items whose first period begins now. 400 for wrong prices."""
    id, now = book.new_id("sub"), book.now()  # noqa: A001 - Stripe's word
    wanted = params.get("items") or []
    prices = [items.price_of(book, each, f"items[{number}]") for number, each in enumerate(wanted)]
    trial_end = trial_of(now, params)
    rows = [
        items.item_of(book, id, price, each, (now, trial_end or after(now, price["recurring"])))
        for price, each in zip(prices, wanted, strict=True)
    ]
    currency = params.get("currency") or (prices[0]["currency"] if prices else "usd")
    return new(
        "subscription",
        id=id,
        automatic_tax={"enabled": False},
        billing_cycle_anchor=trial_end or now,
        billing_mode=billing_mode(now, params),
        cancellation_details={},
        collection_method=params.get("collection_method", "charge_automatically"),
        created=now,
        currency=currency,
        customer=customer["id"],
        default_payment_method=params.get("default_payment_method"),
        default_tax_rates=[],
        description=params.get("description"),
        invoice_settings={"issuer": {"type": "self"}},
        items=items.page_of(id, items.checked(rows, currency)),
        metadata=merged({}, params.get("metadata")),
        payment_settings={"save_default_payment_method": "off", **(params.get("payment_settings") or {})},
        start_date=now,
        status="trialing" if trial_end else "incomplete",
        trial_settings={"end_behavior": {"missing_payment_method": "create_invoice"}},
        trial_start=now if trial_end else None,
        trial_end=trial_end,
    ) | ending(rows, now, params, {"cancel_at_period_end": False})


def billing_mode(now: int, params: Json) -> Json:
    """Flexible unless asked otherwise (the default since 2025-09-30)."""
    if (params.get("billing_mode") or {}).get("type") == "classic":
        return {"type": "classic", "flexible": None, "updated_at": None}
    return {"type": "flexible", "flexible": {"proration_discounts": "itemized"}, "updated_at": now}


def trial_of(now: int, params: Json) -> int | None:
    """When the trial ends, if there is one."""
    if days := params.get("trial_period_days"):
        return now + int(days) * DAY
    end = params.get("trial_end")
    return int(end) if end and end != "now" else None


def check_method(customer: Json, method: str | None, wanted: list[Json], params: Json) -> None:
    """400 when money is to be taken and there is nothing to take it from."""
    free = any(each["coupon"]["percent_off"] == 100 for each in wanted)
    waits = params.get("payment_behavior") == "default_incomplete" or params.get("collection_method") == "send_invoice"
    trial = "trial_period_days" in params or "trial_end" in params
    if not (method or customer["invoice_settings"]["default_payment_method"] or free or waits or trial):
        raise invalid(
            "This customer has no attached payment source or default payment method. Please consider adding a default "
            "payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting.",
            code="resource_missing",
        )


def first_invoice(book: Book, subscription: Json) -> Json:
    made = [lines.charged(book, subscription, row, changes.period_of(row)) for row in items.of(subscription)]
    invoice = invoices.issue(book, subscription, made, reason="subscription_create")
    subscription["discounts"] = discounts.spent(book, subscription)
    return invoice


def status_after(book: Book, invoice: Json) -> str:
    """Active when the first invoice is paid, its money is on the way, or it is sent for the customer to pay."""
    if invoice["collection_method"] == "send_invoice":
        return "active"
    asked = invoices.intent(book, invoice)
    on_the_way = asked is not None and asked["status"] == "processing"
    return "active" if invoice["status"] == "paid" or on_the_way else "incomplete"
