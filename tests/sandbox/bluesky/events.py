"""What happens on the pretend Bluesky, in order: what the stream tells."""

import threading
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from ..clock import Clock, zulu
from ..ids import cid
from ..wire import Json
from .model import Person, Post

Operation = Literal["create", "update", "delete"]
COLLECTION = "app.bsky.feed.post"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Event:
    """`facts` is the part that is named after its kind; the record of `post` goes into it when it is told."""

    time_us: int
    did: str
    kind: Literal["commit", "identity", "account"]
    facts: Json
    post: Post | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a subscriber wants to be told; empty for everything."""

    collections: frozenset[str] = frozenset()
    dids: frozenset[str] = frozenset()
    most_bytes: int = 0

    def has(self, event: Event) -> bool:
        """Events of accounts are told whatever the collections are."""
        if self.dids and event.did not in self.dids:
            return False
        return event.kind != "commit" or not self.collections or COLLECTION in self.collections


class Events:
    """Each has a time of its own, later than that of the one before."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: list[Event] = []
        self.subscribers: list[Wish] = []
        """What everybody wanted who ever subscribed."""
        self.is_lively = False
        """Whether something happens to one of the wanted accounts as soon as a subscriber has heard all before it: who
        waits for the present need not wait for a long silence then."""

    def commit(self, post: Post, operation: Operation) -> None:
        facts: Json = {"operation": operation, "collection": COLLECTION, "rkey": post.rkey}
        there = {"cid": post.cid} if operation != "delete" else {}
        rev = cid(f"{operation} {post.uri} {post.revision}")[-13:]
        self._add(post.author.did, "commit", {"rev": rev, **facts, **there}, post if there else None)

    def identity(self, person: Person) -> None:
        self._add(person.did, "identity", {"did": person.did, "handle": person.handle, **self._numbered()})

    def account(self, person: Person, status: str) -> None:
        """`status` is empty for an account that is active (again)."""
        standing = {"active": False, "status": status} if status else {"active": True}
        self._add(person.did, "account", {**standing, "did": person.did, **self._numbered()})

    def sign_of_life(self, dids: frozenset[str]) -> Event:
        """Something of no consequence, just now."""
        did = min(dids)
        return Event(self.now(), did, "identity", {"did": did, **self._numbered()})

    def since(self, time_us: int) -> list[Event]:
        """Those of that time and later."""
        with self._lock:
            return self._entries[bisect_left(self._entries, time_us, key=lambda event: event.time_us) :]

    def now(self) -> int:
        return (self._clock.now() - EPOCH) // timedelta(microseconds=1)

    def _numbered(self) -> Json:
        return {"seq": len(self._entries) + 1, "time": zulu(self._clock.now())}

    def _add(
        self, did: str, kind: Literal["commit", "identity", "account"], facts: Json, post: Post | None = None
    ) -> None:
        with self._lock:
            last = self._entries[-1].time_us if self._entries else 0
            self._entries.append(Event(max(self.now(), last + 1), did, kind, facts, post))
