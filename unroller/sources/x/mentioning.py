"""The bot on X: its mentions, its answers below them, and whether an answer stands there already."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import ClassVar, NamedTuple

from unroller.core.errors import BadAnswer, NotConfigured, OutOfCredits, Unreachable, UnrollError
from unroller.core.mentions import Heard, heard
from unroller.core.posts import Person
from unroller.core.text import language
from unroller.sources.fields import record
from unroller.sources.mentioning import FIRST_LOOK, Mention, Mentions, NotSure, NotWelcome, Sent, unsure
from unroller.sources.recording import Exchange, Recorder, named
from unroller.sources.x.desk import BATCH, Page, zulu
from unroller.sources.x.parse import person_of
from unroller.sources.x.payload import (
    Json,
    answered_id,
    author_id,
    created_at,
    handle,
    history,
    next_token,
    objects,
    order,
    parent_id,
    person_id,
    post_id,
    quoted_id,
    repeated_id,
    string,
    time_of,
)
from unroller.sources.x.problems import problem, refusal
from unroller.sources.x.searching import read_pages
from unroller.sources.x.session import Session
from unroller.sources.x.vocabulary import PERSON, Vocabulary
from unroller.sources.x.words import typed

ANSWER, OWNED_READ, POST_READ, USER_READ = 10_000, 1_000, 5_000, 10_000
"""Prices in millionths of a US dollar: an answer to who summoned us, a post of our own mentions, a post, a person."""
MOST_PAGES = 100
"""The timeline of mentions reaches back 800 posts, and a page may hold as few as X likes."""
LATE = timedelta(minutes=1)
"""Many machines give out ids, and a post may be shown after a newer one: the last minute is looked at again, which
costs nothing on the same day."""
MOST_OWN_PAGES = 32
PAGE = "100"
SCOPE_WORDS = ("scope", "suspended", "locked", "unsupported authentication", "oauth")
"""What X says when it refuses the bot itself, not one answer of it."""


class XBot:
    """The bot's account on X."""

    key: ClassVar[str] = "x"
    label: ClassVar[str] = "X"
    most_characters: ClassVar[int] = 250

    def __init__(self, api_url: str, session: Session, *, bearer: str, vocabulary: Vocabulary) -> None:
        """`bearer`: the app's own token, for what anybody may read; the bot's stands in where there is none."""
        self._bearer = bearer
        self._api_url = api_url.rstrip("/")
        self.session = session
        self._vocabulary = vocabulary

    def who(self, web: Recorder) -> Person:
        try:
            found = record(self._read(web, "/2/users/me", {"user.fields": PERSON}).get("data"))
            own = person_id(found.get("id"))
            if not own or not handle(found):
                raise BadAnswer("nobody in X's answer about the bot itself")
            return person_of(own, found)
        except UnrollError as error:
            raise named(error, self.label) from error.__cause__

    def mentions(self, own: Person, web: Recorder, *, cursor: str) -> Mentions:
        try:
            return self._mentions(own, web, cursor)
        except UnrollError as error:
            raise named(error, self.label) from error.__cause__

    def answer(self, mention: Mention, words: str, link: str, web: Recorder) -> Sent:
        try:
            below = mention.reply_to.get("id") or mention.key
            body = {"text": f"{words}\n{link}", "reply": {"in_reply_to_tweet_id": below}}
            exchange = self._post(web, json.dumps(body, ensure_ascii=False).encode())
            own = post_id(record(record(exchange.body).get("data")).get("id"))
            if exchange.status in {200, 201} and own:
                return Sent(key=own, micros=ANSWER)
            raise self._refused(web, exchange)
        except UnrollError as error:
            raise named(error, self.label) from error.__cause__

    def own_answer(self, own: Person, mention: Mention, web: Recorder) -> Sent | None:
        versions = {mention.key, mention.reply_to.get("id", mention.key)}

        def ask(token: str) -> Page:
            limits = {"max_results": PAGE, "since_id": mention.key, "exclude": "retweets"}
            parameters = {**limits, **self._vocabulary.kinship_only(), **({"pagination_token": token} if token else {})}
            body = self._read(web, f"/2/users/{own.id}/tweets", parameters)
            posts = objects(body.get("data"))
            web.spend("x", len(posts))
            answers.extend(post_id(post.get("id")) for post in posts if parent_id(post) in versions)
            return Page([string(post, "id") for post in posts], next_token(body))

        answers: list[str] = []
        try:
            for pages, page in enumerate(read_pages(ask, set()), 1):
                if answers:
                    return Sent(key=answers[0], micros=ANSWER)
                if pages == MOST_OWN_PAGES and page.token:
                    raise Unreachable("too many answers since to tell whether one stands")
            return None
        except UnrollError as error:
            raise named(error, self.label) from error.__cause__

    def _mentions(self, own: Person, web: Recorder, cursor: str) -> Mentions:
        posts: dict[str, Json] = {}
        bounds = [{"start_time": zulu(time_of(cursor) or datetime.now(UTC) - FIRST_LOOK)}]
        if post_id(cursor):
            bounds.insert(0, {"since_id": _a_little_before(cursor)})

        def ask(token: str) -> Page:
            path = f"/2/users/{own.id}/mentions"
            parameters = {"max_results": PAGE, **self._vocabulary.words_only()}
            if token:
                parameters["pagination_token"] = token
            exchange = self._asked(web, path, {**parameters, **bounds[0]})
            if exchange.status == 400 and len(bounds) > 1 and not token:
                del bounds[0]
                exchange = self._asked(web, path, {**parameters, **bounds[0]})
            body = self._told(web, exchange)
            found = {key: post for post in objects(body.get("data")) if (key := post_id(post.get("id")))}
            posts.update(found)
            return Page(list(found), next_token(body))

        for _ in islice(read_pages(ask, set()), MOST_PAGES):
            pass
        wanted = [posts[key] for key in sorted(posts, key=order) if not repeated_id(posts[key])]
        fresh = {key for key in posts if order(key) > order(cursor)}
        writers = self._writers(web, [post for post in wanted if _asks(post, own)])
        micros = len(fresh) * OWNED_READ + writers.price(fresh)
        web.spend("x", -(-micros // POST_READ))
        found = [(post, mention) for post in wanted if (mention := _mention(post, own, writers))]
        return Mentions(
            mentions=tuple(mention for _, mention in found),
            cursor=max([cursor, *posts], key=order),
            again=sum(string(post, "id") not in fresh for post, _ in found),
            read=len(fresh),
            micros=micros,
        )

    def _writers(self, web: Recorder, asking: list[Json]) -> "_Writers":
        """Who wrote these posts. Only of those who ask, and of each one post: a post costs five times a mention and a
        person ten times, and below an answer of ours everybody names us without meaning to."""
        told = _Writers({}, {}, set())
        ids = list({author_id(post) or string(post, "id"): string(post, "id") for post in asking}.values())
        for at in range(0, len(ids), BATCH):
            query = {"ids": ",".join(ids[at : at + BATCH]), **self._vocabulary.authors_too()}
            exchange = (
                self._ask(web, "/2/tweets", query, self._bearer)
                if self._bearer
                else self._asked(web, "/2/tweets", query)
            )
            body = self._told(web, exchange)
            people = objects(record(body.get("includes")).get("users"))
            told.people.update((string(each, "id"), each) for each in people)
            told.authors.update((string(post, "id"), author_id(post)) for post in objects(body.get("data")))
            problems = filter(None, map(problem, objects(body.get("errors"))))
            told.gone.update(each.id for each in problems if each.of == "post")
        return told

    def _read(self, web: Recorder, path: str, parameters: Mapping[str, str]) -> Json:
        return self._told(web, self._asked(web, path, parameters))

    def _asked(self, web: Recorder, path: str, parameters: Mapping[str, str]) -> Exchange:
        """GET with the bot's own token, which is renewed when X no longer takes it."""
        token = self.session.access(web)
        exchange = self._ask(web, path, parameters, token)
        if exchange.status == 401:
            web.forget(exchange)
            exchange = self._ask(web, path, parameters, self.session.access(web, refused=token))
        return exchange

    def _ask(self, web: Recorder, path: str, parameters: Mapping[str, str], token: str) -> Exchange:
        bucket = f"x:bot:{path.rpartition('/')[2]}"
        headers = {"Authorization": f"Bearer {token}"}
        return web.ask(self._api_url + path, parameters, bucket=bucket, headers=headers)

    def _told(self, web: Recorder, exchange: Exchange) -> Json:
        if exchange.status == 200 and isinstance(exchange.body, dict):
            return exchange.body
        raise _counted(web, refusal(exchange.status, exchange.body))

    def _post(self, web: Recorder, body: bytes) -> Exchange:
        token = self.session.access(web)
        exchange = self._tell(web, body, token)
        if exchange.status == 401:
            exchange = self._tell(web, body, self.session.access(web, refused=token))
        return exchange

    def _tell(self, web: Recorder, body: bytes, token: str) -> Exchange:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        with unsure():
            return web.tell(f"{self._api_url}/2/tweets", body, bucket="x:bot:post", headers=headers)

    def _refused(self, web: Recorder, exchange: Exchange) -> UnrollError:
        """What X means by no id of a new post."""
        error, facts = refusal(exchange.status, exchange.body), record(exchange.body)
        said = f"{string(facts, 'title')} {string(facts, 'detail')}".lower()
        if exchange.status < 400:
            return NotSure("X posted something and does not say what")
        if isinstance(error, OutOfCredits) or exchange.status in {401, 404}:
            return _counted(web, error)
        if "duplicate" in said:
            return NotSure(str(error))
        if string(facts, "type").endswith("/client-forbidden") or any(word in said for word in SCOPE_WORDS):
            return NotConfigured(str(error))
        return NotWelcome(str(error))


def _counted(web: Recorder, error: UnrollError) -> UnrollError:
    if isinstance(error, OutOfCredits):
        web.break_circuit("x:bot:post")
    return error


class _Writers(NamedTuple):
    """What X told of who wrote some posts: people by id, authors by post, and posts that it does not show."""

    people: dict[str, Json]
    authors: dict[str, str]
    gone: set[str]

    def of(self, post: Json) -> Json:
        return self.people.get(author_id(post) or self.authors.get(string(post, "id"), ""), {})

    def price(self, fresh: set[str]) -> int:
        """In millionths of a US dollar, for posts that no look before asked about: X charges once a day."""
        asked = [author for post, author in self.authors.items() if post in fresh]
        return len(asked) * POST_READ + len(set(asked) & self.people.keys()) * USER_READ


def _a_little_before(cursor: str) -> str:
    """An id of the time before the newest that was seen; itself where ids hold no time."""
    return str(int(cursor) - (LATE // timedelta(milliseconds=1) << 22)) if time_of(cursor) else cursor


def _names(post: Json, own: Person) -> bool:
    return not typed(post).names.isdisjoint({own.id, own.handle.lower()})


def _asks(post: Json, own: Person) -> bool:
    """Whether its author has to be known: it names the bot and wants something; or it wants to be left alone, below an
    answer, and does not say whose it is."""
    said = heard(typed(post).text)
    if _names(post, own):
        return said != Heard.NOTHING
    return said == Heard.STOP and answered_id(post) == own.id and not author_id(post)


def _mention(post: Json, own: Person, writers: _Writers) -> Mention | None:
    """None for what has no author or time, and for what is not shown to everybody."""
    written = created_at(post)
    writer = writers.of(post)
    asker = person_id(writer.get("id")) or author_id(post)
    if written is None or not asker or writer.get("protected") is True or string(post, "id") in writers.gone:
        return None
    said, versions = typed(post), history(post)
    return Mention(
        key=versions[0],
        asker=person_of(asker, writer),
        text=said.text,
        written_at=written,
        is_explicit=_names(post, own),
        parent_key=parent_id(post),
        parent_author_id=answered_id(post) if parent_id(post) else "",
        quoted_key=quoted_id(post),
        lang=language(string(post, "lang")),
        reply_to={"id": string(post, "id")},
    )
