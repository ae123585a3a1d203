"""Which posts belong together, before any of their words are read: one tree of self-replies is one group.

A post hangs from the post of the owner's that it answers (thread rule R4). Where that is deleted, and the archive says
that it was the owner's, the post goes on where R5 would put it; the archive names no conversations, so a neighbour is
taken for the same conversation only if it is a thread, or was posted with it at once. How posts stand inside of a group
is decided elsewhere, the same way for every network.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from unroller.core.tree import NEIGHBOURS
from unroller.sources.x_archive.shelf import Shelf

AT_ONCE = 60
"""Seconds within which a single post and the next are taken for one thread whose middle was deleted."""
MOST_STEPS = 200
"""Earlier posts that are looked at for one that a torn tree goes on from."""


class Kind(IntEnum):
    """How the first post of a tree begins."""

    PLAIN = 0
    ANSWER = 1
    TORN = 2


class Group(NamedTuple):
    """Rows of one thread, oldest first. `top`: the row of its first post. `conversation`: id of the first post of the
    conversation; 0 where it is somebody else's and nobody needs to know."""

    rows: list[int]
    top: int
    conversation: int


class Trees:
    """Sets of rows that are united step by step; each is known by one of its rows, its mark."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._up = array("q", range(len(shelf)))
        self._size = array("q", [not shelf.is_older(row) for row in range(len(shelf))])
        self._top = array("q", range(len(shelf)))
        self._kind = bytearray(len(shelf))
        self._tangled: set[int] = set()
        torn = list(self._link())
        self._hang(torn)

    def groups(self) -> Iterator[Group]:
        """Every group of two posts or more, by the age of its oldest."""
        found: dict[int, list[int]] = {}
        for row in range(len(self._shelf)):
            mark = self._mark(row)
            if self._size[mark] > 1 and not self._shelf.is_older(row):
                found.setdefault(mark, []).append(row)
        for mark, rows in found.items():
            yield Group(rows, self._top[mark], self._conversation(mark))

    def _conversation(self, mark: int) -> int:
        top = self._top[mark]
        if self._kind[mark] == Kind.TORN:
            return self._shelf.parents[top]
        return self._shelf.ids[top] if self._kind[mark] == Kind.PLAIN or mark in self._tangled else 0

    def _mark(self, row: int) -> int:
        up = self._up
        while up[row] != row:
            up[row] = up[up[row]]
            row = up[row]
        return row

    def _unite(self, host: int, guest: int) -> None:
        """The host's top, kind and place go for both."""
        host, guest = self._mark(host), self._mark(guest)
        if host == guest:
            return
        if self._size[host] < self._size[guest]:
            self._top[guest], self._kind[guest] = self._top[host], self._kind[host]
            if host in self._tangled:
                self._tangled.add(guest)
            host, guest = guest, host
        self._up[guest] = host
        self._size[host] += self._size[guest]

    def _link(self) -> Iterator[int]:
        """Put every post below the one that it answers, where that is here; the torn ones, whose own is not."""
        shelf = self._shelf
        for row in range(len(shelf)):
            if shelf.is_older(row):
                continue
            parent = shelf.row(shelf.parents[row]) if shelf.parents[row] else -1
            if parent >= 0 and parent != row:
                self._unite(parent, row)
                continue
            mark = self._mark(row)
            self._top[mark] = row
            self._kind[mark] = Kind.PLAIN
            if shelf.parents[row] and parent < 0:
                self._kind[mark] = Kind.TORN if shelf.answers_owner(row) else Kind.ANSWER
                if shelf.answers_owner(row):
                    yield row

    def _hang(self, torn: list[int]) -> None:
        """R5, the oldest first; those below the same deleted post stay together."""
        by_missing: dict[int, int] = {}
        for row in sorted(torn, key=self._shelf.parents.__getitem__):
            missing = self._shelf.parents[row]
            host = by_missing.setdefault(missing, row)
            if host == row:
                host = self._host(row)
            if host >= 0:
                self._unite(host, row)
                self._tangled.add(self._mark(host))

    def _host(self, row: int) -> int:
        """The latest post before the deleted one that the owner may have gone on from; -1 without one."""
        shelf, own = self._shelf, self._mark(row)
        wanted = Kind.ANSWER if shelf.greets(row) else Kind.PLAIN
        place = bisect_left(shelf.ids, shelf.parents[row])
        for earlier in range(place - 1, max(-1, place - 1 - MOST_STEPS), -1):
            apart = shelf.seconds[row] - shelf.seconds[earlier]
            if apart > NEIGHBOURS.total_seconds():
                break
            mark = self._mark(earlier)
            if mark == own or shelf.is_older(earlier) or self._kind[mark] not in {wanted, Kind.TORN}:
                continue
            if self._size[mark] > 1 or apart <= AT_ONCE:
                return earlier
        return -1
