"""Assembling: linear in the number of posts."""

from collections.abc import Iterator
from time import perf_counter

from tests.bench.threads import chain
from unroller.core.assemble import assemble

ROUNDS = 7


def measure() -> Iterator[str]:
    """Seconds for 1,000 and 10,000 posts (best of seven), and the growth from one to the other (at most 12)."""
    small, large = best(1_000), best(10_000)
    yield f"assemble 1,000 posts: {small * 1000:.1f} ms"
    yield f"assemble 10,000 posts: {large * 1000:.1f} ms ({large / small:.1f} to 1,000 posts; at most 12)"


def best(posts: int) -> float:
    """Seconds of the fastest of several runs: the least disturbed one."""
    pile = chain(posts)
    times = []
    for _ in range(ROUNDS):
        start = perf_counter()
        assemble(pile)
        times.append(perf_counter() - start)
    return min(times)
