"""Pages of a list, one after the other by cursor: whatever comes or goes meanwhile, nothing is told twice or left out.

A cursor holds the values by which the last row stands where it stands, signed, so that it means the list it came from.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema

from unroller.api.problems import Problem, in_parameter

MOST = 100
USUAL = 50
CURSOR = Field(None, max_length=2_000, description="Where the page before ended: its `next`. Leave it out to begin.")

Row = TypeVar("Row", bound=Model)


class Paging(Schema):
    """Where a page begins, and how long it is."""

    cursor: str | None = CURSOR
    limit: int = Field(USUAL, ge=1, le=MOST, description="How many to a page.")


class Key(NamedTuple):
    """What a list is ordered by: a field or an expression that is never null."""

    of: str | Combinable
    descending: bool = False


class Page(NamedTuple, Generic[Row]):
    """Some rows, and the cursor of the page behind them; None at the end."""

    rows: list[Row]
    next: str | None


def page(rows: QuerySet[Row], keys: Sequence[Key], asked: Paging, *, of: str) -> Page[Row]:
    """A page of rows in the order of `keys`, the last of which tells any two rows apart.

    `of` names the list and its order: a cursor of another one raises Problem.
    """
    expressions = {_name(place): F(key.of) if isinstance(key.of, str) else key.of for place, key in enumerate(keys)}
    ordered = rows.annotate(**expressions).order_by(
        *(f"{'-' if key.descending else ''}{_name(place)}" for place, key in enumerate(keys))
    )
    if asked.cursor is not None:
        ordered = ordered.filter(_behind(keys, opened(asked.cursor, of)))
    found = list(ordered[: asked.limit + 1])
    shown = found[: asked.limit]
    if len(found) <= asked.limit:
        return Page(shown, None)
    return Page(shown, closed([getattr(shown[-1], _name(place)) for place in range(len(keys))], of))


def closed(values: Sequence[Any], of: str) -> str:
    """Values as a cursor of a list."""
    plain = [{"at": value.isoformat()} if isinstance(value, datetime) else value for value in values]
    return signing.Signer(salt=f"cursor {of}").sign_object(plain, compress=True)


def opened(cursor: str, of: str) -> list[Any]:
    """The values in a cursor. Raises Problem for one that is none of this list's."""
    try:
        plain = signing.Signer(salt=f"cursor {of}").unsign_object(cursor)
    except (signing.BadSignature, ValueError):
        raise _no_cursor() from None
    return [datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value for value in plain]


def lead_on(request: HttpRequest, response: HttpResponse, cursor: str | None) -> None:
    """Say in the header `Link` where the next page is, if there is one."""
    if cursor is not None:
        query = request.GET.copy()
        query["cursor"] = cursor
        response["Link"] = f'<{settings.SITE_URL}{request.path}?{urlencode(list(_pairs(query)))}>; rel="next"'


def _pairs(query: Any) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, values in query.lists() for value in values)


def _no_cursor() -> Problem:
    return in_parameter("cursor", "This is no cursor of this list in this order. Begin without one.")


def _behind(keys: Sequence[Key], values: Sequence[Any]) -> Q:
    """That a row comes after these values: it does by the first of its keys that differs."""
    found = Q()
    for place, key in enumerate(keys):
        same = Q(**{_name(before): values[before] for before in range(place)})
        found |= same & Q(**{f"{_name(place)}__{'lt' if key.descending else 'gt'}": values[place]})
    return found


def _name(place: int) -> str:
    return f"cursor_{place}"
