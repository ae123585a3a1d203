"""OAuth 2 with PKCE at the pretend X: what an app may ask, who agreed to it, and which codes and tokens are good."""

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from ..clock import Clock
from ..wire import Json
from .model import Person

CODE_SECONDS = 30
TOKEN_SECONDS = 7200
LONGEST_STATE = 500
REFRESHABLE = "offline.access"
SCOPES = frozenset(
    [
        "tweet.read",
        "tweet.write",
        "tweet.moderate.write",
        "users.read",
        "users.email",
        "follows.read",
        "follows.write",
        "mute.read",
        "mute.write",
        "block.read",
        "block.write",
        "like.read",
        "like.write",
        "list.read",
        "list.write",
        "bookmark.read",
        "bookmark.write",
        "dm.read",
        "dm.write",
        "space.read",
        "timeline.read",
        "media.write",
        "offline.access",
    ]
)
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""SHA-256 in base 64 without padding: the only method this X takes is S256."""
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Values = Mapping[str, list[str]]


class RefusedError(Exception):
    """`error` is a word of RFC 6749; `status` that of the token endpoint's answer."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description, self.status = error, description, status


@dataclass(slots=True)
class App:
    """An app as it is registered at X. Without a secret it is a public client."""

    client_id: str = "sandbox-client"
    secret: str = "sandbox-secret"
    callbacks: list[str] = field(default_factory=list)
    loopback_path: str = "/accounts/x/login/callback/"
    """Also allowed on any port of this machine, because nobody knows where `make run` will listen.
    The real X has no such thing: there every address is registered, and matched letter by letter."""

    def knows(self, callback: str) -> bool:
        parts = urlsplit(callback)
        on_this_machine = parts.scheme == "http" and parts.hostname in LOOPBACK and not parts.query + parts.fragment
        return callback in self.callbacks or (on_this_machine and parts.path == self.loopback_path)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for access that is in order."""

    callback: str
    scopes: frozenset[str]
    state: str
    challenge: str

    def answered(self, **values: str) -> str:
        """Where the browser goes with the answer."""
        return f"{self.callback}?{urlencode({'state': self.state, **values})}"


@dataclass(slots=True)
class Grant:
    """What a person agreed to. A code opens it once."""

    person: Person
    ask: Ask
    code_until: float
    code_used: bool = False
    tokens: dict[str, float] = field(default_factory=dict)
    """Those that came of it, and until when each is good."""
    refresh_token: str = ""


class SignIn:
    """The state of the sign-in of one pretend X."""

    def __init__(self, clock: Clock) -> None:
        self.app = App()
        self._clock = clock
        self._asks: dict[str, Ask] = {}
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, Grant] = {}
        self._refreshing: dict[str, Grant] = {}

    # The page

    def ask(self, given: Values) -> str:
        """Keeps a request for access and names it. Raises RefusedError for one that X would not show to anybody."""
        expected = ("client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge")
        value = {name: only(given, name) for name in (*expected, "code_challenge_method")}
        scopes = frozenset(value["scope"].split())
        for good, problem in (
            (value["client_id"] == self.app.client_id, "client_id is not an app"),
            (self.app.knows(value["redirect_uri"]), "redirect_uri is not one of the app's"),
            (value["response_type"] == "code", "response_type is not code"),
            (bool(scopes) and scopes <= SCOPES, "scope holds a word that is not known"),
            (len(value["state"]) <= LONGEST_STATE, f"state is longer than {LONGEST_STATE}"),
            (value["code_challenge_method"] == "S256", "code_challenge_method is not S256"),
            (bool(CHALLENGE.fullmatch(value["code_challenge"])), "code_challenge is not a SHA-256"),
        ):
            if not good:
                raise RefusedError("invalid_request", problem)
        name = secrets.token_urlsafe()
        self._asks[name] = Ask(value["redirect_uri"], scopes, value["state"], value["code_challenge"])
        return name

    def asked(self, name: str) -> Ask:
        """Takes a request out of the pile. Raises RefusedError when it was answered already."""
        if name not in self._asks:
            raise RefusedError("invalid_request", "this page was answered already")
        return self._asks.pop(name)

    def agree(self, ask: Ask, person: Person) -> str:
        """Where the person's browser goes, with a fresh code."""
        code = secrets.token_urlsafe()
        self._codes[code] = Grant(person, ask, self._clock.seconds() + CODE_SECONDS)
        return ask.answered(code=code)

    def refuse(self, ask: Ask) -> str:
        return ask.answered(error="access_denied")

    def grant(self, person: Person, scopes: Iterable[str]) -> str:
        """The first refresh token of somebody who agreed earlier, by whatever page."""
        ask = Ask("", frozenset(scopes), "", "")
        return str(self._issue(Grant(person, ask, 0, code_used=True))["refresh_token"])

    # Tokens

    def token(self, form: Values, authorization: str) -> Json:
        """The token endpoint: a fresh token for a code or a refresh token. Raises RefusedError."""
        self._check_client(form, authorization)
        kind = only(form, "grant_type")
        if kind == "authorization_code":
            return self._issue(self._grant_of_code(form))
        if kind == "refresh_token":
            grant = self._refreshing.pop(only(form, "refresh_token"), None)
            if grant is None:
                raise RefusedError("invalid_grant", "the refresh token is not good, or was used before")
            return self._issue(grant)
        raise RefusedError("unsupported_grant_type", kind)

    def holder(self, token: str) -> Grant | None:
        """Whose token it is, while it is good."""
        grant = self._tokens.get(token)
        return grant if grant and self._clock.seconds() < grant.tokens[token] else None

    def _check_client(self, form: Values, authorization: str) -> None:
        """A confidential client by Basic, a public one by its id in the body; neither in the other's way."""
        if self.app.secret:
            known = basic(authorization) == (self.app.client_id, self.app.secret)
        else:
            known = not authorization and form.get("client_id") == [self.app.client_id]
        if not known:
            raise RefusedError("invalid_client", "Missing valid authorization header", status=401)

    def _grant_of_code(self, form: Values) -> Grant:
        """The grant behind a code that is used for the first time, in time, and by who asked for it."""
        code, verifier, callback = (only(form, name) for name in ("code", "code_verifier", "redirect_uri"))
        grant = self._codes.get(code)
        if grant is None or self._clock.seconds() >= grant.code_until:
            raise RefusedError("invalid_grant", "the code is not good, or too old")
        if grant.code_used:
            self._revoke(grant)
            raise RefusedError("invalid_grant", "the code was used before")
        if grant.ask.callback != callback:
            raise RefusedError("invalid_grant", "redirect_uri is another than before")
        if not VERIFIER.fullmatch(verifier) or challenge_of(verifier) != grant.ask.challenge:
            raise RefusedError("invalid_grant", "code_verifier does not fit the code_challenge")
        grant.code_used = True
        return grant

    def _issue(self, grant: Grant) -> Json:
        """The refresh token comes only to those who asked for it, and anew each time."""
        token = secrets.token_urlsafe(48)
        self._tokens[token] = grant
        grant.tokens[token] = self._clock.seconds() + TOKEN_SECONDS
        body = {
            "token_type": "bearer",
            "expires_in": TOKEN_SECONDS,
            "access_token": token,
            "scope": " ".join(sorted(grant.ask.scopes)),
        }
        if REFRESHABLE in grant.ask.scopes:
            grant.refresh_token = body["refresh_token"] = secrets.token_urlsafe(48)
            self._refreshing[grant.refresh_token] = grant
        return body

    def _revoke(self, grant: Grant) -> None:
        """A code that comes twice was stolen from somebody: what came of it is good no more."""
        for token in grant.tokens:
            del self._tokens[token]
        grant.tokens.clear()
        self._refreshing.pop(grant.refresh_token, None)


def only(values: Values, name: str) -> str:
    """The one value of a parameter. Raises RefusedError when there is none, or another one."""
    found = values.get(name, [])
    if len(found) != 1 or not found[0]:
        raise RefusedError("invalid_request", f"{name} is {'there more than once' if len(found) > 1 else 'missing'}")
    return found[0]


def basic(authorization: str) -> tuple[str, ...]:
    """Name and password of HTTP Basic, empty for anything else."""
    scheme, _, packed = authorization.partition(" ")
    try:
        said = base64.b64decode(packed, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return ()
    return tuple(said.split(":", 1))


def challenge_of(verifier: str) -> str:
    """The S256 of RFC 7636."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
