"""Entries on a blog: the Micropub Recommendation, as far as publishing needs it."""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

import regex

from unroller.core.errors import RateLimited, Refused, Unreachable
from unroller.core.text import is_web
from unroller.sources.blog.errors import ConnectAgain, NoScope, NotKept, NotPublic, NotSure, NotTaken
from unroller.sources.http import Answer, Http, NotConnected, retry_after

SECONDS = 30.0
"""For one entry or one picture, with nobody waiting."""
MOST_BYTES = 4 * 1024 * 1024
MOST_ADDRESS = 2_048
LISTED = 100
"""Latest entries among which a lost one is looked for."""


class Entry(NamedTuple):
    """What is published. `slug` is ours alone; `origin` is where the head of the thread stands."""

    name: str
    html: str
    published: str
    origin: str
    categories: tuple[str, ...]
    slug: str


class Blog(NamedTuple):
    """Where entries go, and the key."""

    endpoint: str
    token: str


Act = Callable[[Blog], str]
"""Something done on a blog, and the address it ends with."""


def media_endpoint(http: Http, blog: Blog) -> str:
    """Where pictures go; empty when there is no such place. Raises ConnectAgain, NoScope, Unreachable."""
    answer = _ask(http, blog, {"q": "config"})
    if answer.status == 401:
        raise _refusal(answer)
    found = _object(answer).get("media-endpoint") if answer.status == 200 else ""
    address = _whole(answer, found)
    try:
        http.check(address)
    except Refused:
        return ""
    return address


def create(http: Http, blog: Blog, entry: Entry, *, draft: bool) -> str:
    """Publish an entry; its address. Raises NotSure when it may stand there without our knowing where, NotConnected and
    RateLimited when it surely does not, and BlogError."""
    properties = _properties(entry) | {"published": [entry.published], "syndication": [entry.origin]}
    properties |= {"mp-slug": [entry.slug], "post-status": ["draft" if draft else "published"]}
    answer = _send(http, blog, {"type": ["h-entry"], "properties": properties})
    address = _whole(answer, answer.headers.get("location"))
    if answer.status >= 500 and answer.status != 501 and not (answer.status == 503 and retry_after(answer)):
        # It may have failed after it kept the entry, or be the word of something in between.
        raise NotSure(str(answer.status))
    if not 200 <= answer.status < 300:
        raise _refusal(answer)
    if not address:
        raise NotSure("no Location")
    return address


def update(http: Http, blog: Blog, url: str, entry: Entry, *, show: bool = False) -> str:
    """Change an entry to these words; its address, which may be another now. `show`: it was a draft, and is to be one
    no longer. Raises as `create`; NotSure does no harm: the same change twice is one."""
    status = {"post-status": ["published"]} if show else {}
    gone = {} if entry.categories else {"delete": ["category"]}
    change = {"action": "update", "url": url, "replace": _properties(entry) | status} | gone
    answer = _send(http, blog, change)
    if not 200 <= answer.status < 300:
        raise _refusal(answer)
    moved = _whole(answer, answer.headers.get("location")) if answer.status == 201 else ""
    return moved or url


def find(http: Http, blog: Blog, entry: Entry) -> str:
    """The address of an entry that may stand there already, by its slug, or else by what it was made of; empty when it
    is not among the latest, or the blog does not list them. Raises ConnectAgain, Unreachable."""
    answer = _ask(http, blog, {"q": "source", "limit": str(LISTED)})
    if answer.status == 401 or answer.status >= 500 or answer.status == 429:
        raise _refusal(answer)
    listed = _object(answer).get("items") if answer.status == 200 else []
    items = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    told = [(_address(item), item.get("properties")) for item in items]
    known = [(url, given) for url, given in told if url and isinstance(given, dict)]
    by_slug = (url for url, given in known if _is_named(url, given, entry.slug))
    by_origin = (url for url, given in known if _is_same(given, entry))
    return next(by_slug, "") or next(by_origin, "")


def upload(http: Http, endpoint: str, token: str, *, name: str, kind: str, body: bytes) -> str:
    """Put a picture on the blog; its address there. Raises Unreachable, RateLimited, BlogError; NotKept for what may be
    the matter with this one picture alone."""
    mark = secrets.token_hex(16)
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
    sent = head.encode() + body + f"\r\n--{mark}--\r\n".encode()
    headers = _headers(token) | {"Content-Type": f"multipart/form-data; boundary={mark}"}
    try:
        answer = http.send("POST", endpoint, sent, headers=headers, most_bytes=MOST_BYTES, total_seconds=SECONDS)
    except Refused as error:
        raise NotPublic(endpoint) from error
    if answer.status >= 500:
        raise NotKept(str(answer.status))
    address = _whole(answer, answer.headers.get("location"))
    if not (200 <= answer.status < 300 and address):
        raise _refusal(answer)
    return address


def _properties(entry: Entry) -> dict[str, list[Any]]:
    """What an update says anew."""
    found: dict[str, list[Any]] = {"name": [entry.name], "content": [{"html": entry.html}]}
    if entry.categories:
        found["category"] = list(entry.categories)
    return found


def _ask(http: Http, blog: Blog, query: dict[str, str]) -> Answer:
    mark = "&" if urlsplit(blog.endpoint).query else "?"
    headers = _headers(blog.token)
    try:
        url = f"{blog.endpoint}{mark}{urlencode(query)}"
        return http.get(url, headers=headers, most_bytes=MOST_BYTES, total_seconds=SECONDS / 2)
    except Refused as error:
        raise NotPublic(blog.endpoint) from error


def _send(http: Http, blog: Blog, facts: dict[str, Any]) -> Answer:
    body = json.dumps(facts, ensure_ascii=False).encode()
    headers = _headers(blog.token) | {"Content-Type": "application/json"}
    try:
        return http.send("POST", blog.endpoint, body, headers=headers, most_bytes=MOST_BYTES, total_seconds=SECONDS)
    except Refused as error:
        raise NotPublic(blog.endpoint) from error
    except NotConnected:
        raise
    except Unreachable as error:
        raise NotSure(str(error)) from error


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Accept": "application/json"}


def _refusal(answer: Answer) -> Exception:
    """What a status that is no success says (3.8 of the Recommendation; its errata for insufficient_scope)."""
    said = _object(answer).get("error", "")
    error = said if isinstance(said, str) and regex.fullmatch(r"[a-z_]{1,40}", said) else ""
    if error == "insufficient_scope":
        return NoScope(str(answer.status))
    if answer.status == 401:
        return ConnectAgain(error)
    if answer.status == 429 or (answer.status >= 500 and answer.status != 501):
        until = retry_after(answer)
        return RateLimited(until) if until else Busy(str(answer.status))
    return NotTaken(answer.status, error)


class Busy(NotConnected):
    """The blog says that it takes nothing just now."""


def _object(answer: Answer) -> dict[str, Any]:
    """The body, where it is an object of JSON."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _whole(answer: Answer, address: object) -> str:
    """An address in an answer, made whole; empty where it is none."""
    if not isinstance(address, str) or not address.strip():
        return ""
    try:
        whole = urljoin(answer.url, address.strip())
    except ValueError:
        return ""
    return whole if is_web(whole) and len(whole) <= MOST_ADDRESS else ""


def _address(item: dict[str, Any]) -> str:
    """Where a listed entry stands."""
    given = item.get("properties")
    candidates = [*_texts(given, "url"), item.get("url"), *_texts(given, "uid")]
    return next((each for each in candidates if isinstance(each, str) and is_web(each)), "")


def _is_named(url: str, given: dict[str, Any], slug: str) -> bool:
    places: Iterable[str] = (url, *_texts(given, "uid"), *_texts(given, "mp-slug"))
    return any(place.rstrip("/").endswith(slug) for place in places)


def _is_same(given: dict[str, Any], entry: Entry) -> bool:
    """Of the same post, under the same name: an older entry about it, by other means, has another."""
    return entry.origin in _texts(given, "syndication") and entry.name in _texts(given, "name")


def _texts(given: Any, name: str) -> Iterator[str]:
    values = given.get(name) if isinstance(given, dict) else None
    yield from (each for each in (values if isinstance(values, list) else [values]) if isinstance(each, str))
