"""The fetch plan: the author's home host, up to the head, then everything the author wrote from there on."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from unroller.core.errors import BadAnswer, Gone, NotAPost, NotPublic, Refused, Suspended, Unreachable
from unroller.sources.base import Wish
from unroller.sources.fields import identifier, moment, number, record, records
from unroller.sources.mastodon.conversation import Conversation
from unroller.sources.mastodon.server import CLOSED, Server, refuse
from unroller.sources.recording import Exchange, Recorder

AT, LINKED = "at", "linked"
"""Facts for parse. `at`: `host/id` of the linked post where it was read. Where that is an answer to a post of another
host, `at` is the answered one, and `linked` is `host/id` of the linked one."""

PAGE = "40"
MOST_PAGES = 100
MOST_CLIMBS = 100
"""Contexts that are asked for on the way up, forty ancestors each."""
MOST_PARENTS = 60
MOST_QUOTES = 40
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
QUIET = timedelta(days=7)
"""After so long without another post of the thread, two pages without one end the search."""
PREVIOUS = re.compile(r'<([^<>]+)>\s*;[^,<]*\brel="?prev\b')


def refuse_hidden(conversation: Conversation, id_: str) -> None:
    """Raises Gone, NotPublic or Suspended for a post that must not be shown, BadAnswer where there is none."""
    if id_ in conversation.missing:
        raise Gone
    if id_ in conversation.hidden:
        raise NotPublic("the author did not make this post public")
    status = conversation.statuses.get(id_)
    if status is None:
        raise BadAnswer("no status in the answer")
    if record(status.get("account")).get("suspended") is True:
        raise Suspended


class Place(NamedTuple):
    """A status, on the host where it is read."""

    server: Server
    id: str


class Plan:
    """One fetch. It asks nothing twice and depends on nothing but the answers, so it can be run again over them."""

    def __init__(self, web: Recorder, *, wish: Wish) -> None:
        self._web = web
        self._wish = wish

    def run(self, host: str, id_: str) -> None:
        here = self._at_home(self._enter(host, id_))
        self._surround(here)
        owner = Place(here.server, here.server.conversation.owner(here.id))
        there = self._at_home(owner) if owner.id != here.id else here
        if there.server is not here.server:
            self._web.raw.facts[LINKED] = f"{here.server.host}/{here.id}"
            self._context(there)
            here = owner = there
        self._web.raw.facts[AT] = f"{here.server.host}/{here.id}"
        if owner.server.conversation.home(owner.id) is not None:
            self._web.note("source-limit")
        refuse_hidden(owner.server.conversation, owner.id)
        head = Place(owner.server, self._head(owner))
        members = self._body(head)
        self._fill_in(head, members)
        self._check(head.server, self._wish.known)

    def _enter(self, host: str, id_: str) -> Place:
        """The status a link names, or what it repeats. Raises what the host's refusal means."""
        server = Server(self._web, host)
        exchange = server.status(id_)
        refuse(exchange)
        refuse_hidden(server.conversation, id_)
        id_ = server.conversation.repeated(id_)
        refuse_hidden(server.conversation, id_)
        return Place(server, id_)

    def _at_home(self, place: Place) -> Place:
        """The same status on its author's own host, since copies miss answers; the copy where that cannot be read."""
        home = place.server.conversation.home(place.id)
        if home is None or not home.host:
            return place
        unread = f"unread {home.host}"
        if unread not in self._web.raw.facts:
            try:
                server = Server(self._web, home.host)
                exchange = server.status(home.id)
                if exchange.status not in CLOSED:
                    refuse(exchange)
                    refuse_hidden(server.conversation, home.id)
                    return Place(server, home.id)
                self._web.raw.facts[unread] = "closed"
            except (Unreachable, Refused, NotAPost) as error:
                self._web.raw.facts[unread] = error.code
        return place

    def _surround(self, place: Place) -> None:
        """What R2 asks about the linked post: its parent, whether its author goes on, who began the conversation."""
        conversation = place.server.conversation
        self._context(place)
        parent = conversation.parent(place.id)
        if parent and conversation.is_unknown(parent):
            place.server.ask(f"/api/v1/statuses/{parent}")
        if not conversation.is_alone(place.id):
            return
        counted = number(conversation.statuses[place.id].get("replies_count"))
        if counted > len(conversation.children(place.id)):
            self._page(place, {"min_id": place.id, "exclude_reblogs": "true", "limit": PAGE})
        for _ in range(MOST_CLIMBS):
            top = conversation.top(place.id)
            if not conversation.parent(top) or not conversation.is_alone(place.id):
                return
            self._context(Place(place.server, top))
            if conversation.top(place.id) == top:
                return

    def _head(self, owner: Place) -> str:
        """The topmost post that is reached through the author's own (R3), across deleted ones (R5)."""
        conversation = owner.server.conversation
        passed: set[str] = set()
        for _ in range(MOST_CLIMBS):
            head = conversation.head(owner.id)
            if head in passed:
                return head
            passed.add(head)
            self._web.progress(len(conversation.members(head)))
            parent = conversation.parent(head)
            if parent and conversation.is_unknown(parent):
                self._context(Place(owner.server, head))
            if parent and conversation.is_unknown(parent):
                owner.server.ask(f"/api/v1/statuses/{parent}")
            if conversation.answers_own_missing(head):
                owner = Place(owner.server, self._older(Place(owner.server, head)))
        self._web.note("source-limit")
        return conversation.head(owner.id)

    def _older(self, place: Place) -> str:
        """The author's latest status before a deleted parent; the given one where there is none."""
        conversation = place.server.conversation
        self._page(place, {"max_id": place.id, "exclude_reblogs": "true", "exclude_replies": "true", "limit": PAGE})
        parent = conversation.parent(place.id)
        hole = parent if parent.isdecimal() else place.id
        before = [id_ for id_ in conversation.written_by(conversation.account(place.id)) if id_ != place.id]
        older = [id_ for id_ in before if conversation.age(id_) < conversation.age(hole)]
        return older[-1] if older else place.id

    def _context(self, place: Place) -> None:
        if place.server.ask(f"/api/v1/statuses/{place.id}/context").status != 200:
            self._web.note("source-limit")

    def _page(self, place: Place, params: dict[str, str]) -> Exchange:
        account = place.server.conversation.account(place.id)
        exchange = place.server.ask(f"/api/v1/accounts/{account}/statuses", params)
        if exchange.status != 200:
            self._web.note("source-limit")
        return exchange

    def _body(self, head: Place) -> set[str]:
        """Everything the author wrote after the head, page by page, until the thread is over (R9)."""
        conversation = head.server.conversation
        self._context(head)
        params = {"exclude_reblogs": "true", "min_id": head.id, "limit": PAGE}
        if not conversation.is_below_stranger(head.id):
            params["exclude_replies"] = "true"
        members = conversation.members(head.id)
        paged: set[str] = set()
        idle = repeated = 0
        for _ in range(MOST_PAGES):
            exchange = self._page(head, params)
            members = conversation.members(head.id)
            self._web.progress(len(members))
            new = {identifier(status.get("id")) for status in records(exchange.body)} - paged
            paged |= new
            repeated = 0 if new else repeated + 1
            idle = 0 if new & members else idle + 1
            following = previous_page(exchange.link)
            if exchange.status != 200 or not exchange.body or not following or repeated == 2:
                return members
            if idle >= 2 and _newest(exchange) - _latest(conversation, members) > QUIET:
                return members
            if len(members) >= self._wish.most:
                break
            params = following
        self._web.note("cap")
        return members

    def _fill_in(self, head: Place, members: set[str]) -> None:
        """Single statuses that nothing has shown: parents that may be deleted, and quoted posts that are only named."""
        conversation, account = head.server.conversation, head.server.conversation.account(head.id)
        claimed = {account, conversation.answered_account(head.id)}
        parents = dict.fromkeys(
            conversation.parent(id_)
            for id_ in conversation.written_by(account)
            if conversation.parent(id_) and conversation.answered_account(id_) in claimed
        )
        unknown = [
            parent
            for parent in parents
            if conversation.is_unknown(parent)
            and (not parent.isdecimal() or conversation.age(parent) > conversation.age(head.id))
        ]
        if len(unknown) > MOST_PARENTS:
            self._web.note("source-limit")
        self._check(head.server, unknown[:MOST_PARENTS])
        quotes = [
            record(conversation.statuses[id_].get("quote")) for id_ in sorted(members & conversation.statuses.keys())
        ]
        named = [identifier(quote.get("quoted_status_id")) for quote in quotes if not quote.get("quoted_status")]
        self._check(head.server, list(filter(None, named))[:MOST_QUOTES])

    def _check(self, server: Server, ids: Iterable[str]) -> None:
        """Ask for statuses that were not seen; the answer tells a deleted one from one that was only not listed."""
        for id_ in ids:
            if identifier(id_) and server.conversation.is_unknown(id_):
                server.ask(f"/api/v1/statuses/{id_}")


def previous_page(link: str) -> dict[str, str] | None:
    """The parameters of the next newer page, out of a Link header. The path stays ours, whatever the header says."""
    found = PREVIOUS.search(link)
    if not found:
        return None
    try:
        return dict(parse_qsl(urlsplit(found.group(1)).query))
    except ValueError:
        return None


def _newest(exchange: Exchange) -> datetime:
    times = [written for status in records(exchange.body) if (written := moment(status.get("created_at")))]
    return max(times, default=EARLIEST)


def _latest(conversation: Conversation, members: set[str]) -> datetime:
    statuses = (conversation.statuses.get(id_, {}) for id_ in members)
    return max((written for status in statuses if (written := moment(status.get("created_at")))), default=EARLIEST)
