"""Reading threads off the sandbox's Bluesky and Mastodon: fetch, parse and assemble in one, with what it took."""

from types import TracebackType
from typing import NamedTuple, Self

from tests.sandbox import Sandbox, World
from tests.sandbox.limits import Windows
from tests.sandbox.world import Logged
from unroller.core.assemble import Assembly, assemble
from unroller.core.posts import Gap, Pile, Post, Thread
from unroller.sources.base import Source, Wish
from unroller.sources.bluesky import Bluesky
from unroller.sources.budget import ProcessBudget
from unroller.sources.http import Http
from unroller.sources.mastodon import Mastodon
from unroller.sources.recording import Raw, Recorder

AGENT = "Unroller/1.0 (+https://unroller.example)"


class Reading(NamedTuple):
    """One unrolled link: what was recorded, what became of it, and the calls it took."""

    raw: Raw
    pile: Pile
    assembly: Assembly
    calls: list[Logged]
    progress: list[int]

    @property
    def thread(self) -> Thread:
        return self.assembly.thread

    @property
    def texts(self) -> list[str]:
        """The main line; a gap stands as `-`."""
        return ["-" if isinstance(entry, Gap) else entry.text for entry in self.thread.line]

    @property
    def line(self) -> list[str | None]:
        """The ids of the main line; a gap stands as None."""
        return [None if isinstance(entry, Gap) else entry.id for entry in self.thread.line]

    @property
    def posts(self) -> list[Post]:
        return list(self.thread.posts)

    @property
    def ids(self) -> list[str]:
        return [post.id for post in self.posts]

    @property
    def context(self) -> str:
        """The foreign post above the head, or why it is not shown."""
        quote = self.thread.context
        return (quote.text or quote.unavailable) if quote else ""


class Visitor:
    """The outside world on loopback, and the sources that read it."""

    def __init__(self) -> None:
        self.world = World()
        self.sandbox = Sandbox(self.world).start()
        self.bluesky = self.world.bluesky
        self.one, self.two = self.world.mastodon.one, self.world.mastodon.two
        addresses = self.world.ground.addresses
        self.http = Http(AGENT, allowed=frozenset(addresses.hosts()))
        self.sources: tuple[Source, ...] = (Bluesky(addresses.appview, addresses.plc), Mastodon())

    def allow(self, *hosts: str) -> None:
        """Also read these hosts, which may be private, besides the sandbox's own."""
        self.http.close()
        self.http = Http(AGENT, allowed=frozenset((*self.world.ground.addresses.hosts(), *hosts)))

    def calm(self) -> None:
        """Back to fair weather: no faults, no caps, no closed hosts, no calls counted against a limit."""
        self.world.faults.clear()
        self.bluesky.most_depth = 1000
        for instance in (self.one, self.two):
            instance.restricted = False
            instance.windows = Windows(self.world.clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()
        self.sandbox.stop()

    def read(self, link: str, *, raw: Raw | None = None, wish: Wish | None = None) -> Reading:
        """Unroll a link from the beginning, or go on with a recording that was interrupted."""
        self.world.log.clear()
        progress: list[int] = []
        source, ref = next((source, ref) for source in self.sources if (ref := source.match(link)))
        raw = raw or Raw(source=ref.source, key=ref.key)
        recorder = Recorder(raw, self.http, budget=ProcessBudget(), on_answer=progress.append)
        source.fetch(ref, recorder, wish or Wish())
        pile = source.parse(raw)
        return Reading(raw, pile, assemble(pile), self.world.log.of(), progress)
