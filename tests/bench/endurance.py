"""Memory of every process of the site over half an hour of load: flat, or it will end badly some night."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import httpx

from tests.bench.serving import free_port
from tests.bench.visiting import Kind, visit
from tests.processes import ROOT, until

MINUTES = float(os.environ.get("BENCH_MINUTES", "30"))
EVERY = 10.0
CONNECTIONS = 4


def measure() -> Iterator[str]:
    """For each process: megabytes in the second tenth of the time, and in the last tenth (at most 1.05)."""
    with tempfile.TemporaryDirectory(prefix="unroller-bench-") as folder:
        data, port = Path(folder), free_port()
        hidden = {"DATABASE_URL", "REDIS_URL"}
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        own = {"DATA_DIR": folder, "PORT": str(port), "UNROLLS_AN_HOUR": "100000", "TRUSTED_PROXIES": "127.0.0.1"}
        with (data / "up.log").open("wb") as log:
            command = [sys.executable, "manage.py", "up"]
            site = subprocess.Popen(command, cwd=ROOT, env={**environment, **own}, stdout=log, stderr=log)
        try:
            until(lambda: (data / "sandbox.json").exists() and _answers(port), what="site ready", seconds=180)
            yield from _watched(site.pid, port, json.loads((data / "sandbox.json").read_text())["links"])
        finally:
            site.send_signal(signal.SIGINT)
            site.wait(timeout=60)


def _watched(site: int, port: int, links: list[dict[str, str]]) -> Iterator[str]:
    base = f"http://localhost:{port}"
    pages = [_unrolled(base, link["url"]) for link in links[:12]]
    over = threading.Event()
    asking = threading.Thread(target=_refresh, args=(base, pages, over))
    asking.start()
    samples: dict[int, list[int]] = {}
    names: dict[int, str] = {}
    kinds = [Kind("thread", 0.9, tuple(pages)), Kind("others", 0.1, ("/", "/recent", "/search?q=light"))]
    end = time.monotonic() + 60 * MINUTES
    try:
        while time.monotonic() < end:
            visit(port, kinds, connections=CONNECTIONS, seconds=EVERY)
            for process in _below(site):
                names[process] = _name(process)
                samples.setdefault(process, []).append(_resident(process))
    finally:
        over.set()
        asking.join()
    longest = max(len(sizes) for sizes in samples.values())
    for process, sizes in sorted(samples.items(), key=lambda each: names[each[0]]):
        if len(sizes) < longest:  # it was replaced on the way
            continue
        tenth = max(1, len(sizes) // 10)
        early, late = mean(sizes[tenth : 2 * tenth]) / 1024, mean(sizes[-tenth:]) / 1024
        sizes_said = f"{early:.1f} MB, then {late:.1f} MB ({late / early:.3f} to EARLY; at most 1.05)"
        yield f"{MINUTES:g} minutes of load, {names[process]}: {sizes_said}"


def _refresh(base: str, pages: list[str], over: threading.Event) -> None:
    """Work for the workers: the pages are fetched anew, one after the other."""
    number = 0
    with httpx.Client(base_url=base, timeout=30) as client:
        while not over.wait(0.5):
            number += 1
            headers = {"X-Forwarded-For": f"198.19.{number // 256 % 256}.{number % 256}"}
            client.post(f"{pages[number % len(pages)]}/refresh", headers=headers)


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
    """All processes that descend from one, and the database's and Redis's of the same data folder."""
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
