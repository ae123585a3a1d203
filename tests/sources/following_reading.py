"""Following people of the sandbox: looked up, looked at again and again, with what it took."""

from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from tests.sandbox import Sandbox, World
from tests.sandbox.world import Logged
from tests.sources.x_reading import Ledger
from unroller.core.posts import Person
from unroller.sources.bluesky import Bluesky
from unroller.sources.following import Followable, ProfileRef, Recent
from unroller.sources.http import Http
from unroller.sources.mastodon import Mastodon
from unroller.sources.recording import Raw, Recorder
from unroller.sources.x import X
from unroller.sources.x.vocabulary import Dialect

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class Onlooker:
    """A world, and the networks as sources that can be followed. `calls` are those of the last question."""

    def __init__(self, dialect: Dialect = "legacy") -> None:
        self.world = World()
        self._sandbox = Sandbox(self.world)
        addresses = self.world.ground.addresses
        x = X(addresses.x, self.world.x.bearer_token, dialect=dialect)
        bluesky = Bluesky(addresses.appview, addresses.plc)
        self._networks: dict[str, Followable] = {"x": x, "bluesky": bluesky, "mastodon": Mastodon()}
        self.ledger = Ledger()

    def __enter__(self) -> Self:
        self._sandbox.start()
        self._http = Http("test", allowed=frozenset(self.world.ground.addresses.hosts()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        self._sandbox.stop()

    def look_up(self, text: str, source: str) -> Person:
        """Who is behind a handle or a link."""
        ref = self._networks[source].match_profile(text)
        assert ref is not None, text
        return self._networks[source].look_up(ref, self._recorder(ref))

    def recent(self, source: str, person_id: str, cursor: str = "", *, since: datetime = BEGINNING) -> Recent:
        """One look at somebody."""
        web = self._recorder(ProfileRef(source, person_id))
        return self._networks[source].recent(person_id, web, cursor=cursor, since=since)

    @property
    def calls(self) -> list[Logged]:
        return self.world.log.of()

    def _recorder(self, ref: ProfileRef) -> Recorder:
        self.world.log.clear()
        self.world.x.billing.reset()
        self.ledger = Ledger()
        return Recorder(Raw(source=ref.source, key=ref.key), self._http, budget=self.ledger)


def chain(recent: Recent) -> list[tuple[str, str]]:
    """Key and parent of each post of a look."""
    return [(post.key, post.parent_key) for post in recent.posts]


def linked(keys: Iterable[str], *, above: str = "") -> list[tuple[str, str]]:
    """What `chain` answers for posts that each answer the one before, the first one `above`."""
    found: list[tuple[str, str]] = []
    for key in keys:
        found.append((key, above))
        above = key
    return found
