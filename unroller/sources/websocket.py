"""Messages of a WebSocket on the open internet, with limits on time and size.

connecting.py lets no connection through to anything but public addresses. No redirect is followed, no proxy is asked,
nothing is unpacked.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import certifi
import httpcore
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.sync.client import ClientConnection, connect
from websockets.uri import WebSocketURI, parse_uri

from unroller.core.errors import BadAnswer, Refused, TooLarge, Unreachable
from unroller.sources.connecting import GuardedBackend, is_inside, pair
from unroller.sources.http import NotConnected

CONNECT_SECONDS = 5.0
HANDSHAKE_SECONDS = 10.0
CLOSE_SECONDS = 2.0
PONG_SECONDS = 10.0
MOST_BYTES = 4 * 1024 * 1024
"""Of one message."""
TOO_BIG = 1009


class Line:
    """A connection that stands."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def say(self, text: str) -> None:
        """Send a message. Raises Unreachable."""
        try:
            self._connection.send(text)
        except (ConnectionClosed, OSError) as error:
            raise _ended(error) from error

    def hear(self, seconds: float) -> str | None:
        """The next message; None when there is none for so long.

        A connection that stalls is silent too, so silence is believed only with an answer to a ping: it travels behind
        whatever was sent before it. Raises Unreachable when the connection ends, BadAnswer for what is no text,
        TooLarge.
        """
        try:
            try:
                return _text(self._connection.recv(timeout=max(seconds, 0)))
            except TimeoutError:
                if not self._connection.ping().wait(PONG_SECONDS):
                    raise Unreachable("no answer to a ping") from None
            try:
                return _text(self._connection.recv(timeout=0))
            except TimeoutError:
                return None
        except (ConnectionClosed, OSError) as error:
            raise _ended(error) from error


@contextmanager
def opened(url: str, *, agent: str, allowed: frozenset[str] = frozenset()) -> Iterator[Line]:
    """A connection to `url`, which is closed afterwards. `allowed`: `host:port` pairs that may be private and speak
    plain ws. Raises Refused, Unreachable, and BadAnswer for a server that speaks no WebSocket there."""
    uri = _checked(url, allowed)
    try:
        stream = GuardedBackend(allowed).connect_tcp(uri.host, uri.port, timeout=CONNECT_SECONDS)
    except (httpcore.NetworkError, httpcore.TimeoutException) as error:
        raise NotConnected(f"{type(error).__name__}: {error}") from error
    sock: socket.socket = stream.get_extra_info("socket")
    sock.settimeout(None)  # the library's own times hold from here on
    try:
        line = connect(
            url,
            sock=sock,
            ssl=ssl.create_default_context(cafile=certifi.where()) if uri.secure else None,
            compression=None,
            user_agent_header=agent,
            proxy=None,
            open_timeout=HANDSHAKE_SECONDS,
            close_timeout=CLOSE_SECONDS,
            max_size=MOST_BYTES,
            legacy=True,
        )
    except InvalidStatus as error:
        status = error.response.status_code
        raise (Unreachable if status >= 500 or status == 429 else BadAnswer)(f"status {status}") from error
    except (InvalidHandshake, ValueError) as error:  # the latter for a redirect
        raise BadAnswer(f"{type(error).__name__}: {error}") from error
    except (TimeoutError, OSError, EOFError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error
    with line:
        yield Line(line)


def _checked(url: str, allowed: frozenset[str]) -> WebSocketURI:
    """The address as the library reads it, so that no second reading of the text can differ from the checked one."""
    try:
        uri = parse_uri(url)
    except (InvalidURI, ValueError) as error:
        raise Refused(f"{url!r} is no address of a WebSocket") from error
    if uri.username is not None or not uri.host:
        raise Refused(f"no name and password are sent, not to {uri.host!r} either")
    if pair(uri.host, uri.port) not in allowed:
        if not uri.secure or uri.port != 443:
            raise Refused(f"only wss on port 443 is opened, not {url!r}")
        if is_inside(uri.host):
            raise Refused(f"{uri.host} is not public")
    return uri


def _text(message: str | bytes) -> str:
    if isinstance(message, bytes):
        raise BadAnswer("a message that is no text")
    return message


def _ended(error: Exception) -> Unreachable:
    """Why a connection ended, in our words."""
    if isinstance(error, ConnectionClosed) and error.sent is not None and error.sent.code == TOO_BIG:
        return TooLarge(f"a message of more than {MOST_BYTES} bytes")
    return Unreachable(f"{type(error).__name__}: {error}")
