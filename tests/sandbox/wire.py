"""Requests and answers, as the pretend networks see them between socket and state."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes = b""

    def first(self, name: str) -> str | None:
        values = self.query.get(name)
        return values[0] if values else None

    def listed(self, name: str) -> list[str]:
        """Every value of a parameter, repeated or with commas between."""
        return [part for value in self.query.get(name, []) for part in value.split(",") if part]


@dataclass(slots=True)
class Response:
    status: int
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


class RefusalError(Exception):
    """Ends the handling of a request with an answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"{response.status} {response.body[:200]!r}")
        self.response = response


def json_response(
    body: object,
    status: int = 200,
    *,
    content_type: str = "application/json; charset=utf-8",
    headers: Mapping[str, str] | None = None,
) -> Response:
    encoded = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, encoded, content_type, dict(headers or {}))


def html_response(markup: str, status: int = 200) -> Response:
    return Response(status, markup.encode(), "text/html; charset=utf-8")


def filled(values: Mapping[str, Any]) -> Json:
    """Without what is empty: X omits empty fields, it never writes null."""
    return {name: value for name, value in values.items() if value not in (None, [], {}, "")}
