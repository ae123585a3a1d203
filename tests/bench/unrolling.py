"""A worker's life in one process: many jobs, one after the other, against a sandbox in another process."""

import json
import os
import subprocess
import sys

import django

BUILD = """
import sys, time
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
import json
world = World()
world.x.windows.enforced = False  # 500 searches in a quarter of an hour are more than X allows
links = []
for number in range(int(sys.argv[1])):
    author = world.x.person(f"author{number}")
    posts = world.x.thread(author, [f"Post {each} of thread {number}. " + "Words. " * 30 for each in range(30)])
    links.append(f"https://x.com/author{number}/status/{posts[-1].id}")
with Sandbox(world) as sandbox:
    print(json.dumps({"env": sandbox.env(), "links": links}), flush=True)
    sys.stdin.read()
"""


def main(warm: int, unrolls: int) -> None:
    """Print the resident memory after `warm` and after `unrolls` jobs."""
    sandbox = subprocess.Popen(
        [sys.executable, "-c", BUILD, str(unrolls)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert sandbox.stdout is not None
    state = json.loads(sandbox.stdout.readline())
    os.environ |= state["env"]
    django.setup()
    from tests.bench.memory import resident  # noqa: PLC0415  (after the environment is set)
    from unroller.actions import unrolling  # noqa: PLC0415
    from unroller.models import Job, Thread  # noqa: PLC0415

    for number, link in enumerate(state["links"], start=1):
        unrolling.run(str(unrolling.ask(link).id))
        if number in {warm, unrolls}:
            print(resident(), flush=True)
    undone = Job.objects.exclude(state=Job.State.DONE)
    assert not undone.exists(), list(undone.values_list("key", "state", "error", "detail")[:3])
    assert Thread.objects.exists()
    sandbox.terminate()
    sandbox.wait()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
