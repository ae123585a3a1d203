"""Readwise, as far as its public API v2 concerns us: is a token good, and take this highlight.

A highlight goes alone, since the answer then says under which number it is kept; a change goes to that number.
"""

import json
from typing import Any

import regex
from django.conf import settings

from unroller import networks
from unroller.core.errors import UnrollError
from unroller.highlighted import Shown
from unroller.models import Highlight
from unroller.sources.http import Answer

HERE = "unroller"
"""Where highlights say they come from; not the site's name, since another one would make them others."""
MOST_TEXT = MOST_NOTE = 8_191
MOST_TITLE = 511
MOST_AUTHOR = 1_024
"""Characters that Readwise takes."""
SECONDS = 10.0
CHECK_SECONDS = 6.0
"""Somebody waits for the page."""
MOST_BYTES = 1024 * 1024


class CannotAsk(Exception):
    """Readwise did not answer whether a token is good."""


def knows(token: str) -> bool:
    """Whether a token opens somebody's account. Raises CannotAsk."""
    if not regex.fullmatch(r"[!-~]{1,200}", token):
        return False
    try:
        answer = networks.http().get(
            _address("auth/"), headers=_headers(token), most_bytes=MOST_BYTES, total_seconds=CHECK_SECONDS
        )
    except UnrollError as error:
        raise CannotAsk from error
    if answer.status in {401, 403}:
        return False
    if answer.status != 204:
        raise CannotAsk(f"status {answer.status}")
    return True


def create(token: str, shown: Shown) -> Answer:
    """Send a highlight that is not there yet. Raises core.errors.Later, core.errors.Refused."""
    return _send("POST", _address("highlights/"), token, {"highlights": [_whole(shown)]})


def change(token: str, number: int, shown: Shown) -> Answer:
    """Send what its reader changed of a highlight. Raises as `create` does."""
    row = shown.highlight
    facts = {"text": shown.words[:MOST_TEXT], "note": _note(row), "color": row.color}
    return _send("PATCH", _address(f"highlights/{number}/"), token, facts)


def number_of(answer: Answer) -> int | None:
    """Under which number a highlight is kept that was sent alone; None when it was there before."""
    try:
        found = [number for book in json.loads(answer.body) for number in book["modified_highlights"]]
    except (ValueError, TypeError, KeyError):
        return None
    return found[0] if len(found) == 1 and type(found[0]) is int and 0 < found[0] < 2**63 else None


def _whole(shown: Shown) -> dict[str, Any]:
    row, thread = shown.highlight, shown.highlight.thread
    facts: dict[str, Any] = {
        "text": shown.words[:MOST_TEXT],
        "title": (thread.title or f"Thread by {thread.author.name}")[:MOST_TITLE],
        "author": f"{thread.author.name} (@{thread.author.handle})"[:MOST_AUTHOR],
        "source_url": settings.SITE_URL + thread.get_absolute_url(),
        "source_type": HERE,
        "category": "articles",
        "note": _note(row),
        "highlighted_at": row.created_at.isoformat(),
        "highlight_url": f"{settings.SITE_URL}{shown.address}",
    }
    if shown.number.isdecimal():
        facts |= {"location": int(shown.number), "location_type": "order"}
    return facts


def _note(row: Highlight) -> str:
    """What the reader wrote. A word with a dot before it, at the beginning, becomes a tag there: the color."""
    return f".{row.color} {row.note}".strip()[:MOST_NOTE]


def _send(method: Any, address: str, token: str, facts: dict[str, Any]) -> Answer:
    headers = _headers(token) | {"Content-Type": "application/json"}
    return networks.http().send(
        method, address, json.dumps(facts).encode(), headers=headers, most_bytes=MOST_BYTES, total_seconds=SECONDS
    )


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Token {token}"}


def _address(path: str) -> str:
    return f"{settings.READWISE_API_URL}/api/v2/{path}"
