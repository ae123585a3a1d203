"""Leave to post, asked of a blog's owner: the IndieAuth living standard, from an address to a token and its end."""

import base64
import hashlib
import json
import secrets
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

import regex

from unroller.core.errors import BadAnswer, Refused, Unreachable
from unroller.sources.blog.errors import (
    BadMetadata,
    ConnectAgain,
    NoIndieAuth,
    NoLeave,
    NoMicropub,
    NoPage,
    NoScope,
    NotAnAddress,
    NotPublic,
    OtherOwner,
)
from unroller.sources.blog.links import rels
from unroller.sources.http import Answer, Http

SCOPES = ("create", "update", "media")
SECONDS = 8.0
"""For one question, while the owner waits."""
MOST_BYTES = 2 * 1024 * 1024
MOST_ADDRESS = 500
HOST = regex.compile(r"(?:[\p{L}\p{N}-]+\.)+[\p{L}\p{N}-]{2,}(?::\d{1,5})?")
TOKEN = regex.compile(r"[!-~]*+")
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class Client(NamedTuple):
    """This site, as blogs know it: an address that describes it, and where browsers come back to."""

    id: str
    back: str


class Server(NamedTuple):
    """Where a blog gives leave and takes posts. `issuer` is empty where it has no metadata (before 2022)."""

    address: str
    """The blog's own, as its owner gave it."""
    issuer: str
    authorization: str
    token: str
    revocation: str
    micropub: str


class Asked(NamedTuple):
    """What is kept while the owner is away: `state` comes back, `verifier` shows that the code is ours."""

    server: Server
    state: str
    verifier: str


class Key(NamedTuple):
    """What opens a blog. `seconds`: how long it is good, 0 when nobody said."""

    access: str
    refresh: str
    scope: str
    seconds: int


def address(http: Http, typed: str) -> str:
    """A blog's address as it was typed, made whole. Raises NotAnAddress, NotPublic."""
    words = typed.strip()
    words = words if regex.match(r"https?://", words, regex.IGNORECASE) else f"https://{words}"
    try:
        parts = urlsplit(words)
        place = parts.netloc.lower()
    except ValueError as error:
        raise NotAnAddress(typed) from error
    base = http.base(place)
    whole = f"{base}{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    is_known = base.startswith("http:")  # a host of the settings may be a number
    if len(whole) > MOST_ADDRESS or regex.search(r"[\s\p{C}]", words) or not (is_known or place):
        raise NotAnAddress(typed)
    try:
        http.check(whole)
    except Refused as error:
        raise NotPublic(typed) from error
    if not is_known and not HOST.fullmatch(place):
        raise NotAnAddress(typed)
    return whole


def discover(http: Http, url: str) -> Server:
    """Where the blog at an address gives leave and takes posts. Raises BlogError, Unreachable."""
    page = _get(http, url, accept="text/html")
    if page.status != 200:
        raise NoPage(f"{url}: {page.status}")
    found = rels(page)
    if "indieauth-metadata" in found:
        server = _described(http, url, found["indieauth-metadata"])
    elif {"authorization_endpoint", "token_endpoint"} <= found.keys():
        server = Server(url, "", found["authorization_endpoint"], found["token_endpoint"], "", "")
    else:
        raise NoIndieAuth(url)
    if "micropub" not in found:
        raise NoMicropub(url)
    server = server._replace(micropub=found["micropub"])
    for endpoint in filter(None, server[2:]):
        _check(http, endpoint)
    return server


def ask(server: Server) -> Asked:
    """Begin: what is new each time."""
    return Asked(server, secrets.token_urlsafe(32), secrets.token_urlsafe(64))


def authorize_address(asked: Asked, client: Client) -> str:
    """Where the owner's browser goes."""
    digest = hashlib.sha256(asked.verifier.encode()).digest()
    query = urlencode(
        {
            "response_type": "code",
            "client_id": client.id,
            "redirect_uri": client.back,
            "state": asked.state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            "scope": " ".join(SCOPES),
            "me": asked.server.address,
        }
    )
    address = asked.server.authorization
    return f"{address}{'&' if urlsplit(address).query else '?'}{query}"


def is_from(asked: Asked, *, state: str, issuer: str) -> bool:
    """Whether somebody who comes back comes from there: the state is ours, the issuer the one that was asked. Where the
    page named two endpoints and no issuer, one that tells of itself has to be where the code goes: else the page of a
    stranger could name the true server of somebody, and a token endpoint of its own."""
    if not secrets.compare_digest(state.encode(), asked.state.encode()):
        return False
    server = asked.server
    return issuer == server.issuer if server.issuer else not issuer or _place(issuer) == _place(server.token)


def redeem(http: Http, asked: Asked, code: str, client: Client) -> tuple[Key, Server]:
    """The key for a code, and whose blog it opens. Raises BlogError, Unreachable."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": client.id,
        "redirect_uri": client.back,
        "code_verifier": asked.verifier,
    }
    answer = _post(http, asked.server.token, form)
    if answer.status != 200:
        raise NoLeave(f"{answer.status}")
    said = _json(answer)
    key = _key(said)
    if not key.access:
        raise NoLeave("no access_token")
    if key.scope and not {"create", "draft"} & set(key.scope.split()):
        raise NoScope(key.scope)
    return key, _confirmed(http, asked.server, _text(said, "me"))


def refresh(http: Http, token_endpoint: str, refresh_token: str, client: Client) -> Key:
    """The key that follows. Raises ConnectAgain, BlogError, Unreachable."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": client.id}
    answer = _post(http, token_endpoint, form)
    if answer.status >= 500 or answer.status == 429:
        raise Unreachable(f"{answer.status}")
    key = _key(_json(answer)) if answer.status == 200 else None
    if key is None or not key.access:
        raise ConnectAgain(f"{answer.status}")
    return key if key.refresh else key._replace(refresh=refresh_token)


def revoke(http: Http, *, revocation: str, token_endpoint: str, token: str) -> None:
    """End a key: as RFC 7009 says, or in the way of before 2022. Raises BlogError, Unreachable."""
    form = {"token": token} if revocation else {"action": "revoke", "token": token}
    answer = _post(http, revocation or token_endpoint, form)
    if not 200 <= answer.status < 300:
        raise Unreachable(f"{answer.status}")


def _described(http: Http, url: str, metadata: str) -> Server:
    """The server that metadata tell of. They have to lie below its issuer: else somebody could name another's server,
    and have the code sent to themselves. Raises BadMetadata."""
    answer = _get(http, metadata, accept="application/json")
    if answer.status != 200:
        raise BadMetadata(f"{metadata}: {answer.status}")
    said = _json(answer)
    names = ("issuer", "authorization_endpoint", "token_endpoint")
    issuer, authorization, token = (_text(said, name) for name in names)
    is_its_own = _is_below(metadata, issuer) and _is_below(answer.url, issuer)
    if not (issuer and authorization and token and is_its_own):
        raise BadMetadata(f"{metadata}: issuer {issuer!r}")
    return Server(url, issuer, authorization, token, _text(said, "revocation_endpoint"), "")


def _confirmed(http: Http, server: Server, me: str) -> Server:
    """Whose blog it is, as the token endpoint says: the address that was given, or another that names the same server.
    Raises OtherOwner."""
    if _canonical(me) == _canonical(server.address):
        return server
    if not me:
        raise OtherOwner("nobody")
    other = discover(http, address(http, me))
    same = other.issuer == server.issuer if server.issuer else other.authorization == server.authorization
    if not same or other.token != server.token:
        raise OtherOwner(me)
    return other


def _key(said: dict[str, Any]) -> Key:
    seconds = said.get("expires_in")
    lasts = int(seconds) if isinstance(seconds, int | float) and 0 < seconds < 10**9 else 0
    access, renewing = (_text(said, name) for name in ("access_token", "refresh_token"))
    if not TOKEN.fullmatch(access + renewing):
        raise BadAnswer("a key that no header can hold")
    return Key(access, renewing, _text(said, "scope"), lasts)


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _is_below(url: str, issuer: str) -> bool:
    whole = _canonical(issuer)
    return not set("?#") & set(issuer) and _canonical(url).startswith(whole if whole.endswith("/") else f"{whole}/")


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(_canonical(url))
    return parts.scheme, parts.netloc


def _canonical(url: str) -> str:
    """With a path, and the host in small letters."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", parts.query, parts.fragment))


def _get(http: Http, url: str, *, accept: str) -> Answer:
    try:
        return http.get(url, headers={"Accept": accept}, most_bytes=MOST_BYTES, total_seconds=SECONDS)
    except Refused as error:
        raise NotPublic(url) from error


def _post(http: Http, url: str, form: dict[str, str]) -> Answer:
    try:
        body = urlencode(form).encode()
        return http.send("POST", url, body, headers=FORM, most_bytes=MOST_BYTES, total_seconds=SECONDS)
    except Refused as error:
        raise NotPublic(url) from error


def _check(http: Http, url: str) -> None:
    try:
        http.check(url)
    except Refused as error:
        raise NotPublic(url) from error


def _json(answer: Answer) -> dict[str, Any]:
    """Raises BadAnswer."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"{answer.url}: no JSON") from error
    if not isinstance(said, dict):
        raise BadAnswer(f"{answer.url}: no object")
    return said
