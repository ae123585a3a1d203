"""Questions that several test files ask the pretend networks."""

from typing import Any

import httpx

from tests.sandbox import World
from tests.sandbox.bluesky.model import Post
from tests.sandbox.cases.mastodon import author

AGES_AGO = "2006-03-21T00:00:00Z"


def search(x: httpx.Client, query: str, *, every: bool = True, **params: str | int) -> dict[str, Any]:
    """A page of search/all from the beginning of time, or of search/recent."""
    start = {"start_time": AGES_AGO} if every else {}
    answer = x.get(f"tweets/search/{'all' if every else 'recent'}", params={"query": query, **start, **params})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def found(body: dict[str, Any]) -> list[str]:
    return [post["id"] for post in body.get("data", [])]


def view(appview: httpx.Client, post: Post) -> dict[str, Any]:
    found: dict[str, Any] = appview.get("app.bsky.feed.getPosts", params={"uris": post.uri}).json()["posts"][0]
    return found


def get(host: httpx.Client, path: str, **params: str | int) -> Any:
    """The JSON of a Mastodon host's API."""
    answer = host.get(f"/api/v1/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def listed(statuses: list[dict[str, Any]]) -> list[str]:
    return [status["id"] for status in statuses]


def account_path(world: World) -> str:
    """Where the statuses of the cases' author are, on host one."""
    return f"accounts/{world.mastodon.one.know(author(world))}/statuses"
