"""Ten thousand requests for two hundred threads at once: each is fetched once, and nobody waits for the greedy one."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from statistics import median
from time import perf_counter

from django.conf import settings

from billing.plans import FREE, Limit
from tests.bench.asking import Paste, paste_all
from tests.bench.serving import serving
from tests.processes import Worker, until
from unroller import store
from unroller.models import Job, Thread

REQUESTS, VISITORS, LINKS = 8_000, 500, 180
GREEDY_REQUESTS, GREEDY_LINKS = 2_000, 400
GREEDY = "198.19.0.1"
ALLOWED = FREE.limit(Limit.UNROLLS)
SECONDS = 900
BUILD = """
import json, sys
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
world = World()
world.x.windows.enforced = False
links = []
for number in range(int(sys.argv[1])):
    author = world.x.person(f"author{number}")
    posts = world.x.thread(author, [f"Post {each} of thread {number}." for each in range(10)])
    links.append(world.x.link(posts[-1]))
with Sandbox(world) as sandbox:
    print(json.dumps({"env": sandbox.env(), "links": links}), flush=True)
    sys.stdin.readline()
    print(len(world.log.of("x", "/2/tweets/search")), flush=True)
    sys.stdin.read()
"""
"""A sandbox in a process of its own. Asked, it says how many threads were searched for."""


def measure() -> Iterator[str]:
    """Requests answered a second; then the seconds until every thread is here."""
    Thread.objects.all().delete()
    Job.objects.all().delete()
    store.client().flushdb()
    command = [sys.executable, "-c", BUILD, str(LINKS + GREEDY_LINKS)]
    sandbox = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ)
    assert sandbox.stdin is not None
    assert sandbox.stdout is not None
    worker = None
    try:
        state = json.loads(sandbox.stdout.readline())
        worker = Worker(state["env"], "--beat", "--schedule", str(settings.DATA_DIR / "beat"), queues="fetch,clock")
        worker.start()
        with serving(**state["env"], UNROLLS_AN_HOUR="") as port:
            start = perf_counter()
            answers = paste_all(port, _pastes(state["links"]))
            asking = perf_counter() - start
            until(lambda: not _open(), what="all fetched", seconds=SECONDS)
            drained = perf_counter() - start
        sandbox.stdin.write("\n")
        sandbox.stdin.flush()
        searches = int(sandbox.stdout.readline())
    finally:
        if worker is not None:
            worker.kill()
        sandbox.kill()
        sandbox.wait()
    _hold(answers, searches)
    waits = [(job.finished_at - job.created_at).total_seconds() for job in Job.objects.all() if job.finished_at]
    requests, threads = REQUESTS + GREEDY_REQUESTS, LINKS + ALLOWED
    yield (
        f"rush, {requests:,} requests of {VISITORS + 1} visitors for {threads} threads:"
        f" {requests / asking:,.0f} a second answered; all fetched after {drained:.0f} s, each once; a thread waits"
        f" {median(waits):.1f} s in the middle, {max(waits):.1f} s at most; who asked for {GREEDY_LINKS} threads more"
        f" was given {ALLOWED}"
    )


def _pastes(links: list[str]) -> list[Paste]:
    """Many who ask for the same threads; and among them one, from the start, who asks for everything else."""
    pastes = [
        Paste(f"198.18.{each % VISITORS // 256}.{each % VISITORS % 256}", links[each % LINKS])
        for each in range(REQUESTS)
    ]
    greedy = [Paste(GREEDY, links[LINKS + each % GREEDY_LINKS]) for each in range(GREEDY_REQUESTS)]
    every = len(pastes) // len(greedy)
    return [paste for at, own in enumerate(greedy) for paste in (own, *pastes[at * every : (at + 1) * every])]


def _hold(answers: dict[str, Counter[int]], searches: int) -> None:
    """Raise RuntimeError unless everybody got what they asked for, and the greedy one no more than anybody may."""
    greedy = answers.pop(GREEDY)
    others = sum(answers.values(), Counter[int]())
    if others != {303: REQUESTS} or set(greedy) != {303, 429}:
        raise RuntimeError(f"answers: {others}, to the greedy one {greedy}")
    counts = {Thread.objects.count(), Job.objects.filter(state=Job.State.DONE).count(), searches}
    if counts != {LINKS + ALLOWED}:
        raise RuntimeError(f"threads, jobs and searches: {counts}")


def _open() -> bool:
    return Job.objects.filter(finished_at=None).exists()
