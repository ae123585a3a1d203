"""Clocks: however many run, one rings; another follows when it ends, dies, or Redis forgets who it was."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import groupby, pairwise
from pathlib import Path

import pytest
import time_machine
from pytest_django import Settings

from tests.processes import ROOT, until
from unroller import clock, store
from unroller.celery import app
from unroller.clock import OneClock


def ringers() -> list[int]:
    """The processes whose bells lie in the clock's queue, from the oldest on."""
    bells = [json.loads(bell) for bell in reversed(store.client().lrange("clock", 0, -1))]
    return [int(bell["headers"]["origin"].removeprefix("gen").partition("@")[0]) for bell in bells]


@contextlib.contextmanager
def a_beat(log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`celery beat` as the site runs it."""
    command = [sys.executable, "-m", "celery", "-A", "unroller.celery", "beat", "--pidfile=", "-l", "INFO"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_of_two_beats_one_rings_and_the_other_follows_when_it_is_killed_or_ends(tmp_path: Path) -> None:
    with a_beat(tmp_path / "one") as one, a_beat(tmp_path / "two") as two:
        logs = {one.pid: tmp_path / "one", two.pid: tmp_path / "two"}
        until(lambda: any("stands by" in log.read_text() for log in logs.values()), what="one stands by")
        until(lambda: len(ringers()) > 5, what="bells")
        assert len(set(ringers())) == 1
        first, second = (one, two) if ringers()[0] == one.pid else (two, one)

        first.kill()
        killed = time.monotonic()
        until(lambda: second.pid in ringers(), what="the other rings")
        assert time.monotonic() - killed < clock.LEASE_SECONDS + 10
        assert [pid for pid, _ in groupby(ringers())] == [first.pid, second.pid]

        with a_beat(tmp_path / "three") as third:
            until(lambda: "stands by" in (tmp_path / "three").read_text(), what="the third stands by")
            store.client().flushdb()
            until(lambda: len(ringers()) > 5, what="bells after Redis forgot everything")
            assert len(list(groupby(ringers()))) <= 2  # the lease may have gone over, but never back and forth
            holder = second if ringers()[-1] == second.pid else third
            other = third if holder is second else second
            holder.send_signal(signal.SIGTERM)
            assert holder.wait(timeout=60) == 0
            until(lambda: ringers()[-1] == other.pid, what="the last one rings")


@pytest.fixture
def clocks() -> Iterator[Callable[[], OneClock]]:
    """Clocks in this process; each is asked as beat asks it."""
    made: list[OneClock] = []

    def make() -> OneClock:
        made.append(OneClock(app, Producer=app.amqp.Producer))
        return made[-1]

    yield make
    for each in made:
        each.close()


def everything_due(some: OneClock) -> int:
    """Let a clock ring for all that is due; how often it rang."""
    before = len(ringers())
    while some.tick() == 0:
        pass
    return len(ringers()) - before


def test_a_clock_rings_only_while_the_lease_is_its_own(clocks: Callable[[], OneClock]) -> None:
    first, second = clocks(), clocks()
    first.tick()
    with time_machine.travel(timedelta(minutes=1), tick=False):
        assert second.tick() == clock.LOOK_SECONDS
        assert everything_due(second) == 0
        store.client().set(clock.HOLDER, "a third one")  # as after a flush that another was quicker to use
        assert everything_due(first) == 0
        store.client().delete(clock.HOLDER)
        assert everything_due(first) > 5
        first.close()
        second.tick()
        assert str(store.get(clock.HOLDER), "utf-8") == second.name  # type: ignore[arg-type]


def test_who_takes_over_knows_what_was_rung(clocks: Callable[[], OneClock]) -> None:
    first = clocks()
    first.tick()
    with time_machine.travel(timedelta(hours=25), tick=False) as travel:
        everything_due(first)
        first.close()
        travel.shift(timedelta(minutes=5))
        second = clocks()
        everything_due(second)
        travel.shift(timedelta(minutes=6))
        third = clocks()
        second.close()
        store.client().delete("clock")
        everything_due(third)
        rung = {json.loads(bell)["headers"]["task"] for bell in store.client().lrange("clock", 0, -1)}
        assert "unroller.trim" in rung  # ten minutes after the first one rang for it, though each ran for a moment


def test_tidying_tasks_never_meet() -> None:
    """They may take minutes, and two of them all of a worker with two processes."""
    entries = [each for each in app.conf.beat_schedule.values() if each["task"].endswith(".tidy")]
    assert len(entries) == 3
    minutes = sorted(next(iter(each["schedule"].minute)) for each in entries)
    apart = min((later - earlier) % 60 for earlier, later in pairwise([*minutes, minutes[0]]))
    assert apart * 60 >= max(each["options"]["expires"] for each in entries) + app.conf.task_time_limit


def test_a_machine_whose_time_is_set_back_goes_on_ringing(clocks: Callable[[], OneClock]) -> None:
    some = clocks()
    with time_machine.travel(timedelta(days=2), tick=False):
        some.tick()
    some.tick()
    with time_machine.travel(timedelta(minutes=1), tick=False):
        assert everything_due(some) > 5


def test_without_redis_a_clock_waits_and_goes_on_when_it_is_back(
    clocks: Callable[[], OneClock], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    some = clocks()
    some.tick()
    alive = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    store.client.cache_clear()
    try:
        assert [some.tick(), some.tick()] == [clock.LOOK_SECONDS] * 2
    finally:
        settings.REDIS_URL = alive
        store.client.cache_clear()
    assert [record.levelname for record in caplog.records if "Redis is away" in record.message] == ["WARNING"]
    with time_machine.travel(timedelta(minutes=1), tick=False):
        assert everything_due(some) > 5
