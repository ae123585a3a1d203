"""Stored public pages, answered before Django wakes up: one Redis GET, the same bytes for everybody.

A view marks a response with the header `X-Page-Version`: the version and the page's own address. This layer then keeps
the finished response (headers of all middleware included) compressed under that address, and answers later requests
itself. Anything else, or Redis being away, falls through to Django. A floor per address keeps a slow render of an old
version from being stored after the version changed; docs/decisions/0003 tells the story.
"""

import gzip
import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from unroller import meters, store
from unroller.answers import Application, Environ, StartResponse

logger = logging.getLogger(__name__)

MARK = "X-Page-Version"
KEPT_SECONDS = 24 * 3600
"""A page says dates relative to this year, so none is older than a day."""
SHOWN = ("SITE_URL", "SITE_NAME", "SECRET_KEY", "CONTACT_EMAIL", "FOLLOW_US_URL", "CONTENT_SECURITY_POLICY")
"""Settings that stand in a page, its picture addresses or its headers."""
DROPPED = frozenset({MARK.lower(), "x-request-id", "content-length", "vary", "set-cookie"})
"""Headers that belong to one answer, not to the page."""
MAKERS = frozenset({".py", ".html", ".css", ".js", ".svg", ".png"})
"""Files of these kinds make a page."""
FLOOR_SECONDS = 600
"""Longer than any render takes."""

PUT = """
if tonumber(redis.call('get', KEYS[2]) or 0) > tonumber(ARGV[1]) then return 0 end
redis.call('set', KEYS[1], ARGV[2], 'ex', ARGV[3])
return 1
"""


class Page(NamedTuple):
    """A stored response: its headers without length and encoding, its body compressed with gzip."""

    headers: list[tuple[str, str]]
    etag: str
    body: bytes


def forget(versions: Mapping[str, int]) -> None:
    """Drop pages by address, and refuse to store any version below the named one. Raises store.Unavailable."""
    with store.client().pipeline(transaction=False) as pipe:
        for address, version in versions.items():
            pipe.set(_floor(address), version, ex=FLOOR_SECONDS)
            pipe.delete(_name(address))
        pipe.execute()


def is_behind(address: str, version: int) -> bool:
    """Whether a version is known to be over, or nobody can tell: for who reads from a database that may lag."""
    try:
        return int(store.get(_floor(address)) or 0) > version
    except store.Unavailable:
        return True


def keep(address: str, version: int, page: Page) -> None:
    """Store a page unless a newer version is known."""
    head = json.dumps({"release": release(), "etag": page.etag, "headers": page.headers}).encode()
    value = len(head).to_bytes(4, "big") + head + page.body
    try:
        store.client().eval(PUT, 2, _name(address), _floor(address), version, value, KEPT_SECONDS)
    except store.Unavailable as error:
        logger.warning("page %s not stored: %s", address, error)


def look_up(address: str) -> Page | None:
    """The stored page of this release, if there is one."""
    try:
        value = store.get(_name(address))
    except store.Unavailable:
        return None
    if value is None:
        return None
    length = int.from_bytes(value[:4], "big")
    head = json.loads(value[4 : 4 + length])
    if head["release"] != release():
        return None
    return Page([(name, text) for name, text in head["headers"]], head["etag"], value[4 + length :])


@cache
def release() -> str:
    """Changes with every file that makes a page, so that a deploy never serves yesterday's frame."""
    digest = hashlib.sha256(repr([getattr(settings, name) for name in SHOWN]).encode())
    for place in (settings.BASE_DIR / "templates", settings.BASE_DIR / "unroller"):
        for path in sorted(place.rglob("*.*")):
            if path.suffix in MAKERS:
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


class StoredPages:
    """The WSGI layer around Django."""

    def __init__(self, django: Application) -> None:
        self._django = django

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        address = environ.get("PATH_INFO", "")
        if not _may_be_stored(environ, address):
            return self._django(environ, start_response)
        page = look_up(address)
        if page is not None:
            meters.HIT.inc()
            return _answer(page, environ, start_response)
        meters.MISS.inc()
        return self._render(address, environ, start_response)

    def _render(self, address: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Let Django answer; keep the answer if it is marked."""
        seen: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            seen.update(status=status, headers=headers, exc_info=exc_info)

        body = self._django(environ, start)
        version, _, own_address = dict(seen["headers"]).get(MARK, "").partition(" ")
        if own_address != address:  # nothing is kept under an address that nobody would think of forgetting
            start_response(seen["status"], seen["headers"], seen["exc_info"])
            return body
        try:
            content = b"".join(body)
        finally:
            if hasattr(body, "close"):
                body.close()
        page = finished(seen["headers"], content)
        keep(address, int(version), page)
        return _answer(page, environ, start_response)


def finished(headers: list[tuple[str, str]], content: bytes) -> Page:
    """A response as it is kept: without what depends on the request."""
    kept = [(name, text) for name, text in headers if name.lower() not in DROPPED]
    etag = f'W/"{hashlib.sha256(content).hexdigest()[:24]}"'
    return Page([*kept, ("Vary", "Accept-Encoding"), ("ETag", etag)], etag, gzip.compress(content, 6, mtime=0))


def _answer(page: Page, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    if page.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
        start_response(_status(HTTPStatus.NOT_MODIFIED), page.headers)
        return []
    headers = list(page.headers)
    body = page.body
    if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        headers.append(("Content-Encoding", "gzip"))
    else:
        body = gzip.decompress(body)
    headers.append(("Content-Length", str(len(body))))
    start_response(_status(HTTPStatus.OK), headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _may_be_stored(environ: Environ, address: str) -> bool:
    """Thread pages asked for in the ordinary way; the checks are those Django would make."""
    return (
        address.startswith("/thread/")
        and environ["REQUEST_METHOD"] in {"GET", "HEAD"}
        and environ.get("QUERY_STRING", "") != "from=reply"
        and (not settings.SECURE_SSL_REDIRECT or environ["wsgi.url_scheme"] == "https")
        and _known_host(environ.get("HTTP_HOST", ""))
    )


@lru_cache(maxsize=1024)
def _known_host(host: str) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def _status(status: HTTPStatus) -> str:
    return f"{status.value} {status.phrase}"


def _name(address: str) -> str:
    return f"page:{address}"


def _floor(address: str) -> str:
    return f"page:floor:{address}"
