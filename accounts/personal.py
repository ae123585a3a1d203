"""What the file of somebody's own data is made of, whichever app writes a part of it."""

from collections.abc import Iterator
from typing import Any

Facts = dict[str, Any]
AT_ONCE = 2000
"""Rows held in memory; a reader of many years has tens of thousands."""


def rows(found: Any) -> Iterator[Facts]:
    """The rows of a query made of values, a few at a time."""
    return iter(found.iterator(AT_ONCE))
