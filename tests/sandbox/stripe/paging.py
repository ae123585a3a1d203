"""Lists as Stripe pages them: newest first, cut at `limit`, continued after an id."""

from collections.abc import Sequence

from ..wire import Json
from .errors import invalid

DEFAULT_LIMIT, MOST = 10, 100


def page(url: str, rows: Sequence[Json], params: Json, *, newest_first: bool = True) -> Json:
    """A list object of the rows (given oldest first) under `limit`, `starting_after` and `ending_before`."""
    limit = params.get("limit", DEFAULT_LIMIT)
    if not 1 <= limit <= MOST:
        raise invalid(f"Invalid limit: must be between 1 and {MOST}", "limit")
    ordered = list(reversed(rows)) if newest_first else list(rows)
    if after := params.get("starting_after"):
        chosen = ordered[position(ordered, after, "starting_after") + 1 :]
        return listed(url, chosen[:limit], has_more=len(chosen) > limit)
    if before := params.get("ending_before"):
        chosen = ordered[: position(ordered, before, "ending_before")]
        return listed(url, chosen[-limit:], has_more=len(chosen) > limit)
    return listed(url, ordered[:limit], has_more=len(ordered) > limit)


def position(rows: Sequence[Json], id: str, param: str) -> int:  # noqa: A002 - Stripe's word
    for place, row in enumerate(rows):
        if row["id"] == id:
            return place
    raise invalid(f"No such object: '{id}'", param, "resource_missing")


def listed(url: str, rows: Sequence[Json], *, has_more: bool = False) -> Json:
    return {"object": "list", "data": list(rows), "has_more": has_more, "url": url}


def within(rows: Sequence[Json], params: Json, *names: str) -> list[Json]:
    """The rows whose fields equal the parameters of those names, and whose `created` is in the range asked for."""
    kept = [row for row in rows if all(row.get(name) == params[name] for name in names if name in params)]
    wanted = params.get("created")
    return kept if wanted is None else [row for row in kept if in_range(row["created"], wanted)]


def in_range(value: int, wanted: int | Json) -> bool:
    """`created=1` or `created[gte]=1` with gt, gte, lt, lte."""
    if isinstance(wanted, int):
        return value == wanted
    tests = {"gt": value.__gt__, "gte": value.__ge__, "lt": value.__lt__, "lte": value.__le__}
    return all(tests[name](bound) for name, bound in wanted.items())
