"""The pretend API v2: `auth`, and highlights created and updated; as strict as its public description."""

import json
import re
from datetime import datetime
from typing import Any

from ..wire import Json, RefusalError, Request, Response, json_response
from .network import KeptHighlight, Readwise, Shelf

HIGHLIGHT = re.compile(r"/api/v2/highlights/(\d+)/")
LONGEST = {
    "text": 8191,
    "title": 511,
    "author": 1024,
    "image_url": 2047,
    "source_url": 2047,
    "note": 8191,
    "highlight_url": 4095,
    "source_type": 64,
}
OTHERS = {"category", "location", "location_type", "highlighted_at"}
CATEGORIES = {"books", "articles", "tweets", "podcasts"}
LOCATIONS = {"page", "order", "time_offset"}
COLORS = {"yellow", "blue", "pink", "orange", "green", "purple"}
CHANGEABLE = {"text", "note", "location", "url", "color"}
SAME = ("title", "author", "text", "source_url")
"""Two highlights that agree in these are one."""


class ReadwiseApi:
    """Answers with JSON."""

    def __init__(self, network: Readwise) -> None:
        self._network = network

    def __call__(self, request: Request) -> Response:
        try:
            shelf = self._shelf(request)
            if wait := self._network.wait(shelf):
                throttled = {"detail": f"Request was throttled. Expected available in {wait} seconds."}
                return json_response(throttled, 429, headers={"Retry-After": str(wait)})
            if (request.method, request.path) == ("GET", "/api/v2/auth/"):
                return Response(204)
            if (request.method, request.path) == ("POST", "/api/v2/highlights/"):
                return json_response(self._create(shelf, request))
            if request.method == "PATCH" and (found := HIGHLIGHT.fullmatch(request.path)):
                return json_response(self._change(shelf, int(found[1]), request))
            raise refusal(404, "Not found.")
        except RefusalError as refused:
            return refused.response

    def _shelf(self, request: Request) -> Shelf:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        shelf = self._network.shelves.get(token) if kind == "Token" else None
        if shelf is None:
            raise refusal(401, "Invalid token.")
        return shelf

    def _create(self, shelf: Shelf, request: Request) -> list[Json]:
        """The books that changed, each with the numbers of the highlights that are new."""
        given = read(request).get("highlights")
        if not isinstance(given, list) or not given:
            raise refusal(400, "highlights: this field is required.")
        for facts in given:
            check(facts)
        books: dict[tuple[Any, ...], list[int]] = {}
        for facts in given:
            known = [kept for kept in shelf.highlights.values() if same(kept.facts, facts)]
            new = books.setdefault((facts.get("title"), facts.get("author"), facts.get("source_url")), [])
            if not known:
                number = self._network.number()
                shelf.highlights[number] = KeptHighlight(number, facts)
                new.append(number)
        return [
            {"id": place, "title": title, "author": author, "source_url": url, "modified_highlights": numbers}
            for place, ((title, author, url), numbers) in enumerate(books.items(), start=1)
        ]

    def _change(self, shelf: Shelf, number: int, request: Request) -> Json:
        kept = shelf.highlights.get(number)
        if kept is None:
            raise refusal(404, "Not found.")
        facts = read(request)
        if unknown := facts.keys() - CHANGEABLE:
            raise refusal(400, f"{', '.join(sorted(unknown))} cannot be changed.")
        if facts.get("color", "yellow") not in COLORS:
            raise refusal(400, "color: not a valid choice.")
        check({"text": kept.facts["text"]} | {name: facts[name] for name in facts.keys() & LONGEST.keys()})
        kept.color = facts.pop("color", kept.color)
        kept.facts.update(facts)
        return {"id": number, **kept.facts, "color": kept.color}


def read(request: Request) -> Json:
    """The body. Raises RefusalError."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise refusal(415, "Unsupported media type in request.")
    try:
        found = json.loads(request.body)
    except ValueError as error:
        raise refusal(400, f"JSON parse error - {error}") from error
    if not isinstance(found, dict):
        raise refusal(400, "Expected an object.")
    return found


def check(facts: Any) -> None:
    """Raises RefusalError for what is no highlight."""
    if not isinstance(facts, dict) or not isinstance(facts.get("text"), str) or not facts["text"].strip():
        raise refusal(400, "text: this field may not be blank.")
    if unknown := facts.keys() - LONGEST.keys() - OTHERS:
        raise refusal(400, f"{', '.join(sorted(unknown))}: no such field.")
    for name, most in LONGEST.items():
        value = facts.get(name, "")
        if not isinstance(value, str) or len(value) > most:
            raise refusal(400, f"{name}: ensure this field has no more than {most} characters.")
    check_choices(facts)
    check_moment(facts.get("highlighted_at", "2026-01-01T00:00:00+00:00"))


def check_choices(facts: Json) -> None:
    if not re.fullmatch(r"\S{3,64}", facts.get("source_type", "article")):
        raise refusal(400, "source_type: 3 to 64 characters without spaces.")
    if facts.get("category", "books") not in CATEGORIES or facts.get("location_type", "page") not in LOCATIONS:
        raise refusal(400, "not a valid choice.")
    if type(facts.get("location", 0)) is not int:
        raise refusal(400, "location: a valid integer is required.")


def check_moment(said: Any) -> None:
    try:
        moment = datetime.fromisoformat(said)
    except (TypeError, ValueError) as error:
        raise refusal(400, "highlighted_at: not ISO 8601.") from error
    if moment.tzinfo is None:
        raise refusal(400, "highlighted_at: without a time zone.")


def same(one: Json, other: Json) -> bool:
    return all(one.get(name) == other.get(name) for name in SAME)


def refusal(status: int, detail: str) -> RefusalError:
    return RefusalError(json_response({"detail": detail}, status))
