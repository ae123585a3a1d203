"""The bot on Bluesky: its notifications, its answers, and whether an answer stands already.

An answer's record key is made of the mention's, so a data server takes it once, however often it is sent.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from unroller.core.errors import BadAnswer, NotConfigured, Unreachable, UnrollError
from unroller.core.posts import Person
from unroller.core.text import language
from unroller.sources.bluesky import following
from unroller.sources.bluesky.forest import reference
from unroller.sources.bluesky.labels import labels
from unroller.sources.bluesky.links import COLLECTION, EPOCH, KEY, TID_LETTERS, PostUri, post_uri
from unroller.sources.bluesky.people import author_of
from unroller.sources.bluesky.richtext import spoken_language, typed
from unroller.sources.bluesky.session import JSON_BODY, Session, is_expired
from unroller.sources.fields import moment, record, records, string, words
from unroller.sources.mentioning import FIRST_LOOK, Mention, Mentions, NotSure, NotWelcome, Sent, unsure
from unroller.sources.recording import Exchange, Recorder, named

REASONS = frozenset({"mention", "reply", "quote"})
MOST_PAGES = 10
MOST_OWN_PAGES = 50
LONGEST_CURSOR = 512
LATE = timedelta(minutes=1)
"""Notifications are numbered by many machines: the last minute is looked at again."""
LETTERS = "".join(TID_LETTERS)
LONGEST_LINK = 40


class BlueskyBot:
    """The bot's account at its data server."""

    key: ClassVar[str] = KEY
    label: ClassVar[str] = "Bluesky"
    most_characters: ClassVar[int] = 250

    def __init__(self, pds_url: str, appview_url: str, session: Session) -> None:
        self._xrpc = f"{pds_url.rstrip('/')}/xrpc/"
        self._appview_url = appview_url.rstrip("/")
        self._session = session

    def who(self, web: Recorder) -> Person:
        try:
            return following.look_up(web, self._appview_url, self._session.access(web)[0])
        except UnrollError as error:
            raise named(error, self.label) from error.__cause__

    def mentions(self, own: Person, web: Recorder, *, cursor: str) -> Mentions:
        try:
            return self._mentions(own, web, cursor)
        except UnrollError as error:
            raise named(error, self.label) from error.__cause__

    def answer(self, mention: Mention, words: str, link: str, web: Recorder) -> Sent:
        try:
            exchange = self._post(web, mention, _answer(mention, words, link))
            uri = post_uri(string(record(exchange.body).get("uri")))
            if exchange.status == 200 and uri:
                return Sent(key=uri.path)
            if exchange.status < 400:
                raise NotSure("the server took a record and does not say which")
            did, _ = self._session.access(web)
            standing = self._standing(did, mention, web)
            if standing:
                return standing
            why = string(record(exchange.body).get("message")) or f"status {exchange.status}"
            raise NotConfigured(why[:200]) if exchange.status in {401, 403} else NotWelcome(why[:200])
        except UnrollError as error:
            raise named(error, self.label) from error.__cause__

    def own_answer(self, own: Person, mention: Mention, web: Recorder) -> Sent | None:
        try:
            return self._standing(own.id, mention, web)
        except UnrollError as error:
            raise named(error, self.label) from error.__cause__

    def _mentions(self, own: Person, web: Recorder, cursor: str) -> Mentions:
        start = _start(cursor)
        try:
            first = self._page(web, start.page)
        except BadAnswer:
            if not start.page:
                raise
            start = _start(start.newest)  # the server does not know its own words any more
            first = self._page(web, "")
        found: dict[str, Mention] = {}
        newest, body = start.newest, first
        for pages in range(1, MOST_PAGES + 1):
            notifications = records(body.get("notifications"))
            times = [time for each in notifications if (time := moment(each.get("indexedAt")))]
            found |= _named_in(notifications, own, after=start.after)
            newest = max([newest, *(time.isoformat() for time in times)], key=lambda each: moment(each) or EPOCH)
            page = string(body.get("cursor"))
            if min(times, default=start.after) <= start.after or not page or page == start.page:
                return _told(found, start, newest)
            if pages == MOST_PAGES:
                break
            start, body = start._replace(page=page), self._page(web, page)
        return _told(found, start, f"{newest} {start.after.isoformat()} {page}")

    def _page(self, web: Recorder, page: str) -> dict[str, Any]:
        params = {"limit": "100", **({"cursor": page} if page else {})}
        return record(self._asked(web, "app.bsky.notification.listNotifications", params).body)

    def _standing(self, did: str, mention: Mention, web: Recorder) -> Sent | None:
        """The bot's record below the mention, newest first; the list is sorted by keys, and ours says its time."""
        rkey, above = record_key(mention), mention.reply_to.get("uri", "")
        params = {"repo": did, "collection": COLLECTION, "limit": "100"}
        for _ in range(MOST_OWN_PAGES):
            exchange = web.ask(f"{self._xrpc}com.atproto.repo.listRecords", params, bucket="bluesky:bot:records")
            if exchange.status != 200:
                raise BadAnswer(f"listRecords: status {exchange.status}")
            web.forget(exchange)
            body = record(exchange.body)
            uris: list[PostUri] = []
            for item in records(body.get("records")):
                uri = post_uri(string(item.get("uri")))
                if uri is None:
                    continue
                uris.append(uri)
                parent = record(record(record(item.get("value")).get("reply")).get("parent"))
                if uri.rkey == rkey or (above and parent.get("uri") == above):
                    return Sent(key=uri.path)
            cursor = string(body.get("cursor"))
            if not uris or not cursor or cursor == params.get("cursor") or uris[-1].rkey < rkey:
                return None
            params = {**params, "cursor": cursor}
        raise Unreachable("too many answers since to tell whether one stands")

    def _asked(self, web: Recorder, method: str, params: Mapping[str, str]) -> Exchange:
        _, token = self._session.access(web)
        exchange = self._ask(web, method, params, token)
        if is_expired(exchange):
            web.forget(exchange)
            exchange = self._ask(web, method, params, self._session.access(web, refused=token)[1])
        if exchange.status != 200:
            raise BadAnswer(f"{method}: status {exchange.status}")
        return exchange

    def _ask(self, web: Recorder, method: str, params: Mapping[str, str], token: str) -> Exchange:
        headers = {"Authorization": f"Bearer {token}"}
        return web.ask(self._xrpc + method, params, bucket="bluesky:bot", headers=headers)

    def _post(self, web: Recorder, mention: Mention, value: dict[str, Any]) -> Exchange:
        did, token = self._session.access(web)
        facts = {"repo": did, "collection": COLLECTION, "rkey": record_key(mention), "record": value}
        body = json.dumps(facts, ensure_ascii=False).encode()
        exchange = self._tell(web, body, token)
        if is_expired(exchange):
            exchange = self._tell(web, body, self._session.access(web, refused=token)[1])
        return exchange

    def _tell(self, web: Recorder, body: bytes, token: str) -> Exchange:
        headers = {**JSON_BODY, "Authorization": f"Bearer {token}"}
        with unsure():
            return web.tell(
                f"{self._xrpc}com.atproto.repo.createRecord", body, bucket="bluesky:bot:post", headers=headers
            )


def record_key(mention: Mention) -> str:
    """The record key of the one answer to a mention: its time, the rest out of its own key."""
    digest = int.from_bytes(hashlib.sha256(mention.key.encode()).digest()[:4])
    milliseconds = (mention.written_at - EPOCH) // timedelta(milliseconds=1)
    value = (milliseconds * 1_000 + digest % 1_000) << 10 | (digest >> 16) % 1_024
    return "".join(LETTERS[value >> shift & 31] for shift in range(60, -1, -5))


def _answer(mention: Mention, words: str, link: str) -> dict[str, Any]:
    shown = link.partition("://")[2] or link
    shown = f"{shown[: LONGEST_LINK - 1]}…" if len(shown) > LONGEST_LINK else shown
    text = f"{words}\n{shown}"
    start, end = len(f"{words}\n".encode()), len(text.encode())
    above = mention.reply_to
    return {
        "$type": COLLECTION,
        "text": text,
        "facets": [
            {
                "index": {"byteStart": start, "byteEnd": end},
                "features": [{"$type": "app.bsky.richtext.facet#link", "uri": link}],
            }
        ],
        "langs": ["en"],
        "reply": {
            "root": {"uri": above.get("root_uri", ""), "cid": above.get("root_cid", "")},
            "parent": {"uri": above.get("uri", ""), "cid": above.get("cid", "")},
        },
        "createdAt": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


class _Start(NamedTuple):
    """Where a look begins: at the newest notification, or at the page where the look before had to stop; it ends at
    `after`. `last`: when that look began, if there was any."""

    newest: str
    after: datetime
    page: str = ""
    last: datetime | None = None


def _start(cursor: str) -> _Start:
    """A cursor is the time of the newest notification; of a look that stopped, also the time it was to reach and its
    next page."""
    newest, _, rest = cursor.partition(" ")
    reach, _, page = rest.partition(" ")
    last, after = moment(newest), moment(reach)
    if after and page:
        return _Start(newest, after, page)
    return _Start(newest, last - LATE if last else datetime.now(UTC) - FIRST_LOOK, last=last)


def _named_in(notifications: list[dict[str, Any]], own: Person, *, after: datetime) -> dict[str, Mention]:
    """The mentions on a page, by key."""
    posts = (_mention(each, own) for each in notifications if string(each.get("reason")) in REASONS)
    return {mention.key: mention for mention in posts if mention and mention.written_at > after}


def _told(found: Mapping[str, Mention], start: _Start, cursor: str) -> Mentions:
    """What a look brought. A cursor that is too long to be kept goes on with the newest."""
    mentions = sorted(found.values(), key=lambda mention: mention.written_at)
    again = sum(mention.written_at <= start.last for mention in mentions) if start.last else 0
    kept = cursor if len(cursor) <= LONGEST_CURSOR else cursor.partition(" ")[0]
    return Mentions(mentions=tuple(mentions), cursor=kept, again=again)


def _mention(notification: dict[str, Any], own: Person) -> Mention | None:
    """None for what is no post, or has no author or time."""
    value = record(notification.get("record"))
    uri, taken_in = post_uri(string(notification.get("uri"))), moment(notification.get("indexedAt"))
    asker = author_of(notification)
    if uri is None or taken_in is None or asker is None or value.get("$type") != COLLECTION:
        return None
    author, reply = record(notification.get("author")), record(value.get("reply"))
    parent, quoted = reference(reply, "parent"), _quoted(value)
    text, names = typed(value)
    cid, root = string(notification.get("cid")), record(reply.get("root"))
    return Mention(
        key=uri.path,
        asker=_with_bio(asker, words(author.get("description"))),
        text=text,
        written_at=taken_in,
        is_explicit=own.id in names,
        by_bot="bot" in labels(author),
        parent_key=parent.path if parent else "",
        parent_author_id=parent.did if parent else "",
        quoted_key=quoted.path if quoted else "",
        quoted_author_id=quoted.did if quoted else "",
        lang=language(spoken_language(value)),
        reply_to={
            "uri": str(uri),
            "cid": cid,
            "root_uri": string(root.get("uri")) or str(uri),
            "root_cid": string(root.get("cid")) or cid,
        },
    )


def _with_bio(person: Person, bio: str) -> Person:
    return Person(id=person.id, handle=person.handle, name=person.name, url=person.url, avatar=person.avatar, bio=bio)


def _quoted(value: dict[str, Any]) -> PostUri | None:
    inner = record(record(value.get("embed")).get("record"))
    return post_uri(string(inner.get("uri")) or string(record(inner.get("record")).get("uri")))
