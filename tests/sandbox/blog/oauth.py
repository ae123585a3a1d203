"""An IndieAuth server: PKCE with S256 alone, codes that are good once, tokens that end, refresh and revoke."""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from ..clock import Clock
from ..wire import Json

CODE_SECONDS = 600
TOKEN_SECONDS = 3600
SCOPES = ("create", "update", "delete", "undelete", "draft", "media", "profile", "email")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
HOST = re.compile(r"localhost|127\.0\.0\.1|\[::1\]|[a-z0-9-]+(\.[a-z0-9-]*[a-z][a-z0-9-]*)+")
"""A client's host: a name of the net, or this machine. No other address by number."""

Values = Mapping[str, list[str]]


class RefusedError(Exception):
    """`error` is a word of RFC 6749. With `back`, the browser carries it there instead of reading it."""

    def __init__(self, error: str, description: str, *, status: int = 400, back: str = "") -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description, self.status, self.back = error, description, status, back


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for access that is in order."""

    client_id: str
    redirect_uri: str
    state: str
    challenge: str
    scopes: tuple[str, ...]


@dataclass(slots=True)
class Grant:
    """What the owner agreed to."""

    ask: Ask
    scopes: tuple[str, ...]
    code_until: float


@dataclass(slots=True)
class Token:
    client_id: str
    scopes: tuple[str, ...]
    until: float
    refresh: str = ""


@dataclass(slots=True)
class OAuth:
    """Which requests, codes and tokens of one blog are good. `issuer` is also whose blog it is."""

    clock: Clock
    issuer: str
    with_refresh: bool = True
    me: str = ""
    """What the token endpoint says whose it is, where that is another address."""
    asks: dict[str, Ask] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)

    def ask(self, query: Values) -> str:
        """Keeps a request for access and names it. Raises RefusedError."""
        client, back = only(query, "client_id"), only(query, "redirect_uri")
        if not is_client(client):
            raise RefusedError("invalid_request", "client_id is no address that a client may have")
        if urlsplit(back)[:2] != urlsplit(client)[:2]:
            raise RefusedError("invalid_request", "redirect_uri is on another host than client_id")
        state = only(query, "state")
        challenge = "".join(query.get("code_challenge", []))
        for good, problem in (
            (query.get("response_type") == ["code"], "response_type is not code"),
            (query.get("code_challenge_method") == ["S256"], "code_challenge_method is not S256"),
            (CHALLENGE.fullmatch(challenge) is not None, "code_challenge is no digest"),
        ):
            if not good:
                values = {"error": "invalid_request", "error_description": problem, "state": state}
                raise RefusedError("invalid_request", problem, back=f"{back}?{urlencode(values)}")
        name = secrets.token_urlsafe()
        scopes = tuple(each for each in " ".join(query.get("scope", [])).split() if each in SCOPES)
        self.asks[name] = Ask(client, back, state, challenge, scopes)
        return name

    def agree(self, name: str, scopes: tuple[str, ...]) -> str:
        """Where the owner's browser goes, with a fresh code. Raises RefusedError."""
        ask, code = self._asked(name), secrets.token_urlsafe()
        self.grants[code] = Grant(ask, scopes, self.clock.seconds() + CODE_SECONDS)
        return f"{ask.redirect_uri}?{urlencode({'code': code, 'state': ask.state, 'iss': self.issuer})}"

    def deny(self, name: str) -> str:
        ask = self._asked(name)
        return f"{ask.redirect_uri}?{urlencode({'error': 'access_denied', 'state': ask.state, 'iss': self.issuer})}"

    def token(self, form: Values) -> Json:
        """The token endpoint. Raises RefusedError."""
        kind = only(form, "grant_type")
        if kind == "authorization_code":
            return self._issue(*self._redeemed(form))
        if kind == "refresh_token" and self.with_refresh:
            return self._issue(*self._refreshed(form))
        raise RefusedError("unsupported_grant_type", kind)

    def revoke(self, token: str) -> None:
        """RFC 7009: nobody is told whether there was such a token. A refresh token takes its access token with it."""
        gone = [name for name, each in self.tokens.items() if token in (name, each.refresh)]
        for name in gone:
            del self.tokens[name]

    def holder(self, token: str) -> Token | None:
        found = self.tokens.get(token)
        return found if found and self.clock.seconds() < found.until else None

    def expire(self) -> None:
        """Every token is too old from now on; refresh tokens stay good."""
        for each in self.tokens.values():
            each.until = 0

    def _asked(self, name: str) -> Ask:
        if name not in self.asks:
            raise RefusedError("invalid_request", "this page was answered already")
        return self.asks.pop(name)

    def _redeemed(self, form: Values) -> tuple[str, tuple[str, ...]]:
        grant = self.grants.pop(only(form, "code"), None)  # a code that fails once is gone
        verifier = only(form, "code_verifier")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if grant is None or self.clock.seconds() >= grant.code_until:
            raise RefusedError("invalid_grant", "the code is not good, or too old")
        ask = grant.ask
        if (only(form, "client_id"), only(form, "redirect_uri")) != (ask.client_id, ask.redirect_uri):
            raise RefusedError("invalid_grant", "client_id or redirect_uri is another than before")
        if VERIFIER.fullmatch(verifier) is None or not secrets.compare_digest(digest, ask.challenge):
            raise RefusedError("invalid_grant", "code_verifier does not fit")
        if not grant.scopes:
            raise RefusedError("invalid_grant", "a code without a scope gives no token")
        return ask.client_id, grant.scopes

    def _refreshed(self, form: Values) -> tuple[str, tuple[str, ...]]:
        given, client = only(form, "refresh_token"), only(form, "client_id")
        name = next((name for name, each in self.tokens.items() if each.refresh == given), "")
        if not name or self.tokens[name].client_id != client:
            raise RefusedError("invalid_grant", "the refresh token is not good")
        old = self.tokens.pop(name)  # good once
        return client, old.scopes

    def _issue(self, client: str, scopes: tuple[str, ...]) -> Json:
        name = secrets.token_urlsafe(32)
        token = Token(client, scopes, float("inf"))
        said: Json = {"access_token": name, "token_type": "Bearer", "scope": " ".join(scopes)}
        said["me"] = self.me or self.issuer
        if self.with_refresh:
            token.refresh, token.until = secrets.token_urlsafe(32), self.clock.seconds() + TOKEN_SECONDS
            said |= {"expires_in": TOKEN_SECONDS, "refresh_token": token.refresh}
        self.tokens[name] = token
        return said


def is_client(address: str) -> bool:
    """Whether an address may be a client's: http(s) with a path, without dots in it, name, password or fragment."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition(":")[0] if re.search(r":\d+$", parts.netloc) else parts.netloc
    dotted = {".", ".."} & set(parts.path.split("/"))
    is_named = parts.scheme in {"http", "https"} and HOST.fullmatch(host.lower()) is not None
    return is_named and parts.path.startswith("/") and not dotted and not parts.fragment


def only(values: Values, name: str) -> str:
    """The one value of a parameter. Raises RefusedError when there is none, or another one."""
    found = values.get(name, [])
    if len(found) != 1 or not found[0]:
        raise RefusedError("invalid_request", f"{name} is {'there more than once' if len(found) > 1 else 'missing'}")
    return found[0]
