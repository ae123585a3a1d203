"""Subscription schedules: phases that come in their time."""

from typing import Any

from ..wire import Json
from . import items, standing, subscriptions
from .book import Book
from .errors import ApiError, invalid
from .paging import page, within
from .periods import after
from .routes import Call, Operation
from .shapes import new

KIND = "subscription_schedule"
LIVING = ("active", "not_started")


def switch_at_period_end(book: Book, subscription: Json, price: str) -> Json:
    """The portal's later switch: a schedule of two phases, the second with the other price; answers the schedule."""
    schedule = of_subscription(book, subscription) or adopt(book, subscription)
    first = schedule["phases"][0]
    row = {"price": price, "quantity": items.of(subscription)[0]["quantity"]}
    wanted = items.price_of(book, row, "phases[1][items][0]")
    phases = [first, phase(subscription, [row], first["end_date"], after(first["end_date"], wanted["recurring"]))]
    write(book, schedule, phases=phases, end_behavior="release")
    return schedule


def of_subscription(book: Book, subscription: Json) -> Json | None:
    return book.store.find(KIND, subscription["schedule"])


def adopt(book: Book, subscription: Json) -> Json:
    """A schedule of one phase, the subscription's current period. 400 when there is one already."""
    if subscription["schedule"]:
        raise invalid(
            f"You cannot migrate a subscription that is already attached to a schedule: {subscription['schedule']}",
            "from_subscription",
        )
    rows = items.of(subscription)
    start, end = rows[0]["current_period_start"], rows[0]["current_period_end"]
    current = [{"price": row["price"]["id"], "quantity": row["quantity"]} for row in rows]
    schedule = book.store.put(
        new(
            KIND,
            id=book.new_id("sub_sched"),
            billing_mode=subscription["billing_mode"],
            created=book.now(),
            current_phase={"start_date": start, "end_date": end},
            customer=subscription["customer"],
            default_settings={"billing_cycle_anchor": "automatic", "invoice_settings": {"issuer": {"type": "self"}}},
            end_behavior="release",
            phases=[phase(subscription, current, start, end)],
            status="active",
            subscription=subscription["id"],
        )
    )
    book.events.emit("subscription_schedule.created", schedule)
    standing.write(book, subscription, schedule=schedule["id"])
    return schedule


def phase(subscription: Json, rows: list[Json], start: int, end: int, **more: Any) -> Json:
    whole = new(
        KIND,
        phases=[
            {
                "add_invoice_items": [],
                "currency": subscription["currency"],
                "default_tax_rates": [],
                "discounts": [],
                "items": [{"metadata": {}, "discounts": [], "tax_rates": [], **row} for row in rows],
                "metadata": {},
                "proration_behavior": "create_prorations",
                "start_date": start,
                "end_date": end,
                **more,
            }
        ],
    )
    made: Json = whole["phases"][0]
    return made


def write(book: Book, schedule: Json, **values: Any) -> None:
    previous = {name: schedule[name] for name in values if schedule[name] != values[name]}
    schedule |= values
    book.events.emit("subscription_schedule.updated", schedule, previous=previous)


def release(book: Book, schedule: Json) -> Json:
    """The subscription goes on as it is, without the schedule."""
    if schedule["status"] not in LIVING:
        raise invalid(
            f"You cannot release a subscription schedule that is currently in the `{schedule['status']}` status. A "
            "subscription schedule must be in one of the following statuses: not_started, active."
        )
    subscription = book.store.get("subscription", schedule["subscription"])
    schedule |= {
        "status": "released",
        "released_at": book.now(),
        "released_subscription": subscription["id"],
        "subscription": None,
        "current_phase": None,
    }
    book.events.emit("subscription_schedule.released", schedule)
    standing.write(book, subscription, schedule=None)
    return schedule


def moments(schedule: Json) -> list[int]:
    """When something is to happen: the starts of the phases to come, and the end of the last."""
    if schedule["status"] != "active":
        return []
    current = schedule["current_phase"]["start_date"]
    coming = [each["start_date"] for each in schedule["phases"] if each["start_date"] > current]
    return [*coming, schedule["phases"][-1]["end_date"]]


def advance(book: Book, schedule: Json) -> None:
    """Begins the phase whose time has come, or ends the schedule after its last."""
    started = [each for each in schedule["phases"] if each["start_date"] <= book.now()]
    if started and schedule["current_phase"]["start_date"] != started[-1]["start_date"]:
        begin(book, schedule, started[-1])
    else:
        finish(book, schedule)


def begin(book: Book, schedule: Json, due: Json) -> None:
    """The phase's prices take the places of the old ones; the renewal of that moment charges them."""
    subscription = book.store.get("subscription", schedule["subscription"])
    schedule["current_phase"] = {"start_date": due["start_date"], "end_date": due["end_date"]}
    rows = items.of(subscription)
    wanted = [{"id": row["id"], **each} for row, each in zip(rows, due["items"], strict=False)]
    prices = [{name: each[name] for name in ("id", "price", "quantity") if each.get(name)} for each in wanted]
    renewed = items.changed(book, subscription, prices)
    page_now = items.page_of(subscription["id"], renewed)
    standing.write(book, subscription, items=page_now, billing_cycle_anchor=due["start_date"])
    items.keep(book, subscription)
    book.events.emit("subscription_schedule.updated", schedule)


def finish(book: Book, schedule: Json) -> None:
    if schedule["end_behavior"] == "cancel":
        subscriptions.cancel(book, book.store.get("subscription", schedule["subscription"]))
        schedule |= {"status": "completed", "completed_at": book.now(), "current_phase": None}
        book.events.emit("subscription_schedule.completed", schedule)
        return
    release(book, schedule)


def create(call: Call) -> Json:
    """Only from a subscription: the product makes no other."""
    if "from_subscription" not in call.params:
        raise invalid("Missing required param: from_subscription.", "from_subscription", "parameter_missing")
    if others := call.params.keys() - {"from_subscription"}:
        raise invalid(f"You cannot set `{min(others)}` if `from_subscription` is set.", min(others))
    return adopt(
        call.book, call.book.store.named("subscription", call.params["from_subscription"], "from_subscription")
    )


def update(call: Call) -> Json:
    """`phases` replaces all phases; the first must be the current one."""
    schedule = call.book.store.get(KIND, call.id, "schedule")
    subscription = call.book.store.get("subscription", schedule["subscription"] or "")
    values = {name: call.params[name] for name in ("end_behavior", "metadata") if name in call.params}
    if "phases" in call.params:
        values["phases"] = phases_of(call.book, subscription, call.params["phases"])
    write(call.book, schedule, **values)
    return schedule


def phases_of(book: Book, subscription: Json, wanted: list[Json]) -> list[Json]:
    made: list[Json] = []
    start: int = wanted[0].get("start_date") or items.of(subscription)[0]["current_period_start"]
    for number, each in enumerate(wanted):
        rows = [phase_item(book, row, f"phases[{number}][items]") for row in each["items"]]
        made.append(phase(subscription, rows, start, phase_end(book, rows[0]["price"], start, each)))
        start = made[-1]["end_date"]
    return made


def phase_item(book: Book, row: Json, where: str) -> Json:
    return {"price": items.price_of(book, row, where)["id"], "quantity": row.get("quantity", 1)}


def phase_end(book: Book, price: str, start: int, wanted: Json) -> int:
    """By `end_date` or `duration`; one period of its price without either."""
    if isinstance(wanted.get("end_date"), int):
        return int(wanted["end_date"])
    length = wanted.get("duration") or book.store.get("price", price)["recurring"]
    return after(start, {"interval_count": 1, **length})


def retrieve(call: Call) -> Json:
    return call.book.store.get(KIND, call.id, "schedule")


def let_go(call: Call) -> Json:
    return release(call.book, call.book.store.get(KIND, call.id, "schedule"))


def cancel(call: Call) -> Json:
    schedule = call.book.store.get(KIND, call.id, "schedule")
    if schedule["status"] not in LIVING:
        raise ApiError(400, f"You cannot cancel a subscription schedule in the `{schedule['status']}` status.")
    subscriptions.cancel(call.book, call.book.store.get("subscription", schedule["subscription"]))
    schedule |= {"status": "canceled", "canceled_at": call.book.now(), "current_phase": None}
    call.book.events.emit("subscription_schedule.canceled", schedule)
    return schedule


def find(call: Call) -> Json:
    rows = within(call.book.store.all(KIND), call.params, "customer")
    return page("/v1/subscription_schedules", rows, call.params)


OPERATIONS = (
    Operation("POST", "subscription_schedules", "SubscriptionScheduleCreateParams", create),
    Operation("GET", "subscription_schedules", "SubscriptionScheduleListParams", find),
    Operation("GET", "subscription_schedules/{}", "SubscriptionScheduleRetrieveParams", retrieve),
    Operation("POST", "subscription_schedules/{}", "SubscriptionScheduleUpdateParams", update),
    Operation("POST", "subscription_schedules/{}/release", "SubscriptionScheduleReleaseParams", let_go),
    Operation("POST", "subscription_schedules/{}/cancel", "SubscriptionScheduleCancelParams", cancel),
)
