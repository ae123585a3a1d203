"""Reading threads off the sandbox's X: fetch, parse and assemble in one, with what it took."""

from datetime import datetime
from types import TracebackType
from typing import NamedTuple, Self

from tests.sandbox import Sandbox, World
from tests.sandbox.world import Logged
from tests.sandbox.x.model import Post as Written
from tests.sandbox.x.network import XNetwork
from unroller.core.assemble import Assembly, assemble
from unroller.core.posts import Gap, Pile, Post, Thread
from unroller.sources.base import Wish
from unroller.sources.budget import ProcessBudget
from unroller.sources.http import Http
from unroller.sources.recording import Raw, Recorder
from unroller.sources.x import X
from unroller.sources.x.vocabulary import Dialect

LONG_AGO = datetime.fromisoformat("2023-03-01T12:00:00Z")


class Ledger(ProcessBudget):
    """The budget of one process without its pauses; keeps what was spent, and the distances that were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.spent = 0
        self.paces: dict[str, float] = {}

    def enter(self, bucket: str, *, every: float) -> None:
        super().enter(bucket, every=0)
        self.paces[bucket] = every

    def spend(self, bucket: str, posts: int) -> None:
        assert bucket == "x"
        self.spent += posts


class Reading(NamedTuple):
    """One unrolled link: what was recorded, what became of it, the calls it took and the post reads it cost."""

    raw: Raw
    pile: Pile
    assembly: Assembly
    calls: list[Logged]
    reads: int
    users: int
    ledger: Ledger
    progress: list[int]

    @property
    def thread(self) -> Thread:
        return self.assembly.thread

    @property
    def ids(self) -> list[str]:
        """The main line; a gap stands as `-` and the id of what is missing."""
        return [f"-{entry.posts[0].id}" if isinstance(entry, Gap) else entry.id for entry in self.assembly.thread.line]

    @property
    def branches(self) -> dict[str, list[str]]:
        return {
            branch.parent_id: [entry.id for entry in branch.entries if isinstance(entry, Post)]
            for branch in self.thread.branches
        }

    @property
    def paths(self) -> list[str]:
        return [call.path.removeprefix("/2/") for call in self.calls]

    @property
    def queries(self) -> list[str]:
        """What was searched for, each query once."""
        return list(dict.fromkeys(call.query["query"][0] for call in self.calls if "query" in call.query))


class Visitor:
    """A pretend X, and a source that reads it."""

    def __init__(self) -> None:
        self.world = World()
        self._sandbox = Sandbox(self.world)
        self.x: XNetwork = self.world.x
        self.x.call_per_second = False

    def __enter__(self) -> Self:
        self._sandbox.start()
        self._http = Http("test", allowed=frozenset(self.world.ground.addresses.hosts()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        self._sandbox.stop()

    def source(
        self, *, full_archive: bool = True, dialect: Dialect = "legacy", narrow: bool = False, bearer: str | None = None
    ) -> X:
        return X(
            self.world.ground.addresses.x,
            self.x.bearer_token if bearer is None else bearer,
            full_archive=full_archive,
            dialect=dialect,
            narrow=narrow,
        )

    def read(
        self, post: Written | str, source: X | None = None, *, wish: Wish | None = None, raw: Raw | None = None
    ) -> Reading:
        """Unrolls the thread around a post, or goes on with `raw`."""
        source = source or self.source()
        ref = source.match(post if isinstance(post, str) else self.x.link(post))
        assert ref is not None
        raw = raw or Raw(source="x", key=ref.key)
        self.x.billing.reset()
        before = len(self.world.log.of("x"))
        ledger, progress = Ledger(), list[int]()
        recorder = Recorder(raw, self._http, budget=ledger, on_answer=progress.append)
        source.fetch(ref, recorder, wish or Wish())
        pile = source.parse(raw)
        return Reading(
            raw=raw,
            pile=pile,
            assembly=assemble(pile),
            calls=self.world.log.of("x")[before:],
            reads=self.x.billing.raw_posts,
            users=self.x.billing.raw_users,
            ledger=ledger,
            progress=progress,
        )


def ids(posts: list[Written]) -> list[str]:
    return [str(post.id) for post in posts]
