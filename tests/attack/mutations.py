"""Answers of networks, spoiled: places emptied, retyped, exchanged, doubled, nested, blown up and tied into circles."""

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.sources.keyless_nonsense import NONSENSE, Path, places, put

DEEP = 150
"""Levels; what comes over the wire and is deeper is refused where it is read as JSON."""
GIANT = (
    "a" * 200_000,
    " \n" * 50_000,
    "<p>" * 20_000,
    "<b><i>" * 300 + "x",
    "http://a.example/" * 5_000,
    "@a@b.example " * 5_000,
    "#tag" * 20_000,
    "👩‍👩‍👧‍👦" * 5_000,
    "e" + "\u0301" * 50_000,
    "。" * 50_000,
    "1/" * 20_000,
    "\u202e" * 5_000,
    "&amp;" * 20_000,
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999+23:59",
    "2026-02-30T12:00:00Z",
    "1e400",
    "-0",
    2**63,
    -(2**70),
)


def nested() -> Any:
    inner: Any = {}
    for _ in range(DEEP):
        inner = {"replies": [inner], "quoted": inner} if len(str(inner)) < 200 else [inner]
    return inner


class Spoiled(NamedTuple):
    """A document, which may be too long to be printed."""

    document: Any

    def __repr__(self) -> str:
        return f"Spoiled({repr(self.document)[:2_000]})"


@st.composite
def spoiled(draw: st.DrawFn, document: Any) -> Spoiled:
    """A copy of a document with up to four places spoiled."""
    changed = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 4))):
        everywhere = places(changed)
        if not everywhere:
            break
        path = draw(st.sampled_from(everywhere))
        other = draw(st.sampled_from(everywhere))
        deed = draw(st.sampled_from(("value", "value", "giant", "delete", "swap", "copy", "double", "nest", "id")))
        put_or_leave(changed, path, lambda held: deeds(draw, changed, held, other, deed))  # noqa: B023
        if deed == "delete":
            remove(changed, path)
    return Spoiled(changed)


def deeds(draw: st.DrawFn, whole: Any, held: Any, other: Path, deed: str) -> Any:
    """What comes into a place that held something."""
    if deed == "value":
        drawn = draw(st.one_of(st.sampled_from(NONSENSE), st.text(max_size=30), st.floats(), st.integers()))
        return copy.deepcopy(drawn)  # the next one may be spoiled within it
    if deed == "giant":
        return draw(st.sampled_from(GIANT))
    if deed == "double":
        return held * 40 if isinstance(held, list | str) else [held, held]
    if deed == "nest":
        return nested()
    if deed in {"swap", "copy", "id"}:
        return copy.deepcopy(at(whole, other))
    return held


def at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def put_or_leave(document: Any, path: Path, change: Callable[[Any], Any]) -> None:
    put(document, path, change(at(document, path)))


def remove(document: Any, path: Path) -> None:
    del at(document, path[:-1])[path[-1]]
