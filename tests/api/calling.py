"""A program that talks to the API, for tests."""

import json
from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.http import HttpResponse
from django.test import Client

from accounts.actions import tokens
from accounts.models import Token, User

V1 = "/api/v1"


class Program:
    """Somebody's program with its token."""

    def __init__(self, user: User, *, writes: bool = True, token: str = "") -> None:
        scope = Token.Scope.WRITE if writes else Token.Scope.READ
        self.user = user
        self.token = token or tokens.make(user, name="a program", scope=scope, browser="a test").secret
        self.client = Client()

    def get(self, path: str, /, query: Mapping[str, Any] | None = None, **headers: str) -> HttpResponse:
        return self._sent(self.client.get(f"{V1}{path}", query or {}, headers=self.with_token(headers)))

    def post(self, path: str, /, body: object = None, **headers: str) -> HttpResponse:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, /, body: object = None, **headers: str) -> HttpResponse:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, /, **headers: str) -> HttpResponse:
        return self.send("DELETE", path, **headers)

    def send(self, method: str, path: str, /, body: object = None, **headers: str) -> HttpResponse:
        """`body` is sent as JSON, bytes as they are."""
        encoded = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        kind = "application/octet-stream" if body is None else "application/json"
        return self._sent(self.client.generic(method, f"{V1}{path}", encoded, kind, headers=self.with_token(headers)))

    def with_token(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers as they are sent."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {"Authorization": f"Bearer {self.token}"} | named

    def _sent(self, answer: Any) -> HttpResponse:
        assert isinstance(answer, HttpResponse)
        assert not answer.cookies
        if answer.status_code >= 400:
            problem(answer)
        return answer


def problem(answer: Any, kind: str = "") -> dict[str, Any]:
    """The body of an error, which must be a problem (RFC 9457)."""
    assert answer["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = json_of(answer)
    assert found["status"] == answer.status_code
    assert found["title"]
    assert found["detail"].endswith("."), found
    assert found["type"].startswith("http://localhost:8000/api/docs#problem-")
    assert not kind or found["type"].endswith(f"#problem-{kind}"), found
    return found


def json_of(answer: HttpResponse) -> Any:
    """The body of an answer."""
    return json.loads(answer.content)


def signs_in_with_x(user: User, network_id: str) -> None:
    """Somebody's own account on X."""
    known = {"username": "mara", "name": "Mara", "profile_image_url": ""}
    SocialAccount.objects.create(user=user, provider="x", uid=network_id, extra_data=known)
