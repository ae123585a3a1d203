"""What the clock does to subscriptions: renewals, retries, scheduled ends, trials, and what was never paid."""

import copy
from collections.abc import Callable, Iterator
from functools import partial

from ..wire import Json
from . import changes, discounts, invoices, items, lines, schedules, standing, subscriptions
from .beginnings import DAY
from .book import Book
from .periods import following

UPCOMING = 7 * DAY
"""How long before a renewal `invoice.upcoming` is sent."""
TRIAL_WARNING = 3 * DAY
INCOMPLETE_SECONDS = 23 * 3600
RENEWING = ("active", "past_due", "trialing")

Act = Callable[[], object]
Due = tuple[int, int, Act]
"""When, which first at the same moment, and what."""


def tick(book: Book) -> None:
    """Everything that is overdue happens at its own moment, oldest first, as if nobody had looked away."""
    now = book.now()
    try:
        while due := [each for each in everything(book) if each[0] <= now]:
            moment, _, act = min(due, key=lambda each: each[:2])
            book.moment = moment
            act()
    finally:
        book.moment = None


def everything(book: Book) -> Iterator[Due]:
    for subscription in book.store.all("subscription"):
        if subscriptions.is_live(subscription):
            yield from of_subscription(book, subscription)
    for invoice in book.store.all("invoice"):
        if invoice["status"] == "open" and invoice["next_payment_attempt"]:
            yield invoice["next_payment_attempt"], 4, partial(retry, book, invoice)
    for schedule in book.store.all(schedules.KIND):
        for moment in schedules.moments(schedule):
            yield moment, 1, partial(schedules.advance, book, schedule)


def of_subscription(book: Book, subscription: Json) -> Iterator[Due]:
    if subscription["status"] == "incomplete":
        yield subscription["created"] + INCOMPLETE_SECONDS, 0, partial(expire, book, subscription)
        return
    if subscription["pending_update"]:
        expires = subscription["pending_update"]["expires_at"]
        yield expires, 0, partial(subscriptions.give_up_pending, book, subscription)
    if subscription["cancel_at"]:
        yield subscription["cancel_at"], 0, partial(subscriptions.cancel, book, subscription)
    paused = subscription["pause_collection"]
    if paused and paused["resumes_at"]:
        yield paused["resumes_at"], 0, partial(standing.write, book, subscription, pause_collection=None)
    if subscription["status"] in RENEWING and items.of(subscription):
        end = min(row["current_period_end"] for row in items.of(subscription))
        yield end, 2, partial(renew, book, subscription)
        yield from warnings(book, subscription, end)


def warnings(book: Book, subscription: Json, end: int) -> Iterator[Due]:
    """Told once for each period, unless the subscription ends with it."""
    told = book.aside.get((subscription["id"], "told"), {}).get("end")
    ends = subscription["cancel_at"] is not None and subscription["cancel_at"] <= end
    if told == end or ends:
        return
    if subscription["status"] == "trialing":
        yield end - TRIAL_WARNING, 3, partial(warn, book, subscription, end)
    else:
        yield end - UPCOMING, 3, partial(warn, book, subscription, end)


def warn(book: Book, subscription: Json, end: int) -> None:
    book.aside[subscription["id"], "told"] = {"end": end}
    if subscription["status"] == "trialing":
        book.events.emit("customer.subscription.trial_will_end", subscription)
        return
    made = [lines.charged(book, subscription, row, next_period(subscription, row)) for row in items.of(subscription)]
    invoice = invoices.draft(book, subscription, made, reason="upcoming")
    del invoice["id"]
    book.events.emit("invoice.upcoming", invoice | {"next_payment_attempt": end})


def next_period(subscription: Json, row: Json) -> tuple[int, int]:
    start = row["current_period_end"]
    return start, following(subscription["billing_cycle_anchor"], row["price"]["recurring"], start)


def renew(book: Book, subscription: Json) -> None:
    """The next period of every item whose period is over, and its invoice, tried at once without the payer."""
    now = book.now()
    names = ("items", "latest_invoice", "status")
    before = {name: copy.deepcopy(subscription[name]) for name in names}
    period = changes.period_of(items.of(subscription)[0])
    if subscription["status"] == "trialing":
        subscription["status"] = "active"
    made = subscriptions.waiting_lines(book, subscription)
    for row in items.of(subscription):
        if row["current_period_end"] <= now:
            row["current_period_start"], row["current_period_end"] = next_period(subscription, row)
            made.append(lines.charged(book, subscription, row, changes.period_of(row)))
    paused = subscription["pause_collection"]
    invoice = invoices.issue(book, subscription, made, reason="subscription_cycle", period=period)
    subscription["discounts"] = discounts.spent(book, subscription)
    previous = {name: old for name, old in before.items() if old != subscription[name]}
    book.events.emit("customer.subscription.updated", subscription, previous=previous)
    if paused and invoice["status"] == "open":
        set_aside(book, invoice, paused["behavior"])
    elif subscription["collection_method"] == "charge_automatically":
        invoices.attempt(book, invoice, off_session=True, automatic=True)


def set_aside(book: Book, invoice: Json, behavior: str) -> None:
    """Collection is paused: the invoice is not tried."""
    ends = {"void": "void", "mark_uncollectible": "uncollectible"}
    if behavior in ends:
        invoices.end(book, invoice, ends[behavior])
    else:
        invoice |= {"auto_advance": False, "next_payment_attempt": None}


def retry(book: Book, invoice: Json) -> None:
    """Another try of a renewal; after the last one the subscription is cancelled."""
    invoice["next_payment_attempt"] = None
    invoices.attempt(book, invoice, off_session=True, automatic=True)
    subscription = book.store.find("subscription", lines.subscription_of(invoice))
    if subscription and invoice["status"] == "open" and not invoice["next_payment_attempt"]:
        subscriptions.cancel(book, subscription, reason="payment_failed")


def expire(book: Book, subscription: Json) -> None:
    """The first payment never came: `incomplete_expired`, told as an update."""
    invoice = book.store.get("invoice", subscription["latest_invoice"])
    if invoice["status"] == "open":
        invoices.end(book, invoice, "void")
    standing.write(book, subscription, status="incomplete_expired", ended_at=book.now())
