"""A server on loopback that says, byte for byte, what a test tells it to, and remembers what it was asked."""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from threading import Thread
from typing import NamedTuple

from unroller.sources.http import Http


class Question(NamedTuple):
    """One request; header names in lower case."""

    path: str
    headers: dict[str, str]


Script = Callable[[Question], Iterable[bytes]]
"""The pieces of an answer, sent one by one. An empty piece closes the connection."""

CLOSE = b""


def answer(body: bytes = b"", *, status: int = 200, headers: Iterable[str] = ()) -> bytes:
    """A whole answer with an honest Content-Length."""
    return head(f"Content-Length: {len(body)}", *headers, status=status) + body


def head(*headers: str, status: int = 200) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status} So", *headers, "", ""]).encode()


class Loopback:
    """Use it with `with`. `sent` counts bytes of answers; `tls` makes it speak https."""

    def __init__(self, script: Script, *, tls: ssl.SSLContext | None = None) -> None:
        self.script = script
        self.asked: list[Question] = []
        self.connections = 0
        self.sent = 0
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"http://{self.host}"

    def __enter__(self) -> "Loopback":
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def paths(self) -> list[str]:
        return [question.path for question in self.asked]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
            Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, self._dressed(connection) as dressed:
                while self._converse(dressed):
                    pass
        except OSError:
            return  # the client has heard enough

    def _dressed(self, connection: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(connection, server_side=True) if self._tls else connection

    def _converse(self, connection: socket.socket) -> bool:
        request = b""
        while b"\r\n\r\n" not in request:
            more = connection.recv(65536)
            if not more:
                return False
            request += more
        first, *lines = request.decode("latin-1").rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        question = Question(first.split(" ")[1], headers)
        self.asked.append(question)
        for piece in self.script(question):
            if piece == CLOSE:
                return False
            connection.sendall(piece)
            self.sent += len(piece)
        return True


Serve = Callable[[Script], Loopback]
"""Starts a server that is stopped after the test."""


def in_turn(*answers: bytes) -> Script:
    """One answer after the other, the last one for ever; an empty one hangs up."""
    left = list(answers)

    def script(_: Question) -> Iterable[bytes]:
        return [left.pop(0) if len(left) > 1 else left[0]]

    return script


def endless(first: bytes, piece: bytes, *, pause: float = 0) -> Script:
    """`piece` again and again, until the client has had enough (or a gigabyte)."""

    def script(_: Question) -> Iterator[bytes]:
        yield first
        for _number in range(2**30 // len(piece)):
            yield piece
            time.sleep(pause)
        yield CLOSE

    return script


def silent(seconds: float) -> Script:
    """Nothing, for a while; then the server hangs up."""

    def script(_: Question) -> Iterator[bytes]:
        time.sleep(seconds)
        yield CLOSE

    return script


def get(server: Loopback, path: str = "/", *, most_bytes: int = 1024 * 1024, total_seconds: float = 5) -> bytes:
    """The body of an answer, by a client that may ask this server."""
    with Http("test", allowed=frozenset({server.host})) as client:
        return client.get(server.url + path, most_bytes=most_bytes, total_seconds=total_seconds).body
