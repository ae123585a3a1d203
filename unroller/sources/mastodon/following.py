"""Following on Mastodon: who `@user@host` is, and what an account wrote since the last look."""

import re
import time
from datetime import datetime

from unroller.core.errors import BadAnswer, ClosedServer, NoSuchAccount, Suspended, Withheld
from unroller.core.posts import Person
from unroller.sources.fields import identifier, moment, record, records, string
from unroller.sources.following import ProfileRef, Recent, RecentPost
from unroller.sources.mastodon import links
from unroller.sources.mastodon.conversation import Conversation
from unroller.sources.mastodon.links import KEY, split_key
from unroller.sources.mastodon.people import author_of
from unroller.sources.mastodon.plan import previous_page
from unroller.sources.mastodon.server import Server
from unroller.sources.recording import Exchange, Recorder

USER = r"[\w.-]{1,100}"
ADDRESS = re.compile(rf"@?({USER})@([\w.:-]{{1,260}})")
PROFILE = re.compile(
    rf"/(?:(?:web/|deck/)?@({USER})(?:@([\w.:-]{{1,260}}))?(?:/(?:with_replies|media))?|users/({USER}))/*"
)
PAGE = 40
MOST_PAGES = 5
LONGEST_CURSOR = 512
DAY = 86_400.0


class Manners:
    """Which accounts robots.txt lets us look at: read once a day, as RFC 9309 allows, not before every look."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def check(self, server: Server, path: str) -> None:
        """Raises KeptOut where robots.txt keeps us out of a path."""
        name, now = f"{server.host}{path}", time.monotonic()
        if self._until.get(name, now) <= now:
            server.respect_robots(path)
            self._until = {each: until for each, until in self._until.items() if until > now}
            self._until[name] = now + DAY


def match(text: str) -> ProfileRef | None:
    """The account that `@user@host` or a link to a profile names; of a copy, the original on its own host."""
    found = ADDRESS.fullmatch(text)
    if found:
        return _ref(found[1], found[2])
    parts = links.split(text)
    found = PROFILE.fullmatch(parts.path) if parts else None
    if not parts or not found:
        return None
    return _ref(found[1] or found[3], found[2] or parts.netloc, scheme=parts.scheme)


def _ref(user: str, host: str, *, scheme: str = "https") -> ProfileRef | None:
    parts = links.split(f"{scheme}://{host}")
    known = links.host_of(parts) if parts else ""
    return ProfileRef(KEY, f"{known}/{user}") if known else None


def look_up(web: Recorder, host: str, user: str) -> Person:
    """The account of this name. Raises NoSuchAccount, Suspended, ClosedServer, KeptOut."""
    server = Server(web, host)
    exchange = _looked_up(server, user)
    if exchange.status == 404:
        home, name = split_key(_home(server, user).key)
        server = Server(web, home)
        exchange = _looked_up(server, name)
    _refuse(exchange)
    account = record(exchange.body)
    if not identifier(account.get("id")):
        raise BadAnswer("no account in the answer")
    if "@" in string(account.get("acct")):
        raise NoSuchAccount("a copy of an account of another host")
    if account.get("suspended") is True:
        raise Suspended
    return author_of({"account": account}, server.host, web.http.base(server.host))


def _looked_up(server: Server, user: str) -> Exchange:
    path = "/api/v1/accounts/lookup"
    for each in (path, f"/@{user}"):
        server.respect_robots(each)
    return server.ask(path, {"acct": user})


def _home(server: Server, user: str) -> ProfileRef:
    """Where the accounts of a host are, whose names do not bear the name of their server. Raises NoSuchAccount."""
    try:
        exchange = server.ask("/.well-known/webfinger", {"resource": f"acct:{user}@{server.host}"})
    except BadAnswer as error:
        raise NoSuchAccount from error
    for link in records(record(exchange.body).get("links")):
        ref = (
            match(string(link.get("href")))
            if string(link.get("rel")) in {"self", "http://webfinger.net/rel/profile-page"}
            else None
        )
        if ref is not None and split_key(ref.key)[0] != server.host:
            return ref
    raise NoSuchAccount


def recent(web: Recorder, host: str, account: str, *, cursor: str, since: datetime, manners: Manners) -> Recent:
    """The statuses after the first id of `cursor`, oldest pages first; the newest page where there is no cursor.

    Below a stranger's post every status of the author names the stranger (`in_reply_to_account_id`). What the author
    wrote there is therefore kept in the cursor, so that the next look knows an answer to it for an answer to oneself.
    """
    known = cursor.split()
    newest = known[0] if known else ""
    server = Server(web, host)
    path = f"/api/v1/accounts/{account}/statuses"
    manners.check(server, path)
    params = {"exclude_reblogs": "true", "limit": str(PAGE), **({"min_id": newest} if newest else {})}
    seen: set[str] = set()
    for _ in range(MOST_PAGES):
        exchange = server.ask(path, params)
        _refuse(exchange)
        page = [identifier(status.get("id")) for status in records(exchange.body)]
        newest = next(filter(None, page), newest)
        following = previous_page(exchange.link)
        if not known or not following or len(page) < PAGE or seen.issuperset(page):
            break
        seen.update(page)
        params = following
    written = _Written(server.conversation, account, known=set(known))
    # After a first look `min_id` tells what is new; the time only holds against servers that pass over it.
    posts = tuple(post for post in written.posts if post.time > since or (known and post.time == since))
    return Recent(
        posts=posts,
        cursor=_cursor([newest, *written.below_strangers, *known[1:]]),
        author=_author(web, server, account),
    )


class _Written:
    """What an account wrote, as one host shows it. `known`: ids of older statuses of theirs."""

    def __init__(self, conversation: Conversation, account: str, *, known: set[str]) -> None:
        own = conversation.written_by(account)
        self._mine = known.union(own)
        self._account = account
        self._conversation = conversation
        self.posts = list(filter(None, map(self._post, own)))
        """The oldest first."""
        self.below_strangers = [id_ for id_ in reversed(own) if conversation.is_below_stranger(id_)]
        """The newest first."""

    def _post(self, id_: str) -> RecentPost | None:
        status = self._conversation.statuses[id_]
        written = moment(status.get("created_at"))
        if written is None or status.get("reblog"):
            return None
        parent = self._conversation.parent(id_)
        is_own = self._conversation.answered_account(id_) == self._account or parent in self._mine
        return RecentPost(
            key=f"{self._conversation.host}/{id_}",
            parent_key=f"{self._conversation.host}/{parent}" if parent and is_own else "",
            time=written,
        )


def _author(web: Recorder, server: Server, account: str) -> Person | None:
    """The account as its newest status shows it. Raises Suspended."""
    own = server.conversation.written_by(account)
    if not own:
        return None
    status = server.conversation.statuses[own[-1]]
    if record(status.get("account")).get("suspended") is True:
        raise Suspended
    return author_of(status, server.host, web.http.base(server.host))


def _cursor(ids: list[str]) -> str:
    """As many ids as there is room for; the first may occur again, for its own sake."""
    kept = [ids[0], *dict.fromkeys(ids[1:])]
    while len(" ".join(kept)) > LONGEST_CURSOR:
        kept.pop()
    return " ".join(kept).strip()


def _refuse(exchange: Exchange) -> None:
    """Raises what a host's answer to a question about an account means, unless it is an answer."""
    status = exchange.status
    if status == 200:
        return
    if status in {401, 403}:
        raise ClosedServer(f"status {status}")
    if status == 404:
        raise NoSuchAccount
    if status == 410:
        raise Suspended
    if status == 451:
        raise Withheld
    raise BadAnswer(f"status {status} for an account")
