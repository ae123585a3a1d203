"""Ten thousand requests for two hundred threads at once: each is fetched once, and nobody waits for the greedy one."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from statistics import median
from time import perf_counter

from django.conf import settings

from tests.bench.asking import asked_all
from tests.bench.serving import serving
from tests.processes import Worker, until
from unroller import store
from unroller.models import Job, Thread

REQUESTS, LINKS, VISITORS = 10_000, 200, 500
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
    print(len(world.log.of("x", "/2/tweets$")), flush=True)
    sys.stdin.read()
"""
"""A sandbox in a process of its own. Asked, it says how often a post was read to find its thread."""


def measure() -> Iterator[str]:
    """Requests answered a second; then the seconds until every thread is here."""
    Thread.objects.all().delete()
    Job.objects.all().delete()
    store.client().flushdb()
    command = [sys.executable, "-c", BUILD, str(LINKS)]
    sandbox = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ)
    assert sandbox.stdin is not None
    assert sandbox.stdout is not None
    try:
        state = json.loads(sandbox.stdout.readline())
        worker = Worker(state["env"], "--beat", "--schedule", str(settings.DATA_DIR / "beat"), queues="fetch,clock")
        worker.start()
        with serving(**state["env"], UNROLLS_AN_HOUR="1000") as port:
            start = perf_counter()
            statuses = asked_all(port, state["links"], REQUESTS, VISITORS)
            asking = perf_counter() - start
            if statuses != {303: REQUESTS}:
                raise RuntimeError(f"answers: {statuses}")
            done = Job.objects.filter(state=Job.State.DONE)
            until(lambda: done.count() >= LINKS and not _open(), what="all fetched", seconds=SECONDS)
            drained = perf_counter() - start
        worker.kill()
        sandbox.stdin.write("\n")
        sandbox.stdin.flush()
        lookups = int(sandbox.stdout.readline())
    finally:
        sandbox.kill()
        sandbox.wait()
    if (Thread.objects.count(), Job.objects.count(), lookups) != (LINKS, LINKS, LINKS):
        raise RuntimeError(f"{Thread.objects.count()} threads, {Job.objects.count()} jobs, {lookups} looks at X")
    waits = [(job.finished_at - job.created_at).total_seconds() for job in done if job.finished_at]
    yield (
        f"rush, {REQUESTS:,} requests of {VISITORS} visitors for {LINKS} threads: {REQUESTS / asking:,.0f} requests/s"
        f" answered; drained after {drained:.0f} s, each fetched once; a thread waits {median(waits):.1f} s in the"
        f" middle, {max(waits):.1f} s at most"
    )


def _open() -> bool:
    return Job.objects.filter(finished_at=None).exists()
