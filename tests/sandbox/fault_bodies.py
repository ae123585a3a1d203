"""What a faulty call gets to read: each network's own error bodies, and answers spoiled on the way."""

import gzip
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .clock import zulu
from .faults import Fault
from .ids import digest_number
from .wire import Json, Response, html_response, json_response

HTML = "<!doctype html><html><head><title>{0}</title></head><body><h1>{0}</h1><p>nginx</p></body></html>"
LISTS = ("data", "posts", "feed", "records", "replies", "ancestors", "descendants")
CREDITS = "https://api.twitter.com/2/problems/credits"
STRIPE_LIMIT = {
    "code": "rate_limit",
    "doc_url": "https://stripe.com/docs/error-codes/rate-limit",
    "message": "Request rate limit exceeded.",
    "type": "invalid_request_error",
}


def instead(fault: Fault, server: str, now: float) -> Response | None:
    """The answer given in the place of the network's, None when the network is to answer."""
    reset = math.ceil(now + fault.seconds)
    makers: dict[str, Callable[[], Response]] = {
        "rate-limited": lambda: rate_limited(server, reset, old_shape=False),
        "rate-limited-old-shape": lambda: rate_limited(server, reset, old_shape=True),
        "out-of-credits": lambda: out_of_credits(reset),
        "spend-cap": spend_cap,
        "not-enrolled": not_enrolled,
        "error": lambda: json_response(error_body(server, fault.status), fault.status),
        "error-html": lambda: html_response(HTML.format(f"{fault.status} Unavailable"), fault.status),
        "error-empty": lambda: Response(fault.status),
        "html": lambda: html_response(HTML.format("Just a moment...")),
        "redirect": lambda: Response(302, headers={"Location": fault.to}),
        "close": lambda: Response(0),
        "hang": lambda: Response(0),
        "bomb": lambda: bomb(fault.megabytes),
    }
    return makers[fault.kind]() if fault.kind in makers else None


def bomb(megabytes: int) -> Response:
    """A small compressed body that unpacks to a huge one."""
    packed = gzip.compress(bytes(megabytes << 20))
    return Response(200, packed, headers={"Content-Encoding": "gzip"})


def rate_limited(server: str, reset: int, *, old_shape: bool) -> Response:
    """429 with each network's reset: unix seconds on X and Bluesky, ISO 8601 on Mastodon, none on Stripe."""
    if server == "x":
        headers = {
            "x-rate-limit-limit": "300",
            "x-rate-limit-remaining": "0",
            "x-rate-limit-reset": str(reset),
        }
        if old_shape:
            return json_response({"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, 429, headers=headers)
        return json_response(error_body(server, 429), 429, headers=headers)
    if server.startswith("mastodon"):
        moment = zulu(datetime.fromtimestamp(reset, UTC))
        headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": moment}
        return json_response({"error": "Too many requests"}, 429, headers=headers)
    if server == "stripe":
        return json_response(error_body(server, 429), 429, headers={"Stripe-Rate-Limited-Reason": "global-rate"})
    headers = {"ratelimit-limit": "3000", "ratelimit-remaining": "0", "ratelimit-reset": str(reset)}
    headers["ratelimit-policy"] = "3000;w=300"
    return json_response({"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, 429, headers=headers)


def out_of_credits(reset: int) -> Response:
    """402, with rate headers that still look healthy."""
    account = 1553086854915936256
    body = {
        "account_id": account,
        "title": "CreditsDepleted",
        "detail": f"Your enrolled account [{account}] does not have any credits to fulfill this request.",
        "type": CREDITS,
    }
    headers = {
        "x-rate-limit-limit": "40000",
        "x-rate-limit-remaining": "39984",
        "x-rate-limit-reset": str(reset),
    }
    return json_response(body, 402, headers=headers)


def spend_cap() -> Response:
    body = {
        "title": "SpendCapReached",
        "detail": "Your enrolled account has reached its billing cycle spend cap.",
        "reset_date": "2026-12-13",
        "type": CREDITS,
    }
    return json_response(body, 403)


def not_enrolled() -> Response:
    """403 for an app that belongs to no project."""
    body = {
        "client_id": "0",
        "detail": "When authenticating requests to the Twitter API v2 endpoints, you must use keys and tokens from a "
        "Twitter developer App that is attached to a Project.",
        "registration_url": "https://developer.twitter.com/en/docs/projects/overview",
        "title": "Client Forbidden",
        "required_enrollment": "Appropriate Level of API Access",
        "reason": "client-not-enrolled",
        "type": "https://api.twitter.com/2/problems/client-forbidden",
    }
    return json_response(body, 403)


def error_body(server: str, status: int) -> Json:
    titles = {403: "Forbidden", 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway"}
    title = titles.get(status, "Service Unavailable")
    if server == "x":
        return {"title": title, "detail": title, "type": "about:blank", "status": status}
    if server.startswith("mastodon"):
        return {"error": title}
    if server == "stripe":
        return {"error": STRIPE_LIMIT if status == 429 else {"message": title, "type": "api_error"}}
    return {"error": title.replace(" ", ""), "message": title}


def spoil(fault: Fault, response: Response) -> Response:
    """The network's answer with its data doubled, out of order, or with bytes that are no UTF-8."""
    match fault.kind:
        case "duplicates":
            return rewritten(response, lambda items: items + items[::2])
        case "disorder":
            return rewritten(response, lambda items: sorted(items, key=lambda item: digest_number(str(item), 32)))
        case "invalid-utf8":
            middle = len(response.body) // 2
            body = response.body[:middle] + b"\xff\xfe\xc3" + response.body[middle:]
            return Response(response.status, body, response.content_type, response.headers)
    return response


def rewritten(response: Response, change: Callable[[list[Any]], list[Any]]) -> Response:
    """Changes every list of posts in a JSON body; a tree too deep for `json` stays as it is."""
    try:
        body = json.loads(response.body)
    except RecursionError:
        return response
    if isinstance(body, list):
        body = change(body)
    waiting = [body]
    while waiting:
        found = waiting.pop()
        if isinstance(found, list):
            waiting += found
        elif isinstance(found, dict):
            for name in LISTS:
                if isinstance(found.get(name), list):
                    found[name] = change(found[name])
            waiting += found.values()
    return json_response(body, response.status, content_type=response.content_type, headers=response.headers)
