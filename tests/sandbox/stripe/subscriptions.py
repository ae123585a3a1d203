"""Subscriptions: their start, changes and end."""

import copy
from typing import Any, Final

from ..wire import Json
from . import changes, discounts, invoices, items, lines, money, standing
from .balance import merged
from .beginnings import begun, check_method, first_invoice, status_after
from .book import Book
from .endings import ending, latest
from .errors import ApiError, invalid

PENDING_KNOWS: Final = frozenset(
    {
        "add_invoice_items", "billing_cycle_anchor", "cancel_at_period_end", "discounts", "items", "metadata",
        "off_session", "payment_behavior", "proration_behavior", "proration_date", "trial_end", "trial_from_plan",
    }
)  # fmt: skip
"""The parameters that an update may have whose payment is waited for."""
PLAIN: Final = ("collection_method", "days_until_due", "default_source", "description", "on_behalf_of")
AFTERWARDS: Final = frozenset({"cancellation_details", "metadata"})
"""What may still be changed when a subscription has ended."""


def start(
    book: Book, params: Json, *, payment_method: str | None = None, approved: bool = False, off_session: bool = False
) -> Json:
    """Starts a subscription with the parameters of `POST /v1/subscriptions` (coerced) and tries its first invoice.

    Checkout uses it after payment: `start(book, {"customer": id, "items": [{"price": id, "quantity": 1}], "discounts":
    [{"promotion_code": id}], "metadata": {}}, payment_method=…, approved=…)`; the method becomes the subscription's
    `default_payment_method`. Answers the subscription; its `latest_invoice` is the id of the first invoice.
    `customer.subscription.created` comes after the invoice's events.
    """
    customer = book.store.named("customer", params["customer"], "customer")
    wanted = discounts.coupons(book, params.get("discounts") or [], customer["id"])
    method = payment_method or params.get("default_payment_method")
    check_method(customer, method, wanted, params)
    subscription = begun(book, customer, {**params, "default_payment_method": method})
    subscription["discounts"] = [
        discounts.redeem(book, each, customer=customer["id"], subscription=subscription["id"])["id"] for each in wanted
    ]
    if subscription["status"] != "trialing":
        invoice = first_invoice(book, subscription)
        behavior = params.get("payment_behavior", "allow_incomplete")
        if behavior != "default_incomplete" and subscription["collection_method"] == "charge_automatically":
            invoices.attempt(book, invoice, method or None, approved=approved, off_session=off_session)
        subscription["status"] = status_after(book, invoice)
        if behavior == "error_if_incomplete" and subscription["status"] == "incomplete":
            invoices.end(book, invoice, "void")
            raise declined(book, invoice)
    items.keep(book, book.store.put(subscription))
    book.events.emit("customer.subscription.created", subscription)
    return subscription


def declined(book: Book, invoice: Json) -> ApiError:
    """402 with the bank's answer; an idempotency key remembers it."""
    asked = invoices.intent(book, invoice)
    known = (asked or {}).get("last_payment_error") or money.DECLINED
    said = {name: known[name] for name in ("code", "decline_code") if known.get(name)}
    return ApiError(402, known["message"], type="card_error", stored=True, **said)


def change(book: Book, subscription: Json, params: Json) -> Json:
    """What `POST /v1/subscriptions/<id>` does with coerced parameters, items by id. The portal uses it too."""
    if not is_live(subscription) and params.keys() - AFTERWARDS:
        raise invalid("A canceled subscription can only update its cancellation_details and metadata.")
    if params.get("payment_behavior") == "pending_if_incomplete":
        check_pending(subscription, params)
    values = simple_values(book, subscription, params)
    values |= ending(items.of(subscription), book.now(), params, subscription)
    if "items" in params or changes.anchored_now(params):
        return change_items(book, subscription, params, values)
    standing.write(book, subscription, **values)
    return subscription


def check_pending(subscription: Json, params: Json) -> None:
    for name in params:
        if name not in PENDING_KNOWS:
            raise invalid(
                f"The `{name}` parameter cannot be used with `payment_behavior` set to `pending_if_incomplete`.", name
            )
    if subscription["collection_method"] == "send_invoice":
        raise invalid("Pending updates are only supported for subscriptions that charge automatically.")


def simple_values(book: Book, subscription: Json, params: Json) -> Json:
    """The fields that a parameter sets by itself."""
    values: Json = {name: params[name] or None for name in PLAIN if name in params}
    if "metadata" in params:
        values["metadata"] = merged(subscription["metadata"], params["metadata"])
    if "default_payment_method" in params:
        values["default_payment_method"] = own_method(book, subscription, params["default_payment_method"])
    if "discounts" in params:
        values["discounts"] = new_discounts(book, subscription, params["discounts"] or [])
    if "pause_collection" in params:
        values["pause_collection"] = paused(params["pause_collection"])
    if params.get("cancellation_details"):
        values["cancellation_details"] = {**subscription["cancellation_details"], **params["cancellation_details"]}
    if params.get("trial_end"):
        values |= ended_trial(book, params)
    return values


def own_method(book: Book, subscription: Json, id: str) -> str | None:  # noqa: A002 - Stripe's word
    if not id:
        return None
    method = book.store.find("payment_method", id)
    if method is None or method["customer"] != subscription["customer"]:
        raise invalid(
            f"The customer does not have a payment method with the ID {id}. The payment method must be attached to the "
            "customer.",
            "default_payment_method",
            "resource_missing",
        )
    return id


def new_discounts(book: Book, subscription: Json, wanted: list[Json]) -> list[str]:
    """Kept where they are named by `discount`, made where by coupon or promotion code."""
    kept = [each["discount"] for each in wanted if "discount" in each]
    made = discounts.coupons(book, [each for each in wanted if "discount" not in each], subscription["customer"])
    owner: dict[str, Any] = {"customer": subscription["customer"], "subscription": subscription["id"]}
    return kept + [discounts.redeem(book, each, **owner)["id"] for each in made]


def paused(wanted: Json | str) -> Json | None:
    return (
        {"behavior": wanted["behavior"], "resumes_at": wanted.get("resumes_at")} if isinstance(wanted, dict) else None
    )


def ended_trial(book: Book, params: Json) -> Json:
    end = book.now() if params["trial_end"] == "now" else params["trial_end"]
    return {"trial_end": end, "status": "active" if params["trial_end"] == "now" else "trialing"}


def change_items(book: Book, subscription: Json, params: Json, values: Json) -> Json:
    """Other prices, quantities or periods: paid at once where that is asked for or a new period begins."""
    plan = changes.plan(book, subscription, params)
    values |= {"items": items.page_of(subscription["id"], plan.items), "billing_cycle_anchor": plan.anchor}
    if subscription["cancel_at_period_end"] and "cancel_at_period_end" not in params:
        values["cancel_at"] = latest(plan.items)
    at_once = plan.resets or params.get("proration_behavior") == "always_invoice"
    if not (at_once and plan.lines):
        if plan.lines:
            keep_for_later(book, subscription, plan.lines)
        standing.write(book, subscription, **values)
        items.keep(book, subscription)
        return subscription
    return change_and_pay(book, subscription, (params, values), waiting_lines(book, subscription) + plan.lines)


def change_and_pay(book: Book, subscription: Json, asked: tuple[Json, Json], made: list[Json]) -> Json:
    """With an invoice at once: `pending_if_incomplete` lets the change wait for its payment, `error_if_incomplete`
    gives it up without, otherwise it happens either way."""
    params, values = asked
    behavior = params.get("payment_behavior", "allow_incomplete")
    if is_held(book, subscription):
        give_up_pending(book, subscription)
    before = {name: copy.deepcopy(subscription[name]) for name in (*values, "latest_invoice")}
    if behavior in ("allow_incomplete", "default_incomplete"):
        subscription |= values
    invoice = invoices.issue(book, subscription, made, reason="subscription_update")
    if "proration_date" in params:
        invoice["parent"]["subscription_details"]["subscription_proration_date"] = params["proration_date"]
    waits = behavior == "pending_if_incomplete" and invoice["status"] == "open"
    if waits:
        standing.hold(book, subscription, invoice, values)
    if behavior != "default_incomplete":
        automatic = behavior == "allow_incomplete"
        invoices.attempt(book, invoice, off_session=params.get("off_session", False), automatic=automatic)
    if behavior == "error_if_incomplete" and invoice["status"] != "paid":
        invoices.end(book, invoice, "void")
        subscription |= before
        raise declined(book, invoice)
    if is_held(book, subscription):
        standing.show_pending(book, subscription)
    if waits:
        return subscription
    subscription |= values
    items.keep(book, subscription)
    changed = {name: old for name, old in before.items() if old != subscription[name]}
    book.events.emit("customer.subscription.updated", subscription, previous=changed)
    return subscription


def is_held(book: Book, subscription: Json) -> bool:
    return (subscription["id"], "pending") in book.aside


def give_up_pending(book: Book, subscription: Json) -> None:
    """A newer change takes the place of one that still waits for its payment."""
    waiting = book.aside[subscription["id"], "pending"]
    invoices.end(book, book.store.get("invoice", waiting["invoice"]), "void")
    standing.drop_pending(book, subscription)


def keep_for_later(book: Book, subscription: Json, made: list[Json]) -> None:
    """Prorations that go onto the next invoice."""
    waiting = book.aside.setdefault((subscription["id"], "lines"), {"data": []})
    waiting["data"] += made


def waiting_lines(book: Book, subscription: Json) -> list[Json]:
    rows: list[Json] = book.aside.pop((subscription["id"], "lines"), {"data": []})["data"]
    return rows


def cancel(
    book: Book, subscription: Json, *, reason: str = "cancellation_requested", prorate: bool = False, **said: Any
) -> Json:
    """Ends it now, with `customer.subscription.deleted`; `prorate` gives a credit for what is unused.

    404 when it has ended already. `said` may hold `comment` and `feedback`.
    """
    if not is_live(subscription):
        raise ApiError(
            404,
            f"No such subscription: '{subscription['id']}'",
            code="resource_missing",
            param="subscription_exposed_id",
        )
    now = book.now()
    if prorate:
        give_back(book, subscription, now)
    if is_held(book, subscription):
        give_up_pending(book, subscription)
    details = {**(subscription["cancellation_details"] or {}), **said, "reason": reason}
    status = "incomplete_expired" if subscription["status"] == "incomplete" else "canceled"
    subscription |= {
        "status": status,
        "canceled_at": subscription["canceled_at"] or now,
        "ended_at": now,
        "cancellation_details": details,
    }
    stop_collecting(book, subscription)
    book.events.emit("customer.subscription.deleted", subscription)
    end_schedule(book, subscription)
    return subscription


def end_schedule(book: Book, subscription: Json) -> None:
    schedule = book.store.find("subscription_schedule", subscription["schedule"])
    if schedule and schedule["status"] == "active":
        schedule |= {"status": "canceled", "canceled_at": book.now(), "current_phase": None}
        book.events.emit("subscription_schedule.canceled", schedule)


def stop_collecting(book: Book, subscription: Json) -> None:
    """Open invoices of an ended subscription stay open, but are not tried again; a first one is void."""
    for invoice in book.store.all("invoice"):
        if invoice["status"] != "open" or lines.subscription_of(invoice) != subscription["id"]:
            continue
        if subscription["status"] == "incomplete_expired":
            invoices.end(book, invoice, "void")
        else:
            invoice |= {"next_payment_attempt": None, "auto_advance": False}


def give_back(book: Book, subscription: Json, now: int) -> None:
    made = [line for row in items.of(subscription) for line in changes.credited(book, subscription, row, now)]
    if made:
        invoices.issue(book, subscription, made, reason="subscription_update")


def of_customer(book: Book, customer: str) -> list[Json]:
    """Oldest first, ended ones too."""
    return [each for each in book.store.all("subscription") if each["customer"] == customer]


def is_live(subscription: Json) -> bool:
    """Not ended: canceled and incomplete_expired are."""
    return subscription["status"] not in ("canceled", "incomplete_expired")
