"""Passages that were highlighted, as the file of a library lists them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

import regex

from unroller.core.link_columns import moment
from unroller.core.link_items import items
from unroller.core.text import clean

MOST_MARKS = 20_000
"""Of one file that are looked at."""
MEMBER = regex.compile(r'(?<!\\)"highlights"\s*+:\s*+\[')
"""Where the list begins. In a text of JSON a quotation mark has a backslash before it, so no note looks like it."""
FARTHEST = 2**31 - 1
"""The last place that a column holds."""
LONGEST_LINK = 2_000


class Mark(NamedTuple):
    """A passage: the links that may lead to its thread, and what was marked in which post. `start` is None in files
    that do not say where it stood, `quote` empty where its words were gone or could not be in the file."""

    links: tuple[str, ...]
    post_id: str
    start: int | None
    quote: str
    color: str
    note: str
    made_at: datetime | None


def marks(text: str) -> tuple[Mark, ...]:
    """The highlights in a library's file; none in any other JSON, and those before the first that cannot be read."""
    return tuple(_marks(text))


def _marks(text: str) -> Iterator[Mark]:
    begin = MEMBER.search(text)
    if begin is None:
        return
    try:
        for found in islice(items("{" + text[begin.start() :]), MOST_MARKS):
            if isinstance(found.value, dict) and isinstance(found.value.get("quote"), str):
                yield _mark(found.value)
    except (ValueError, RecursionError):
        return


def _mark(row: Mapping[str, Any]) -> Mark:
    said = {name: value for name, value in row.items() if isinstance(value, str)}
    start = row.get("start")
    return Mark(
        links=tuple(said[name][:LONGEST_LINK] for name in ("thread", "link") if name in said),
        post_id=said.get("post_id", ""),
        start=start if type(start) is int and 0 <= start <= FARTHEST else None,
        quote=said["quote"].encode(errors="replace").decode(),
        color=said.get("color", ""),
        note=clean(said.get("note", "")).strip(),
        made_at=moment(said.get("created_at")),
    )
