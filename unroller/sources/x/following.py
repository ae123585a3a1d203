"""Following on X: who a handle is, and what somebody wrote since the last look, at the price of the new posts alone."""

import logging
from collections.abc import Mapping
from datetime import datetime
from itertools import islice

import regex

from unroller.core.errors import BadAnswer, NoSuchAccount, OutOfCredits, Protected, UnrollError, Withheld
from unroller.core.posts import Person
from unroller.sources.fields import record
from unroller.sources.following import ProfileRef, Recent, RecentPost
from unroller.sources.recording import Exchange, Recorder
from unroller.sources.x.desk import Page, zulu
from unroller.sources.x.gathered import paid
from unroller.sources.x.links import is_ours, split
from unroller.sources.x.parse import person_of
from unroller.sources.x.payload import (
    Json,
    answered_id,
    conversation_id,
    created_at,
    handle,
    history,
    next_token,
    objects,
    order,
    parent_id,
    person_id,
    post_id,
    references,
    repeated_id,
    time_of,
)
from unroller.sources.x.problems import ERRORS, refusal, why, withheld
from unroller.sources.x.searching import read_pages
from unroller.sources.x.vocabulary import PERSON, Vocabulary

logger = logging.getLogger(__name__)

HANDLE = regex.compile(r"@?([A-Za-z0-9_]{1,15})")
PROFILE = regex.compile(
    r"/@?([A-Za-z0-9_]{1,15})(?:/(?:with_replies|media|articles|highlights|likes|followers|following))?/*"
)
RESERVED = frozenset(
    {"about", "account", "compose", "download", "explore", "hashtag", "help", "home", "i", "intent", "jobs", "login"}
    | {"logout", "messages", "notifications", "privacy", "search", "settings", "share", "signup", "tos"}
)
"""What stands in the place of a handle and is none."""
USER_READ = 2
"""Reading a person costs as much as reading two posts, and the day's budget counts posts."""
PAGE = "100"
MOST_PAGES = 10
"""A third of what a timeline reaches back (3,200 posts), and far more than anybody writes between two looks."""


def match(text: str) -> ProfileRef | None:
    """The person whom `@handle`, `handle` or a link to a profile on X names."""
    found = HANDLE.fullmatch(text)
    if found is None:
        parts = split(text)
        found = PROFILE.fullmatch(parts.path) if parts and is_ours(parts) else None
    if found is None or found[1].lower() in RESERVED:
        return None
    return ProfileRef("x", found[1].lower())


class Counter:
    """Asks X about one person."""

    def __init__(self, web: Recorder, address: str, bearer: str, *, vocabulary: Vocabulary) -> None:
        self._web = web
        self._address = address.rstrip("/")
        self._headers = {"Authorization": f"Bearer {bearer}"}
        self._vocabulary = vocabulary

    def look_up(self, name: str) -> Person:
        """The person who has this handle today. Raises NoSuchAccount, Suspended, Protected, Withheld."""
        body = self._told(self._ask(f"/2/users/by/username/{name}", {"user.fields": PERSON}, bucket="x:people"))
        found = record(body.get("data"))
        own = person_id(found.get("id"))
        if not own or not handle(found):
            raise _absence(body)
        self._web.spend("x", USER_READ)
        if found.get("protected") is True:
            raise Protected(f"{own} is protected")
        if withheld(found):
            raise Withheld(f"{own} is withheld")
        return person_of(own, found)

    def recent(self, own: str, *, cursor: str, since: datetime) -> Recent:
        """The posts after the post `cursor`; where X no longer takes that one, those after its time."""
        posts: dict[str, Json] = {}
        bounds = [{"start_time": zulu(time_of(cursor) or since)}]
        if post_id(cursor):
            bounds.insert(0, {"since_id": cursor})

        def ask(token: str) -> Page:
            exchange = self._timeline(own, bounds[0], token)
            if exchange.status == 400 and len(bounds) > 1 and not token:
                del bounds[0]
                exchange = self._timeline(own, bounds[0], token)
            body = self._told(exchange)
            if "data" not in body and body.get("errors"):
                raise _absence(body)
            self._web.spend("x", paid(body))
            found = {key: post for post in objects(body.get("data")) if (key := post_id(post.get("id")))}
            posts.update(found)
            return Page(list(found), next_token(body))

        pages = list(islice(read_pages(ask, set()), MOST_PAGES))
        if len(pages) == MOST_PAGES and pages[-1].token:
            logger.warning(
                "X person %s: more than %d pages since %s, the oldest are passed over", own, MOST_PAGES, cursor
            )
        if posts and all(map(_is_stripped, posts.values())):
            raise BadAnswer("X sends timelines without conversation or references")
        found = [_recent_post(posts[each], own, posts) for each in sorted(posts, key=order)]
        return Recent(posts=tuple(filter(None, found)), cursor=max([cursor, *posts], key=order))

    def _timeline(self, own: str, bound: Mapping[str, str], token: str) -> Exchange:
        """One page, replies included: leaving them out would hide threads."""
        parameters = {"max_results": PAGE, "exclude": "retweets", **bound, **self._vocabulary.kinship_only()}
        if token:
            parameters["pagination_token"] = token
        return self._ask(f"/2/users/{own}/tweets", parameters, bucket="x:timeline")

    def _ask(self, path: str, parameters: Mapping[str, str], *, bucket: str) -> Exchange:
        return self._web.ask(self._address + path, parameters, bucket=bucket, headers=self._headers)

    def _told(self, exchange: Exchange) -> Json:
        if exchange.status == 200 and isinstance(exchange.body, dict):
            return exchange.body
        error = refusal(exchange.status, exchange.body)
        if isinstance(error, OutOfCredits):
            self._web.break_circuit("x:timeline")
        raise error


def _absence(body: Json) -> UnrollError:
    """Why somebody is not shown."""
    for error in objects(body.get("errors")):
        reason = why(error)
        return NoSuchAccount() if reason == "gone" else ERRORS[reason](f"account: {reason}")
    return BadAnswer("neither a person nor a reason why not")


def _recent_post(post: Json, own: str, others: Mapping[str, Json]) -> RecentPost | None:
    """None for what repeats somebody else, and for what has no time."""
    written = created_at(post)
    if written is None or repeated_id(post):
        return None
    above, versions = parent_id(post), history(post)
    is_own = answered_id(post) == own or (not answered_id(post) and above in others)
    return RecentPost(key=versions[0], parent_key=above if is_own else "", time=written, aliases=tuple(versions[1:]))


def _is_stripped(post: Json) -> bool:
    """Whether X left out what tells a reply: it drops field names it no longer knows without a word."""
    return not conversation_id(post) or (conversation_id(post) not in history(post) and not references(post))
