"""What the pretend data server does for who is signed in: sessions, writing a post, notifications."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from ..clock import parse_moment, zulu
from ..ids import cid
from ..wire import Json, RefusalError, Request, Response, json_response
from .model import Person, Post
from .network import BlueskyNetwork
from .posting import checked_record
from .records import COLLECTION, record
from .sessions import rate_headers, refusal
from .views import Views

TID = re.compile("[2-7a-j][2-7a-z]{12}")
FIVE_MINUTES, HOUR, DAY = 300, 3_600, 86_400
SIGN_INS = ((30, FIVE_MINUTES), (300, DAY))
"""How many, in how many seconds: by name."""
WRITES = ((5_000, HOUR), (35_000, DAY))
"""Points, by account."""
A_CREATION = 3
REPLY_REACH = 5
"""How many posts upwards a reply tells somebody of itself."""


class Desk:
    """Answers what needs a session; None for everything else."""

    def __init__(self, network: BlueskyNetwork) -> None:
        self._network = network
        self._methods: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("POST", "com.atproto.server.createSession"): self._create_session,
            ("POST", "com.atproto.server.refreshSession"): self._refresh_session,
            ("GET", "com.atproto.server.getSession"): self._get_session,
            ("POST", "com.atproto.repo.createRecord"): self._create_record,
            ("GET", "app.bsky.notification.listNotifications"): self._notifications,
        }

    def answer(self, request: Request) -> Response | None:
        method = self._methods.get((request.method, request.path.removeprefix("/xrpc/")))
        if method is None or not request.path.startswith("/xrpc/"):
            return None
        try:
            return method(request)
        except RefusalError as error:
            return error.response

    def _spend(self, key: str, limits: Sequence[tuple[int, int]], *, cost: int = 1) -> None:
        """Count something against its limits. Raises RefusalError, with the numbers of the one that is used up."""
        for limit, seconds in limits:
            allowance = self._network.windows.take(f"{key} {seconds}", limit, seconds=seconds, cost=cost)
            if not allowance.allowed:
                error = refusal(429, "RateLimitExceeded", "Rate Limit Exceeded")
                error.response.headers = rate_headers(allowance, seconds)
                raise error

    def _create_session(self, request: Request) -> Response:
        said = read_json(request)
        name = str(said.get("identifier", ""))
        self._spend(f"session {name}", SIGN_INS)
        person = self._network.resolve(name)
        if person is None or self._network.sessions.passwords.get(person.did) != said.get("password"):
            raise refusal(401, "AuthenticationRequired", "Invalid identifier or password")
        if person.standing:
            raise refusal(401, "AccountTakedown", "Account has been taken down")
        return json_response(self._session(person, self._network.sessions.open(person.did)))

    def _refresh_session(self, request: Request) -> Response:
        did = self._network.sessions.renew(request)
        return json_response(self._session(self._network.people[did], self._network.sessions.open(did)))

    def _get_session(self, request: Request) -> Response:
        return json_response(self._session(self._holder(request), {}))

    def _session(self, person: Person, tokens: Json) -> Json:
        return {**tokens, "did": person.did, "handle": person.handle, "active": True}

    def _holder(self, request: Request) -> Person:
        return self._network.people[self._network.sessions.holder(request)]

    def _create_record(self, request: Request) -> Response:
        person, said = self._holder(request), read_json(request)
        if self._network.resolve(str(said.get("repo", ""))) is not person:
            raise refusal(401, "AuthenticationRequired", "Authentication Required")
        if said.get("collection") != COLLECTION:
            raise refusal(400, "InvalidRequest", f"This data server takes {COLLECTION} only")
        self._spend(f"writes {person.did}", WRITES, cost=A_CREATION)
        found, rkey = checked_record(self._network, said.get("record")), self._free_key(person, said.get("rkey"))
        post = self._network.post(
            person,
            found.value["text"],
            under=found.parent,
            quote=found.quoted,
            at=self._network.ground.clock.now(),
            claimed_at=parse_moment(found.value["createdAt"]),
            rkey=rkey,
        )
        post.raw_record = found.value
        commit = {"cid": cid(f"commit {post.uri}"), "rev": post.rkey}
        return json_response({"uri": post.uri, "cid": post.cid, "commit": commit, "validationStatus": "valid"})

    def _free_key(self, person: Person, rkey: Any) -> str:
        """The key that a client wants its record under, a TID as for every post; empty when it wants none."""
        if rkey is None:
            return ""
        if not isinstance(rkey, str) or not TID.fullmatch(rkey):
            raise refusal(400, "InvalidRequest", "Invalid record key: a post has a TID")
        there = self._network.find(f"at://{person.did}/{COLLECTION}/{rkey}")
        if there is not None and there.exists:
            status = self._network.taken_key_status
            error = "InvalidRequest" if status == 400 else "InternalServerError"
            raise refusal(status, error, f"There is a record already: {rkey}" if status == 400 else "Internal Error")
        return rkey

    def _notifications(self, request: Request) -> Response:
        """Newest first; one for each post, its mention before its quote before its being a reply."""
        person, limit = self._holder(request), request.first("limit") or "50"
        if not limit.isdigit() or not 1 <= int(limit) <= 100:
            raise refusal(400, "InvalidRequest", "Error: limit must be between 1 and 100")
        wanted, cursor = request.query.get("reasons"), request.first("cursor")
        found = [(post, *why) for post in self._network.posts.values() if (why := self._reason(post, person))]
        kept = [each for each in found if not wanted or each[1] in wanted]
        kept.sort(key=lambda each: order(each[0]), reverse=True)
        rest = [each for each in kept if cursor is None or order(each[0]) < cursor]
        page = rest[: int(limit)]
        views = Views(self._network)
        body: Json = {"notifications": [self._shown(views, *each) for each in page], "priority": False}
        return json_response({**body, "cursor": order(page[-1][0])} if len(rest) > len(page) else body)

    def _reason(self, post: Post, person: Person) -> tuple[str, str] | None:
        """Why a post is told to somebody, and about which post of theirs."""
        if post.author is person or not post.exists or self._network.blocked(post.author, person):
            return None
        features = [each for facet in record(post, self._network).get("facets", []) for each in facet["features"]]
        if any(each.get("did") == person.did for each in features):
            return "mention", ""
        if post.quote is not None and post.quote.author is person:
            return "quote", post.quote.uri
        above, height = post.parent, 0
        while above is not None and height < REPLY_REACH:
            if above.author is person:
                return "reply", above.uri
            above, height = above.parent, height + 1
        return None

    def _shown(self, views: Views, post: Post, reason: str, subject: str) -> Json:
        author = views.person(post.author) | ({"description": post.author.bio} if post.author.bio else {})
        facts = {"uri": post.uri, "cid": post.cid, "author": author, "reason": reason}
        about = {"reasonSubject": subject} if subject else {}
        value = {"record": record(post, self._network), "isRead": False, "indexedAt": zulu(post.at), "labels": []}
        return {**facts, **about, **value}


def order(post: Post) -> str:
    return f"{zulu(post.at)}::{post.rkey}"


def read_json(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise refusal(400, "InvalidRequest", "Request encoding (Content-Type) must be application/json")
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise refusal(400, "InvalidRequest", "Error: Input must be an object")
    return body
