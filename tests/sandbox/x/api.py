"""The endpoints of the pretend X API v2, by paths and limits of the documentation."""

import math
import re
from collections.abc import Callable
from datetime import timedelta

from ..wire import Json, RefusalError, Request, Response, json_response
from . import problems
from .answers import Answer
from .fields import post_fields
from .model import Person, Post
from .network import XNetwork
from .paging import Page, cut_page, read_size, read_token, read_window, search_window
from .query import Query, parse_query
from .words import FIELD_PARAMETERS, Asked, read_asked

QUARTER_HOUR = 15 * 60
WEEK = timedelta(days=7)
MONTH = timedelta(days=30)
TIMELINE_REACH = 3200
MENTIONS_REACH = 800
USERNAME = re.compile(r"[A-Za-z0-9_]{1,15}")
NUMBER = re.compile(r"[0-9]{1,19}")

SEARCH_PARAMETERS = frozenset(
    {
        "query",
        "start_time",
        "end_time",
        "since_id",
        "until_id",
        "max_results",
        "next_token",
        "pagination_token",
    }
    | {"sort_order"}
)
TIMELINE_PARAMETERS = frozenset({"since_id", "until_id", "start_time", "end_time", "max_results", "pagination_token"})

Handler = Callable[["XApi", Request, Asked, str], Response]


class XApi:
    """Answers requests from the state of an `XNetwork`."""

    def __init__(self, network: XNetwork) -> None:
        self._network = network

    def __call__(self, request: Request, reader: Person | None = None) -> Response:
        """With the app's own token, or for `reader`, whose token was looked at already."""
        found = route(request.path)
        if request.method != "GET" or found is None:
            return Response(404)
        pattern, value = found
        handler, limit, parameters = ROUTES[pattern]
        limit = OWN_LIMITS[pattern] if reader else limit
        key = f"{pattern} {reader.id}" if reader else pattern
        allowance = self._network.windows.take(key, limit, seconds=QUARTER_HOUR)
        headers = rate_headers(limit, allowance.remaining, allowance.reset)
        try:
            if reader is None:
                self._check_bearer(request)
            if not allowance.allowed:
                raise problems.too_many_requests(headers)
            if pattern == "/2/tweets/search/all":
                self._check_second()
            check_parameters(request, parameters)
            response = handler(self, request, read_asked(request, self._network.dialect), value)
        except RefusalError as refusal:
            response = refusal.response
        response.headers = headers | response.headers
        return response

    # Lookups

    def lookup(self, request: Request, asked: Asked, _: str) -> Response:
        numbers = request.listed("ids")
        if not 1 <= len(numbers) <= 100:
            counted = f"The number of values in the `ids` query parameter list [{len(numbers)}]"
            raise problems.invalid("ids", ",".join(numbers), f"{counted} is not between 1 and 100")
        return json_response(self._looked_up(list(dict.fromkeys(numbers)), asked, parameter="ids"))

    def lookup_one(self, _: Request, asked: Asked, number: str) -> Response:
        return json_response(self._looked_up([number], asked, parameter="id"))

    def _looked_up(self, numbers: list[str], asked: Asked, *, parameter: str) -> Json:
        """Posts in the order asked for; those that cannot be seen are errors inside the 200."""
        answer, posts = Answer(self._network, asked), []
        for number in numbers:
            if not NUMBER.fullmatch(number):
                raise problems.not_a_value(parameter, number, "does not match ^[0-9]{1,19}$")
            post = self._network.posts.get(int(number))
            problem = problems.why_hidden(number, post, parameter=parameter, dialect=asked.dialect)
            if problem is not None:
                answer.add_errors([problem])
            elif post is not None:
                posts.append(post)
        return answer.body(posts, single=parameter == "id")

    def user_by_username(self, _: Request, asked: Asked, username: str) -> Response:
        if not USERNAME.fullmatch(username):
            raise problems.not_a_value("username", username, "does not match ^[A-Za-z0-9_]{1,15}$")
        person = self._network.named(username)
        if person is None:
            found = problems.missing(username, parameter="username", dialect=asked.dialect, resource="user")
            return json_response({"errors": [found]})
        if person.suspended:
            found = problems.suspended(username, username, parameter="username", dialect=asked.dialect)
            return json_response({"errors": [found]})
        return json_response(Answer(self._network, asked).people(person))

    # Search

    def search_recent(self, request: Request, asked: Asked, _: str) -> Response:
        return self._search(request, asked, longest=512, most=100, back=WEEK)

    def search_all(self, request: Request, asked: Asked, _: str) -> Response:
        return self._search(request, asked, longest=1024, most=500, back=MONTH)

    def _search(self, request: Request, asked: Asked, *, longest: int, most: int, back: timedelta) -> Response:
        text = request.first("query") or ""
        if not 1 <= len(text) <= longest:
            message = f"The `query` query parameter must have a length between 1 and {longest}"
            raise problems.invalid("query", text, message)
        size = read_size(request, least=10, most=most)
        token = read_token(request, "next_token", "pagination_token")
        reaches = WEEK if back is WEEK else None
        window = search_window(request, self._network.ground.clock.now(), back=back, reaches=reaches)
        query = parse_query(text, self._network.named)
        if token is None:
            self._network.begin_search()
        posts = [
            post
            for post in self._network.newest_first()
            if window.holds(post) and self._network.indexed(post) and self._findable(post, query)
        ]
        return self._paged(posts, asked, token, size=size, fingerprint=f"{request.path} {text}")

    def _findable(self, post: Post, query: Query) -> bool:
        is_asked_root = post.id in query.conversations and not self._network.root_in_search
        is_found_by_word = query.has_keyword and post.retweeted_id is not None
        return not is_asked_root and not is_found_by_word and query.matches(post)

    # Timelines

    def user_posts(self, request: Request, asked: Asked, number: str) -> Response:
        person = self._person(number, asked)
        excluded = set(request.listed("exclude"))
        if not excluded <= {"replies", "retweets"}:
            raise problems.not_a_value("exclude", ",".join(sorted(excluded)), "is not one of [replies,retweets]")
        reachable = [post for post in self._network.newest_first() if post.author is person][:TIMELINE_REACH]
        kept = [
            post
            for post in reachable
            if not ("replies" in excluded and post.parent_id) and not ("retweets" in excluded and post.retweeted_id)
        ]
        return self._timeline(request, asked, kept)

    def user_mentions(self, request: Request, asked: Asked, number: str) -> Response:
        person = self._person(number, asked)
        found = [post for post in self._network.newest_first() if self._mentions(post, person)]
        return self._timeline(request, asked, found[:MENTIONS_REACH], owned=self._network.is_bot(person))

    def _mentions(self, post: Post, person: Person) -> bool:
        fields = post_fields(post, self._network, "legacy")
        found = (part.get("entities", {}).get("mentions", []) for part in (fields, fields.get("note_tweet", {})))
        return any(mention["id"] == person.id for mentions in found for mention in mentions)

    def _person(self, number: str, asked: Asked) -> Person:
        """The person of a timeline. Raises RefusalError with the 200 that says why there is none."""
        person = self._network.people.get(number)
        if person is None:
            error = problems.missing(number, parameter="id", dialect=asked.dialect, resource="user")
        elif person.suspended:
            error = problems.suspended(number, number, parameter="id", dialect=asked.dialect)
        elif person.protected:
            error = problems.unauthorized_person(number, dialect=asked.dialect)
        else:
            return person
        raise RefusalError(json_response({"errors": [error]}))

    def _timeline(self, request: Request, asked: Asked, posts: list[Post], *, owned: bool = False) -> Response:
        size = read_size(request, least=5, most=100)
        window = read_window(request)
        token = read_token(request, "pagination_token")
        held = [post for post in posts if window.holds(post)]
        return self._paged(held, asked, token, size=size, fingerprint=request.path, owned=owned)

    # Pages

    def _paged(
        self,
        posts: list[Post],
        asked: Asked,
        token: str | None,
        *,
        size: int,
        fingerprint: str,
        owned: bool = False,
    ) -> Response:
        page = cut_page(
            posts,
            token,
            size=size,
            fingerprint=fingerprint,
            faults=self._network.paging,
            parameter="pagination_token",
        )
        return json_response(Answer(self._network, asked).body(page.posts, meta=page_facts(page), owned=owned))

    def _check_bearer(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self._network.bearer_token}":
            raise problems.unauthorized()

    def _check_second(self) -> None:
        """search/all allows one call a second besides its 300 in 15 minutes."""
        now = self._network.ground.clock.seconds()
        if self._network.call_per_second and now - self._network.last_full_search < 1:
            raise problems.too_many_requests(rate_headers(1, 0, math.ceil(self._network.last_full_search + 1)))
        self._network.last_full_search = now


def page_facts(page: Page) -> Json:
    facts: Json = {"result_count": len(page.posts)}
    if page.posts:
        facts |= {"newest_id": str(page.posts[0].id), "oldest_id": str(page.posts[-1].id)}
    if page.next_token:
        facts["next_token"] = page.next_token
    return facts


def rate_headers(limit: int, remaining: int, reset: int) -> dict[str, str]:
    return {
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(remaining),
        "x-rate-limit-reset": str(reset),
    }


def check_parameters(request: Request, known: frozenset[str]) -> None:
    for name in request.query:
        if name not in known | FIELD_PARAMETERS:
            raise problems.invalid(name, name, f"The query parameter [{name}] is not known to this endpoint")


def route(path: str) -> tuple[str, str] | None:
    """The pattern of a path and the value in it."""
    if path in ROUTES:
        return path, ""
    for pattern in ROUTES:
        expression = re.sub(r":\w+", r"([^/]+)", pattern)
        if ":" in pattern and (match := re.fullmatch(expression, path)):
            return pattern, match[1]
    return None


ROUTES: dict[str, tuple[Handler, int, frozenset[str]]] = {
    "/2/tweets": (XApi.lookup, 3500, frozenset({"ids"})),
    "/2/tweets/search/recent": (XApi.search_recent, 450, SEARCH_PARAMETERS),
    "/2/tweets/search/all": (XApi.search_all, 300, SEARCH_PARAMETERS),
    "/2/tweets/:id": (XApi.lookup_one, 450, frozenset()),
    "/2/users/by/username/:username": (XApi.user_by_username, 300, frozenset()),
    "/2/users/:id/tweets": (XApi.user_posts, 10_000, TIMELINE_PARAMETERS | {"exclude"}),
    "/2/users/:id/mentions": (XApi.user_mentions, 450, TIMELINE_PARAMETERS),
}
"""Path, its handler, its limit per 15 minutes for an app, the parameters it knows beside the fields."""
OWN_LIMITS = {"/2/users/:id/tweets": 900, "/2/users/:id/mentions": 300}
"""What people's own tokens open of themselves, with the limit for each."""
