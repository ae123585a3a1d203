"""A WebSocket server on loopback that says what a test tells it to."""

import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import NamedTuple

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

Script = Callable[[ServerConnection], object]


class Teller(NamedTuple):
    url: str
    allowed: frozenset[str]


@contextmanager
def telling(script: Script, *, tls: ssl.SSLContext | None = None) -> Iterator[Teller]:
    """Every connection gets `script`, and ends with it. `tls` makes the server speak it."""

    def talk(connection: ServerConnection) -> None:
        try:
            script(connection)
        except ConnectionClosed:
            return

    quiet = logging.getLogger("tests.telling")
    quiet.setLevel(logging.CRITICAL)
    with serve(talk, "127.0.0.1", 0, ssl=tls, compression=None, close_timeout=1, logger=quiet) as server:
        running = Thread(target=server.serve_forever, daemon=True)
        running.start()
        host = f"127.0.0.1:{server.socket.getsockname()[1]}"
        yield Teller(f"{'wss' if tls else 'ws'}://{host}/subscribe", frozenset({host}))
        server.shutdown()
        running.join()


def until_closed(connection: ServerConnection) -> None:
    """Say no more, but stay."""
    for _ in connection:
        pass
