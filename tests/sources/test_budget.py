"""The budget of one process: distance between calls, and closed buckets."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from unroller.core.errors import OutOfCredits, RateLimited
from unroller.sources.budget import BREAKER, LONGEST_PACE, ProcessBudget

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Seconds that the budget would have slept; the clock moves by them."""
    naps: list[float] = []
    with time_machine.travel(NOW, tick=False) as clock:

        def sleep(seconds: float) -> None:
            naps.append(round(seconds, 3))
            clock.shift(seconds)

        monkeypatch.setattr("time.sleep", sleep)
        yield naps


def test_calls_of_one_bucket_keep_their_distance(slept: list[float]) -> None:
    budget = ProcessBudget()
    for bucket in ("a", "a", "b", "a"):
        budget.enter(bucket, every=1)
    assert slept == [1, 1]


def test_nobody_is_held_for_longer_than_a_pace(slept: list[float]) -> None:
    budget = ProcessBudget()
    budget.enter("a", every=60)
    budget.enter("a", every=0)
    budget.enter("a", every=0)
    assert slept == [LONGEST_PACE]


@pytest.mark.parametrize(("unpaid", "error"), [(False, RateLimited), (True, OutOfCredits)])
def test_a_closed_bucket_opens_at_its_time(unpaid: bool, error: type[Exception]) -> None:
    budget = ProcessBudget()
    with time_machine.travel(NOW, tick=False) as clock:
        budget.close("a", NOW + BREAKER, unpaid=unpaid)
        with pytest.raises(error):
            budget.enter("a", every=0)
        budget.enter("b", every=0)
        clock.shift(BREAKER)
        budget.enter("a", every=0)
