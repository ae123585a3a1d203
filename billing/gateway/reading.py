"""From Stripe's objects to facts. What is missing or of a new kind must not break anything: it reads as nothing."""

import re
from datetime import UTC, datetime
from typing import Any

from billing import plans
from billing.facts import Charge, Customer, Dispute, Invoice, Refund, Session, Subscription

WORD = re.compile(r"[!-~]{1,255}")
KEYS = {price.lookup_key: price.key for price in plans.PRICES.values()}


def subscription(given: Any, *, items: list[Any] | None = None) -> Subscription:
    """`items`: all of them, when Stripe's answer held only the first page. `latest_invoice` and `schedule` expanded."""
    items = list(get(get(given, "items"), "data") or ()) if items is None else items
    prices = [get(item, "price") for item in items]
    ours = [price for price in prices if is_ours(price)]
    starts = [start for item in items if (start := moment(get(item, "current_period_start")))]
    ends = [end for item in items if (end := moment(get(item, "current_period_end")))]
    pause = get(get(given, "pause_collection"), "behavior")
    bill = get(given, "latest_invoice")
    schedule = get(given, "schedule")
    return Subscription(
        id=given["id"],
        customer_id=id_of(get(given, "customer")),
        status=text(get(given, "status")),
        created_at=moment(get(given, "created")) or datetime.fromtimestamp(0, UTC),
        is_ours=bool(ours),
        item_id=next((text(get(item, "id")) for item in items if is_ours(get(item, "price"))), ""),
        price_key=key_of(ours[0]) if ours else "",
        period_start=max(starts, default=None),
        period_end=max(ends, default=None),
        cancel_at=moment(get(given, "cancel_at")),
        cancel_at_period_end=bool(get(given, "cancel_at_period_end")),
        ended_at=moment(get(given, "ended_at")),
        voids_invoices=pause == "void",
        next_price_key=_next_price(schedule, key_of(ours[0])) if ours and not isinstance(schedule, str) else "",
        schedule_id=id_of(schedule),
        has_pending_update=get(given, "pending_update") is not None,
        latest_invoice=invoice(bill) if bill is not None and not isinstance(bill, str) else None,
        card=id_of(get(given, "default_payment_method")),
    )


def invoice(given: Any) -> Invoice:
    parent = get(get(given, "parent"), "subscription_details")
    lines = get(get(given, "lines"), "data") or ()
    ends = [end for line in lines if (end := moment(get(get(line, "period"), "end")))]
    return Invoice(
        id=text(get(given, "id")),
        status=text(get(given, "status")),
        is_first=get(given, "billing_reason") == "subscription_create",
        subscription_id=id_of(get(parent, "subscription")),
        amount_due=number(get(given, "amount_due")),
        currency=text(get(given, "currency")),
        attempts=number(get(given, "attempt_count")),
        finalized_at=moment(get(get(given, "status_transitions"), "finalized_at")),
        period_end=max(ends, default=None),
        hosted_url=text(get(given, "hosted_invoice_url")),
    )


def session(given: Any) -> Session:
    return Session(
        id=given["id"],
        url=text(get(given, "url")),
        status=text(get(given, "status")),
        payment_status=text(get(given, "payment_status")),
        mode=text(get(given, "mode")),
        customer_id=id_of(get(given, "customer")),
        reference=text(get(given, "client_reference_id")),
        subscription_id=id_of(get(given, "subscription")),
        payment_intent=id_of(get(given, "payment_intent")),
        amount=number(get(given, "amount_total")),
        currency=text(get(given, "currency")),
        email=text(get(get(given, "customer_details"), "email")),
        livemode=bool(get(given, "livemode")),
        metadata=mapping(get(given, "metadata")),
        expires_at=moment(get(given, "expires_at")),
    )


def charge(given: Any, *, refunds: list[Any], disputes: list[Any]) -> Charge:
    return Charge(
        id=given["id"],
        payment_intent=id_of(get(given, "payment_intent")),
        customer_id=id_of(get(given, "customer")),
        status=text(get(given, "status")),
        amount=number(get(given, "amount")),
        currency=text(get(given, "currency")),
        amount_refunded=number(get(given, "amount_refunded")),
        created_at=moment(get(given, "created")) or datetime.fromtimestamp(0, UTC),
        receipt_url=text(get(given, "receipt_url")),
        livemode=bool(get(given, "livemode")),
        metadata=mapping(get(given, "metadata")),
        refunds=tuple(
            Refund(text(get(each, "id")), number(get(each, "amount")), text(get(each, "status"))) for each in refunds
        ),
        disputes=tuple(Dispute(text(get(each, "id")), text(get(each, "status"))) for each in disputes),
    )


def customer(given: Any) -> Customer:
    card = get(get(given, "invoice_settings"), "default_payment_method")
    return Customer(id=given["id"], email=text(get(given, "email")), card=id_of(card))


def is_ours(price: Any) -> bool:
    """A price of our product, also one that was replaced and lost its lookup key."""
    return text(get(price, "lookup_key")) in KEYS or id_of(get(price, "product")) == plans.PRODUCT


def key_of(price: Any) -> str:
    """`month` or `year`; by its interval when it lost its lookup key."""
    interval = text(get(get(price, "recurring"), "interval"))
    return KEYS.get(text(get(price, "lookup_key"))) or (interval if interval in plans.PRICES else "")


def get(given: Any, name: str) -> Any:
    """A field, or None: Stripe's objects are no dictionaries, and fields come and go with versions."""
    has_fields = given is not None and not isinstance(given, str | int | float | list)
    return given[name] if has_fields and name in given else None


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def word(value: Any) -> str:
    """What can be an id or a name of Stripe's, empty for anything else: it goes into the database."""
    return value if isinstance(value, str) and WORD.fullmatch(value) else ""


def number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def moment(value: Any) -> datetime | None:
    """Seconds since 1970; None also for those that no calendar has."""
    try:
        return datetime.fromtimestamp(value, UTC) if isinstance(value, int) else None
    except (ValueError, OverflowError, OSError):
        return None


def id_of(value: Any) -> str:
    """The id of something that is there as an id or in full."""
    return value if isinstance(value, str) else text(get(value, "id"))


def mapping(value: Any) -> dict[str, str]:
    return dict(value.to_dict()) if value is not None else {}


def _next_price(schedule: Any, now: str) -> str:
    """What the last phase of a schedule has, when that is another price. The item's price must be expanded."""
    phases = get(schedule, "phases") or []
    items = get(phases[-1], "items") if len(phases) > 1 else None
    key = key_of(get(items[0], "price")) if items else ""
    return key if key != now else ""
