"""One host of the fediverse: asking it politely, and what its refusals mean."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from unroller.core.errors import BadAnswer, ClosedServer, Gone, KeptOut, NotAPost, Suspended, Withheld
from unroller.sources.fields import record, string
from unroller.sources.mastodon.conversation import Conversation
from unroller.sources.mastodon.robots import allows
from unroller.sources.recording import Exchange, Recorder

CLOSED = frozenset({401, 403})
"""Answers of a host that shows its posts to signed-in readers only."""


class Server:
    """Asks one host, and keeps what it said about the conversation. A host's limits are its own: one bucket each.

    `every`: seconds between two questions, for those that nobody waits for.
    """

    def __init__(self, web: Recorder, host: str, *, every: float = 0) -> None:
        self.host = host
        self._every = every
        self.conversation = Conversation(host)
        self._web = web
        self._base = web.http.base(host)

    def ask(self, path: str, params: Mapping[str, str] | None = None) -> Exchange:
        """GET a path of this host."""
        exchange = self._web.ask(f"{self._base}{path}", params, bucket=self._bucket, every=self._every)
        self.conversation.add(exchange)
        return exchange

    def status(self, id_: str) -> Exchange:
        """One status. Raises KeptOut where robots.txt keeps us out of it."""
        path = f"/api/v1/statuses/{id_}"
        self.respect_robots(path)
        exchange = self.ask(path)
        page = string(record(exchange.body).get("url"))
        if exchange.status == 200 and page:
            self.respect_page(page)
        return exchange

    def respect_robots(self, path: str) -> None:
        """Raises KeptOut where robots.txt keeps us out of a path."""
        exchange = self._web.ask(f"{self._base}/robots.txt", bucket=self._bucket, text=True)
        if exchange.status == 200 and not allows(string(exchange.body), path):
            raise KeptOut(f"robots.txt of {self.host} keeps us out of {path}")

    def respect_page(self, page: str) -> None:
        """Raises KeptOut where robots.txt keeps us out of a page of this host."""
        try:
            parts = urlsplit(page)
        except ValueError:
            return
        if parts.netloc == self.host:
            self.respect_robots(parts.path)

    @property
    def _bucket(self) -> str:
        return f"mastodon:{self.host}"


def refuse(exchange: Exchange) -> None:
    """Raises what a host's answer to the question for the linked status means, unless it is the status."""
    status, told = exchange.status, isinstance(exchange.body, dict)
    if status == 200 and told:
        return
    if status == 401 or (status == 403 and told):
        raise ClosedServer(f"status {status}")
    if status == 404 and not told:
        raise NotAPost("no server there that speaks Mastodon's API")
    if status == 404:
        raise Gone
    if status == 410:
        raise Suspended
    if status == 451:
        raise Withheld
    raise BadAnswer(f"status {status} for a post")
