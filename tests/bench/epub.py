"""Books: linear in the number of posts."""

from collections.abc import Iterator
from time import perf_counter

from tests.bench.threads import chain
from unroller.core.assemble import assemble
from unroller.exports import epub

ROUNDS = 5


def measure() -> Iterator[str]:
    """Seconds for 1,000 and 3,000 posts (best of five), and the growth from one to the other (at most 4)."""
    small, large = best(1_000), best(3_000)
    yield f"epub of 1,000 posts: {small * 1000:.0f} ms"
    yield f"epub of 3,000 posts: {large * 1000:.0f} ms ({large / small:.1f} to 1,000 posts; at most 4)"


def best(posts: int) -> float:
    """Seconds of the fastest of several runs: the least disturbed one."""
    thread = assemble(chain(posts)).thread
    times = []
    for _ in range(ROUNDS):
        start = perf_counter()
        epub.export(thread, {})
        times.append(perf_counter() - start)
    return min(times)
