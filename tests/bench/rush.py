"""Eight thousand requests of five hundred visitors for 180 threads, alone and then with a greedy one among them.

Each thread is fetched once, and nobody waits for the greedy one.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from statistics import median
from time import perf_counter
from typing import NamedTuple

from django.conf import settings

from billing.plans import FREE, Limit
from tests.bench.asking import CLIENTS, Paste, paste_all
from tests.bench.serving import serving
from tests.processes import Worker, until
from unroller import store
from unroller.models import Job, Thread

REQUESTS, VISITORS, LINKS = 8_000, 500, 180
GREEDY_REQUESTS, GREEDY_LINKS = 2_000, 400
GREEDY = "198.19.0.1"
MOST_DELAY = 1.5
"""So many times as long as without the greedy one may the others wait in the middle: what he is given, and is refused,
is work, too. If all his threads were fetched, it would be three times."""
ALLOWED = FREE.limit(Limit.UNROLLS)
SECONDS = 900
BUILD = """
import json, sys
from datetime import timedelta
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
world = World()
world.x.windows.enforced = False
links = []
written = world.clock.now() - timedelta(days=3)  # fresh threads would be fetched again after two minutes
for number in range(int(sys.argv[1])):
    author = world.x.person(f"author{number}")
    posts = world.x.thread(author, [f"Post {each} of thread {number}." for each in range(10)], start=written)
    links.append(world.x.link(posts[-1]))
with Sandbox(world) as sandbox:
    print(json.dumps({"env": sandbox.env(), "links": links}), flush=True)
    sys.stdin.readline()
    print(len(world.log.of("x", "/2/tweets/search")), flush=True)
    sys.stdin.read()
"""
"""A sandbox in a process of its own. Asked, it says how many threads were searched for."""


def measure() -> Iterator[str]:
    """Requests answered a second; the seconds until every thread is here; how long each sort of visitor waits."""
    Thread.objects.all().delete()
    Job.objects.all().delete()
    store.client().flushdb()
    command = [sys.executable, "-c", BUILD, str(2 * LINKS + GREEDY_LINKS)]
    sandbox = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ)
    assert sandbox.stdin is not None
    assert sandbox.stdout is not None
    worker = None
    try:
        state = json.loads(sandbox.stdout.readline())
        worker = Worker(
            state["env"], "--beat", "--schedule", str(settings.DATA_DIR / "beat"), queues="fetch,slow,look,clock"
        )
        worker.start()
        alone, beside = state["links"][:LINKS], state["links"][LINKS : 2 * LINKS]
        with serving(**state["env"], UNROLLS_AN_HOUR="") as port:
            before = _round(port, _pastes(alone, visitors=0))
            after = _round(port, _with_greedy(_pastes(beside, visitors=VISITORS), state["links"][2 * LINKS :]))
        sandbox.stdin.write("\n")
        sandbox.stdin.flush()
        searches = int(sandbox.stdout.readline())
    finally:
        if worker is not None:
            worker.kill()
        sandbox.kill()
        sandbox.wait()
    _hold(before, after, searches)
    quiet, others = _waits(alone), _waits(beside)
    greedy = _waits(state["links"][2 * LINKS :])
    if median(others) > MOST_DELAY * median(quiet):
        raise RuntimeError(f"waits: {_said(others)}; without the greedy one {_said(quiet)}")
    requests, threads = REQUESTS + GREEDY_REQUESTS, LINKS + ALLOWED
    yield (
        f"rush, {requests:,} requests of {VISITORS + 1} visitors, {CLIENTS} under way at a time, for {threads} threads:"
        f" {requests / after.asking:,.0f} a second answered; all fetched after {after.drained:.0f} s, each once; who"
        f" asked for {GREEDY_LINKS} threads more was given {ALLOWED}, and waits {_said(greedy)}; the others wait"
        f" {_said(others)}; without the greedy one {_said(quiet)} (at most {MOST_DELAY} of it)"
    )


class _Round(NamedTuple):
    """What was answered to whom; seconds until all was answered, and until all was fetched."""

    answers: dict[str, Counter[int]]
    asking: float
    drained: float


def _round(port: int, pastes: list[Paste]) -> _Round:
    start = perf_counter()
    answers = paste_all(port, pastes)
    asking = perf_counter() - start
    until(lambda: not _open(), what="all fetched", seconds=SECONDS)
    return _Round(answers, asking, perf_counter() - start)


def _waits(links: list[str]) -> list[float]:
    """Seconds from the wish to the thread."""
    jobs = Job.objects.filter(link__in=links, finished_at__isnull=False)
    return [(job.finished_at - job.created_at).total_seconds() for job in jobs if job.finished_at]


def _said(waits: list[float]) -> str:
    return f"{median(waits):.1f} s in the middle, {max(waits):.1f} s at most"


def _pastes(links: list[str], *, visitors: int) -> list[Paste]:
    """Many who ask for the same threads; the first of them is number `visitors`."""
    numbers = [visitors + each % VISITORS for each in range(REQUESTS)]
    return [
        Paste(f"198.18.{number // 256}.{number % 256}", links[each % len(links)]) for each, number in enumerate(numbers)
    ]


def _with_greedy(pastes: list[Paste], links: list[str]) -> list[Paste]:
    """Among them one, from the start, who asks for everything else."""
    greedy = [Paste(GREEDY, links[each % len(links)]) for each in range(GREEDY_REQUESTS)]
    every = len(pastes) // len(greedy)
    return [paste for at, own in enumerate(greedy) for paste in (own, *pastes[at * every : (at + 1) * every])]


def _hold(before: _Round, after: _Round, searches: int) -> None:
    """Raise RuntimeError unless everybody got what they asked for, and the greedy one no more than anybody may."""
    greedy = after.answers.pop(GREEDY)
    for each in (before, after):
        others = sum(each.answers.values(), Counter[int]())
        if others != {303: REQUESTS} or set(greedy) != {303, 429}:
            raise RuntimeError(f"answers: {others}, to the greedy one {greedy}")
    counts = {Thread.objects.count(), Job.objects.filter(state=Job.State.DONE).count(), searches}
    if counts != {2 * LINKS + ALLOWED}:
        raise RuntimeError(f"threads, jobs and searches: {counts}")


def _open() -> bool:
    return Job.objects.filter(finished_at=None).exists()
