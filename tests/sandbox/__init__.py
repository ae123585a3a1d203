"""The outside world on loopback: pretend networks that speak the contracts, with faults on request.

    world = World()
    posts = world.x.thread("ada", ["one", "two"])
    world.faults.add("x", "rate-limited", path="search", seconds=30)
    with Sandbox(world) as sandbox:
        settings = sandbox.env()
        ...
        world.x.billing.billed_posts, world.log.of("x", "search"), world.post.mails("bob@example.com")

`cases` builds the cases a reader of threads has to get right, `shelf` the sample threads of `make run`,
`control` is the door for other processes, `python -m tests.sandbox --data DIR` serves it all.
"""

from .server import Sandbox
from .world import World

__all__ = ["Sandbox", "World"]
