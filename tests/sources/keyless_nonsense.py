"""Answers with nonsense in one place after another, for tests of what parsing survives."""

import copy
import random
from collections.abc import Iterator
from typing import Any

NONSENSE: tuple[object, ...] = (
    None,
    True,
    -1,
    10**30,
    1.5,
    float("inf"),
    float("nan"),
    "",
    "x",
    "\ud800",
    "\x00",
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    'https://a.example/"><script>alert(1)</script>',
    "https://[broken/",
    "at://did:plc:x/app.bsky.feed.post/y",
    "9" * 5000,
    "2024-11-24",
    "public",
    [],
    {},
    [None],
    [[[]]],
    {"id": 1, "uri": 1},
    [{"val": {}}],
)

Path = tuple[str | int, ...]


def spoiled(document: Any, *, each: int, seed: int = 7) -> Iterator[Any]:
    """Copies of a JSON document, `each` of them for every place in it, with some nonsense in that place."""
    chance = random.Random(seed)
    for path in places(document):
        for value in chance.sample(NONSENSE, each):
            changed = copy.deepcopy(document)
            put(changed, path, value)
            yield changed


def places(value: object, path: Path = ()) -> list[Path]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


def put(document: Any, path: Path, value: object) -> None:
    for step in path[:-1]:
        document = document[step]
    document[path[-1]] = value
