"""Faults on request: what the next calls to a server will meet, and what happens at a given call.

A fault either answers in the place of the network (429, 402, 5xx, HTML, redirects), keeps the call from it (hanging,
closed), or spoils the true answer (duplicates, disorder, invalid UTF-8) or the way it travels (dripping, cut off, lost:
`keep-and-close` does what was asked and ends the connection without a word).
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from .wire import Request

Kind = Literal[
    "rate-limited",
    "rate-limited-old-shape",
    "out-of-credits",
    "spend-cap",
    "not-enrolled",
    "error",
    "error-html",
    "error-empty",
    "html",
    "redirect",
    "duplicates",
    "disorder",
    "invalid-utf8",
    "hang",
    "drip",
    "cut-off",
    "too-long-length",
    "too-short-length",
    "huge",
    "bomb",
    "close",
    "slow",
    "keep-and-close",
]
KINDS: tuple[str, ...] = get_args(Kind)

GROUPS = {
    "bluesky": ("appview", "plc", "pds"),
    "mastodon": ("mastodon_one", "mastodon_two"),
}
SMTP_KINDS = ("error", "close", "hang", "slow", "keep-and-close")
"""What can happen to mail. `path` is searched in `CONNECT`, `EHLO name`, `MAIL address`, `RCPT address`, `DATA`, and
`END address`, which is when a whole mail has arrived. `keep-and-close`: the mail is kept, the answer gets lost."""
WRITTEN_TO = ("blog", "x", "bluesky", "pds", "mastodon", "mastodon_one", "mastodon_two")
ONLY = {"slow": ("smtp",), "keep-and-close": ("smtp", "stripe", *WRITTEN_TO)}
"""Servers of which nothing else is asked than to answer have no use for these."""
FOR_EVER = -1


@dataclass(slots=True)
class Fault:
    """`server` is a server's or a network's name, `path` a regular expression searched in the path."""

    server: str
    kind: Kind
    path: str = ""
    times: int = 1
    skip: int = 0
    """So many matching calls are let through first."""
    every: int = 1
    """Of the matching calls after those only each so-manieth meets it: with 2 one is let through in between."""
    seconds: float = 60
    """Until the reset of a 429; how long to hang; how long a dripping body takes."""
    status: int = 503
    to: str = ""
    """Where a redirect leads."""
    megabytes: int = 64
    words: str = ""
    """What a mail server says to an error."""
    method: str = ""
    """Only calls of this method, where reading and writing share a path."""

    def concerns(self, server: str, request: Request) -> bool:
        names = GROUPS.get(self.server, (self.server,))
        by_method = self.method in ("", request.method)
        return by_method and server in names and re.search(self.path, request.path) is not None


@dataclass(slots=True)
class Trigger:
    """Something to do just before the n-th matching call is answered."""

    server: str
    path: str
    call: int
    act: Callable[[], object]


class Faults:
    """The faults and triggers of one sandbox; safe to change while it runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._triggers: list[Trigger] = []

    def add(
        self,
        server: str,
        kind: Kind,
        *,
        path: str = "",
        times: int = 1,
        skip: int = 0,
        every: int = 1,
        seconds: float = 60,
        status: int = 503,
        to: str = "",
        megabytes: int = 64,
        words: str = "",
        method: str = "",
    ) -> Fault:
        """The next `times` calls to the server whose path matches meet this fault (`FOR_EVER`: all)."""
        known = SMTP_KINDS if server == "smtp" else KINDS
        if kind not in known or server not in ONLY.get(kind, (server,)):
            raise ValueError(f"no such fault: {kind}")
        fault = Fault(server, kind, path, times, skip, every, seconds, status, to, megabytes, words, method)
        with self._lock:
            self._faults.append(fault)
        return fault

    def at_call(self, server: str, call: int, act: Callable[[], object], *, path: str = "") -> None:
        """Does `act` when the call-th matching call from now on arrives, before it is answered."""
        with self._lock:
            self._triggers.append(Trigger(server, path, call, act))

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
            self._triggers.clear()

    def take(self, server: str, request: Request) -> Fault | None:
        """The fault this call meets, counted as used."""
        with self._lock:
            for fault in self._faults:
                if fault.times == 0 or not fault.concerns(server, request):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.skip = fault.every - 1
                if fault.times != FOR_EVER:
                    fault.times -= 1
                return fault
        return None

    def due(self, server: str, request: Request) -> list[Callable[[], object]]:
        """What is to be done before this call is answered."""
        acts = []
        with self._lock:
            for trigger in list(self._triggers):
                names = GROUPS.get(trigger.server, (trigger.server,))
                if server not in names or not re.search(trigger.path, request.path):
                    continue
                trigger.call -= 1
                if trigger.call == 0:
                    self._triggers.remove(trigger)
                    acts.append(trigger.act)
        return acts
