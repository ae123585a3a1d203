"""Real HTTP/1.1 servers on loopback, one for every host of the pretend networks, and one that takes mail."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from .blog.site import BlogSite
from .bluesky.api import AppView, DataServer, PlcDirectory
from .bluesky.jetstream import JetstreamDoor
from .bluesky.network import BOT_PASSWORD
from .control import CONTROL_PREFIX, control
from .delivery import deliver
from .fault_bodies import instead, spoil
from .listening import Listener
from .mail.page import MailPage
from .mail.smtp import SmtpDoor
from .mastodon.network import BOT_TOKEN
from .mastodon.signed_in import SignedInMastodon
from .media_app import MediaApp
from .patreon.site import AUTHORIZE_PATH as PATREON_AUTHORIZE_PATH
from .patreon.site import PatreonSite
from .readwise.api import ReadwiseApi
from .stage import StagePage
from .stripe.site import StripeSite
from .stripe.ticking import Ticker
from .stripe.webhooks import Deliveries
from .wire import Request, Response
from .world import World
from .x.compliance import ComplianceStore
from .x.signed_in import SignedInApi
from .x.site import AUTHORIZE_PATH, XSite

Opened = Listener | JetstreamDoor
App = Callable[[Request], Response]


class Door(Listener):
    """One HTTP server: its name, and what answers behind it."""

    def __init__(self, name: str, port: int, world: World, app: App) -> None:
        super().__init__(name, port, Handler)
        self.world, self.app = world, app


class Handler(BaseHTTPRequestHandler):
    """Reads a request, asks faults and network, and has the answer delivered."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: Door

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Requests are kept in the world's log, not printed."""

    def _answer(self) -> None:
        world, request = self.server.world, self._read()
        if request.path.startswith(CONTROL_PREFIX):
            deliver(self, control(world, request), None, self.server.stopping)
            return
        for act in world.faults.due(self.server.name, request):
            act()
        fault = world.faults.take(self.server.name, request)
        response = instead(fault, self.server.name, world.clock.seconds()) if fault else None
        if response is None:
            response = self.server.app(request)
            response = spoil(fault, response) if fault else response
        world.log.add(self.server.name, request, time=world.clock.seconds(), status=response.status)
        deliver(self, response, fault, self.server.stopping)

    def _read(self) -> Request:
        target = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        return Request(
            self.command,
            unquote(target.path),
            parse_qs(target.query, keep_blank_values=True),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length) if length else b"",
        )


def one_at_a_time(app: App, world: World) -> App:
    """Networks share one state; only pictures are drawn side by side."""

    def answer(request: Request) -> Response:
        with world.ground.lock:
            return app(request)

    return answer


def open_door(open_at: Callable[[int], Opened], port: int) -> Opened:
    """Binds the port asked for, or any free one when it is taken."""
    try:
        return open_at(port)
    except OSError:
        return open_at(0)


class Sandbox:
    """All servers of a world. Ports are bound at once, so addresses are known before `start`.

    `ports` names ports to try by server (0 or taken: a free one), e.g. those of an earlier `ports()`.
    """

    def __init__(self, world: World, ports: Mapping[str, int] | None = None) -> None:
        self.world = world
        self._ticker = Ticker(world.stripe)
        self._doors: dict[str, Opened] = {}
        for name, open_at in self._openings().items():
            self._doors[name] = open_door(open_at, (ports or {}).get(name, 0))
            setattr(world.ground.addresses, name, self._doors[name].url)

    def _openings(self) -> dict[str, Callable[[int], Opened]]:
        """How each server is opened at a port."""
        world = self.world
        http = {name: partial(Door, name, world=world, app=app) for name, app in self._apps().items()}
        return {**http, "smtp": partial(SmtpDoor, world=world), "jetstream": partial(JetstreamDoor, world=world)}

    def _apps(self) -> dict[str, App]:
        world = self.world
        networks: dict[str, App] = {
            "x": SignedInApi(world.x),
            "x_site": XSite(world.x),
            "x_store": ComplianceStore(world.x),
            "appview": AppView(world.bluesky),
            "plc": PlcDirectory(world.bluesky),
            "pds": DataServer(world.bluesky),
            "mastodon_one": SignedInMastodon(world.mastodon.one),
            "mastodon_two": SignedInMastodon(world.mastodon.two),
            "patreon": PatreonSite(world.patreon),
            "readwise": ReadwiseApi(world.readwise),
            "receiver": world.receiver,
            "blog": BlogSite(world.blogs),
        }
        guarded = {name: one_at_a_time(app, world) for name, app in networks.items()}
        stripe = StripeSite(world.stripe, world.faults)
        return {
            **guarded,
            "media": MediaApp(),
            "stripe": stripe,
            "mail": MailPage(world.post),
            "stage": StagePage(world),
        }

    def start(self) -> Self:
        for each in self._running():
            each.start()
        return self

    def stop(self) -> None:
        """All at once, since each takes a moment to notice."""
        stopping = [threading.Thread(target=each.stop) for each in self._running()]
        for each in stopping:
            each.start()
        for each in stopping:
            each.join()

    def _running(self) -> list[Opened | Ticker | Deliveries]:
        return [*self._doors.values(), self._ticker, self.world.stripe.deliveries]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def urls(self) -> dict[str, str]:
        return {name: door.url for name, door in self._doors.items()}

    def ports(self) -> dict[str, int]:
        return {name: door.server_address[1] for name, door in self._doors.items()}

    def env(self) -> dict[str, str]:
        """The settings with which Unroller talks to this sandbox instead of the networks."""
        addresses = self.world.ground.addresses
        return {
            "X_API_URL": addresses.x,
            "X_BEARER_TOKEN": self.world.x.bearer_token,
            "X_AUTHORIZE_URL": addresses.x_site + AUTHORIZE_PATH,
            "X_CLIENT_ID": self.world.x.sign_in.app.client_id,
            "X_CLIENT_SECRET": self.world.x.sign_in.app.secret,
            "X_BOT_HANDLE": self.world.x.bot.username,
            "X_BOT_REFRESH_TOKEN": self.world.x.bot_refresh_token,
            "BLUESKY_APPVIEW_URL": addresses.appview,
            "BLUESKY_BOT_HANDLE": self.world.bluesky.bot.handle,
            "BLUESKY_BOT_PASSWORD": BOT_PASSWORD,
            "BLUESKY_BOT_PDS_URL": addresses.pds,
            "MASTODON_BOT_URL": addresses.mastodon_one,
            "MASTODON_BOT_TOKEN": BOT_TOKEN if self.world.mastodon.bot else "",
            "BLUESKY_PLC_URL": addresses.plc,
            "BLUESKY_JETSTREAM_URL": f"{addresses.jetstream}/subscribe",
            "PATREON_API_URL": addresses.patreon,
            "PATREON_AUTHORIZE_URL": addresses.patreon + PATREON_AUTHORIZE_PATH,
            "PATREON_CLIENT_ID": self.world.patreon.oauth.client.client_id,
            "PATREON_CLIENT_SECRET": self.world.patreon.oauth.client.secret,
            "PATREON_CREATOR_TOKEN": self.world.patreon.creator_token,
            "PATREON_CAMPAIGN_ID": self.world.patreon.campaign.id,
            "PATREON_WEBHOOK_SECRET": self.world.patreon.webhook_secret,
            "READWISE_API_URL": addresses.readwise,
            "STRIPE_API_URL": addresses.stripe,
            "STRIPE_SECRET_KEY": self.world.stripe.secret_key,
            "STRIPE_WEBHOOK_SECRETS": self.world.stripe.webhook_secret,
            "FETCH_ALLOW_HOSTS": ",".join(addresses.hosts()),
            "WEBHOOK_ALLOW_HOSTS": ",".join(
                url.removeprefix("http://") for url in (addresses.receiver, addresses.blog)
            ),
            "FOLLOW_QUIET_SECONDS": "10",
            "EMAIL_URL": addresses.smtp,
        }
