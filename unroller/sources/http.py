"""GET, and nothing else, from public addresses only, with limits on time and size.

The address that is checked is the one that is connected to: names are resolved here, once per connection, so a name
that changes its mind between check and connect (DNS rebinding) gains nothing. Every redirect is checked anew.
"""

import contextlib
import ipaddress
import math
import socket
import ssl
import time
import zlib
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, NamedTuple
from urllib.parse import urljoin

import certifi
import httpcore
import httpx

from unroller.core.errors import BadAnswer, Refused, Unreachable

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
TOTAL_SECONDS = 60.0
"""One answer, redirects included: a body that drips stays below the read limit for ever."""
MOST_BYTES = 16 * 1024 * 1024
MOST_REDIRECTS = 3
MOST_ADDRESSES = 3
"""Of one name that are tried, one after the other."""

_deadline: ContextVar[float] = ContextVar("_deadline", default=math.inf)
"""When the answer that is being read must be whole, on the monotonic clock: a connection outlives its answers."""

NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Answer(NamedTuple):
    """A finished answer of any status. `url` is where it came from, after redirects; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def is_public(address: Address) -> bool:
    """Whether an address is on the public internet; IPv6 forms that carry an IPv4 address are judged by that."""
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if carried is None and address in NAT64:
            carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if carried is not None:
            return is_public(carried)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


class TimedStream(httpcore.NetworkStream):
    """A connection that obeys the deadline of whoever uses it: headers and bodies that drip pass every other limit."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return TimedStream(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class GuardedBackend(httpcore.SyncBackend):
    """Connects to public addresses, and to `allowed` `host:port` pairs wherever they are."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = [host] if _pair(host, port) in self._allowed else self._public_addresses(host, port)
        for address in addresses[:-1]:
            with contextlib.suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                stream = super().connect_tcp(address, port, _left(timeout), local_address, socket_options)
                return TimedStream(stream)
        return TimedStream(super().connect_tcp(addresses[-1], port, _left(timeout), local_address, socket_options))

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        raise Refused("unix sockets are not opened")

    def _public_addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host}: {error}") from error
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        for address in addresses:
            if not is_public(address):
                raise Refused(f"{host} resolves to {address}")
        return [str(address) for address in addresses[:MOST_ADDRESSES]]


class Http:
    """A client for the open internet. Thread-safe; keeps connections; close it when done, or use it with `with`.

    `allowed`: `host:port` pairs that may be private and speak plain http (the sandbox). `agent`: the User-Agent.
    """

    def __init__(self, agent: str, *, allowed: frozenset[str] = frozenset()) -> None:
        self._allowed = allowed
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
        not public, Unreachable when there is no whole answer in time, BadAnswer when it is larger than `most_bytes`.
        """
        token = _deadline.set(time.monotonic() + total_seconds)
        try:
            try:
                answer = self._follow(url, headers or {}, most_bytes)
            except Unreachable as error:
                if isinstance(error, BadAnswer) or time.monotonic() > _deadline.get():
                    raise
            else:
                if answer.status < 500 or time.monotonic() > _deadline.get():
                    return answer
            return self._follow(url, headers or {}, most_bytes)
        finally:
            _deadline.reset(token)

    def _follow(self, url: str, headers: Mapping[str, str], most_bytes: int) -> Answer:
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._once(url, headers, most_bytes)
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

    def _once(self, url: str, headers: Mapping[str, str], most_bytes: int) -> Answer:
        address = self._checked(url)
        try:
            with self._client.stream("GET", address, headers=headers) as response:
                body = _read(response, most_bytes)
                return Answer(response.status_code, dict(response.headers), body, url)
        except (httpx.HTTPError, ssl.SSLError, OSError, zlib.error) as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from error

    def _checked(self, url: str) -> httpx.URL:
        """The address as the client reads it, so that no second reading of the text can differ from the checked one."""
        address = _address(url)
        host, plain = address.raw_host.decode(), address.scheme == "http"
        if address.userinfo or not host or not (plain or address.scheme == "https"):
            raise Refused(f"only https without a name and password is opened, not {url!r}")
        port = (80 if plain else 443) if address.port is None else address.port
        if _pair(host, port) not in self._allowed and (plain or port != 443):
            raise Refused(f"only https on port 443 is opened, not {url!r}")
        return address


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


def _pair(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _left(timeout: float | None) -> float:
    """Seconds that one step on a connection may take."""
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the answer took too long")
    return min(left, math.inf if timeout is None else timeout)


def _read(response: httpx.Response, most_bytes: int) -> bytes:
    """The whole body, decompressed by no more than there is room for: a small bomb stays small.

    Bytes as they come are counted too, since gzip can go on for ever without saying anything.
    """
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if response.headers.get("content-encoding") == "gzip" else None
    parts: list[bytes] = []
    size = came = 0
    for chunk in response.iter_raw():
        part = unpacker.decompress(chunk, most_bytes - size + 1) if unpacker else chunk
        size += len(part)
        came += len(chunk)
        if max(size, came) > most_bytes:
            raise BadAnswer(f"larger than {most_bytes} bytes")
        parts.append(part)
    if unpacker and came and not unpacker.eof:
        raise Unreachable("the packed answer was cut off")
    return b"".join(parts)
