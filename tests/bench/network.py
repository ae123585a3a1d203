"""What an unrolled thread costs at the network."""

from collections.abc import Iterator

from django.conf import settings

from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller import networks
from unroller.core.assemble import assemble
from unroller.sources.base import Wish
from unroller.sources.budget import ProcessBudget
from unroller.sources.recording import Raw, Recorder

POSTS = 72


def measure() -> Iterator[str]:
    """Calls and paid post reads for a 72-post thread on X, from its first, middle and last post (at most 1.05)."""
    for name, place in (("first", 0), ("middle", POSTS // 2), ("last", POSTS - 1)):
        world = World()
        author = world.x.person("maralind")
        posts = world.x.thread(author, [f"Post {number} of a thread." for number in range(1, POSTS + 1)])
        with Sandbox(world) as sandbox:
            _point(sandbox)
            ref = networks.find(f"https://x.com/maralind/status/{posts[place].id}")
            raw = Raw(source=ref.source, key=ref.key)
            source = networks.sources()["x"]
            source.fetch(ref, Recorder(raw, networks.http(), budget=ProcessBudget()), Wish())
            found = len(list(assemble(source.parse(raw)).thread.posts))
        reads = world.x.billing.raw_posts
        yield (
            f"x reads from the {name} link: {reads} paid post reads in {len(raw.exchanges)} calls for {found} posts "
            f"({reads / found:.3f} to POSTS; at most 1.05)"
        )


def _point(sandbox: Sandbox) -> None:
    given = sandbox.env()
    settings.FETCH_ALLOW_HOSTS = frozenset(given["FETCH_ALLOW_HOSTS"].split(","))
    for name in ("X_API_URL", "X_BEARER_TOKEN", "BLUESKY_APPVIEW_URL", "BLUESKY_PLC_URL"):
        setattr(settings, name, given[name])
    networks.sources.cache_clear()
    networks.http.cache_clear()
