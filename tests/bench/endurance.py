"""Memory of every process of the site over half an hour of load: flat, or it will end badly some night."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import httpx

from tests.bench.endurance_work import Work
from tests.bench.visiting import Kind, visit
from tests.processes import ROOT, free_port, until

MINUTES = float(os.environ.get("BENCH_MINUTES", "30"))
EVERY = 10.0
CONNECTIONS = 4
MOST_GROWTH = 1.05
OF_A_WORKER = 3
"""Itself and its two children: who came later was begun in the place of a child."""
FIRST = 12
"""Threads that are read."""


def measure() -> Iterator[str]:
    """For each process: megabytes in the second tenth of the time, and in the last tenth. Raises RuntimeError for one
    that grew by more than a twentieth."""
    with tempfile.TemporaryDirectory(prefix="unroller-bench-") as folder:
        data, port = Path(folder), free_port()
        hidden = {"DATABASE_URL", "REDIS_URL"}
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        environment |= {
            "DATA_DIR": folder,
            "PORT": str(port),
            "UNROLLS_AN_HOUR": "100000",
            "TRUSTED_PROXIES": "127.0.0.1",
        }
        with (data / "up.log").open("wb") as log:
            command = [sys.executable, "manage.py", "up"]
            site = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            until(lambda: (data / "sandbox.json").exists() and _answers(port), what="site ready", seconds=180)
            sandbox = json.loads((data / "sandbox.json").read_text())
            yield from _watched(site.pid, port, Work(f"http://localhost:{port}", sandbox, environment))
        finally:
            site.send_signal(signal.SIGINT)
            site.wait(timeout=60)


def _watched(site: int, port: int, work: Work) -> Iterator[str]:
    links = {work.known, *(link["url"] for link in work.sandbox["links"][:FIRST])}
    pages = [_unrolled(work.base, link) for link in sorted(links)]
    work.start()
    samples: dict[int, list[int]] = {}
    names: dict[int, str] = {}
    kinds = [Kind("thread", 0.9, tuple(pages)), Kind("others", 0.1, ("/", "/recent", "/search?q=light"))]
    visits, end = 0, time.monotonic() + 60 * MINUTES
    try:
        while time.monotonic() < end:
            came = visit(port, kinds, connections=CONNECTIONS, seconds=EVERY)
            if came.errors:
                raise RuntimeError(f"answers: {came.statuses}")
            work.check()
            visits += len(came.times)
            for process in _below(site):
                names[process] = _name(process)
                samples.setdefault(process, []).append(_resident(process))
    finally:
        work.stop()
    work.check()
    yield f"{MINUTES:g} minutes of load: {visits:,} visits, errors 0; done, and nothing left: {work.done()}"
    yield from _grown(samples, names)


def _grown(samples: dict[int, list[int]], names: dict[int, str]) -> Iterator[str]:
    """A line for each process that was there all the time. Raises RuntimeError, at the end, when one grew too much,
    or those that replaced others are larger than they were."""
    longest = max(len(sizes) for sizes in samples.values())
    stayed = {process: sizes for process, sizes in samples.items() if len(sizes) == longest}
    too_much = []
    for process, sizes in sorted(stayed.items(), key=lambda each: names[each[0]]):
        if "tests.sandbox" in names[process]:  # holds all that was written
            continue
        tenth = max(1, len(sizes) // 10)
        early, late = mean(sizes[tenth : 2 * tenth]) / 1024, mean(sizes[-tenth:]) / 1024
        sizes_said = f"{early:.1f} MB, then {late:.1f} MB ({late / early:.3f} to EARLY; at most {MOST_GROWTH})"
        yield f"{MINUTES:g} minutes of load, {names[process]}: {sizes_said}"
        too_much += [names[process]] if late > early * MOST_GROWTH else []
    came = {process: sizes for process, sizes in samples.items() if process not in stayed}
    yield f"{MINUTES:g} minutes of load: {len(came)} other processes came or went"
    for name, first, later in _generations(samples, names):
        yield f"{MINUTES:g} minutes of load, {name}, later ones: {later / first:.3f} to THE FIRST ONES' LARGEST"
        too_much += [name] if later > first * MOST_GROWTH else []
    if too_much:
        raise RuntimeError(f"grew by more than {MOST_GROWTH - 1:.0%}: {', '.join(too_much)}")


def _generations(samples: dict[int, list[int]], names: dict[int, str]) -> Iterator[tuple[str, int, int]]:
    """For workers whose children were replaced: the largest of those that were there first, and of those after them."""
    whose: dict[str, list[int]] = {}
    for process in samples:  # in the order in which they came
        if names[process].startswith("celery"):
            whose.setdefault(names[process].rpartition(" ")[0], []).append(process)
    for name, processes in whose.items():
        largest = [max(samples[process]) for process in processes]
        if len(processes) > OF_A_WORKER:
            yield name, max(largest[:OF_A_WORKER]), max(largest[OF_A_WORKER:])


def _unrolled(base: str, link: str) -> str:
    with httpx.Client(base_url=base, timeout=30, follow_redirects=True) as client:
        address = str(client.post("/unroll", data={"url": link}).url)
        until(lambda: "/thread/" in str(client.get(address).url), what=f"{link} unrolled")
        return client.get(address).url.path


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://localhost:{port}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def _below(parent: int) -> list[int]:
    """All processes that descend from one."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(status.parent.name))
    found, left = [], [parent]
    while left:
        found += (more := children.get(left.pop(), []))
        left += more
    return found


def _name(process: int) -> str:
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return "gone"
    worker = next((word.partition("=")[2] for word in words if word.startswith("--hostname=")), "")
    program = next((word for word in words if word in {"granian", "celery", "tests.sandbox"}), Path(words[0]).name)
    return f"{program} {worker} {process}".replace("  ", " ")


def _resident(process: int) -> int:
    """Kilobytes; 0 of one that has just ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)
