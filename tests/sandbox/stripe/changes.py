"""What a change of a subscription's items would cost: the one sum behind the preview and the update."""

from dataclasses import dataclass

from ..wire import Json
from . import items, lines
from .book import Book
from .errors import invalid
from .periods import after, following


@dataclass(frozen=True, slots=True)
class Plan:
    """The items as they will be, the lines that pay for the change, and whether a new period begins with it."""

    items: list[Json]
    lines: list[Json]
    anchor: int
    resets: bool


def plan(book: Book, subscription: Json, params: Json) -> Plan:
    """From `items`, `proration_date`, `proration_behavior` and `billing_cycle_anchor`; nothing is changed by it.

    Another interval begins a new period (the rule of 2026-10-28: the anchor moves to now, and the whole period is
    charged at once); `billing_cycle_anchor[type]=now` does the same.
    """
    old = {row["id"]: row for row in items.of(subscription)}
    rows = items.changed(book, subscription, params.get("items") or [])
    at = moment(book, subscription, params)
    resets = anchored_now(params) or any(row["id"] in old and interval(row) != interval(old[row["id"]]) for row in rows)
    prorates = params.get("proration_behavior", "create_prorations") != "none"
    anchor = book.now() if resets else subscription["billing_cycle_anchor"]
    made: list[Json] = []
    for row in old.values():
        new_row = next((each for each in rows if each["id"] == row["id"]), None)
        if prorates and (new_row is None or resets or differs(row, new_row)):
            made += credited(book, subscription, row, at)
    for row in rows:
        before = old.get(row["id"])
        place_period(book, row, before, anchor, resets=resets)
        if resets:
            made.append(lines.charged(book, subscription, row, period_of(row)))
        elif prorates and (before is None or differs(before, row)):
            made.append(rest(book, subscription, row, at))
    return Plan(rows, made, anchor, resets)


def moment(book: Book, subscription: Json, params: Json) -> int:
    """The second the proration counts from. 400 outside of the current period."""
    at: int = params.get("proration_date", book.now())
    start = min(row["current_period_start"] for row in items.of(subscription))
    end = max(row["current_period_end"] for row in items.of(subscription))
    if not start <= at <= end:
        raise invalid(
            "The proration date must be within the current billing period of the subscription.", "proration_date"
        )
    return at


def anchored_now(params: Json) -> bool:
    return bool((params.get("billing_cycle_anchor") or {}).get("type") == "now")


def interval(row: Json) -> tuple[str, int]:
    recurring = row["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]


def differs(row: Json, other: Json) -> bool:
    return bool((row["price"]["id"], row["quantity"]) != (other["price"]["id"], other["quantity"]))


def credited(book: Book, subscription: Json, row: Json, at: int) -> list[Json]:
    """For what was paid and is not used; nothing was paid: nothing comes back."""
    source = lines.last_charge_of(book, subscription, row, at)
    period = (at, row["current_period_end"])
    return [lines.given_back(book, subscription, row, period, source)] if source else []


def place_period(book: Book, row: Json, before: Json | None, anchor: int, *, resets: bool) -> None:
    if resets:
        row |= {"current_period_start": anchor, "current_period_end": after(anchor, row["price"]["recurring"])}
    elif before is None:
        row["current_period_start"] = book.now()
        row["current_period_end"] = following(anchor, row["price"]["recurring"], book.now())


def period_of(row: Json) -> tuple[int, int]:
    return row["current_period_start"], row["current_period_end"]


def rest(book: Book, subscription: Json, row: Json, at: int) -> Json:
    """A proration for the rest of the running period."""
    end = row["current_period_end"]
    whole = end - following_start(row)
    return lines.charged(book, subscription, row, (at, end), share=min(0.999999, (end - at) / whole))


def following_start(row: Json) -> int:
    """When the running period began, also for an item that joined in the middle of it."""
    return after(row["current_period_end"], row["price"]["recurring"], -1)
