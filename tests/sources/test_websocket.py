"""The guarded WebSocket: whom it connects to, and what it takes."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import certifi
import pytest
import trustme
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.sync.server import ServerConnection

from tests.sources.loopback import CLOSE, Loopback, Serve, answer
from tests.sources.telling import telling, until_closed
from unroller.core.errors import BadAnswer, Refused, TooLarge, Unreachable, UnrollError
from unroller.sources import websocket
from unroller.sources.websocket import opened

SOON = 10.0


def error_of(url: str, *, allowed: frozenset[str] = frozenset(), seconds: float = SOON) -> UnrollError:
    try:
        with opened(url, agent="test", allowed=allowed) as line:
            line.hear(seconds)
    except UnrollError as error:
        return error
    raise AssertionError("no error")


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that were connected to; nobody is at home at any of them."""
    addresses: list[str] = []

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        addresses.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    return addresses


@pytest.mark.parametrize(
    "url",
    [
        "wss://127.0.0.1/",
        "wss://[::1]/",
        "wss://2130706433/",
        "wss://169.254.169.254/latest/",
        "ws://stream.example/",
        "wss://stream.example:8443/",
        "wss://user:word@stream.example/",
        "https://stream.example/",
        "stream.example",
        "",
        "wss:///subscribe",
        "wss://[::1",
    ],
)
def test_only_public_addresses_are_opened_over_tls_on_its_own_port(url: str, connected: list[str]) -> None:
    assert isinstance(error_of(url), Refused)
    assert connected == []


def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch, connected: list[str]) -> None:
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: inside)
    assert isinstance(error_of("wss://harmless.example/"), Refused)
    assert connected == []


def test_what_was_checked_is_connected_to_and_asked_once(monkeypatch: pytest.MonkeyPatch, connected: list[str]) -> None:
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: public)
    assert isinstance(error_of("wss://stream.example/"), Unreachable)
    assert connected == ["93.184.215.14"]


def test_an_allowed_host_allows_neither_its_other_ports_nor_others(connected: list[str]) -> None:
    for url in ("ws://127.0.0.1:2/", "ws://localhost:1/"):
        assert isinstance(error_of(url, allowed=frozenset({"127.0.0.1:1"})), Refused)
    assert connected == []


def test_nobody_at_home_is_unreachable(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        host = f"127.0.0.1:{taken.getsockname()[1]}"
    assert isinstance(error_of(f"ws://{host}/", allowed=frozenset({host})), Unreachable)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (answer(b"<html>", status=200), BadAnswer),
        (answer(b"no", status=400), BadAnswer),
        (answer(b"later", status=503), Unreachable),
        (answer(b"slower", status=429), Unreachable),
        (answer(status=302, headers=["Location: ws://127.0.0.1:1/"]), BadAnswer),
        (answer(status=302, headers=["Location: wss://stream.example/"]), BadAnswer),
        (b"SSH-2.0-nonsense\r\n\r\n", BadAnswer),
        (CLOSE, Unreachable),
    ],
    ids=["html", "refused", "away", "limited", "redirect", "redirect-out", "no-http", "hung-up"],
)
def test_what_is_no_websocket_is_one_clear_error(serve: Serve, said: bytes, error: type[UnrollError]) -> None:
    server = serve(lambda _: [said, CLOSE])
    found = error_of(f"ws://{server.host}/subscribe", allowed=frozenset({server.host}))
    assert isinstance(found, error) or (said == CLOSE and isinstance(found, BadAnswer))
    assert server.connections == 1


def test_over_tls_it_is_spoken_with_those_who_can_prove_their_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setattr(certifi, "where", lambda: str(tmp_path / "authority.pem"))
    with (
        telling(lambda connection: connection.send("safe"), tls=tls) as teller,
        opened(teller.url, agent="test", allowed=teller.allowed) as line,
    ):
        assert line.hear(SOON) == "safe"


def test_a_server_without_the_right_certificate_is_not_believed() -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    with Loopback(lambda _: [CLOSE], tls=tls) as server:
        found = error_of(f"wss://{server.host}/", allowed=frozenset({server.host}))
    assert isinstance(found, Unreachable)
    assert isinstance(found.__cause__, ssl.SSLError)


def test_messages_come_in_order_and_pings_of_the_server_are_answered() -> None:
    def script(connection: ServerConnection) -> None:
        connection.send("one")
        if connection.ping().wait(SOON):
            connection.send(connection.recv(timeout=SOON))
        until_closed(connection)

    with telling(script) as teller, opened(teller.url, agent="test", allowed=teller.allowed) as line:
        assert line.hear(SOON) == "one"
        line.say("two")
        assert line.hear(SOON) == "two"
        assert line.hear(0.05) is None


def test_a_line_that_stalls_is_not_taken_for_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "PONG_SECONDS", 0.2)
    monkeypatch.setattr(websocket, "CLOSE_SECONDS", 0.2)
    with stalled() as host:
        found = error_of(f"ws://{host}/", allowed=frozenset({host}), seconds=0.05)
    assert isinstance(found, Unreachable)
    assert "ping" in str(found)


@contextmanager
def stalled() -> Iterator[str]:
    """A server that shakes hands and is never heard of again: its `host:port`."""
    kept: list[socket.socket] = []

    def shake() -> None:
        connection, _ = listener.accept()
        kept.append(connection)
        protocol = ServerProtocol()
        protocol.receive_data(connection.recv(65536))
        (request,) = protocol.events_received()
        assert isinstance(request, Request)
        protocol.send_response(protocol.accept(request))
        for data in protocol.data_to_send():
            connection.sendall(data)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        shaking = Thread(target=shake, daemon=True)
        shaking.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        shaking.join()
        kept[0].close()


@pytest.mark.parametrize(
    ("message", "error"),
    [(b"\x00\xff", BadAnswer), ("x" * (websocket.MOST_BYTES + 1), TooLarge)],
    ids=["bytes", "huge"],
)
def test_what_is_no_text_or_too_long_is_refused(message: str | bytes, error: type[UnrollError]) -> None:
    def script(connection: ServerConnection) -> None:
        connection.send(message)
        until_closed(connection)

    with telling(script) as teller:
        assert type(error_of(teller.url, allowed=teller.allowed)) is error


def test_a_server_that_ends_the_connection_is_unreachable() -> None:
    with telling(lambda connection: connection.close(1011, "ended")) as teller:
        assert type(error_of(teller.url, allowed=teller.allowed)) is Unreachable
