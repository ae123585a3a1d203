"""GET, and nothing else, from public addresses only, with limits on time and size.

The address that is checked is the one that is connected to: names are resolved here, once per connection, so a name
that changes its mind between check and connect (DNS rebinding) gains nothing. Every redirect is checked anew.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

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
CHUNK_BYTES = 64 * 1024

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
        address = host if _pair(host, port) in self._allowed else self._public_address(host, port)
        return super().connect_tcp(address, port, timeout, local_address, socket_options)

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        raise Refused("unix sockets are not opened")

    def _public_address(self, host: str, port: int) -> str:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host}: {error}") from error
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        for address in addresses:
            if not is_public(address):
                raise Refused(f"{host} resolves to {address}")
        return str(addresses[0])


class Http:
    """A client for the open internet. Thread-safe; keeps connections; close it when done, or use it with `with`.

    `allowed`: `host:port` pairs that may be private and speak plain http (the sandbox). `agent`: the User-Agent.
    """

    def __init__(self, agent: str, *, allowed: frozenset[str] = frozenset()) -> None:
        self._allowed = allowed
        transport = httpx.HTTPTransport(verify=ssl.create_default_context(cafile=certifi.where()))
        # httpx has no public way to name the network backend of its pool.
        transport._pool = httpcore.ConnectionPool(  # noqa: SLF001
            ssl_context=ssl.create_default_context(cafile=certifi.where()),
            max_connections=20,
            max_keepalive_connections=10,
            keepalive_expiry=15,
            network_backend=GuardedBackend(allowed),
        )
        self._client = httpx.Client(
            transport=transport,
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            headers={"User-Agent": agent},
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
        deadline = time.monotonic() + total_seconds
        try:
            answer = self._follow(url, headers or {}, most_bytes, deadline)
        except Unreachable as error:
            if isinstance(error, BadAnswer) or time.monotonic() > deadline:
                raise
            answer = None
        if answer is None or answer.status >= 500:
            answer = self._follow(url, headers or {}, most_bytes, deadline)
        return answer

    def _follow(self, url: str, headers: Mapping[str, str], most_bytes: int, deadline: float) -> Answer:
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._once(url, headers, most_bytes, deadline)
            target = answer.headers.get("location")
            if answer.status not in {301, 302, 303, 307, 308} or not target:
                return answer
            following = urljoin(url, target)
            if urlsplit(following).netloc != urlsplit(url).netloc:
                headers = {}  # a key for one host is not shown to another
            url = following
        raise BadAnswer(f"more than {MOST_REDIRECTS} redirects")

    def _once(self, url: str, headers: Mapping[str, str], most_bytes: int, deadline: float) -> Answer:
        self._check(url)
        try:
            with self._client.stream("GET", url, headers=headers) as response:
                body = _read(response, most_bytes, deadline)
                return Answer(response.status_code, dict(response.headers), body, url)
        except (httpx.HTTPError, httpx.InvalidURL, httpcore.ConnectError, ssl.SSLError, OSError) as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from error

    def _check(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise Refused(f"{url!r}: {error}") from error
        if _pair(host, port) in self._allowed and parts.scheme in {"http", "https"}:
            return
        if parts.scheme != "https" or port != 443 or parts.username or not host:
            raise Refused(f"only https on port 443 is opened, not {url!r}")


def _pair(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _read(response: httpx.Response, most_bytes: int, deadline: float) -> bytes:
    """The whole body, decompressed. A compressed body is counted as it grows, so a small bomb stays small."""
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes(CHUNK_BYTES):
        size += len(part)
        if size > most_bytes:
            raise BadAnswer(f"larger than {most_bytes} bytes")
        if time.monotonic() > deadline:
            raise Unreachable("the answer took too long")
        parts.append(part)
    return b"".join(parts)
