"""The bot on the networks of the sandbox, with a wallet in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from tests.sandbox import Sandbox, World
from tests.sources.x_reading import Ledger
from unroller.sources.bluesky.mentioning import BlueskyBot
from unroller.sources.bluesky.session import Session as BlueskySession
from unroller.sources.http import Http
from unroller.sources.mastodon.mentioning import MastodonBot
from unroller.sources.mentioning import Mentionable
from unroller.sources.recording import Raw, Recorder
from unroller.sources.x.mentioning import XBot
from unroller.sources.x.session import Client
from unroller.sources.x.session import Session as XSession
from unroller.sources.x.vocabulary import VOCABULARIES, Dialect


class Pocket:
    """A wallet; `written` counts."""

    def __init__(self) -> None:
        self.kept = ""
        self.written = 0

    def read(self) -> str:
        return self.kept

    def write(self, kept: str) -> None:
        self.kept = kept
        self.written += 1

    @contextmanager
    def alone(self) -> Iterator[None]:
        yield


class Stage:
    """A world with the bot in it."""

    def __init__(self) -> None:
        self.world = World()
        self._sandbox = Sandbox(self.world)

    def __enter__(self) -> Self:
        self._sandbox.start()
        addresses = self.world.ground.addresses
        self.http = Http("test", allowed=frozenset(addresses.hosts()))
        self.env = env = self._sandbox.env()
        self.pockets = {key: Pocket() for key in ("x", "bluesky")}
        client = Client(env["X_CLIENT_ID"], env.get("X_CLIENT_SECRET", ""))
        first, pds = env["X_BOT_REFRESH_TOKEN"], env["BLUESKY_BOT_PDS_URL"]
        self._at_x = XSession(env["X_API_URL"], client, first, self.pockets["x"])
        handle, password = env["BLUESKY_BOT_HANDLE"], env["BLUESKY_BOT_PASSWORD"]
        at_bluesky = BlueskySession(pds, handle, password, self.pockets["bluesky"])
        self.bots: dict[str, Mentionable] = {
            "bluesky": BlueskyBot(pds, env["BLUESKY_APPVIEW_URL"], at_bluesky),
            "mastodon": MastodonBot(env["MASTODON_BOT_URL"], env["MASTODON_BOT_TOKEN"]),
        }
        self.speak("legacy")
        return self

    def speak(self, dialect: Dialect) -> None:
        """The bot asks X in this vocabulary."""
        bearer, vocabulary = self.env["X_BEARER_TOKEN"], VOCABULARIES[dialect]
        self.bots["x"] = XBot(self.env["X_API_URL"], self._at_x, bearer=bearer, vocabulary=vocabulary)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()
        self._sandbox.stop()

    def network(self, key: str) -> Any:
        return getattr(self.world, key)

    def web(self) -> Recorder:
        return Recorder(Raw(source="bot", key="bot"), self.http, budget=Ledger())
