"""Jetstream, v1: `/subscribe` over a real WebSocket, strict where the contract is.

Parameters that it does not know are refused here; the real server passes over them.
"""

import json
import logging
import re
import socket
import threading
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as HandshakeRequest
from websockets.http11 import Response as HandshakeResponse
from websockets.sync.server import Server, ServerConnection, serve

from ..fault_bodies import instead
from ..faults import Fault
from ..listening import LOOPBACK
from ..wire import Json, Request
from ..world import World
from .events import Event, Wish
from .records import record

NAME = "jetstream"
PATH = "/subscribe"
KNOWN = frozenset({"wantedCollections", "wantedDids", "maxMessageSizeBytes", "cursor", "compress", "requireHello"})
MOST_DIDS = 10_000
MOST_COLLECTIONS = 100
KEPT_US = 36 * 3600 * 1_000_000
"""How far back a cursor reaches; an older one is moved here without a word."""
LONGEST_HELLO = 10_000_000
DID = re.compile(r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]")
NSID = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*(\.[a-zA-Z0-9-]+)*(\.\*)?")
LOOK_EVERY = 0.05
POLICY = 1008
WEIRD = {"close", "hang", "cut-off"}
"""Faults that are no answer to the handshake."""


class OptionsError(Exception):
    """What a subscriber wants is not in order."""


class JetstreamDoor:
    """The port of the stream. Opened and ended as the other servers are."""

    def __init__(self, port: int, world: World) -> None:
        self.world = world
        self.stopping = threading.Event()
        self._faults: dict[ServerConnection, Fault | None] = {}
        self._socket = socket.create_server((LOOPBACK, port))
        self.server_address: tuple[str, int] = self._socket.getsockname()
        self._server: Server | None = None

    @property
    def url(self) -> str:
        return f"ws://{LOOPBACK}:{self.server_address[1]}"

    def start(self) -> None:
        quiet = logging.getLogger("sandbox.jetstream")
        quiet.setLevel(logging.CRITICAL)
        self._server = serve(
            self._talk,
            sock=self._socket,
            process_request=self._answer,
            compression=None,
            close_timeout=1,
            max_size=LONGEST_HELLO,
            logger=quiet,
        )
        threading.Thread(target=self._server.serve_forever, name="sandbox jetstream", daemon=True).start()

    def stop(self) -> None:
        self.stopping.set()
        if self._server is not None:
            self._server.shutdown()
        self._socket.close()

    def _answer(self, connection: ServerConnection, handshake: HandshakeRequest) -> HandshakeResponse | None:
        """The refusal of a handshake; None to go on."""
        request, world = asked(handshake), self.world
        for act in world.faults.due(NAME, request):
            act()
        fault = world.faults.take(NAME, request)
        response = self._refusal(connection, request, fault)
        if response is None:
            self._faults[connection] = fault
        world.log.add(NAME, request, time=world.clock.seconds(), status=response.status_code if response else 101)
        return response

    def _refusal(self, connection: ServerConnection, request: Request, fault: Fault | None) -> HandshakeResponse | None:
        answer = instead(fault, NAME, self.world.clock.seconds()) if fault and fault.kind not in WEIRD else None
        if answer is not None:
            response = connection.respond(answer.status, answer.body.decode())
            for name, value in answer.headers.items():
                response.headers[name] = value
            return response
        if request.path != PATH:
            return connection.respond(404, "404 page not found\n")
        try:
            wish_of_query(request)
            cursor_of(request)
        except OptionsError as error:
            return connection.respond(400, f"{error}\n")
        return None

    def _talk(self, connection: ServerConnection) -> None:
        fault = self._faults.pop(connection, None)
        try:
            if fault and fault.kind == "hang":
                self.stopping.wait(fault.seconds)
            if fault and fault.kind in {"hang", "close"}:
                connection.socket.close()
                return
            self._tell(connection, is_cut_off=fault is not None and fault.kind == "cut-off")
        except (ConnectionClosed, OSError):
            return

    def _tell(self, connection: ServerConnection, *, is_cut_off: bool) -> None:
        """Everything since the cursor, and then what happens, until the subscriber goes."""
        assert connection.request is not None
        request = asked(connection.request)
        wish, events = wish_of_query(request), self.world.bluesky.events
        given = cursor_of(request)
        if request.first("requireHello") == "true":
            hello = self._heard(connection, None)
            if hello is None:
                return
            wish = hello
        events.subscribers.append(wish)
        now = events.now()
        at = now if given is None or given > now else max(given, now - KEPT_US)
        is_new = events.is_lively and bool(wish.dids)
        while not self.stopping.is_set():
            for event in events.since(at):
                at = event.time_us + 1
                if wish.has(event) and self._send(connection, event, wish) and is_cut_off:
                    connection.socket.close()
                    return
            if is_new:
                self._send(connection, events.sign_of_life(wish.dids), wish)
                is_new = False
            try:
                wish = self._heard(connection, LOOK_EVERY) or wish
            except TimeoutError:
                continue

    def _send(self, connection: ServerConnection, event: Event, wish: Wish) -> bool:
        text = json.dumps(told(event, self.world), separators=(",", ":"), ensure_ascii=False)
        if wish.most_bytes and len(text.encode()) > wish.most_bytes:
            return False
        connection.send(text)
        return True

    def _heard(self, connection: ServerConnection, seconds: float | None) -> Wish | None:
        """What a message of the subscriber wants; None after one that is not in order, which ends the connection."""
        try:
            message = json.loads(connection.recv(timeout=seconds))
            if not isinstance(message, dict) or message.get("type") != "options_update":
                raise OptionsError("unknown message")
            return wish_of(message.get("payload"))
        except (OptionsError, ValueError) as error:
            connection.close(POLICY, str(error)[:100])
            return None


def asked(handshake: HandshakeRequest) -> Request:
    target = urlsplit(handshake.path)
    query = parse_qs(target.query, keep_blank_values=True)
    return Request(
        "GET", unquote(target.path), query, {name.lower(): value for name, value in handshake.headers.items()}
    )


def wish_of_query(request: Request) -> Wish:
    """Raises OptionsError."""
    unknown = request.query.keys() - KNOWN
    if unknown:
        raise OptionsError(f"unknown parameters: {sorted(unknown)}")
    wish = checked(request.query.get("wantedCollections", []), request.query.get("wantedDids", []))
    size = request.first("maxMessageSizeBytes") or ""
    return replace(wish, most_bytes=int(size) if size.isdecimal() else 0)


def wish_of(payload: Any) -> Wish:
    """Of a message. Raises OptionsError."""
    if not isinstance(payload, dict):
        raise OptionsError("no payload")
    wish = checked(payload.get("wantedCollections") or [], payload.get("wantedDids") or [])
    return replace(wish, most_bytes=max(int(payload.get("maxMessageSizeBytes") or 0), 0))


def checked(collections: list[str], dids: list[str]) -> Wish:
    """Raises OptionsError."""
    wish = Wish(frozenset(collections), frozenset(dids))
    if len(wish.dids) > MOST_DIDS or len(wish.collections) > MOST_COLLECTIONS:
        raise OptionsError(f"too many wanted: {MOST_DIDS} DIDs, {MOST_COLLECTIONS} collections")
    wrong = [did for did in wish.dids if not DID.fullmatch(did)]
    wrong += [name for name in wish.collections if not NSID.fullmatch(name)]
    if wrong:
        raise OptionsError(f"not in order: {wrong[0]}")
    return wish


def cursor_of(request: Request) -> int | None:
    """Raises OptionsError."""
    cursor = request.first("cursor")
    if cursor is None:
        return None
    if not cursor.isdecimal():
        raise OptionsError("invalid cursor")
    return int(cursor)


def told(event: Event, world: World) -> Json:
    """An event as it goes over the wire."""
    facts = dict(event.facts)
    if event.post is not None:
        facts["record"] = record(event.post, world.bluesky)
    return {"did": event.did, "time_us": event.time_us, "kind": event.kind, event.kind: facts}
