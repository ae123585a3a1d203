"""Where X is asked: every call goes out from here, is checked, counted, and taken into what was gathered."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from unroller.core.errors import BadAnswer, OutOfCredits, UnrollError
from unroller.sources.recording import Exchange, Recorder
from unroller.sources.x.gathered import Gathered, paid
from unroller.sources.x.payload import (
    Json,
    author_id,
    conversation_id,
    history,
    next_token,
    objects,
    order,
    references,
    string,
)
from unroller.sources.x.problems import refusal
from unroller.sources.x.vocabulary import Vocabulary, other

BATCH = 100
"""Ids that one lookup takes."""
PACE = 1.05
"""Seconds between two calls of search/all, which allows one a second."""
PAGE = {"recent": 100, "all": 500}
TIMELINE_PAGE = 100


class Page(NamedTuple):
    """One page of posts, newest first, and the token of the next page, empty at the end."""

    ids: list[str]
    token: str


class Desk:
    """Asks X over one recording."""

    def __init__(self, web: Recorder, address: str, bearer: str, *, vocabulary: Vocabulary) -> None:
        self.gathered = Gathered()
        self.looked_up: set[str] = set()
        self._web = web
        self._address = address.rstrip("/")
        self._headers = {"Authorization": f"Bearer {bearer}"}
        self._vocabulary = vocabulary
        self._counted: tuple[str, frozenset[str]] = ("", frozenset())

    def count(self, author: str, conversations: Iterable[str]) -> None:
        """Whose posts, in which conversations, are progress from now on."""
        self._counted = (author, frozenset(conversations))

    def first(self, wanted: str) -> Json:
        """The linked post. Raises what X says when it is not shown, BadAnswer when fields are missing."""
        self.lookup([wanted], people=True)
        post = self._shown(wanted)
        if _is_stripped(post):
            self._vocabulary = other(self._vocabulary)
            self.lookup([wanted], people=True)
            post = self._shown(wanted)
        if _is_stripped(post):
            raise self._forgotten(BadAnswer("X sends posts without author_id, conversation_id or references"))
        return post

    def lookup(self, ids: Iterable[str], *, people: bool, above: bool = False) -> None:
        """Posts by id. `people`: with their authors; `above`: also what they answer or quote, as paid reads."""
        wanted = sorted(set(ids), key=order)
        for at in range(0, len(wanted), BATCH):
            batch = wanted[at : at + BATCH]
            fields = self._vocabulary.parameters(people=people, above=above)
            self._ask("/2/tweets", {"ids": ",".join(batch), **fields}, bucket="x:lookup")
            self.looked_up.update(batch)

    def look_again(self, wanted: str) -> None:
        """The linked post once more: what its author is called now, and whether it is still shown."""
        self._ask("/2/tweets", {"ids": wanted, **self._vocabulary.author_only()}, bucket="x:lookup")

    def search(self, reach: str, query: str, within: Mapping[str, str], *, token: str = "") -> Page:
        """One page of search, `reach` "recent" or "all". Raises BadAnswer when its posts cannot be placed."""
        page = self._page(
            f"/2/tweets/search/{reach}",
            {"query": query, "max_results": str(PAGE[reach]), **within},
            token=token,
            bucket=f"x:{reach}",
            every=PACE if reach == "all" else 0,
        )
        posts = [self.gathered.posts[found] for found in page.ids if found in self.gathered.posts]
        if posts and all(map(_is_stripped, posts)):
            raise self._forgotten(BadAnswer("X sends search results without author, conversation or references"))
        return page

    def timeline(self, person: str, within: Mapping[str, str], *, token: str = "") -> Page:
        """One page of what a person wrote, replies included: leaving them out would hide threads."""
        limits = {"max_results": str(TIMELINE_PAGE), "exclude": "retweets", **within}
        return self._page(f"/2/users/{person}/tweets", limits, token=token, bucket="x:timeline")

    def _page(self, path: str, limits: Mapping[str, str], *, token: str, bucket: str, every: float = 0) -> Page:
        parameters = {**limits, **self._vocabulary.parameters(people=False, above=False)}
        if token:
            parameters["pagination_token"] = token
        body = self._ask(path, parameters, bucket=bucket, every=every)
        ids = [string(post, "id") for post in objects(body.get("data"))]
        return Page(ids, next_token(body))

    def _ask(self, path: str, parameters: Mapping[str, str], *, bucket: str, every: float = 0) -> Json:
        before = len(self._web.raw.exchanges)
        exchange = self._web.ask(self._address + path, parameters, bucket=bucket, headers=self._headers, every=every)
        self._last = exchange
        if exchange.status != 200 or not isinstance(exchange.body, dict):
            error = refusal(exchange.status, exchange.body)
            if isinstance(error, OutOfCredits):
                self._web.break_circuit(bucket)
            raise self._forgotten(error)
        body: Json = exchange.body
        self.gathered.absorb(body)
        if len(self._web.raw.exchanges) > before:
            self._web.spend("x", paid(body))
        self._web.progress(sum(map(self._counts, self.gathered.posts.values())))
        return body

    def _counts(self, post: Json) -> bool:
        author, conversations = self._counted
        return author_id(post) == author and conversation_id(post) in conversations

    def _shown(self, wanted: str) -> Json:
        post = self.gathered.post(wanted)
        if post is None:
            error = self.gathered.absence(wanted)
            raise error if error.permanent else self._forgotten(error)
        return post

    def _forgotten(self, error: UnrollError) -> UnrollError:
        """Takes the last answer out of the recording, so that a later attempt asks anew instead of replaying it."""
        exchanges: list[Exchange] = self._web.raw.exchanges
        if self._last in exchanges:
            exchanges.remove(self._last)
        return error


def zulu(moment: datetime) -> str:
    """A time as X takes it, in whole seconds, cut not rounded."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _is_stripped(post: Json) -> bool:
    """Whether X left out, without a word, what places a post: it does so with field names it no longer knows."""
    if not author_id(post) or not conversation_id(post):
        return True
    return conversation_id(post) not in history(post) and not references(post)
