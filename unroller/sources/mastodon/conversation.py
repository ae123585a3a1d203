"""What one host's answers say about a conversation: which statuses there are, who answers whom, what is missing.

Ids are that host's own. The same conversation is grown while fetching and while parsing.
"""

import re
from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from unroller.sources.fields import identifier, moment, record, records, string
from unroller.sources.mastodon import links
from unroller.sources.recording import Exchange

Status = dict[str, Any]

ONE = re.compile(r"/api/v1/statuses/([^/]+)")
CONTEXT = re.compile(r"/api/v1/statuses/([^/]+)/context")
WRITTEN = re.compile(r"/api/v1/accounts/([^/]+)/statuses")

SHOWN = frozenset({"public", "unlisted"})
Age = tuple[int, str]


class Home(NamedTuple):
    """Where a status really lives; both empty when its host has addresses we cannot read."""

    host: str
    id: str


def home_of(status: Status, host: str) -> Home | None:
    """Where a copy that `host` shows comes from; None for a status of its own people.

    A host names its own people without a host; what stands under its own addresses is its own, whatever name it bears.
    """
    if "@" not in string(record(status.get("account")).get("acct")):
        return None
    for name in ("url", "uri"):
        ref = links.match(string(status.get(name)))
        if ref is not None:
            home, home_id = links.split_key(ref.key)
            return Home(home, home_id) if home != host else None
    return Home("", "")


class Conversation:
    """Public statuses by id, from any number of answers of `host`. What came later stands for what came before."""

    def __init__(self, host: str, exchanges: Iterable[Exchange] = ()) -> None:
        self.host = host
        self.statuses: dict[str, Status] = {}
        self.missing: set[str] = set()
        """The host said that it has no such status to show."""
        self.hidden: set[str] = set()
        """Shown to us by mistake: they are not public."""
        self._accounts: dict[str, str] = {}
        self._parents: dict[str, str] = {}
        self._children: dict[str, set[str]] = {}
        self._by_account: dict[str, set[str]] = {}
        for exchange in exchanges:
            self.add(exchange)

    def add(self, exchange: Exchange) -> None:
        """Take in an answer of this host; those of others are passed over."""
        parts = urlsplit(exchange.url)
        if parts.netloc != self.host:
            return
        if found := ONE.fullmatch(parts.path):
            self._add_one(found.group(1), exchange)
        elif exchange.status == 200 and CONTEXT.fullmatch(parts.path):
            body = record(exchange.body)
            for status in (*records(body.get("ancestors")), *records(body.get("descendants"))):
                self._add(status)
        elif exchange.status == 200 and WRITTEN.fullmatch(parts.path):
            for status in records(exchange.body):
                self._add(status)

    def repeated(self, id_: str) -> str:
        """What a boost repeats; any other status stands for itself (R1)."""
        return identifier(record(self.statuses.get(id_, {}).get("reblog")).get("id")) or id_

    def account(self, id_: str) -> str:
        return self._accounts.get(id_, "")

    def parent(self, id_: str) -> str:
        return self._parents.get(id_, "")

    def answered_account(self, id_: str) -> str:
        """The account that `in_reply_to_account_id` names. It skips self-replies: below a stranger's post all of an
        author's own posts name the stranger. Where it names the author, the parent is the author's own."""
        return identifier(self.statuses.get(id_, {}).get("in_reply_to_account_id"))

    def children(self, id_: str) -> set[str]:
        return self._children.get(id_, set())

    def written_by(self, account: str) -> list[str]:
        """An account's statuses, oldest first."""
        return sorted(self._by_account.get(account, ()), key=self.age)

    def is_unknown(self, id_: str) -> bool:
        return id_ not in self.statuses and id_ not in self.missing

    def answers_own_missing(self, id_: str) -> bool:
        """Whether a status answers one of its author's own that is deleted; the host may have forgotten which (R5)."""
        parent = self.parent(id_)
        return (
            (not parent or parent in self.missing)
            and bool(self.account(id_))
            and self.answered_account(id_) == self.account(id_)
        )

    def is_below_stranger(self, id_: str) -> bool:
        """Whether a head answers somebody else. The host then counts every post below it as an answer to them."""
        answered = self.answered_account(id_)
        return bool(answered or self.parent(id_)) and answered != self.account(id_)

    def age(self, id_: str) -> Age:
        """Sorts by age: Mastodon's ids are made from the time and grow; other servers' say nothing."""
        if id_.isdecimal():
            return len(id_), id_
        written = moment(self.statuses.get(id_, {}).get("created_at"))
        return int(written.timestamp() * 1000) if written else 0, id_

    def home(self, id_: str) -> Home | None:
        """Where a copy comes from; None for a status of this host."""
        return home_of(self.statuses.get(id_, {}), self.host)

    def top(self, id_: str) -> str:
        """The highest known ancestor."""
        passed = {id_}
        while (parent := self.parent(id_)) in self.statuses and parent not in passed:
            passed.add(parent)
            id_ = parent
        return id_

    def head(self, id_: str) -> str:
        """The highest known ancestor that is reached through the author's own statuses (R3)."""
        passed, account = {id_}, self.account(id_)
        while (parent := self.parent(id_)) not in passed and self.account(parent) == account:
            passed.add(parent)
            id_ = parent
        return id_

    def is_alone(self, id_: str) -> bool:
        """Whether a status answers somebody else and is, as far as is known, not gone on with by its author."""
        parent, account = self.parent(id_), self.account(id_)
        return (
            parent in self.statuses
            and self.account(parent) != account
            and not any(self.account(child) == account for child in self.children(id_))
        )

    def owner(self, id_: str) -> str:
        """The status whose author's thread it is: the linked one, or its parent for a stranger's lone answer (R2)."""
        if self.is_alone(id_) and self.account(self.top(id_)) != self.account(id_):
            return self.parent(id_)
        return id_

    def members(self, head: str) -> set[str]:
        """The head and every status of its author below it (R4), across those of the author's that are gone."""
        account = self.account(head)
        own = self._by_account.get(account, set())
        found = {head}
        queue = deque([head])
        queue.extend(id_ for id_ in own if self.answers_own_missing(id_) and self.age(id_) > self.age(head))
        while queue:
            id_ = queue.popleft()
            found.add(id_)
            queue.extend(child for child in self.children(id_) & own if child not in found)
        return found

    def _add_one(self, id_: str, exchange: Exchange) -> None:
        if exchange.status == 200:
            status = record(exchange.body)
            self._add(status)
            self._add(record(status.get("reblog")))
        elif exchange.status in {404, 410} and identifier(id_):
            self.missing.add(id_)
            self._forget(id_)

    def _add(self, status: Status) -> None:
        id_, account = identifier(status.get("id")), identifier(record(status.get("account")).get("id"))
        if not id_ or not account:
            return
        self._forget(id_)
        if string(status.get("visibility")) not in SHOWN:
            self.hidden.add(id_)
            return
        self.missing.discard(id_)
        self.statuses[id_] = status
        self._accounts[id_] = account
        self._by_account.setdefault(account, set()).add(id_)
        parent = identifier(status.get("in_reply_to_id"))
        if parent and parent != id_:
            self._parents[id_] = parent
            self._children.setdefault(parent, set()).add(id_)

    def _forget(self, id_: str) -> None:
        if self.statuses.pop(id_, None) is not None:
            self._by_account[self._accounts.pop(id_)].discard(id_)
            self._children.get(self._parents.pop(id_, ""), set()).discard(id_)
