"""An operation of the API: how it is asked for, which parameters it knows, and what performs it.

Each room lists its own in a tuple `OPERATIONS`; `api.py` collects them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ..wire import Json
from .book import Book


@dataclass(frozen=True, slots=True)
class Call:
    """One API call whose parameters were checked and coerced. `ids` are the path's parts in braces."""

    book: Book
    params: Json
    ids: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.ids[0]


Handler = Callable[[Call], Json]


@dataclass(frozen=True, slots=True)
class Operation:
    """`params` names a TypedDict of the installed package (`CustomerCreateParams`, `checkout.SessionCreateParams`).

    `path` is below `/v1/` with `{}` for ids (`customers/{}`). A handler answers an object of the store (it is copied,
    ids are expanded as asked) or a page made by `paging.page`. It raises `ApiError`.
    """

    method: str
    path: str
    params: str
    handler: Handler
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        pattern = re.escape(self.path).replace(r"\{\}", "([^/]+)")
        object.__setattr__(self, "pattern", re.compile(f"/v1/{pattern}"))
