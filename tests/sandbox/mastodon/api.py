"""The endpoints of a pretend Mastodon host for readers who are not signed in."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlencode

from ..clock import zulu
from ..limits import Allowance
from ..wire import Json, RefusalError, Request, Response, html_response, json_response
from .context import ancestors, descendants
from .markup import status_page
from .model import Account, Status
from .network import Instance, id_order
from .shapes import account_entity, edit_entity, status_entity

FIVE_MINUTES = 300
CALLS = 300
MOST_STATUSES = 40
DEFAULT_STATUSES = 20
MOST_IDS = 20
FALSE = {"", "0", "f", "false", "off"}
Handler = Callable[["MastodonApi", Request, str], Response]


class MastodonApi:
    """Answers requests as one host."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    def __call__(self, request: Request) -> Response:
        if not request.path.startswith("/api/"):
            return self._page(request)
        allowance = self._instance.windows.take("address", CALLS, seconds=FIVE_MINUTES)
        headers = self.rate_headers(allowance)
        try:
            if not allowance.allowed:
                raise refusal(429, "Too many requests")
            if self._instance.restricted:
                raise refusal(401, "This API requires an authenticated user")
            response = self._routed(request)
        except RefusalError as error:
            response = error.response
        response.headers = headers | response.headers
        return response

    def _routed(self, request: Request) -> Response:
        if request.method != "GET":
            raise refusal(401, "The access token is invalid")
        for pattern, handler in ROUTES:
            if match := re.fullmatch(pattern, request.path):
                return handler(self, request, match[1] if match.groups() else "")
        raise refusal(404, "Not Found")

    def rate_headers(self, allowance: Allowance) -> dict[str, str]:
        """The reset is an ISO 8601 time on Mastodon, unix seconds on GoToSocial."""
        reset = str(allowance.reset)
        if self._instance.software == "mastodon":
            reset = zulu(datetime.fromtimestamp(allowance.reset, UTC))
        return {
            "X-RateLimit-Limit": str(allowance.limit),
            "X-RateLimit-Remaining": str(allowance.remaining),
            "X-RateLimit-Reset": reset,
        }

    # Statuses

    def status(self, _: Request, number: str) -> Response:
        return json_response(status_entity(self._readable(number), self._instance))

    def statuses(self, request: Request, _: str) -> Response:
        """Those of `id[]` that may be seen, in no promised order; more than 20 are refused."""
        numbers = list(dict.fromkeys(request.query.get("id[]", []) + request.query.get("id", [])))
        if len(numbers) > MOST_IDS:
            raise refusal(422, "Validation failed")
        found = (self._instance.statuses.get(number) for number in numbers)
        readable = [status for status in found if status is not None and status.readable]
        return json_response([status_entity(status, self._instance) for status in readable])

    def context(self, _: Request, number: str) -> Response:
        status, instance = self._readable(number), self._instance
        above = ancestors(status, instance, limit=instance.most_ancestors)
        below = descendants(status, instance, limit=instance.most_descendants, depth=instance.most_depth)
        headers = {}
        if instance.late:
            headers["Mastodon-Async-Refresh"] = f'id="context:{number}:refresh", retry={instance.late_retry}'
            instance.late = set()
        body = {
            "ancestors": [status_entity(each, instance) for each in above],
            "descendants": [status_entity(each, instance) for each in below],
        }
        return json_response(body, headers=headers)

    def history(self, _: Request, number: str) -> Response:
        status, instance = self._readable(number), self._instance
        return json_response([edit_entity(status, each, instance) for each in range(len(status.versions))])

    def _readable(self, number: str) -> Status:
        status = self._instance.statuses.get(number)
        if status is not None and status.author.suspended:
            raise refusal(410, "Gone")
        if status is None or not status.readable:
            raise refusal(404, "Record not found")
        return status

    # Accounts

    def account(self, _: Request, number: str) -> Response:
        return json_response(account_entity(self._account(number), self._instance))

    def lookup(self, request: Request, _: str) -> Response:
        account = self._instance.named(request.first("acct") or "")
        if account is None:
            raise refusal(404, "Record not found")
        return json_response(account_entity(self._account(self._instance.know(account)), self._instance))

    def account_statuses(self, request: Request, number: str) -> Response:
        """Newest first; `min_id` pages forward from the old end, `max_id` back from the new one."""
        account, instance = self._account(number), self._instance
        written = instance.in_order(status for status in instance.written_by(account) if status.readable)
        kept = [status for status in written if wanted(status, request)]
        limit = read_limit(request)
        page = cut(kept, request, instance, limit=limit)
        headers = {}
        if links := self._links(request, page, limit=limit):
            headers["Link"] = ", ".join(links)
        return json_response([status_entity(status, instance) for status in page], headers=headers)

    def _links(self, request: Request, page: list[Status], *, limit: int) -> list[str]:
        """`next` leads to older statuses while pages are full, `prev` to newer ones."""
        if not page:
            return []
        names = ("limit", "only_media", "exclude_replies", "exclude_reblogs", "tagged")
        kept = {name: value for name in names if (value := request.first(name)) is not None}
        base, ids = f"{self._instance.base}{request.path}", self._instance.status_ids
        older = f'<{base}?{urlencode({**kept, "max_id": ids[page[-1]]})}>; rel="next"'
        newer = f'<{base}?{urlencode({**kept, "min_id": ids[page[0]]})}>; rel="prev"'
        return [older, newer] if len(page) == limit else [newer]

    def _account(self, number: str) -> Account:
        account = self._instance.accounts.get(number)
        if account is None:
            raise refusal(404, "Record not found")
        if account.suspended:
            raise refusal(410, "Gone")
        return account

    # Pages for browsers

    def _page(self, request: Request) -> Response:
        if request.path == "/robots.txt":
            return Response(200, self._instance.robots.encode(), "text/plain; charset=utf-8")
        if request.path == "/.well-known/webfinger":
            return self._webfinger(request.first("resource") or "")
        match = re.fullmatch(r"/@[^/]+/([^/]+)|/users/[^/]+/statuses/([^/]+)", request.path)
        status = self._instance.statuses.get(match[1] or match[2]) if match else None
        if status is None or not status.readable:
            return html_response("<!doctype html><title>404</title><p>This page isn't here.</p>", 404)
        if request.path.startswith("/users/"):
            return Response(302, headers={"Location": self._instance.link(status)})
        return html_response(status_page(status, self._instance))

    def _webfinger(self, resource: str) -> Response:
        """Where an account lives (RFC 7033); a host may also lend its name to accounts of another."""
        username = resource.removeprefix("acct:").partition("@")[0]
        account = self._instance.answers_for.get(username) or self._instance.named(username)
        if account is None:
            return Response(404)
        home = self._instance.network.instance(account.home)
        page, self_url = f"{home.base}/@{account.username}", f"{home.base}/users/{account.username}"
        links = [
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": page},
            {"rel": "self", "type": "application/activity+json", "href": self_url},
        ]
        body = {
            "subject": f"acct:{account.username}@{self._instance.host}",
            "aliases": [page, self_url],
            "links": links,
        }
        return json_response(body, content_type="application/jrd+json; charset=utf-8")


def wanted(status: Status, request: Request) -> bool:
    """The filters of an account's statuses; a self-reply below a stranger's is a reply to the stranger."""
    is_foreign_reply = status.is_reply and status.reply_account is not status.author
    return not (
        (is_true(request, "exclude_replies") and is_foreign_reply)
        or (is_true(request, "exclude_reblogs") and status.boosted is not None)
        or (is_true(request, "only_media") and not status.media)
        or is_true(request, "pinned")
    )


def cut(statuses: list[Status], request: Request, instance: Instance, *, limit: int) -> list[Status]:
    """The page of statuses in order, oldest first, that the three bounds ask for; answered newest first."""
    bounds = {name: request.first(name) for name in ("max_id", "since_id", "min_id")}
    ids = instance.status_ids

    def within(status: Status) -> bool:
        order = id_order(ids[status])
        above = [bound for name in ("since_id", "min_id") if (bound := bounds[name])]
        below = bounds["max_id"]
        return all(order > id_order(bound) for bound in above) and (not below or order < id_order(below))

    kept = [status for status in statuses if within(status)]
    if instance.short_pages:
        instance.short_pages, limit = instance.short_pages - 1, max(1, limit // 2)
    page = kept[:limit] if bounds["min_id"] else kept[-limit:]
    return page[::-1]


def read_limit(request: Request) -> int:
    """As Ruby reads it: too much is cut, what is no number is nothing."""
    text = request.first("limit")
    if text is None:
        return DEFAULT_STATUSES
    match = re.match(r"\s*-?(\d+)", text)
    return min(int(match[1]) if match else 0, MOST_STATUSES) or DEFAULT_STATUSES


def is_true(request: Request, name: str) -> bool:
    value = request.first(name)
    return value is not None and value.lower() not in FALSE


def refusal(status: int, message: str) -> RefusalError:
    body: Json = {"error": message}
    return RefusalError(json_response(body, status))


ROUTES: tuple[tuple[str, Handler], ...] = (
    (r"/api/v1/statuses", MastodonApi.statuses),
    (r"/api/v1/statuses/([^/]+)", MastodonApi.status),
    (r"/api/v1/statuses/([^/]+)/context", MastodonApi.context),
    (r"/api/v1/statuses/([^/]+)/history", MastodonApi.history),
    (r"/api/v1/accounts/lookup", MastodonApi.lookup),
    (r"/api/v1/accounts/([^/]+)", MastodonApi.account),
    (r"/api/v1/accounts/([^/]+)/statuses", MastodonApi.account_statuses),
)
