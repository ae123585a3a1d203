"""Asks a server whether it answers, in a few bytes of its own protocol and without any client library."""

import socket
import struct
from collections.abc import Callable
from urllib.parse import urlsplit

_PATIENCE_SECONDS = 2.0
_PROTOCOL_3_0 = 196608
_STARTING_UP = b"C57P03\0"


def postgres_answers(url: str) -> bool:
    """Whether PostgreSQL is there and has started: it asks for a password, or refuses for another reason."""
    parts = urlsplit(url)
    fields = f"user\0{parts.username}\0database\0{parts.path[1:]}\0\0".encode()
    greeting = struct.pack("!II", len(fields) + 8, _PROTOCOL_3_0) + fields
    answer = _exchange(parts.port, greeting, until=_holds_a_message)
    return answer[:1] == b"R" or (answer[:1] == b"E" and _STARTING_UP not in answer)


def valkey_answers(url: str) -> bool:
    """Whether Valkey is there, knows our password and has read its data."""
    parts = urlsplit(url)
    question = f"AUTH {parts.password}\r\nPING\r\n".encode()
    return b"+PONG" in _exchange(parts.port, question, until=lambda heard: heard.count(b"\r\n") >= 2)


def _holds_a_message(heard: bytes) -> bool:
    return len(heard) >= 5 and len(heard) > int.from_bytes(heard[1:5], "big")


def _exchange(port: int | None, question: bytes, *, until: Callable[[bytes], bool]) -> bytes:
    """Say something to a port of this machine; its answer, until that is enough or time is over."""
    heard = b""
    try:
        with socket.create_connection(("127.0.0.1", port or 0), timeout=_PATIENCE_SECONDS) as connection:
            connection.sendall(question)
            while not until(heard) and (more := connection.recv(4096)):
                heard += more
    except OSError:
        pass
    return heard
