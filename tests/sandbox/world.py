"""The outside world in memory: three networks, money, mail that arrived, faults, and a log of who asked for what."""

import re
import threading
from collections import Counter, deque
from dataclasses import dataclass

from .blog.network import Blogs
from .bluesky.network import BlueskyNetwork
from .clock import Clock
from .faults import GROUPS, Faults
from .ground import Ground
from .mail.post import PostOffice
from .mastodon.network import MastodonNetwork
from .patreon.network import Patreon
from .readwise.network import Readwise
from .receiving import Receiver
from .stripe.state import Stripe
from .wire import Request
from .x.network import XNetwork

KEPT_REQUESTS = 50_000


@dataclass(frozen=True, slots=True)
class Logged:
    """One request as it arrived; `time` is in seconds since 1970."""

    server: str
    method: str
    path: str
    query: dict[str, list[str]]
    time: float
    status: int


class RequestLog:
    """The latest requests to any server of the sandbox in the order of arrival, and how many there were."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Logged] = deque(maxlen=KEPT_REQUESTS)
        self._counts: Counter[str] = Counter()

    def add(self, server: str, request: Request, *, time: float, status: int) -> None:
        query = {name: list(values) for name, values in request.query.items()}
        with self._lock:
            self._entries.append(Logged(server, request.method, request.path, query, time, status))
            self._counts[server] += 1

    def of(self, server: str = "", path: str = "") -> list[Logged]:
        """The requests to a server or a whole network whose path matches a regular expression."""
        names = GROUPS.get(server, (server,))
        with self._lock:
            entries = list(self._entries)
        return [entry for entry in entries if (not server or entry.server in names) and re.search(path, entry.path)]

    def counts(self) -> dict[str, int]:
        """Requests by server."""
        with self._lock:
            return dict(self._counts)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._counts.clear()


class World:
    """All the state there is. Build it in-process, hand it to a `Sandbox` to serve it."""

    def __init__(self) -> None:
        self.ground = Ground()
        self.faults = Faults()
        self.log = RequestLog()
        self.post = PostOffice(self.ground.clock)
        self.x = XNetwork(self.ground)
        self.bluesky = BlueskyNetwork(self.ground)
        self.mastodon = MastodonNetwork(self.ground)
        self.stripe = Stripe(self.ground)
        self.patreon = Patreon(self.ground)
        self.readwise = Readwise(self.ground)
        self.receiver = Receiver(self.ground.clock)
        self.blogs = Blogs(self.ground)
        self.shown: list[tuple[str, str, str]] = []
        """What the stage offers: network, title, link."""

    @property
    def clock(self) -> Clock:
        return self.ground.clock
