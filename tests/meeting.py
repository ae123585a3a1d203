"""Several hands at the same moment, each on a connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

Result = TypeVar("Result")


def at_once(*acts: Callable[[], Result]) -> list[Result]:
    """What each of several acts answered that began at the same moment. Raises what one of them raised."""
    return [errand.result() for errand in _begun(acts)]


def ends(*acts: Callable[[], Result]) -> list[Result | BaseException]:
    """The same for acts of which some must fail: what each answered or raised."""
    return [errand.exception() or errand.result() for errand in _begun(acts)]


def _begun(acts: Sequence[Callable[[], Result]]) -> list[Future[Result]]:
    """Each of them done, one way or the other."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Result]) -> Result:
        start.wait()
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [pool.submit(run, act) for act in acts]
