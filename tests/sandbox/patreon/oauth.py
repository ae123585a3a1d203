"""OAuth 2 at the pretend Patreon: a secret in the body, no PKCE, codes that are good once."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from ..clock import Clock
from ..stripe.posting import is_loopback
from ..wire import Json
from .model import Person

CODE_SECONDS = 300
TOKEN_SECONDS = 31 * 24 * 3600
SCOPES = frozenset(
    {
        "identity",
        "identity[email]",
        "identity.memberships",
        "campaigns",
        "w:campaigns.webhook",
        "campaigns.members",
        "campaigns.members[email]",
        "campaigns.members.address",
        "campaigns.posts",
    }
)

Values = Mapping[str, list[str]]


class RefusedError(Exception):
    """`error` is a word of RFC 6749; `status` that of the token endpoint's answer."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description, self.status = error, description, status


@dataclass(slots=True)
class Client:
    """An app as it is registered at Patreon."""

    client_id: str = "patreon-sandbox-client"
    secret: str = "patreon-sandbox-secret"
    callbacks: list[str] = field(default_factory=list)
    loopback_path: str = "/patreon/callback"
    """Also allowed on any port of this machine; the real Patreon matches registered addresses letter by letter."""

    def knows(self, callback: str) -> bool:
        parts = urlsplit(callback)
        here = parts.scheme == "http" and is_loopback(parts.hostname or "") and not parts.query + parts.fragment
        return callback in self.callbacks or (here and parts.path == self.loopback_path)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for access that is in order."""

    callback: str
    scopes: frozenset[str]
    state: str

    def answered(self, **values: str) -> str:
        """Where the browser goes with the answer."""
        return f"{self.callback}?{urlencode({**values, 'state': self.state})}"


@dataclass(slots=True)
class Grant:
    """What a person agreed to."""

    person: Person
    ask: Ask
    code_until: float
    token_until: float = 0


class OAuth:
    """Which requests, codes and tokens are good."""

    def __init__(self, clock: Clock) -> None:
        self.client = Client()
        self._clock = clock
        self._asks: dict[str, Ask] = {}
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, Grant] = {}
        self._refreshing: dict[str, Grant] = {}

    def ask(self, given: Values) -> str:
        """Keeps a request for access and names it. Raises RefusedError for one that is shown to nobody."""
        names = ("client_id", "redirect_uri", "response_type", "scope", "state")
        value = {name: only(given, name) for name in names}
        scopes = frozenset(value["scope"].split())
        for good, problem in (
            (value["client_id"] == self.client.client_id, "client_id is not an app"),
            (self.client.knows(value["redirect_uri"]), "redirect_uri is not one of the app's"),
            (value["response_type"] == "code", "response_type is not code"),
            (bool(scopes) and scopes <= SCOPES, "scope holds a word that is not known"),
            (not set(given) - set(names), "a parameter is not known"),
        ):
            if not good:
                raise RefusedError("invalid_request", problem)
        name = secrets.token_urlsafe()
        self._asks[name] = Ask(value["redirect_uri"], scopes, value["state"])
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

    def token(self, form: Values) -> Json:
        """The token endpoint. Raises RefusedError."""
        kind = only(form, "grant_type")
        if (only(form, "client_id"), only(form, "client_secret")) != (self.client.client_id, self.client.secret):
            raise RefusedError("invalid_client", "client_id and client_secret do not fit", status=401)
        if kind == "authorization_code":
            return self._issue(self._grant_of_code(form))
        if kind == "refresh_token":
            grant = self._refreshing.pop(only(form, "refresh_token"), None)
            if grant is None:
                raise RefusedError("invalid_grant", "the refresh token is not good", status=401)
            return self._issue(grant)
        raise RefusedError("unsupported_grant_type", kind)

    def holder(self, token: str) -> Grant | None:
        """Whose token it is, while it is good."""
        grant = self._tokens.get(token)
        return grant if grant and self._clock.seconds() < grant.token_until else None

    def _grant_of_code(self, form: Values) -> Grant:
        """A code that fails once is gone."""
        grant = self._codes.pop(only(form, "code"), None)
        if grant is None or self._clock.seconds() >= grant.code_until:
            raise RefusedError("invalid_grant", "the code is not good, or too old", status=401)
        if only(form, "redirect_uri") != grant.ask.callback:
            raise RefusedError("invalid_grant", "redirect_uri is another than before", status=401)
        return grant

    def _issue(self, grant: Grant) -> Json:
        token, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        grant.token_until = self._clock.seconds() + TOKEN_SECONDS
        self._tokens[token] = self._refreshing[refresh] = grant
        return {
            "access_token": token,
            "expires_in": TOKEN_SECONDS,
            "refresh_token": refresh,
            "scope": " ".join(sorted(grant.ask.scopes)),
            "token_type": "Bearer",
            "version": "0.0.1",
        }


def only(values: Values, name: str) -> str:
    """The one value of a parameter. Raises RefusedError when there is none, or another one."""
    found = values.get(name, [])
    if len(found) != 1 or not found[0]:
        raise RefusedError("invalid_request", f"{name} is {'there more than once' if len(found) > 1 else 'missing'}")
    return found[0]
