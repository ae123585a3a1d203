"""The budget that all workers share."""

from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
import time_machine
from pytest_django import Settings

from unroller import store
from unroller.budgets import SharedBudget
from unroller.core.errors import OutOfCredits, RateLimited

NOW = datetime.now(UTC)


def test_a_closed_bucket_is_closed_for_everybody_until_it_opens() -> None:
    until = datetime.now(UTC) + timedelta(seconds=30)
    SharedBudget().close("x:recent", until, unpaid=False)
    with pytest.raises(RateLimited) as caught:
        SharedBudget().enter("x:recent", every=0)
    assert caught.value.until == until
    SharedBudget().enter("x:lookup", every=0)
    store.client().delete("budget:closed:x:recent")
    SharedBudget().enter("x:recent", every=0)


def test_out_of_credits_closes_the_whole_network() -> None:
    SharedBudget().close("x:recent", datetime.now(UTC) + timedelta(minutes=5), unpaid=True)
    for bucket in ("x:recent", "x:lookup", "x:all"):
        with pytest.raises(OutOfCredits):
            SharedBudget().enter(bucket, every=0)
    SharedBudget().enter("bluesky", every=0)


def test_a_second_is_kept_between_two_calls_of_all_workers() -> None:
    start = monotonic()
    for _ in range(3):
        SharedBudget().enter("x:all", every=0.2)
    assert 0.39 < monotonic() - start < 2


def test_a_long_queue_for_a_turn_sends_the_row_back_instead_of_sleeping() -> None:
    budget = SharedBudget()
    start = monotonic()
    budget.enter("x:all", every=5)
    with pytest.raises(RateLimited) as caught:
        budget.enter("x:all", every=5)
    assert monotonic() - start < 1
    assert caught.value.until > datetime.now(UTC) + timedelta(seconds=3)


def test_the_day_s_paid_reads_are_limited_and_the_next_day_is_new(settings: Settings) -> None:
    settings.X_DAILY_BUDGET = 100
    budget = SharedBudget()
    budget.spend("x:recent", 99)
    budget.enter("x:recent", every=0)
    budget.spend("x:lookup", 1)
    with pytest.raises(RateLimited) as caught:
        budget.enter("x:recent", every=0)
    assert caught.value.until.hour == caught.value.until.minute == 0
    budget.enter("mastodon:host.example", every=0)
    with time_machine.travel(NOW + timedelta(days=1), tick=True):
        budget.enter("x:recent", every=0)


def test_without_redis_the_networks_own_limits_speak(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    store.client.cache_clear()
    try:
        budget = SharedBudget()
        budget.close("x:recent", datetime.now(UTC) + timedelta(minutes=5), unpaid=False)
        budget.spend("x:recent", 10**9)
        budget.enter("x:recent", every=0)
    finally:
        store.client.cache_clear()
