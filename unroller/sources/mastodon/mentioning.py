"""The bot on a Mastodon server: its notifications, its answers, and whether an answer stands already."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

import nh3
import regex

from unroller.core.errors import BadAnswer, NotConfigured, RateLimited, Unreachable, UnrollError
from unroller.core.markup import plain
from unroller.core.posts import Person
from unroller.core.text import language
from unroller.sources.fields import identifier, moment, record, records, string, words
from unroller.sources.mastodon.conversation import home_of
from unroller.sources.mastodon.links import KEY
from unroller.sources.mastodon.people import author_of
from unroller.sources.mastodon.plan import previous_page
from unroller.sources.mentioning import FIRST_LOOK, Mention, Mentions, NotSure, NotWelcome, Sent, unsure
from unroller.sources.recording import Exchange, Recorder, named

PUBLIC = frozenset({"public", "unlisted"})
PAGE = 40
MOST_PAGES = 2
"""Of one look: each mention may take a question for what it answers, and a server allows 300 in five minutes."""
MOST_OWN_PAGES = 25
LATE = timedelta(hours=1)
"""How far the clocks of two servers may differ."""
PATIENCE = timedelta(minutes=10)
"""So long a mention waits for the status above it; then it is read without, so that those behind it are."""
LEADING = regex.compile(r"@([\w.-]+?)(?:@[\w.:-]+)?(?:\s+|$)")
NAMED = regex.compile(r"(?<![\w@/])@([\w.-]*\w)")
TAGS = {"p", "br", "a", "ul", "ol", "li", "pre", "blockquote"}


class MastodonBot:
    """The bot's account on its server, with a token that does not change."""

    key: ClassVar[str] = KEY
    label: ClassVar[str] = "Mastodon"
    most_characters: ClassVar[int] = 300

    def __init__(self, origin: str, token: str) -> None:
        self._origin = origin.rstrip("/")
        self._host = urlsplit(origin).netloc
        self._headers = {"Authorization": f"Bearer {token}"}

    def who(self, web: Recorder) -> Person:
        try:
            account = record(self._asked(web, "/api/v1/accounts/verify_credentials").body)
            if not identifier(account.get("id")):
                raise BadAnswer("no account in the answer")
            return author_of({"account": account}, self._host, self._origin)
        except UnrollError as error:
            raise named(error, self._host) from error.__cause__

    def mentions(self, own: Person, web: Recorder, *, cursor: str) -> Mentions:
        """What came before an error is told, and the next look begins there."""
        params = {"types[]": "mention", "limit": str(PAGE), **({"min_id": cursor} if cursor else {})}
        found: dict[str, Mention] = {}
        newest = cursor
        try:
            for _ in range(MOST_PAGES):
                exchange = self._asked(web, "/api/v1/notifications", params)
                page = [each for each in records(exchange.body) if identifier(each.get("id"))]
                for each in reversed(page):
                    mention = self._read(own, web, each, first=not cursor)
                    found |= {mention.key: mention} if mention else {}
                    newest = identifier(each.get("id"))
                following = previous_page(exchange.link)
                if not cursor or not following or len(page) < PAGE:
                    break
                params = following
        except UnrollError as error:
            if newest == cursor:
                raise named(error, self._host) from error.__cause__
        mentions = sorted(found.values(), key=lambda mention: mention.written_at)
        return Mentions(mentions=tuple(mentions), cursor=newest)

    def answer(self, mention: Mention, words: str, link: str, web: Recorder) -> Sent:
        try:
            facts = {
                "status": f"@{mention.reply_to.get('acct', '')} {words}\n{link}",
                "in_reply_to_id": mention.reply_to.get("id", ""),
                "visibility": "unlisted",
                "language": "en",
            }
            once = hashlib.sha256(f"unroller answers {mention.key}".encode()).hexdigest()
            headers = {**self._headers, "Content-Type": "application/json", "Idempotency-Key": once}
            with unsure():
                body = json.dumps(facts, ensure_ascii=False).encode()
                exchange = web.tell(f"{self._origin}/api/v1/statuses", body, bucket=self._bucket, headers=headers)
            own = identifier(record(exchange.body).get("id"))
            if exchange.status == 200 and own:
                return Sent(key=f"{self._host}/{own}")
            raise _refusal(exchange)
        except UnrollError as error:
            raise named(error, self._host) from error.__cause__

    def own_answer(self, own: Person, mention: Mention, web: Recorder) -> Sent | None:
        try:
            path = f"/api/v1/accounts/{own.id.rpartition('/')[2]}/statuses"
            params = {"limit": str(PAGE), "exclude_reblogs": "true"}
            for _ in range(MOST_OWN_PAGES):
                page = records(self._asked(web, path, params).body)
                for status in page:
                    if identifier(status.get("in_reply_to_id")) == mention.reply_to.get("id", "?"):
                        return Sent(key=f"{self._host}/{identifier(status.get('id'))}")
                last = page[-1] if page else {}
                written = moment(last.get("created_at"))
                if written is None or written < mention.written_at - LATE:
                    return None
                params = {**params, "max_id": identifier(last.get("id"))}
            raise Unreachable("too many answers since to tell whether one stands")
        except UnrollError as error:
            raise named(error, self._host) from error.__cause__

    def _read(self, own: Person, web: Recorder, told: dict[str, Any], *, first: bool) -> Mention | None:
        """The mention of a notification; None for what is old when nobody looked before, or not public."""
        status, arrived = record(told.get("status")), moment(told.get("created_at"))
        age = datetime.now(UTC) - arrived if arrived else None
        is_old = first and (age is None or age > FIRST_LOOK)
        if is_old or told.get("type") != "mention" or string(status.get("visibility")) not in PUBLIC:
            return None
        above_id = identifier(status.get("in_reply_to_id"))
        try:
            above = self._above(web, above_id) if above_id else {}
        except RateLimited:
            raise
        except Unreachable:
            if age is not None and age < PATIENCE:
                raise
            above = {}
        return self._mention(own, status, above)

    def _mention(self, own: Person, status: dict[str, Any], above: dict[str, Any]) -> Mention | None:
        written, account = moment(status.get("created_at")), record(status.get("account"))
        id_, own_id = identifier(status.get("id")), own.id.rpartition("/")[2]
        if written is None or not id_ or not identifier(account.get("id")):
            return None
        above_id = identifier(status.get("in_reply_to_id"))
        answered = identifier(record(above.get("account")).get("id")) or identifier(
            status.get("in_reply_to_account_id")
        )
        raw = typed(string(status.get("content")))
        text = _behind(raw, _carried(above)) if above or not above_id else _behind(raw, None)
        quote = record(status.get("quote"))
        quoted = record(quote.get("quoted_status")) if quote.get("state") == "accepted" else {}
        bot = own.handle.partition("@")[0].lower()
        return Mention(
            key=self._key(status),
            asker=author_of(status, self._host, self._origin),
            text=text,
            written_at=written,
            is_explicit=answered != own_id and bot in {name.lower() for name in NAMED.findall(text)},
            by_bot=account.get("bot") is True,
            parent_key=(self._key(above) if above else f"{self._host}/{above_id}") if above_id else "",
            parent_author_id=f"{self._host}/{answered}" if above_id and answered else "",
            quoted_key=self._key(quoted) if quoted else "",
            quoted_author_id=f"{self._host}/{identifier(record(quoted.get('account')).get('id'))}" if quoted else "",
            lang=language(string(status.get("language"))),
            reply_to={"id": id_, "acct": string(account.get("acct"))},
        )

    def _above(self, web: Recorder, id_: str) -> dict[str, Any]:
        """What a mention answers, as the bot's server shows it; nothing when it does not."""
        exchange = self._ask(web, f"/api/v1/statuses/{id_}", {})
        _refuse_sign_in(exchange)
        found = record(exchange.body)
        return found if exchange.status == 200 and identifier(found.get("id")) else {}

    def _key(self, status: dict[str, Any]) -> str:
        """A status on its home host, else the copy on the bot's server."""
        home = home_of(status, self._host)
        return f"{home.host}/{home.id}" if home and home.host else f"{self._host}/{identifier(status.get('id'))}"

    def _asked(self, web: Recorder, path: str, params: Mapping[str, str] | None = None) -> Exchange:
        exchange = self._ask(web, path, params or {})
        _refuse_sign_in(exchange)
        if exchange.status != 200:
            raise BadAnswer(f"status {exchange.status} for {path}")
        return exchange

    def _ask(self, web: Recorder, path: str, params: Mapping[str, str]) -> Exchange:
        return web.ask(f"{self._origin}{path}", params, bucket=self._bucket, headers=self._headers)

    @property
    def _bucket(self) -> str:
        return f"mastodon:bot:{self._host}"


def typed(content: str) -> str:
    """The words of a status with links in full: Mastodon hides the ends of an address by classes alone."""
    return plain(nh3.clean(words(content), tags=TAGS, attributes={"a": {"href"}}, link_rel=None))


def _carried(above: dict[str, Any]) -> set[str]:
    """Whom an answer to this status names by itself, in lower case: its author, and whom it names."""
    accounts = [record(above.get("account")), *records(above.get("mentions"))]
    return {string(each.get("acct")).partition("@")[0].lower() for each in accounts} - {""}


def _behind(text: str, carried: set[str] | None) -> str:
    """A text behind the handles that an answer carries; behind all leading ones where those are not known."""
    at = 0
    while (found := LEADING.match(text, at)) and (carried is None or found[1].lower() in carried):
        at = found.end()
    return text[at:]


def _refuse_sign_in(exchange: Exchange) -> None:
    """Raises NotConfigured. A status that is not shown to the bot is a 404."""
    if exchange.status in {401, 403}:
        raise NotConfigured(f"status {exchange.status}: MASTODON_BOT_TOKEN is refused, or lacks a scope")


def _refusal(exchange: Exchange) -> UnrollError:
    why = string(record(exchange.body).get("error"))[:200] or f"status {exchange.status}"
    if exchange.status < 400:
        return NotSure("the server posted something and does not say what")
    if exchange.status == 401 or "scope" in why.lower() or "login" in why.lower():
        return NotConfigured(f"{exchange.status}: {why}")
    return NotWelcome(f"{exchange.status}: {why}")
