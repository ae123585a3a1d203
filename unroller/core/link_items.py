"""Items of a list in JSON, one after the other, so that a long list costs only what is looked at."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import regex

WINDOW = 1_000_000
"""Characters that are looked at together, and that an item has at most."""
SPACE = regex.compile(r"\s*+")
DECODER = json.JSONDecoder()


class Item(NamedTuple):
    """A value, and where in the text the next one may begin."""

    value: Any
    end: int


def items(text: str) -> Iterator[Item]:
    """The items of a list, which is the whole text or the first member of an object that is a list of something.

    Raises ValueError or RecursionError where it comes upon what is no JSON, or upon an item that is too long.
    """
    if text.startswith("["):
        yield from _listed(text, 1, after=())
        return
    head, begin, closed = text[:WINDOW], 1, False  # what comes before the list is short
    while not closed:
        begin = _skipped(head, _value(head, begin, ":").end)
        inside = _skipped(head, begin + 1)
        if head.startswith("[", begin) and not head.startswith("]", inside):
            yield from _listed(text, inside, after=(",", "}"))
            return
        begin = _value(head, begin, ",}").end
        closed = head[begin - 1] == "}"


def _listed(text: str, begin: int, *, after: tuple[str, ...]) -> Iterator[Item]:
    """The items up to the bracket that closes their list, behind which `after` comes, or nothing."""
    window, offset = text[begin : begin + WINDOW], begin
    place = 0
    while True:
        try:
            found = _value(window, place, ",]")
        except ValueError:
            if place == 0 or offset + len(window) == len(text):
                raise
            offset += place
            window, place = text[offset : offset + WINDOW], 0
            continue
        place = found.end
        closed = window[place - 1] == "]"
        if closed:
            _check_end(text, offset + place, after)
        yield Item(found.value, offset + place)
        if closed:
            return


def _check_end(text: str, begin: int, after: tuple[str, ...]) -> None:
    end = _skipped(text, begin)
    if not (text.startswith(after, end) if after else end == len(text)):
        raise ValueError


def _value(text: str, begin: int, delimiters: str) -> Item:
    """The value at a place, with one of the delimiters behind it. Raises ValueError, RecursionError."""
    value, end = DECODER.raw_decode(text, _skipped(text, begin))
    end = _skipped(text, end)
    if end == len(text) or text[end] not in delimiters:
        raise ValueError
    return Item(value, end + 1)


def _skipped(text: str, begin: int) -> int:
    """The place behind white space."""
    space = SPACE.match(text, begin)
    return space.end() if space else begin
