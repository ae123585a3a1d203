"""Connections to public addresses only, each with a deadline.

The address that is checked is the one that is connected to: names are resolved here, once per connection, so a name
that changes its mind between check and connect (DNS rebinding) gains nothing.
"""

import contextlib
import ipaddress
import math
import socket
import ssl
import time
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

import httpcore

from unroller.core.errors import Refused

MOST_ADDRESSES = 3
"""Of one name that are tried, one after the other."""

deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)
"""When the answer that is being read must be whole, on the monotonic clock: a connection outlives its answers."""

NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


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


def is_inside(host: str) -> bool:
    """Whether a host is an address by itself, in any way that one is written (127.1, 0x7f000001), and not public."""
    with contextlib.suppress(ValueError):
        return not is_public(ipaddress.ip_address(host))
    with contextlib.suppress(OSError, ValueError):
        return not is_public(ipaddress.IPv4Address(socket.inet_aton(host)))
    return False


class TimedStream(httpcore.NetworkStream):
    """A connection that obeys the deadline of whoever uses it: headers and bodies that drip pass every other limit."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return TimedStream(self._stream.start_tls(ssl_context, server_hostname, left(timeout)))

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
        addresses = [host] if pair(host, port) in self._allowed else self._public_addresses(host, port)
        for address in addresses[:-1]:
            with contextlib.suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                stream = super().connect_tcp(address, port, left(timeout), local_address, socket_options)
                return TimedStream(stream)
        return TimedStream(super().connect_tcp(addresses[-1], port, left(timeout), local_address, socket_options))

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


def pair(host: str, port: int) -> str:
    """`host:port`, as allowed ones are written."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def left(timeout: float | None) -> float:
    """Seconds that one step on a connection may take."""
    left = deadline.get() - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the answer took too long")
    return min(left, math.inf if timeout is None else timeout)
