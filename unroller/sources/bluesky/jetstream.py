"""Bluesky's Jetstream (v1): what becomes of posts and accounts, told as it happens.

An event names its time on the server (`time_us`), and reading goes on from a time (`cursor`). The server keeps about
36 hours and begins there, without a word, when it is asked for more. It tells nothing while nobody who is asked for
does anything, not even that it has caught up with the present.
"""

import json
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

from unroller.core.errors import BadAnswer, UnrollError
from unroller.sources.bluesky.links import COLLECTION, PostUri, is_did, post_uri
from unroller.sources.fields import record, string
from unroller.sources.presence import Reason
from unroller.sources.websocket import Line, opened

MOST_DIDS = 10_000
"""Accounts that one connection can ask for."""
SECONDS = 20.0
"""After which one connection waits for nothing new, when there is much to catch up with."""
SILENCE = 5.0
"""Seconds without an event after which everything was told."""
LONGEST_ADDRESS = 8_000
"""Characters, of which what stands before a server may take no more: then accounts are named in a message."""
AHEAD = 60_000_000
"""Microseconds by which the server's clock may be before ours."""
STANDINGS: dict[str, Reason] = {
    "deleted": "deactivated",
    "deactivated": "deactivated",
    "takendown": "suspended",
    "suspended": "suspended",
}
"""What the states of an account mean here. Others (throttled, desynchronized) are the business of servers."""

Fate = Literal["deleted", "edited"]


@dataclass(slots=True)
class News:
    """What was told since a time. All times are in microseconds since 1970."""

    reached: int
    """Everything before it was told."""
    posts: dict[str, Fate] = field(default_factory=dict)
    """By path; the last word about each."""
    accounts: dict[str, Reason | None] = field(default_factory=dict)
    """Why nothing of an account is shown any more; None for one that is active (again)."""
    first: int | None = None
    """The time of the first event, or of the connection where none came; None when there was not even that."""
    is_whole: bool = False
    """Whether it reaches to the present."""
    error: UnrollError | None = None
    """What ended it early. What was told before that holds."""


class Jetstream:
    """Reads the stream. `allowed`: `host:port` pairs that may be private and speak plain ws."""

    def __init__(self, url: str, *, agent: str, allowed: frozenset[str]) -> None:
        self._url = url
        self._agent = agent
        self._allowed = allowed

    def read(self, dids: Collection[str], since: int) -> News:
        """What became of these accounts (at most MOST_DIDS) and their posts since then, for SECONDS at most."""
        wanted = frozenset(filter(is_did, dids))
        if not wanted:  # to name nobody is to ask for the whole network
            return News(reached=now(), is_whole=True)
        if len(wanted) > MOST_DIDS:
            raise ValueError(f"more than {MOST_DIDS} accounts")
        news = News(reached=since)
        try:
            address = self._address(wantedCollections=COLLECTION, wantedDids=sorted(wanted), cursor=since)
            is_long = len(address) > LONGEST_ADDRESS
            if is_long:
                address = self._address(cursor=since, requireHello="true")
            began = now()
            with opened(address, agent=self._agent, allowed=self._allowed) as line:
                if is_long:
                    line.say(_hello(wanted))
                _listen(line, news, wanted, began)
        except UnrollError as error:
            news.error = error
        return news

    def _address(self, **asked: object) -> str:
        return f"{self._url}{'&' if '?' in self._url else '?'}{urlencode(asked, doseq=True)}"


def now() -> int:
    return time.time_ns() // 1000


def _hello(dids: Collection[str]) -> str:
    wanted = {"wantedCollections": [COLLECTION], "wantedDids": sorted(dids)}
    return json.dumps({"type": "options_update", "payload": wanted}, separators=(",", ":"))


def _listen(line: Line, news: News, dids: frozenset[str], began: int) -> None:
    """Take events in until the present (when the connection began) is reached, or time is up. Raises UnrollError."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        message = line.hear(SILENCE)
        if message is None:
            at = began
        else:
            event = _parsed(message)
            at = _time(event)
            _take(event, news, dids)
        news.first = at if news.first is None else news.first
        news.reached = max(news.reached, at)
        if at >= began:
            news.is_whole = True
            return


def _parsed(message: str) -> dict[str, Any]:
    try:
        event = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"no JSON: {message[:80]!r}") from error
    if not isinstance(event, dict):
        raise BadAnswer(f"no event: {message[:80]!r}")
    return event


def _time(event: dict[str, Any]) -> int:
    """Raises BadAnswer where there is none, or one that would have us leave out what lies before it."""
    at = event.get("time_us")
    if not isinstance(at, int) or isinstance(at, bool) or not 0 < at < now() + AHEAD:
        raise BadAnswer(f"an event at {str(at)[:40]}")
    return min(at, now())


def _take(event: dict[str, Any], news: News, dids: frozenset[str]) -> None:
    """What one event says; kinds that nobody knows yet, and accounts that nobody asked for, are passed over."""
    did = string(event.get("did"))
    if did not in dids:
        return
    if event.get("kind") == "account":
        account = record(event.get("account"))
        reason = STANDINGS.get(string(account.get("status")))
        if account.get("active") is True:
            news.accounts[did] = None
        elif account.get("active") is False and reason:
            news.accounts[did] = reason
    elif event.get("kind") == "commit":
        commit = record(event.get("commit"))
        uri = post_uri(str(PostUri(did, string(commit.get("rkey")))))
        if commit.get("collection") == COLLECTION and uri:
            _follow(uri.path, commit.get("operation"), news)


def _follow(path: str, operation: object, news: News) -> None:
    if operation == "delete":
        news.posts[path] = "deleted"
    elif operation == "update" or (operation == "create" and path in news.posts):
        news.posts[path] = "edited"
