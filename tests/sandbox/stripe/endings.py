"""When a subscription is to end: `cancel_at` and `cancel_at_period_end`, set and taken back."""

from ..wire import Json
from .errors import invalid

WORDS = ("min_period_end", "max_period_end", "max_billed_until")


def ending(rows: list[Json], now: int, params: Json, before: Json) -> Json:
    """The fields that `cancel_at` or `cancel_at_period_end` change; 400 for both at once.

    The boolean also shows its date in `cancel_at`. Setting it to false takes back only what it set: an end that came
    by `cancel_at` alone (the portal's, under flexible billing) goes with `cancel_at=""`.
    """
    if "cancel_at" in params and "cancel_at_period_end" in params:
        raise invalid(
            "You may only specify one of these parameters: cancel_at, cancel_at_period_end.", "cancel_at_period_end"
        )
    if "cancel_at" in params:
        return at_moment(rows, now, params)
    if "cancel_at_period_end" not in params:
        return {}
    if params["cancel_at_period_end"]:
        return set_to(latest(rows), now, params, by_flag=True)
    return taken_back() if before["cancel_at_period_end"] else {}


def at_moment(rows: list[Json], now: int, params: Json) -> Json:
    wanted = params["cancel_at"]
    if wanted == "":
        return taken_back()
    if wanted in WORDS:
        wanted = earliest(rows) if wanted == "min_period_end" else latest(rows)
    if not isinstance(wanted, int):
        raise invalid(f"Invalid timestamp: {wanted}", "cancel_at")
    if wanted < now:
        raise invalid("The `cancel_at` timestamp must be in the future.", "cancel_at")
    return set_to(wanted, now, params, by_flag=False)


def set_to(moment: int, now: int, params: Json, *, by_flag: bool) -> Json:
    said = {"comment": None, "feedback": None, "feedback_option": None, **(params.get("cancellation_details") or {})}
    return {
        "cancel_at": moment,
        "cancel_at_period_end": by_flag,
        "canceled_at": now,
        "cancellation_details": {**said, "reason": "cancellation_requested"},
    }


def taken_back() -> Json:
    nothing = {"comment": None, "feedback": None, "feedback_option": None, "reason": None}
    return {"cancel_at": None, "cancel_at_period_end": False, "canceled_at": None, "cancellation_details": nothing}


def latest(rows: list[Json]) -> int:
    return max(int(row["current_period_end"]) for row in rows)


def earliest(rows: list[Json]) -> int:
    return min(int(row["current_period_end"]) for row in rows)
