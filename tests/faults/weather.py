"""Bad weather for tests: every other call to a server fails, and threads of each network to be asked for in it."""

from tests.sandbox.faults import FOR_EVER, Kind
from tests.sandbox.world import World

NETWORKS = ("x", "bluesky", "mastodon")


def every_other_call(world: World, server: str, kind: Kind, *, path: str = "") -> None:
    """One is answered, the next meets the fault, for as long as a test goes."""
    world.faults.add(server, kind, path=path, skip=1, every=2, times=FOR_EVER, status=451 if server == "smtp" else 503)


def written(world: World, network: str, posts: int, number: int = 0) -> str:
    """Author `number` of a network writes a thread; the link of its last post."""
    texts = [f"Post {one}." for one in range(posts)]
    if network == "bluesky":  # by the DID: a handle in a link would be one place more that leads to the thread
        thread = world.bluesky.thread(f"author{number}.bsky.social", texts)
        return world.bluesky.link(thread[-1], by_did=True)
    if network == "mastodon":
        return world.mastodon.link(world.mastodon.one.thread(f"author{number}", texts)[-1])
    return world.x.link(world.x.thread(f"author{number}", texts)[-1])
