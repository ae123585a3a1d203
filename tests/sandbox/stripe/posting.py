"""One POST to an endpoint of a program on this machine, which can be ended from outside."""

import contextlib
import http.client
import ipaddress
import socket
import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

PATIENCE = 10.0
"""Seconds in which an endpoint has to answer."""


class Poster:
    """POSTs to loopback addresses and nowhere else; `close` ends what is under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._open: set[http.client.HTTPConnection] = set()

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """The answer's status and an empty text, or 0 and what went wrong."""
        target = urlsplit(url)
        if target.scheme != "http" or not is_loopback(target.hostname or ""):
            return 0, "the sandbox only reaches http addresses of this machine"
        connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=PATIENCE)
        with self._lock:
            if self._closed:
                return 0, "the sandbox is closing"
            self._open.add(connection)
        try:
            connection.request("POST", target._replace(scheme="", netloc="").geturl() or "/", body, dict(headers))
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            return 0, repr(error)
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()
        return answer.status, ""

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for connection in self._open:
                if connection.sock is not None:
                    with contextlib.suppress(OSError):
                        connection.sock.shutdown(socket.SHUT_RDWR)


def is_loopback(host: str) -> bool:
    """`localhost`, what ends in `.localhost`, and loopback addresses."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
