"""A running sandbox seen from three sides: its state, plain HTTP, and the official client."""

import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from stripe import RequestsClient, StripeClient

from tests.sandbox import Sandbox, World
from tests.sandbox.stripe.state import Stripe


@pytest.fixture
def stripe(world: World, sandbox: Sandbox) -> Stripe:
    """The account's state, and what people do to it; its door is open."""
    return world.stripe


@pytest.fixture
def api(sandbox: Sandbox, verify: ssl.SSLContext) -> Iterator[httpx.Client]:
    """Plain HTTP with the right key."""
    env = sandbox.env()
    headers = {"Authorization": f"Bearer {env['STRIPE_SECRET_KEY']}"}
    with httpx.Client(base_url=f"{env['STRIPE_API_URL']}/v1", headers=headers, timeout=10, verify=verify) as client:
        yield client


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[StripeClient]:
    """The official client, which repeats nothing by itself."""
    env = sandbox.env()
    http = RequestsClient(timeout=10)
    yield StripeClient(
        env["STRIPE_SECRET_KEY"],
        base_addresses={"api": env["STRIPE_API_URL"]},
        max_network_retries=0,
        http_client=http,
    )
    http.close()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Received:
    """A webhook as it arrived."""

    body: bytes
    headers: dict[str, str]


@dataclass
class Receiver:
    """A site that takes webhooks and answers what the test wants, at first always 200."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    """Statuses of the next answers; 200 when it is empty."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A site that listens to webhooks."""
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.received.append(Received(body, {name.lower(): value for name, value in self.headers.items()}))
            self.send_response(state.answers.pop(0) if state.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        state.url = f"http://127.0.0.1:{server.server_port}/webhooks"
        yield state
        server.shutdown()
        thread.join()
