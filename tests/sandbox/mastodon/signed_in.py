"""What a pretend Mastodon host has for applications with a token: who they are, notifications, writing statuses."""

import json
import re
from collections.abc import Callable, Iterator
from typing import get_args
from urllib.parse import parse_qs, urlencode

from ..clock import milliseconds, zulu
from ..wire import Json, RefusalError, Request, Response, json_response
from .api import CALLS, FIVE_MINUTES, MastodonApi, cut, read_limit, refusal, wanted
from .markup import PIECE, mentioned
from .model import Status, Token, Visibility
from .network import Instance
from .shapes import account_entity, status_entity

LONGEST, SHORT_LINK = 500, 23
MOST_NOTIFICATIONS, DEFAULT_NOTIFICATIONS = 80, 40
OUTSIDE = "This action is outside the authorized scopes"
NO_PARENT = "The post you are trying to reply to does not appear to exist."
VISIBILITIES: dict[str, Visibility] = {name: name for name in get_args(Visibility)}
READS_STATUSES = re.compile(r"/api/v1/(?:statuses|accounts/[^/]+/statuses)(?:/|$)")
FIELDS = frozenset({"status", "in_reply_to_id", "visibility", "language", "sensitive", "spoiler_text"})


class SignedInMastodon:
    """A `MastodonApi` that also knows tokens."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._rest = MastodonApi(instance)

    def __call__(self, request: Request) -> Response:
        if "authorization" not in request.headers or not request.path.startswith("/api/"):
            return self._rest(request)
        headers: dict[str, str] = {}
        try:
            token = self._token(request)
            allowance = self._instance.windows.take(f"token {token.account.username}", CALLS, seconds=FIVE_MINUTES)
            headers = self._rest.rate_headers(allowance)
            if not allowance.allowed:
                raise refusal(429, "Too many requests")
            if READS_STATUSES.match(request.path) and request.method == "GET":
                check_scope(token, "read:statuses")
            response = self._routed(request, token) or self._rest(request)
        except RefusalError as error:
            response = error.response
        response.headers = response.headers | headers
        return response

    def _token(self, request: Request) -> Token:
        scheme, _, word = request.headers["authorization"].partition(" ")
        token = self._instance.tokens.get(word) if scheme == "Bearer" else None
        if token is None:
            raise refusal(401, "The access token is invalid")
        return token

    def _routed(self, request: Request, token: Token) -> Response | None:
        call = request.method, request.path
        routes: dict[tuple[str, str], tuple[str, Callable[[Request, Token], Response]]] = {
            ("GET", "/api/v1/accounts/verify_credentials"): ("read:accounts", self._me),
            ("GET", "/api/v1/notifications"): ("read:notifications", self._notifications),
            ("POST", "/api/v1/statuses"): ("write:statuses", self._write),
        }
        scope, answer = routes.get(call, ("", None))
        if answer is not None:
            check_scope(token, scope)
            return answer(request, token)
        if call == ("GET", f"/api/v1/accounts/{self._instance.know(token.account)}/statuses"):
            return self._own_statuses(request, token)
        match = re.fullmatch(r"/api/v1/statuses/([^/]+)", request.path)
        status = self._instance.statuses.get(match[1]) if match and request.method == "GET" else None
        if status is not None and self._sees(status, token):
            return json_response(status_entity(status, self._instance))
        return None

    def _own_statuses(self, request: Request, token: Token) -> Response:
        """One page of one's own, whoever may read them."""
        written = self._instance.in_order(self._instance.written_by(token.account))
        kept = [status for status in written if not status.deleted and wanted(status, request)]
        page = cut(kept, request, self._instance, limit=read_limit(request))
        return json_response([status_entity(status, self._instance) for status in page])

    def _sees(self, status: Status, token: Token) -> bool:
        gone = status.deleted or status.author.suspended
        return not gone and (status.author is token.account or token.account in mentioned(status, self._instance))

    def _me(self, _: Request, token: Token) -> Response:
        source = {"privacy": "public", "sensitive": False, "language": None, "note": token.account.bio, "fields": []}
        return json_response({**account_entity(token.account, self._instance), "source": source})

    def _notifications(self, request: Request, token: Token) -> Response:
        """Mentions are all there is to tell. `since_id` gives the newest, `min_id` the next."""
        types, without = request.query.get("types[]"), request.query.get("exclude_types[]", [])
        told = "mention" not in without and (not types or "mention" in types)
        found = sorted(self._told(token), key=lambda each: each[0]) if told else []
        bounds = {name: int(value) for name in ("max_id", "since_id", "min_id") if (value := request.first(name))}
        newer = max(bounds.get("since_id", 0), bounds.get("min_id", 0))
        kept = [each for each in found if newer < each[0] < bounds.get("max_id", 1 << 63)]
        limit = min(int(request.first("limit") or DEFAULT_NOTIFICATIONS), MOST_NOTIFICATIONS)
        page = (kept[:limit] if "min_id" in bounds else kept[-limit:])[::-1]
        headers = {"Link": self._links(request, page[0][0], page[-1][0])} if page else {}
        return json_response([self._notification(number, status) for number, status in page], headers=headers)

    def _told(self, token: Token) -> Iterator[tuple[int, Status]]:
        """Each status that names the account, by a number that grows with time; this host learns of it now."""
        network = self._instance.network
        for home in (network.one, network.two):
            for status in list(home.status_ids):
                if status.author is token.account or network.home(status) is not home:
                    continue
                if self._sees(status, token):
                    self._learn(status)
                    low = int(self._instance.status_ids[status][-3:])
                    yield milliseconds(status.at) * 1000 + low, status

    def _learn(self, status: Status) -> None:
        above: Status | None = status
        while above is not None:
            self._instance.keep(above)
            above = above.parent

    def _notification(self, number: int, status: Status) -> Json:
        account, shown = account_entity(status.author, self._instance), status_entity(status, self._instance)
        facts = {"id": str(number), "type": "mention", "created_at": zulu(status.at), "account": account}
        return {**facts, "group_key": f"ungrouped-{number}", "status": shown}

    def _links(self, request: Request, newest: int, oldest: int) -> str:
        names = ("limit", "types[]", "exclude_types[]")
        kept = [(name, value) for name in names for value in request.query.get(name, [])]
        base = self._instance.base + request.path
        older, newer = (urlencode([*kept, bound]) for bound in (("max_id", oldest), ("min_id", newest)))
        return f'<{base}?{older}>; rel="next", <{base}?{newer}>; rel="prev"'

    def _write(self, request: Request, token: Token) -> Response:
        """The same Idempotency-Key of the same account gets the status that was made before."""
        key = (token.account.username, request.headers.get("idempotency-key", ""))
        if key[1] and key in self._instance.made:
            return json_response(status_entity(self._instance.made[key], self._instance))
        said = read_fields(request)
        text, visibility = said.get("status", ""), VISIBILITIES.get(said.get("visibility") or "public")
        if not text.strip():
            raise refusal(422, "Validation failed: Text can't be blank")
        if counted(text + said.get("spoiler_text", "")) > LONGEST:
            raise refusal(422, f"Validation failed: Text character limit of {LONGEST} exceeded")
        if visibility is None:
            raise refusal(422, "Validation failed: Visibility is not included in the list")
        parent = self._instance.statuses.get(said.get("in_reply_to_id", ""))
        if said.get("in_reply_to_id") and (parent is None or not (parent.readable or self._sees(parent, token))):
            raise refusal(404, NO_PARENT)
        status = self._instance.post(
            token.account,
            text,
            under=parent,
            at=self._instance.ground.clock.now(),
            spoiler=said.get("spoiler_text", ""),
            visibility=visibility,
            language=said.get("language") or "en",
            greet=False,
        )
        self._instance.made[key] = status
        return json_response(status_entity(status, self._instance))


def check_scope(token: Token, scope: str) -> None:
    """Raises RefusalError for a token that was given neither this scope nor the one around it."""
    if not token.scopes & {scope, scope.partition(":")[0]}:
        raise refusal(403, OUTSIDE)


def read_fields(request: Request) -> dict[str, str]:
    """A form or JSON, as Mastodon takes both. Raises RefusalError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    try:
        if kind == "application/json":
            said = {name: value for name, value in json.loads(request.body).items() if value is not None}
        else:
            said = {name: values[-1] for name, values in parse_qs(request.body.decode()).items()}
    except (ValueError, AttributeError):
        raise refusal(400, "Error occurred while parsing request parameters") from None
    if not said.keys() <= FIELDS:
        raise refusal(422, f"This host takes no {', '.join(sorted(said.keys() - FIELDS))}")
    return {name: str(value) for name, value in said.items()}


def counted(text: str) -> int:
    """A link counts 23, a mention only without its host."""

    def short(found: re.Match[str]) -> str:
        if found["url"]:
            return "x" * SHORT_LINK
        return "@" + found["mention"].partition("@")[0] if found["mention"] else found.group()

    return len(PIECE.sub(short, text))
