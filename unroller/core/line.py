"""Which of a tree's posts stand on the main line, and what hangs beside it: thread rule R6."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import count
from operator import attrgetter, itemgetter
from typing import NamedTuple

from unroller.core.posts import Post
from unroller.core.tree import Node, age

UPDATE_AFTER = timedelta(hours=6)
"""A direct reply to an earlier post that came this long after the end is an addition, not a side branch."""


class Line(NamedTuple):
    """The main line from the root down. `updates`: ids of the posts that begin later additions. `sides`: what hangs
    beside it, by its place (the index of the node that it hangs from) and by age."""

    nodes: list[Node]
    updates: list[str]
    sides: list[tuple[int, Node]]


def main_line(root: Node) -> Line:
    """From the root always into the largest subtree (oldest on a tie), then the later additions."""
    _count(root)
    nodes = _chain(root)
    line = Line(nodes, [], [])
    number = count()
    waiting = [(age(node), next(number), place, node) for place, node in _beside(nodes, 0)]
    heapify(waiting)
    end = _end(nodes)
    while waiting:
        *_, place, node = heappop(waiting)
        if isinstance(node.entry, Post) and node.entry.time - end > UPDATE_AFTER:
            line.updates.append(node.entry.id)
            addition = _chain(node)
            for each in _beside(addition, len(nodes)):
                heappush(waiting, (age(each[1]), next(number), *each))
            nodes += addition
            end = _end(addition)
        else:
            line.sides.append((place, node))
    line.sides.sort(key=itemgetter(0))
    return line


def _count(root: Node) -> None:
    """Every node's size: the posts of its subtree; the place of a deleted one counts none."""
    for node in reversed(list(root.walk())):
        node.size = isinstance(node.entry, Post) + sum([child.size for child in node.below])


def _chain(start: Node) -> list[Node]:
    """Down into the largest subtree until the end."""
    found = [start]
    while below := found[-1].below:
        found.append(below[0] if len(below) == 1 else max(below, key=attrgetter("size")))
    return found


def _beside(chain: Sequence[Node], place: int) -> Iterator[tuple[int, Node]]:
    """What hangs from a chain that stands at `place` without being on it."""
    for node, following in zip(chain, [*chain[1:], None], strict=True):
        for child in node.below:
            if child is not following:
                yield place, child
        place += 1


def _end(chain: Sequence[Node]) -> datetime:
    """When the last post of a chain was written."""
    return next(node.entry.time for node in reversed(chain) if isinstance(node.entry, Post))
