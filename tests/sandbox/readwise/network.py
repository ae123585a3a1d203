"""The state of the pretend Readwise: who has which token, and what is on their shelves."""

import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from ..ground import Ground

A_MINUTE = 60.0
MOST_A_MINUTE = 240


@dataclass(slots=True)
class KeptHighlight:
    """A highlight as it came, and the number it got."""

    number: int
    facts: dict[str, Any]
    color: str = ""


@dataclass(slots=True)
class Shelf:
    """Somebody's account. `asked`: when its token was used, in seconds since 1970."""

    highlights: dict[int, KeptHighlight] = field(default_factory=dict)
    asked: deque[float] = field(default_factory=deque)

    def by_text(self, text: str) -> KeptHighlight:
        """Raises KeyError."""
        for kept in self.highlights.values():
            if kept.facts["text"] == text:
                return kept
        raise KeyError(text)


class Readwise:
    """Accounts by token."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.shelves: dict[str, Shelf] = {}
        self._next = 1000

    def join(self) -> str:
        """A new account; its token."""
        token = secrets.token_urlsafe(32)
        self.shelves[token] = Shelf()
        return token

    def number(self) -> int:
        self._next += 1
        return self._next

    def wait(self, shelf: Shelf) -> int:
        """Count a request; for how many seconds its account has to wait, 0 for not at all."""
        now = self.ground.clock.seconds()
        while shelf.asked and shelf.asked[0] <= now - A_MINUTE:
            shelf.asked.popleft()
        if len(shelf.asked) >= MOST_A_MINUTE:
            return int(shelf.asked[0] + A_MINUTE - now) + 1
        shelf.asked.append(now)
        return 0
