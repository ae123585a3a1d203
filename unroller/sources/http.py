"""GET, and bodies that are sent, to public addresses only, with limits on time and size.

connecting.py lets no connection through to anything else. Every redirect is checked anew.
"""

import ssl
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import IO, Literal, NamedTuple
from urllib.parse import urljoin

import certifi
import httpcore
import httpx

from unroller.core.errors import BadAnswer, Blocked, Refused, TooLarge, Unreachable
from unroller.sources.connecting import GuardedBackend, deadline, is_inside, pair

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
TOTAL_SECONDS = 60.0
"""One answer, redirects included: a body that drips stays below the read limit for ever."""
MOST_BYTES = 16 * 1024 * 1024
MOST_REDIRECTS = 3


class Answer(NamedTuple):
    """A finished answer of any status. `url` is where it came from, after redirects; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def retry_after(answer: Answer) -> datetime | None:
    """When to come back, as an answer says in seconds or as a date; None where it does not."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal() and len(value) < 7:
        return datetime.now(UTC) + timedelta(seconds=int(value))
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else None


class NotConnected(Unreachable):
    """No connection came about: nothing was sent."""

    @property
    def code(self) -> str:
        return Unreachable.__name__


Reader = Callable[[httpx.Response], bytes]
"""Takes the body of an answer; what it gives back stands in the answer."""


class Http:
    """A client for the open internet. Thread-safe; keeps connections; close it when done, or use it with `with`.

    `allowed`: `host:port` pairs that may be private and speak plain http (the sandbox). `agent`: the User-Agent.
    `is_blocked`: tells at each request, redirects included, of hosts that are left alone.
    """

    def __init__(
        self,
        agent: str,
        *,
        allowed: frozenset[str] = frozenset(),
        is_blocked: Callable[[str], bool] = lambda host: False,
    ) -> None:
        self._allowed = allowed
        self._is_blocked = is_blocked
        trusted = ssl.create_default_context(cafile=certifi.where())
        transport = httpx.HTTPTransport(verify=trusted)
        # httpx has no public way to name the network backend of its pool.
        transport._pool = httpcore.ConnectionPool(  # noqa: SLF001
            ssl_context=trusted,
            max_connections=20,
            max_keepalive_connections=10,
            keepalive_expiry=15,
            network_backend=GuardedBackend(allowed),
        )
        self._client = httpx.Client(
            transport=transport,
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            headers={"User-Agent": agent, "Accept-Encoding": "gzip"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> "Http":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def base(self, host: str) -> str:
        """The origin of a host named in a link: https, but plain http where the host is allowed to."""
        return f"http://{host}" if host in self._allowed else f"https://{host}"

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        most_bytes: int = MOST_BYTES,
        total_seconds: float = TOTAL_SECONDS,
    ) -> Answer:
        """The answer to GET `url`, whatever its status, after at most three redirects and one retry.

        The retry is immediate and only for answers that never came or were 5xx. Raises Refused for addresses that are
        not public, Unreachable when there is no whole answer in time, TooLarge when it is larger than `most_bytes`.
        """
        return self._ask(url, headers or {}, partial(_read, most_bytes=most_bytes), total_seconds)

    def download(self, url: str, into: IO[bytes], *, most_bytes: int, total_seconds: float) -> Answer:
        """The same with the body written to a file as it comes, and empty in the answer. What the file held is gone,
        and what it holds after an error is of no use."""
        return self._ask(url, {}, partial(_pour, into=into, most_bytes=most_bytes), total_seconds)

    def send(
        self,
        method: Literal["POST", "PATCH", "PUT"],
        url: str,
        body: bytes,
        *,
        headers: Mapping[str, str],
        most_bytes: int = MOST_BYTES,
        total_seconds: float = TOTAL_SECONDS,
    ) -> Answer:
        """The answer to a body that is sent to `url`, whatever its status: no redirect is followed, nothing is sent
        twice. With `most_bytes` of 0 the body of the answer is left unread. Raises as `get` does."""
        read = partial(_read, most_bytes=most_bytes) if most_bytes else _leave
        token = deadline.set(time.monotonic() + total_seconds)
        try:
            return self._once(url, headers, read, method=method, body=body)
        finally:
            deadline.reset(token)

    def check(self, url: str) -> None:
        """Raises Refused for what is never opened, as far as the address itself tells."""
        self._checked(url)

    def _ask(self, url: str, headers: Mapping[str, str], read: Reader, total_seconds: float) -> Answer:
        token = deadline.set(time.monotonic() + total_seconds)
        try:
            try:
                answer = self._follow(url, headers, read)
            except Unreachable as error:
                if isinstance(error, BadAnswer) or time.monotonic() > deadline.get():
                    raise
            else:
                if answer.status < 500 or time.monotonic() > deadline.get():
                    return answer
            return self._follow(url, headers, read)
        finally:
            deadline.reset(token)

    def _follow(self, url: str, headers: Mapping[str, str], read: Reader) -> Answer:
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._once(url, headers, read)
            target = answer.headers.get("location")
            if answer.status not in {301, 302, 303, 307, 308} or not target:
                return answer
            try:
                following = urljoin(url, target)
            except ValueError as error:
                raise BadAnswer(f"redirect to {target!r}") from error
            if _origin(following) != _origin(url):
                headers = {}  # a key for one host is not shown to another
            url = following
        raise BadAnswer(f"more than {MOST_REDIRECTS} redirects")

    def _once(
        self, url: str, headers: Mapping[str, str], read: Reader, *, method: str = "GET", body: bytes | None = None
    ) -> Answer:
        address = self._checked(url)
        try:
            with self._client.stream(method, address, headers=headers, content=body) as response:
                return Answer(response.status_code, dict(response.headers), read(response), url)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotConnected(f"{type(error).__name__}: {error}") from error
        except (httpx.HTTPError, ssl.SSLError, OSError, zlib.error) as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from error

    def _checked(self, url: str) -> httpx.URL:
        """The address as the client reads it, so that no second reading of the text can differ from the checked one."""
        address = _address(url)
        host, plain = address.raw_host.decode(), address.scheme == "http"
        if address.userinfo or not host or not (plain or address.scheme == "https"):
            raise Refused(f"only https without a name and password is opened, not {url!r}")
        if self._is_blocked(host):
            raise Blocked(f"{host} is blocked")
        port = (80 if plain else 443) if address.port is None else address.port
        if pair(host, port) not in self._allowed and (plain or port != 443):
            raise Refused(f"only https on port 443 is opened, not {url!r}")
        if pair(host, port) not in self._allowed and is_inside(address.host):
            raise Refused(f"only public addresses are opened, not {url!r}")
        return address


def host_of(url: str) -> str:
    """The host of an address as the client connects to it, in punycode. Raises Refused for what is no address."""
    return _address(url).raw_host.decode()


def _address(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url)
        address.host.encode()  # the client decodes a host's punycode late, and may find it broken
        return address
    except (httpx.InvalidURL, ValueError) as error:
        raise Refused(f"{url!r}: {error}") from error


def _origin(url: str) -> tuple[str, str, int | None]:
    address = _address(url)
    return address.scheme, address.raw_host.decode(), address.port


def _read(response: httpx.Response, most_bytes: int) -> bytes:
    """The whole body."""
    return b"".join(_unpacked(response, most_bytes))


def _leave(response: httpx.Response) -> bytes:
    """Nothing of it."""
    return b""


def _pour(response: httpx.Response, into: IO[bytes], most_bytes: int) -> bytes:
    """The whole body into a file, from its beginning."""
    into.seek(0)
    into.truncate()
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most_bytes:
        raise TooLarge(f"{length} bytes, larger than {most_bytes}")
    for part in _unpacked(response, most_bytes):
        into.write(part)
    return b""


def _unpacked(response: httpx.Response, most_bytes: int) -> Iterator[bytes]:
    """A body piece by piece, decompressed by no more than there is room for: a small bomb stays small.

    Bytes as they come are counted too, since gzip can go on for ever without saying anything.
    """
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if response.headers.get("content-encoding") == "gzip" else None
    size = came = 0
    for chunk in response.iter_raw():
        part = unpacker.decompress(chunk, most_bytes - size + 1) if unpacker else chunk
        size += len(part)
        came += len(chunk)
        if max(size, came) > most_bytes:
            raise TooLarge(f"larger than {most_bytes} bytes")
        yield part
    if unpacker and came and not unpacker.eof:
        raise Unreachable("the packed answer was cut off")
